/** Where a value of a resolved scenario is from: nobody gave it, a file, a flag, or it follows from what they gave. */
export const VALUE_ORIGINS = ['default', 'file', 'flag', 'derived'] as const;
export type ValueOrigin = (typeof VALUE_ORIGINS)[number];

/** By the path of a value, such as `batteries.0.capacityWh`, in the order of the scenario. */
export type ValueOrigins = Readonly<Record<string, ValueOrigin>>;

/** What a scenario was made of. */
interface Made {
	/** As the file has it; `isDefault`: nobody gave one, and it is the default scenario. */
	readonly given: unknown;
	readonly isDefault: boolean;
	/** The paths that flags, or a point of a study, set. */
	readonly set: Iterable<string>;
	/** With short forms written out and flags set, before defaults are filled in. */
	readonly raw: unknown;
	/** As it is run. */
	readonly scenario: unknown;
}

/** Where each value of a scenario is from. */
export function valueOrigins({ given, isDefault, set, raw, scenario }: Made): ValueOrigins {
	const flags = [...set];
	const fromFlag = (path: string) =>
		flags.some((key) => path === key || path.startsWith(`${key}.`) || key.startsWith(`${path}.`));
	const originOf = (path: readonly string[]): ValueOrigin => {
		if (fromFlag(path.join('.'))) return 'flag';
		const isGiven = has(given, path);
		if (isGiven === true || (isGiven === 'in a word' && has(raw, path) === true))
			return isDefault ? 'default' : 'file';
		return has(raw, path) === true && !isDefault ? 'derived' : 'default';
	};
	return Object.fromEntries(leavesOf(scenario, []).map((path) => [path.join('.'), originOf(path)]));
}

/** The paths of all values that are no mapping and no list of something. */
function leavesOf(node: unknown, path: readonly string[]): (readonly string[])[] {
	if (typeof node !== 'object' || node === null) return [path];
	const entries = Object.entries(node);
	if (entries.length === 0) return [path];
	return entries.flatMap(([key, value]) => leavesOf(value, [...path, key]));
}

/** Whether something stands at a path, or a short form that says it: `solar: 4 kW` says `solar.0.peakPowerW`. */
function has(root: unknown, path: readonly string[]): boolean | 'in a word' {
	let node = root;
	for (const key of path) {
		if (typeof node === 'string') return 'in a word';
		if (typeof node !== 'object' || node === null) return false;
		// A list of one may stand without its brackets.
		if (key === '0' && !Array.isArray(node)) continue;
		node = (node as Readonly<Record<string, unknown>>)[key];
	}
	return node !== undefined;
}
