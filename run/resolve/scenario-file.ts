import { dirname, resolve } from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { readInputText } from '../../kernel/files/input-file.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { looksLikeFile } from '../../protocol/scenario/name-or-file.ts';
import { FileProblems, problemsOf, type Raw, refuseStudy } from './file-problems.ts';
import { refuseMissing } from './missing-files.ts';
import { dropOtherTypes } from './other-type.ts';
import { Scenario } from './scenario.ts';
import { writeOut } from './short-forms.ts';
import { type ValueOrigins, valueOrigins } from './value-origins.ts';

const DEFAULT_SCENARIO = 'examples/default.yaml';

/**
 * Reads a scenario file and lays the flags over it.
 *
 * @param path the YAML file, or null for the default scenario, a day in San Francisco
 * @param overrides values by dotted path, such as `serving.replicas`; they win over the file
 * @throws ConfigError naming file, line, key, value and what would do
 */
export function readScenario(
	path: string | null,
	overrides: ReadonlyMap<string, unknown>,
): Scenario {
	return resolveScenario(path, overrides).scenario;
}

/** A scenario, and where each of its values is from. */
export interface Resolved {
	readonly scenario: Scenario;
	readonly origins: ValueOrigins;
}

/**
 * The same with the origins of its values.
 *
 * @throws ConfigError as readScenario()
 */
export function resolveScenario(
	path: string | null,
	overrides: ReadonlyMap<string, unknown>,
): Resolved {
	const file = path ?? projectFile(DEFAULT_SCENARIO);
	const { raw, lineOf } = readYaml(file);
	if (path === null) leaveOutDefaults(raw, overrides);
	const given: unknown = structuredClone(raw);
	const source = { raw, folder: dirname(resolve(file)), file: path, lineOf };
	const scenario = scenarioOf(source, overrides);
	const set = overrides.keys();
	return {
		scenario,
		origins: valueOrigins({ given, isDefault: path === null, set, raw, scenario }),
	};
}

/** The default scenario's battery and rate are nobody's who says another size, kind or number of users. */
function leaveOutDefaults(raw: Raw, overrides: ReadonlyMap<string, unknown>): void {
	if (overrides.has('batteries.0.capacityWh') || overrides.has('batteries.0.type'))
		delete raw['batteries'];
	if (overrides.has('requests.concurrency')) delete (raw['requests'] as Raw)['qps'];
}

/** A mapping as it was read, from which scenarios are made. */
export interface RawFile {
	readonly raw: Raw;
	/** To which the files it names are relative. */
	readonly folder: string;
	/** Named in complaints; null for none. */
	readonly file: string | null;
	/** The line of a key; null where it is not in the file. */
	lineOf(keys: readonly string[]): number | null;
}

/**
 * The scenario of a mapping, with other values laid over it. `source.raw` is changed: give a copy to use it again.
 *
 * @throws ConfigError naming file, line, key, value and what would do
 */
export function scenarioOf(source: RawFile, overrides: ReadonlyMap<string, unknown>): Scenario {
	const { raw } = source;
	// Before, since values are set in what it makes; and after, since they may be short themselves.
	writeOut(raw);
	const before = structuredClone(raw);
	const set = withoutAbsentParts(raw, overrides);
	prepareBattery(raw, set);
	for (const [key, value] of set) setPath(raw, key.split('.'), value);
	if (set.size > 0) writeOut(raw);
	refuseRateOfUsers(source, overrides);
	dropOtherTypes(Scenario, { before, raw }, set);
	fillSites(raw);
	const scenario = withAbsolutePaths(parseRaw(Scenario, source), source.folder);
	refuseMissing(scenario, source);
	return scenario;
}

/**
 * Parses a mapping that was read from a file.
 *
 * @throws ConfigError naming file, line, key, value and what would do
 */
export function parseRaw<T>(schema: z.ZodType<T>, { raw, file, lineOf }: RawFile): T {
	const parsed = schema.safeParse(raw, PLAINLY);
	if (parsed.success) return parsed.data;
	if (schema === (Scenario as unknown)) refuseStudy({ raw, file });
	throw new FileProblems(problemsOf(schema, parsed.error.issues, { raw, file, lineOf }));
}

/** Users send when they are answered, so a rate beside them counts for nothing; a flag's users are in its place. */
function refuseRateOfUsers(
	{ raw, file, lineOf }: RawFile,
	overrides: ReadonlyMap<string, unknown>,
): void {
	const requests = raw['requests'];
	if (typeof requests !== 'object' || requests === null) return;
	const { qps, concurrency } = requests as Raw;
	if (qps === undefined || typeof concurrency !== 'number') return;
	if (overrides.has('requests.concurrency') && !overrides.has('requests.qps')) {
		delete (requests as Raw)['qps'];
		return;
	}
	const line = lineOf(['requests', 'qps']);
	const where = file === null ? '' : ` in ${file}${line === null ? '' : `:${line}`}`;
	throw new ConfigError(
		`Cannot use "requests.qps" = ${JSON.stringify(qps)}${where}: users (concurrency ${concurrency}) send when they are answered; drop one of the two`,
	);
}

/** What a site's `serving` leaves out is as at the top; so is what its `policy` leaves out, if it is of the same type. */
function fillSites(raw: Raw): void {
	const isMapping = (value: unknown): value is Raw =>
		typeof value === 'object' && value !== null && !Array.isArray(value);
	if (!Array.isArray(raw['sites'])) return;
	raw['sites'] = raw['sites'].map((site: unknown) => {
		if (!isMapping(site)) return site;
		const filled: Raw = { ...site };
		for (const key of ['serving', 'policy']) {
			const [top, own] = [raw[key], site[key]];
			if (!isMapping(top) || !isMapping(own)) continue;
			if (own['type'] !== undefined && own['type'] !== top['type']) continue;
			filled[key] = { ...top, ...own };
		}
		return filled;
	});
}

