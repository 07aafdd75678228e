import { ConfigError } from '../../protocol/errors.ts';
import { isCardPath } from '../../silicon/profile/load-device-card.ts';
import { type Flag, type FlagValue, flagTable } from './flag-table.ts';

/** A command line, read. */
export interface Flags {
	/** Whether the command line had it. */
	isGiven(name: string): boolean;
	value(name: string): FlagValue;
	/** Of an integer or a number; null where there is no default. */
	optional(name: string): number | null;
	number(name: string): number;
	text(name: string): string;
	isOn(name: string): boolean;
	/** Flags given that change nothing here, as given. */
	readonly ignored: readonly string[];
}

/**
 * Reads the flags of `python -m vidur.main`, as `--flag value` or `--flag=value`, switches as `--flag` or
 * `--no-flag`. A flag given twice has its last value.
 *
 * @throws ConfigError naming the first flag that is unknown or unsupported, and what would do
 */
export function parseFlags(words: readonly string[]): Flags {
	const given = new Map<string, FlagValue>();
	const ignored = new Set<string>();
	for (let i = 0; i < words.length; ) {
		const word = words[i] as string;
		const [head, tail] = splitWord(word);
		const { flag, negated } = findFlag(head);
		const values = tail === null ? valuesAfter(words, i + 1, flag) : [tail];
		i += 1 + (tail === null ? values.length : 0);
		const value = flag.kind === 'switch' ? switchValue(head, negated, tail) : read(flag, values);
		checkFixed(flag, value);
		given.set(flag.name, value);
		if (flag.use === 'ignored') ignored.add(head);
	}
	return accessors(given, [...ignored]);
}

function splitWord(word: string): [head: string, tail: string | null] {
	const at = word.indexOf('=');
	return at < 0 || !word.startsWith('--') ? [word, null] : [word.slice(0, at), word.slice(at + 1)];
}

function findFlag(head: string): { flag: Flag; negated: boolean } {
	if (!head.startsWith('--'))
		throw new ConfigError(
			`Cannot use "${head}": values follow a flag, as in --cluster_config_num_replicas 2`,
		);
	const name = head.slice(2);
	const flag = flagTable.get(name);
	if (flag !== undefined) return { flag, negated: false };
	const positive = name.startsWith('no-') ? flagTable.get(name.slice(3)) : undefined;
	if (positive?.kind === 'switch') return { flag: positive, negated: true };
	throw new ConfigError(`Cannot use flag "${head}": it is unknown${suggestion(name)}`);
}

/** Flags that share most words with an unknown one. */
function suggestion(name: string): string {
	const words = new Set(name.split(/[_-]/));
	let best: string[] = [];
	let most = 1;
	for (const known of flagTable.keys()) {
		const shared = known.split('_').filter((word) => words.has(word)).length;
		if (shared < most) continue;
		if (shared > most) best = [];
		most = shared;
		best.push(`--${known}`);
	}
	const all = 'docs/vidur-command.md lists all that are supported';
	return best.length === 0 ? `; ${all}` : `; similar: ${best.slice(0, 3).join(', ')}; ${all}`;
}

function valuesAfter(words: readonly string[], from: number, flag: Flag): string[] {
	if (flag.kind === 'switch') return [];
	const values: string[] = [];
	const most = flag.kind === 'list' ? Number.POSITIVE_INFINITY : 1;
	for (let i = from; i < words.length && values.length < most; i++) {
		const word = words[i] as string;
		if (word.startsWith('--')) break;
		values.push(word);
	}
	return values;
}

function switchValue(head: string, negated: boolean, tail: string | null): boolean {
	if (tail === null) return !negated;
	throw new ConfigError(
		`Cannot use "${head}=${tail}": it is a switch, so give --flag or --no-flag without a value`,
	);
}

function read(flag: Flag, values: readonly string[]): FlagValue {
	const [text] = values;
	if (text === undefined)
		throw new ConfigError(`Cannot use flag "--${flag.name}": it needs a value`);
	if (flag.kind === 'list') return values;
	if (flag.kind === 'text') {
		if (flag.choices === null) return text;
		const found = flag.choices.find((one) => one === text.toLowerCase());
		if (found !== undefined) return found;
		if (flag.name === 'replica_config_device' && isCardPath(text)) return text;
		return refuse(flag, text, `supported are ${flag.choices.join(', ')}`);
	}
	const number = text.trim() === '' ? Number.NaN : Number(text);
	if (!Number.isFinite(number)) return refuse(flag, text, 'it needs a number');
	if (flag.kind === 'integer' && !Number.isInteger(number))
		return refuse(flag, text, 'it needs a whole number');
	return number;
}

function checkFixed(flag: Flag, value: FlagValue): void {
	if (flag.use !== 'fixed' || value === flag.initial) return;
	const { initial, kind, name } = flag;
	if (kind === 'switch')
		throw new ConfigError(
			`Cannot use "--${value === true ? '' : 'no-'}${name}": only --${initial === true ? '' : 'no-'}${name}, the default, is supported`,
		);
	refuse(
		flag,
		String(value),
		initial === null
			? 'it is not supported; leave it out'
			: `only ${initial}, the default, is supported`,
	);
}

function refuse(flag: Flag, value: string, reason: string): never {
	throw new ConfigError(`Cannot use "--${flag.name} ${value}": ${reason}`);
}

function accessors(given: ReadonlyMap<string, FlagValue>, ignored: readonly string[]): Flags {
	const value = (name: string): FlagValue => {
		const flag = flagTable.get(name);
		if (flag === undefined) throw new Error(`No flag --${name}`);
		return given.get(name) ?? flag.initial;
	};
	return {
		isGiven: (name) => given.has(name),
		value,
		optional: (name) => value(name) as number | null,
		number: (name) => value(name) as number,
		text: (name) => value(name) as string,
		isOn: (name) => value(name) === true,
		ignored,
	};
}
