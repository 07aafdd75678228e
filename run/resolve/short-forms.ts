import { ConfigError } from '../../protocol/errors.ts';
import { parseCapRule } from '../../protocol/scenario/caps.ts';
import { parseCarbon, parseMarginalCarbon, parsePrice } from '../../protocol/scenario/grid-text.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import { quantityOf, valueWithUnit } from './quantities.ts';

type Raw = Record<string, unknown>;

/**
 * Short forms in which people write a scenario become the long ones before its schema sees them: `solar: 4 kW`,
 * `batteries: [{ capacityWh: 3000 }]`, `loads: [{ powerW: 300 }]`, `peakPowerW: 4 kW`.
 */

/** A list of parts of a microgrid. */
interface PartList {
	/** The key that a bare size fills. */
	readonly size: string;
	/** Of a part without one; the second is `<name>-2`. */
	readonly name: string;
	/** What a part is that does not say its type, by a key that it has. */
	readonly types: Readonly<Record<string, string>>;
}

/** The lists of a scenario and of each of its sites. */
const PART_LISTS: Readonly<Record<string, PartList>> = {
	...Object.fromEntries(
		DECLARED_KINDS.map(({ kind, section, flags }) => {
			const size = flags[0]?.key.split('.')[2] ?? '';
			return [section.key, { size, name: kind, types: {} }];
		}),
	),
	batteries: { size: 'capacityWh', name: 'battery', types: { capacityWh: 'simple' } },
	generators: { size: 'ratedPowerW', name: 'generator', types: {} },
	loads: {
		size: 'powerW',
		name: 'load',
		types: { powerW: 'constant', path: 'trace', feed: 'feed' },
	},
};

/** Lists that may be empty in a word, `none`. */
const EMPTY_BY_WORD = [...Object.keys(PART_LISTS), 'cap'];
/** Sections that may be left out in it. */
const NULL_BY_WORD = ['serving', 'grid', 'carbon', 'marginalCarbon', 'price', 'exportPrice'];

/** Signals of the grid that may be written as their flags are, or as a value with its unit. */
const SIGNALS = {
	carbon: { parse: parseCarbon, value: 'valueGPerKwh' },
	marginalCarbon: { parse: parseMarginalCarbon, value: 'valueGPerKwh' },
	price: { parse: parsePrice, value: 'valueUsdPerKwh' },
} as const;

/** Turns short forms into long ones, in place. What is none stays, for the schema to refuse. */
export function writeOut(raw: Raw): void {
	for (const site of [raw, ...listOf(raw['sites']).filter(isMapping)]) {
		for (const key of EMPTY_BY_WORD) if (site[key] === 'none') site[key] = [];
		for (const key of NULL_BY_WORD) if (site[key] === 'none') site[key] = null;
		for (const [key, list] of Object.entries(PART_LISTS))
			if (key in site) site[key] = partsOf(site[key], list);
		for (const [key, { parse, value }] of Object.entries(SIGNALS))
			if (key in site) site[key] = signalOf(site[key], value, parse) ?? site[key];
		if ('cap' in site) site['cap'] = capsOf(site['cap']);
	}
	writeOutValues(raw);
}

function partsOf(given: unknown, list: PartList): unknown {
	const isOne = isMapping(given) || (typeof given === 'string' && isSize(given, list));
	const parts: unknown = isOne ? [given] : given;
	return Array.isArray(parts) ? parts.map((part: unknown, i) => partOf(part, i, list)) : given;
}

function isSize(text: string, { size }: PartList): boolean {
	return valueWithUnit(size, text) !== null;
}

function partOf(given: unknown, i: number, list: PartList): unknown {
	const { size, name, types } = list;
	const part = typeof given === 'string' && isSize(given, list) ? { [size]: given } : given;
	if (!isMapping(part)) return given;
	// A module’s keys are its own, whatever they are called.
	const type = isModules(part) ? undefined : Object.keys(types).find((key) => key in part);
	// Loads have no name by their schema; of the others the first has.
	const isNameless = !('name' in part) && (i > 0 || name === 'load');
	return {
		...(type === undefined || 'type' in part ? {} : { type: types[type] }),
		...(isNameless ? { name: i === 0 ? name : `${name}-${i + 1}` } : {}),
		...part,
	};
}

/** Null: it is no signal in a word. */
function signalOf(
	given: unknown,
	value: string,
	parse: (text: string, what: string) => object,
): object | null {
	if (typeof given !== 'string') return null;
	const number = valueWithUnit(value, given);
	if (number !== null) return { source: 'constant', [value]: number };
	return read(given, parse);
}

function capsOf(given: unknown): unknown {
	const rules: unknown = typeof given === 'string' || isMapping(given) ? [given] : given;
	if (!Array.isArray(rules)) return given;
	return rules.map((rule: unknown) =>
		typeof rule === 'string' ? (read(rule, parseCapRule) ?? rule) : rule,
	);
}

/** What a flag would make of a text; null: it refuses it. */
function read<T>(text: string, parse: (text: string, what: string) => T): T | null {
	try {
		return parse(text, '');
	} catch (error) {
		if (error instanceof ConfigError) return null;
		throw error;
	}
}

/** Parts of modules have keys of their own, which only these know. */
const isModules = (node: Raw) => 'module' in node || 'external' in node;

function writeOutValues(node: Raw | unknown[]): void {
	for (const [key, value] of Object.entries(node)) {
		if (typeof value === 'string' && !Array.isArray(node)) {
			const number = valueWithUnit(key, value);
			if (number !== null) node[key] = number;
		} else if (Array.isArray(value) || (isMapping(value) && !isModules(value)))
			writeOutValues(value);
	}
}

function listOf(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

function isMapping(value: unknown): value is Raw {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How a key may be written beside what its schema takes, such as `a power such as 4 kW`; null: in no other way. */
export function shortForm(keys: readonly string[]): string | null {
	const key = keys.at(-1) ?? '';
	const list = PART_LISTS[key] ?? (/^\d+$/.test(key) ? PART_LISTS[keys.at(-2) ?? ''] : undefined);
	const quantity = quantityOf(list?.size ?? key);
	return quantity === null ? null : `${quantity.what} such as ${quantity.such}`;
}

/** What a key may be in a word; null: it takes none. */
export function wordFor(keys: readonly string[]): string | null {
	const key = keys.at(-1) ?? '';
	if (keys.length > 3) return null;
	if (key in SIGNALS || key === 'cap') return `as the flag --${flagOf(key)} has it`;
	return NULL_BY_WORD.includes(key) ? 'none' : null;
}

function flagOf(key: string): string {
	return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Keys that a part of that type may leave out although its schema needs them. */
export function impliedKeys(keys: readonly string[], type: unknown): readonly string[] {
	const list = /^\d+$/.test(keys.at(-1) ?? '') ? PART_LISTS[keys.at(-2) ?? ''] : undefined;
	return list !== undefined && Object.values(list.types).includes(String(type))
		? ['type', 'name']
		: [];
}
