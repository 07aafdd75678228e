import { resolve } from 'node:path';
import { ConfigError } from '../protocol/errors.ts';
import { parseCapRule } from '../protocol/scenario/caps.ts';
import { parseOutage } from '../protocol/scenario/grid-connection.ts';
import { parseCarbon, parseMarginalCarbon, parsePrice } from '../protocol/scenario/grid-text.ts';
import { parsePolicy } from '../protocol/scenario/policy-text.ts';
import {
	parseBursts,
	parseColumns,
	parseFactors,
	parsePrefixes,
} from '../protocol/scenario/requests-text.ts';
import { parsePools, parsePrefixCache } from '../protocol/scenario/serving-text.ts';
import { parseList, parseNumber, parseUnlessNone } from '../protocol/scenario/text.ts';
import { parseQuantity } from './quantity-flag.ts';

/** Switches that turn an output on, by the key of the scenario. */
const OUTPUT_SWITCHES = [
	['batchMetrics', 'batches'],
	['chromeTrace', 'chromeTrace'],
	['operationMetrics', 'operations'],
	['parquet', 'parquet'],
] as const;

/** The text of a flag by its name in camel case; undefined: it was not given. */
type Given = (name: string) => string | undefined;

type Keys = [key: string, value: unknown][];

/**
 * The scenario keys set by special flags. What a text means is read beside the schema that it fills; here it finds its
 * key, and paths, which are relative to the current folder, become absolute.
 *
 * @throws ConfigError for values that cannot be, and for flags that do not go together
 */
export function specialOverrides(options: Readonly<Record<string, unknown>>): Map<string, unknown> {
	const given: Given = (name) => options[name] as string | undefined;
	const several = (name: string) => options[name] as readonly string[] | undefined;
	return new Map(
		[
			...requestFileKeys(given),
			...rateKeys(given),
			...servingKeys(given),
			...(options['vidurRequests'] === true ? [['requests.compatibility', 'vidur']] : []),
			...extended(seriesKeys(given), given('extend')),
			...listKeys('cap', several('cap'), 'cap', parseCapRule),
			...listKeys('outage', several('outage'), 'grid.outages', parseOutage),
			...(options['ignoreEvents'] === true ? [['grid.respondToEvents', false]] : []),
			...policyKeys(given('dispatch')),
			...(options['serving'] === false ? [['serving', null]] : []),
			...outputKeys(options),
			...placementKeys(options),
		].map(([key, value]) => [key as string, fromHere(value)]),
	);
}

/** A value with the paths in it as they are from the current folder. */
function fromHere(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(fromHere);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) =>
			key === 'path' && typeof inner === 'string' ? [key, resolve(inner)] : [key, fromHere(inner)],
		),
	);
}

function listKeys<T>(
	flag: string,
	texts: readonly string[] | undefined,
	key: string,
	parse: (text: string, what: string) => T,
): Keys {
	return texts === undefined ? [] : [[key, parseList(texts, `--${flag}`, parse)]];
}

/** The key that a flag fills, unless it was not given; null where it is `none`. */
function optional<T>(
	given: Given,
	flag: string,
	key: string,
	parse: (text: string, what: string) => T,
): Keys {
	const name = flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
	const text = given(name);
	return text === undefined ? [] : [[key, parseUnlessNone(text, `--${flag}`, parse)]];
}

/** Requests, arrivals and lengths from files. */
function requestFileKeys(given: Given): Keys {
	const [requests, arrivals, lengths] = [given('requests'), given('arrivals'), given('lengthFile')];
	if (requests !== undefined && (arrivals ?? lengths) !== undefined) {
		throw new ConfigError(
			'Cannot use --requests with --arrivals or --length-file: it brings both; drop one of them',
		);
	}
	refuseRate(given);
	const flags = ['time-scale', 'anchor', 'time-unit', 'hash-tokens'] as const;
	const [timeScale, anchor, timeUnit, hashTokens] = flags.map((flag) =>
		given(flag.replace(/-(\w)/, (_, letter: string) => letter.toUpperCase())),
	);
	const first = flags.find((_, i) => [timeScale, anchor, timeUnit, hashTokens][i] !== undefined);
	if (first !== undefined && (requests ?? arrivals) === undefined)
		throw new ConfigError(`Cannot use --${first} without --requests or --arrivals: name the file`);
	if (hashTokens !== undefined && requests === undefined)
		throw new ConfigError('Cannot use --hash-tokens without --requests: only its rows name blocks');
	const scale = {
		...(timeScale === undefined ? {} : { timeScale: parseNumber(timeScale, '--time-scale') }),
		...(anchor === undefined ? {} : { anchor }),
		...(timeUnit === undefined ? {} : { timeUnit }),
	};
	const blocks =
		hashTokens === undefined ? {} : { hashTokens: parseNumber(hashTokens, '--hash-tokens') };
	const named = given('requestColumns');
	if (named !== undefined && (requests ?? lengths) === undefined)
		throw new ConfigError(
			'Cannot use --request-columns without --requests or --length-file: name the file',
		);
	const columns = named === undefined ? {} : { columns: parseColumns(named, '--request-columns') };
	const keys: Keys = [];
	if (requests !== undefined)
		keys.push([
			'requests.lengths',
			{ type: 'trace-file', path: requests, ...scale, ...blocks, ...columns },
		]);
	if (arrivals !== undefined)
		keys.push(['requests.intervals', { type: 'trace', path: arrivals, ...scale }]);
	if (lengths !== undefined)
		keys.push(['requests.lengths', { type: 'length-file', path: lengths, ...columns }]);
	return keys;
}

