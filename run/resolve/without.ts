import { ConfigError } from '../../protocol/errors.ts';
import { nearestName } from '../../protocol/nearest-name.ts';
import type { CapRule, CapSignal } from '../../protocol/scenario/caps.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import { Scenario } from './scenario.ts';

/** Parts of a scenario by the names that people and flags have for them; others go by their path. */
const NAMES: Readonly<Record<string, string>> = {
	battery: 'batteries',
	bursts: 'requests.rate.bursts',
	disaggregate: 'serving.disaggregation',
	dispatch: 'policy',
	diurnal: 'requests.rate.diurnal',
	'export-price': 'exportPrice',
	generator: 'generators',
	load: 'loads',
	marginal: 'marginalCarbon',
	'marginal-carbon': 'marginalCarbon',
	outage: 'grid.outages',
	outages: 'grid.outages',
	prefixes: 'requests.prefixes',
	'prefix-cache': 'serving.prefixCache',
	replicas: 'serving',
	scaling: 'serving.scaling',
	weekly: 'requests.rate.weekly',
};

/** What a cap rule cannot do without. */
const CAPS_ON: Readonly<Record<string, CapSignal>> = {
	carbon: 'carbon',
	marginalCarbon: 'marginal',
	batteries: 'soc',
};

/** What may stand where a part is left out; the first that the scenario may have there does. */
const NOTHING: readonly unknown[] = [null, [], false];
/** Of the dispatch policy, which there always is: the usual one. */
const USUAL: readonly unknown[] = [{}];

/** A scenario from which a part was taken, and what went with it, in a line each. */
export interface Without {
	readonly scenario: Scenario;
	readonly remarks: readonly string[];
	/** Whether there was anything to take. */
	readonly hasChanged: boolean;
}

/**
 * The scenario without a part of it, at the top and in every site: `cap`, `carbon`, `battery`, `solar`, or the path of any key
 * that may be empty. Power caps that follow what is gone go with it.
 *
 * @throws ConfigError for a part that no scenario has, or can do without
 */
export function withoutPart(scenario: Scenario, part: string): Without {
	const path = (NAMES[part] ?? part).split('.');
	const top = path[0] as string;
	if (!(top in scenario)) throw unknownPart(scenario, part);
	const emptied = emptiedAt(scenario, path);
	if (emptied === 'has none') return { scenario, remarks: [], hasChanged: false };
	if (emptied === 'needs it')
		throw new ConfigError(
			`Cannot leave out "${part}": a scenario cannot do without; leave out a part such as cap, carbon, battery or solar, or give it another value with --vary`,
		);
	const signal = CAPS_ON[path.join('.')];
	if (signal === undefined) return { scenario: emptied, remarks: [], hasChanged: true };
	const left = withoutCapsOn(emptied, signal);
	const isLess = JSON.stringify(left) !== JSON.stringify(emptied);
	const remarks = isLess
		? [`Without "${part}" the power caps that follow it are left out too`]
		: [];
	return { scenario: left, remarks, hasChanged: true };
}

function unknownPart(scenario: Scenario, part: string): ConfigError {
	const names = [...Object.keys(NAMES), ...Object.keys(scenario)];
	const near = nearestName(part, names);
	return new ConfigError(
		`Cannot leave out "${part}": a scenario has no such part; ${
			near === null
				? 'name one such as cap, carbon, battery or solar, or a key such as requests.rate.bursts'
				: `did you mean ${near}?`
		}`,
	);
}

type Raw = Record<string, unknown>;

/** Tries what may stand for nothing, until one makes another scenario. */
function emptiedAt(
	scenario: Scenario,
	path: readonly string[],
): Scenario | 'has none' | 'needs it' {
	const before = JSON.stringify(scenario);
	let isAllowed = false;
	for (const nothing of path.join('.') === 'policy' ? USUAL : NOTHING) {
		const raw = structuredClone(scenario) as unknown as Raw;
		const sites = Array.isArray(raw['sites']) ? (raw['sites'] as Raw[]) : [];
		for (const part of [raw, ...sites]) setNothing(part, path, nothing);
		const parsed = Scenario.safeParse(raw);
		if (!parsed.success) continue;
		isAllowed = true;
		if (JSON.stringify(parsed.data) !== before) return parsed.data;
	}
	return isAllowed ? 'has none' : 'needs it';
}

/** Where a key is not there, nothing is in its place already. */
function setNothing(root: Raw, path: readonly string[], nothing: unknown): void {
	let node: unknown = root;
	for (const key of path.slice(0, -1)) {
		if (typeof node !== 'object' || node === null) return;
		node = (node as Raw)[key];
	}
	const last = path.at(-1) as string;
	if (typeof node === 'object' && node !== null && last in node) (node as Raw)[last] = nothing;
}

function withoutCapsOn(scenario: Scenario, signal: CapSignal): Scenario {
	const kept = (rules: readonly CapRule[]) => rules.filter((rule) => rule.signal !== signal);
	return {
		...scenario,
		cap: kept(scenario.cap),
		sites: scenario.sites.map((site) =>
			site.cap === undefined ? site : { ...site, cap: kept(site.cap) },
		),
	};
}

/**
 * The scenario with another power in all of its cap rules, at the top and in every site.
 *
 * @throws ConfigError for a scenario without a rule
 */
export function withCapWatts(scenario: Scenario, capWPerGpu: number): Scenario {
	const own = scenario.sites.flatMap(({ cap = [] }) => cap);
	if (scenario.cap.length + own.length === 0)
		throw new ConfigError(
			`Cannot use cap "${capWPerGpu}": the scenario has no rule whose watts it could be; give a rule such as carbon>300:${capWPerGpu}`,
		);
	const set = (rules: readonly CapRule[]) => rules.map((rule) => ({ ...rule, capWPerGpu }));
	return Scenario.parse({
		...scenario,
		cap: set(scenario.cap),
		sites: scenario.sites.map((site) =>
			site.cap === undefined ? site : { ...site, cap: set(site.cap) },
		),
	});
}

/** Lists whose first member a flag gives the size of: where that is none, so is the list. */
export function listOfSize(key: string): string | null {
	const found = /^(\w+)\.0\.(?:capacityWh|ratedPowerW|peakPowerW)$/.exec(key);
	const lists = ['batteries', 'generators', ...DECLARED_KINDS.map(({ section }) => section.key)];
	return found?.[1] !== undefined && lists.includes(found[1]) ? found[1] : null;
}