/** The size that a flag gives to the first of a list of parts, by list. */
const SIZES: Readonly<Record<string, string>> = {
	batteries: 'capacityWh',
	generators: 'ratedPowerW',
};

/** A battery or a generator of size 0 is none at all: the list is emptied, and other flags of it have no effect. */
function withoutAbsentParts(
	raw: Raw,
	overrides: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> {
	const kept = new Map(overrides);
	for (const [list, size] of Object.entries(SIZES)) {
		if (overrides.get(`${list}.0.${size}`) !== 0) continue;
		const others = [...overrides.keys()].filter(
			(key) => key.startsWith(`${list}.`) && key !== `${list}.0.${size}`,
		);
		if (others.length > 0)
			throw new ConfigError(
				`Cannot use "${list}.0.${size}" = 0 with "${others[0]}": a size of 0 means none; drop one of the two`,
			);
		kept.delete(`${list}.0.${size}`);
		raw[list] = [];
	}
	return kept;
}

/** A flag for one key of a battery changes the default battery where the file has none. */
function prepareBattery(raw: Raw, overrides: ReadonlyMap<string, unknown>): void {
	if (![...overrides.keys()].some((key) => key.startsWith('batteries.'))) return;
	// The schema has one default for all who parse.
	raw['batteries'] ??= structuredClone(Scenario.parse({}).batteries);
	const [battery] = Array.isArray(raw['batteries']) ? (raw['batteries'] as Raw[]) : [];
	// The others have no C-rate to take over from the simple one.
	const type = overrides.get('batteries.0.type');
	if (type === 'clc' || type === 'linear') delete battery?.['cRate'];
}

/** Reads a mapping; `what` it is, such as a scenario. */
export function readYaml(path: string, what = 'scenario'): Pick<RawFile, 'raw' | 'lineOf'> {
	let text: string;
	try {
		text = readInputText(path);
	} catch (error) {
		throw new ConfigError(`Cannot read ${what} "${path}": ${messageOf(error)}`);
	}
	return yamlOf(text, path, what);
}

/** Reads a mapping from its text; `path` is how its place is named in complaints. */
export function yamlOf(
	text: string,
	path: string,
	what = 'scenario',
): Pick<RawFile, 'raw' | 'lineOf'> {
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines });
	const [problem] = document.errors;
	if (problem !== undefined) {
		const line = problem.linePos?.[0].line;
		throw new ConfigError(
			`Cannot read ${what} "${path}:${line}": ${problem.message.split(/\n| at line \d/)[0]}`,
		);
	}
	const raw: unknown = document.toJS() ?? {};
	if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
		throw new ConfigError(`Cannot use ${what} "${path}": it must be a mapping of keys to values`);
	}
	const lineOf = (keys: readonly string[]) => {
		for (let length = keys.length; length > 0; length--) {
			const parent: unknown =
				length === 1 ? document.contents : document.getIn(keys.slice(0, length - 1), true);
			const key = keys[length - 1] as string;
			const node: unknown = isMap(parent)
				? parent.items.find((pair) => String(pair.key) === key)?.key
				: isSeq(parent)
					? parent.items[Number(key)]
					: undefined;
			const range = (node as { range?: [number, number, number] } | undefined)?.range;
			if (range !== undefined) return lines.linePos(range[0]).line;
		}
		return null;
	};
	return { raw: raw as Raw, lineOf };
}

/** Sets a value at a path; numbers in the path are places in a list. */
function setPath(raw: Raw, keys: readonly string[], value: unknown): void {
	let node = raw;
	keys.slice(0, -1).forEach((key, i) => {
		const list = /^\d+$/.test(keys[i + 1] as string);
		const child = node[key];
		if (child === null) {
			throw new ConfigError(
				`Cannot set "${keys.join('.')}": "${keys.slice(0, i + 1).join('.')}" is null, so left out; drop one of the two`,
			);
		}
		if (typeof child !== 'object') node[key] = list ? [] : {};
		node = node[key] as Raw;
	});
	node[keys[keys.length - 1] as string] = value;
}

const FILE_KEYS: readonly string[] = ['path', 'module'];
/** These may be files of one's own; their names are no paths. */
const CARD_KEYS: readonly string[] = ['model', 'profile', 'device', 'calibration'];

/** Whether a member of a scenario is the name of a file, or of something for which a file is looked for too. */
export function mayNameFile(key: string): boolean {
	return FILE_KEYS.includes(key) || CARD_KEYS.includes(key);
}

function isFile(key: string, value: string): boolean {
	return FILE_KEYS.includes(key) || (CARD_KEYS.includes(key) && looksLikeFile(value));
}

/** Files named in a scenario are relative to it, so that a run does not depend on where it is started. */
function withAbsolutePaths(scenario: Scenario, folder: string): Scenario {
	const visit = (node: unknown): unknown => {
		if (Array.isArray(node)) return node.map(visit);
		if (typeof node !== 'object' || node === null) return node;
		return Object.fromEntries(
			Object.entries(node).map(([key, value]) =>
				typeof value === 'string' && isFile(key, value)
					? [key, resolve(folder, value)]
					: [key, visit(value)],
			),
		);
	};
	return visit(scenario) as Scenario;
}