/** @throws ConfigError for a rate beside what says when requests arrive, which would count for nothing */
function refuseRate(given: Given): void {
	if (given('qps') === undefined) return;
	for (const [name, instead] of [
		['requests', 'the file says when; use --time-scale'],
		['arrivals', 'the file says when; use --time-scale'],
		['concurrency', 'users send when they are answered; drop one'],
	] as const)
		if (given(name) !== undefined)
			throw new ConfigError(`Cannot use --qps with --${name}: ${instead}`);
}

function rateKeys(given: Given): Keys {
	const byDay = (text: string, what: string) => ({ weekday: parseFactors(text, what) });
	return [
		...optional(given, 'diurnal', 'requests.rate.diurnal', byDay),
		...optional(given, 'weekly', 'requests.rate.weekly', parseFactors),
		...optional(given, 'bursts', 'requests.rate.bursts', parseBursts),
	];
}

function servingKeys(given: Given): Keys {
	const pools = given('disaggregate');
	return [
		...optional(given, 'prefix-cache', 'serving.prefixCache', parsePrefixCache),
		...optional(given, 'prefixes', 'requests.prefixes', parsePrefixes),
		...(pools === undefined
			? []
			: Object.entries(parsePools(pools, '--disaggregate')).map(
					([key, count]): [string, unknown] => [`serving.disaggregation.${key}`, count],
				)),
	];
}

/** Loads, sky, intensities and prices: what may be a series from a file. */
function seriesKeys(given: Given): Keys {
	const [load, loadTrace, solarTrace] = [given('load'), given('loadTrace'), given('solarTrace')];
	const weather = given('weather');
	if (weather !== undefined && solarTrace !== undefined)
		throw new ConfigError(
			'Cannot use --weather with --solar-trace: both say what the sky is; drop one',
		);
	const loads = [
		...(load === undefined
			? []
			: [{ type: 'constant', name: 'load', powerW: parseQuantity(load, '--load', 'powerW') }]),
		...(loadTrace === undefined ? [] : [{ type: 'trace', name: 'load-trace', path: loadTrace }]),
	];
	const keys: Keys = loads.length === 0 ? [] : [['loads', loads]];
	if (solarTrace !== undefined) keys.push(['solar.0.sky', { type: 'trace', path: solarTrace }]);
	if (weather !== undefined) keys.push(['solar.0.sky', { type: 'file', path: weather }]);
	return [
		...keys,
		...optional(given, 'carbon', 'carbon', parseCarbon),
		...optional(given, 'marginal-carbon', 'marginalCarbon', parseMarginalCarbon),
		...optional(given, 'price', 'price', parsePrice),
	];
}

/** The same with `extend` in what comes from a file. */
function extended(keys: Keys, extend: string | undefined): Keys {
	if (extend === undefined) return keys;
	let files = 0;
	const visit = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(visit);
		if (typeof value !== 'object' || value === null || !('path' in value)) return value;
		files++;
		return { ...value, extend };
	};
	const set = keys.map(([key, value]): Keys[number] => [key, visit(value)]);
	if (files > 0) return set;
	throw new ConfigError(
		`Cannot use --extend "${extend}": no flag names a file of loads, prices, carbon or weather; for one of the scenario use its key extend`,
	);
}

function policyKeys(text: string | undefined): Keys {
	if (text === undefined) return [];
	const keys = fromHere(parsePolicy(text, '--dispatch')) as Readonly<Record<string, unknown>>;
	return Object.entries(keys).map(([key, value]) => [`policy.${key}`, value]);
}

function outputKeys(options: Readonly<Record<string, unknown>>): Keys {
	return OUTPUT_SWITCHES.filter(([option]) => options[option] === true).map(([, key]) => [
		`outputs.${key}`,
		true,
	]);
}

function placementKeys({
	inProcess,
	processes,
	external,
}: Readonly<Record<string, unknown>>): Keys {
	return [
		...(inProcess === true ? [['placement.mode', 'in-process'] satisfies Keys[number]] : []),
		...(processes === undefined
			? []
			: [
					(processes === 'auto'
						? ['placement.mode', 'auto']
						: ['placement.processes', Number(processes)]) satisfies Keys[number],
				]),
		...(external === undefined ? [] : [['placement.external', external] satisfies Keys[number]]),
	];
}
