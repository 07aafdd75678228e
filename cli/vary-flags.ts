import type { Option } from 'commander';
import { parse } from 'yaml';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import { nearestName } from '../protocol/nearest-name.ts';
import { Scenario } from '../run/resolve/scenario.ts';
import { listOfSize, withCapWatts, withoutPart } from '../run/resolve/without.ts';
import { scenarioOptions } from './flags.ts';
import type { GivenFlags } from './given-scenario.ts';
import { say } from './say.ts';
import { SPECIAL_FLAGS } from './special-options.ts';

/** One of the runs that are compared. */
export interface CaseFlags {
	/** `cap 150`, `without battery`. */
	readonly label: string;
	/** The flags as this run would be given them. */
	flags(given: GivenFlags): GivenFlags;
	/** What is done to the scenario that they make. */
	change(scenario: Scenario): Scenario;
}

/** More columns than this nobody reads. */
const CASES_MAX = 16;

/** What the run is called of which something is left out. */
const AS_IT_IS = 'as it is';

const same = <T>(value: T): T => value;
const BASE: CaseFlags = { label: '', flags: same, change: same };

/**
 * The runs that `--without` and `--vary` ask for: each combination of their values, the first to be compared with.
 *
 * @throws ConfigError for what names no part, flag or key, and for too many combinations
 */
export function casesOf({
	without = [],
	vary = [],
}: {
	readonly without?: readonly string[] | undefined;
	readonly vary?: readonly string[] | undefined;
}): CaseFlags[] {
	const axes = [
		...(without.length === 0 ? [] : [[BASE, ...without.map(withoutCase)]]),
		...vary.map(varyCases),
	];
	const cases = axes.reduce<CaseFlags[]>(
		(some, axis) => some.flatMap((one) => axis.map((other) => both(one, other))),
		[BASE],
	);
	if (cases.length > CASES_MAX)
		throw new ConfigError(
			`Cannot compare ${cases.length} runs side by side: at most ${CASES_MAX} are possible; gridbeat sweep runs more`,
		);
	return cases.map((one) => (one.label === '' ? { ...one, label: AS_IT_IS } : one));
}

function both(one: CaseFlags, other: CaseFlags): CaseFlags {
	return {
		label: [one.label, other.label].filter((label) => label !== '').join(', '),
		flags: (given) => other.flags(one.flags(given)),
		change: (scenario) => other.change(one.change(scenario)),
	};
}

/** Without one part, or several with commas between them. */
function withoutCase(text: string): CaseFlags {
	const parts = splitAt(text, ',');
	if (parts.some((part) => part === ''))
		throw new ConfigError(`Cannot leave out "${text}": name a part, such as cap`);
	const change = leavingOut(parts, (part) => {
		throw new ConfigError(`Cannot leave out "${part}": the scenario has none of it`);
	});
	return { label: `without ${parts.join(' and ')}`, flags: same, change };
}

/** @param onNone hears of a part that the scenario does not have */
function leavingOut(
	parts: readonly string[],
	onNone: (part: string) => void = () => {},
): CaseFlags['change'] {
	return (scenario) =>
		parts.reduce((some, part) => {
			const { scenario: left, remarks, hasChanged } = withoutPart(some, part);
			if (!hasChanged) onNone(part);
			for (const remark of remarks) say(remark);
			return left;
		}, scenario);
}

/** What people say for a flag: of a battery there is one size that all of them mean. */
const FLAGS: Readonly<Record<string, string>> = { battery: 'battery-capacity' };

/** `cap=none,150,200`: a case for each value of a flag or a key. */
function varyCases(text: string): CaseFlags[] {
	const at = text.indexOf('=');
	const name = (at < 0 ? text : text.slice(0, at)).trim().replace(/^--/, '');
	const values = at < 0 ? [] : valuesOf(text.slice(at + 1));
	if (name === '' || values.length < 2 || values.some((value) => value === ''))
		throw new ConfigError(
			`Cannot vary "${text}": give a flag or a key and at least two values, such as cap=none,150,200 or serving.replicas=1,2,4`,
		);
	const flag = flagCase(FLAGS[name] ?? name) ?? keyCase(name);
	return values.map((value) => ({ ...BASE, label: labelOf(name, value), ...flag(value) }));
}

/** `serving.replicas=2` is `replicas 2`. */
function labelOf(name: string, value: string): string {
	return `${name.slice(name.lastIndexOf('.') + 1)} ${value}`;
}

/** Values have commas between them, or semicolons where there are some; within brackets and quotes neither counts. */
function valuesOf(text: string): string[] {
	const bySemicolon = splitAt(text, ';');
	return bySemicolon.length > 1 ? bySemicolon : splitAt(text, ',');
}

function splitAt(text: string, separator: string): string[] {
	const parts: string[] = [''];
	let depth = 0;
	let quote = '';
	for (const letter of text) {
		if (quote !== '') quote = letter === quote ? '' : quote;
		else if (letter === '"' || letter === "'") quote = letter;
		else if ('[{('.includes(letter)) depth++;
		else if (']})'.includes(letter)) depth--;
		if (letter === separator && depth === 0 && quote === '') parts.push('');
		else parts[parts.length - 1] += letter;
	}
	return parts.map((part) => part.trim());
}

type OneCase = (value: string) => Partial<CaseFlags>;

const WATTS = /^(\d+(?:\.\d+)?)\s*W?$/;

/** A flag of `gridbeat run` that says something of the scenario; null: it has none of that name. */
function flagCase(name: string): OneCase | null {
	const long = `--${name}`;
	const own = scenarioOptions().find(({ option }) => option.long === long)?.flag;
	if (own !== undefined) {
		const list = listOfSize(own.key);
		return (value) =>
			value === 'none' && list !== null
				? { change: leavingOut([list]) }
				: setting(own.key, own.parse(bare(value)));
	}
	const special = SPECIAL_FLAGS.find((option) => option.long === long);
	if (special === undefined) return null;
	return (value) => {
		const watts = name === 'cap' ? WATTS.exec(value)?.[1] : undefined;
		if (watts !== undefined) return { change: (scenario) => withCapWatts(scenario, Number(watts)) };
		const given = specialValue(special, bare(value));
		return {
			flags: ({ overrides, options }) => ({
				overrides,
				options: { ...options, [special.attributeName()]: given },
			}),
		};
	};
}

/** What commander would have made of a flag's text: several values have spaces between them. */
function specialValue(option: Option, value: string): unknown {
	if (option.variadic) return value.split(/\s+/);
	if (option.required) return value;
	if (value !== 'true' && value !== 'false')
		throw new ConfigError(
			`Cannot use "${value}" for ${option.long}, which takes no value: give true or false`,
		);
	return (value === 'true') !== option.negate;
}

/** A key of the scenario by its path, with values as YAML has them. */
function keyCase(name: string): OneCase {
	const top = name.split('.')[0] as string;
	const keys = Object.keys(Scenario.parse({}));
	if (!keys.includes(top)) throw unknownName(name, keys);
	return (value) => {
		if (value === 'none') return { change: leavingOut([name]) };
		try {
			return setting(name, parse(value));
		} catch (error) {
			throw new ConfigError(
				`Cannot use "${value}" for ${name}: it is no YAML (${messageOf(error).split('\n')[0]})`,
			);
		}
	};
}

function unknownName(name: string, keys: readonly string[]): ConfigError {
	const flags = [...scenarioOptions().map(({ option }) => option), ...SPECIAL_FLAGS];
	const names = flags.map(({ long }) => (long ?? '').slice(2));
	const near = nearestName(name, [...names, ...keys]);
	const like = names.filter((one) => one.startsWith(`${name}-`));
	const meant = like.length > 0 ? like.join(' or ') : near;
	return new ConfigError(
		`Cannot vary "${name}": gridbeat run has no such flag and a scenario no such key; ${
			meant === null
				? 'name one such as cap, replicas, battery-capacity or serving.replicas'
				: `did you mean ${meant}?`
		}`,
	);
}

function setting(key: string, value: unknown): Partial<CaseFlags> {
	return {
		flags: ({ overrides, options }) => ({
			overrides: new Map([...overrides, [key, value]]),
			options,
		}),
	};
}

/** A value without the quotes that keep its commas together. */
function bare(value: string): string {
	return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
}
