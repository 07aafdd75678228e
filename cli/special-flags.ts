import { resolve } from 'node:path';
import { Option } from 'commander';
import { ConfigError } from '../protocol/errors.ts';
import { parseCapRule } from '../protocol/scenario/caps.ts';
import { GROUPS, numeric } from './flags.ts';
import {
	carbonSource,
	dispatchKeys,
	listOrNone,
	marginalSource,
	outageSpan,
	priceSource,
} from './microgrid-flags.ts';
import { servingOverrides } from './serving-flags.ts';

const { where: WHERE, serving: SERVING, grid: GRID } = GROUPS;

/** Flags whose value says more than one key. */
export const SPECIAL_FLAGS: readonly Option[] = [
	special(
		SERVING,
		'--requests <file>',
		'replay arrivals and lengths: CSV of Vidur or Azure, JSON lines of Mooncake',
	),
	special(SERVING, '--time-scale <factor>', 'factor on the times of --requests and --arrivals'),
	special(
		SERVING,
		'--anchor <time>',
		'time in --requests and --arrivals that is the start of the run, or first: that of the first row',
	),
	special(SERVING, '--arrivals <file>', 'arrivals from a file, lengths drawn'),
	special(SERVING, '--length-file <file>', 'lengths drawn from the rows of a file'),
	special(
		SERVING,
		'--diurnal <factors>',
		'none, or 24 factors on --qps by local hour, such as 0.5,0.4,…',
	),
	special(SERVING, '--weekly <factors>', 'none, or 7 factors on --qps by day, Monday first'),
	special(
		SERVING,
		'--bursts <rule>',
		'none, or FACTOR:BURST:CALM, such as 4:5min:1h (mean lengths)',
	),
	special(SERVING, '--vidur-requests', 'draw the very requests that Vidur draws'),
	special(SERVING, '--prefix-cache <rule>', 'none, shared, or the part of prompts that is found'),
	special(
		SERVING,
		'--prefixes <rule>',
		'none, GROUPS:TOKENS of system prompts, such as 40:1200, or sessions:NUMBER',
	),
	special(
		SERVING,
		'--disaggregate <pools>',
		'PREFILL:DECODE replicas in place of --replicas, such as 2:3',
	),
	special(SERVING, '--no-serving', 'no replicas: the microgrid alone'),
	special(GRID, '--load <watts>', 'a constant base load beside the replicas'),
	special(
		GRID,
		'--load-trace <file>',
		'a load from a CSV (time, watts), beside or instead of replicas',
	),
	special(
		GRID,
		'--weather <file>',
		'the sky from a weather file, such as EPW, TMY3, PVGIS or Solcast',
	),
	special(
		GRID,
		'--extend <how>',
		'where files of loads, prices, carbon and weather have no data: hold (not weather), repeat-day, repeat-week or repeat-year',
	),
	special(GRID, '--solar-trace <file>', 'solar output as a fraction of the peak power from a CSV'),
	special(
		GRID,
		'--carbon <source>',
		'location, none, constant:VALUE, zone:NAME, file:FILE (WattTime, Electricity Maps, …), average:FILE.csv, marginal:FILE.csv, uk or electricitymaps:ZONE',
	),
	special(
		GRID,
		'--marginal-carbon <source>',
		'marginal intensity beside an average one: location, none, constant:VALUE, zone:NAME, file:FILE or FILE.csv',
	),
	special(
		GRID,
		'--price <source>',
		'USD/kWh of imports: a number, none, FILE.csv, or file:FILE (ENTSO-E, Energy-Charts)',
	),
	special(
		GRID,
		'--dispatch <policy>',
		'default, peak:WATTS, carbon:LOW:HIGH (g/kWh), price:LOW:HIGH (USD/kWh), forecast:SIGNAL (carbon, marginal, price), or a module, FILE.js',
	),
	special(GRID, '--outage <span...>', 'none, or times without a grid, FROM+LENGTH, such as 18h+3h'),
	special(
		GRID,
		'--cap <rule...>',
		'none, or power caps: carbon>300:250, marginal>300:250 or soc<0.4:200 (watts per GPU), with :HYSTERESIS behind it or without',
	),
	special(WHERE, '--batch-metrics', 'write batch_metrics.csv, a row a batch'),
	special(WHERE, '--chrome-trace', 'write chrome_trace.json, which opens in Perfetto'),
	special(WHERE, '--operation-metrics', 'write operation_metrics.csv, by replica'),
	special(WHERE, '--parquet', 'write the tables as Apache Parquet too'),
	special(WHERE, '--in-process', 'all actors in one process, without NATS'),
	special(WHERE, '--processes <count>', 'so many host processes; actors share them'),
	special(
		WHERE,
		'--external <name...>',
		'actors or kinds whose processes are started elsewhere and join',
	),
];

/** Switches that turn an output on, by the key of the scenario. */
const OUTPUT_SWITCHES = [
	['batchMetrics', 'batches'],
	['chromeTrace', 'chromeTrace'],
	['operationMetrics', 'operations'],
	['parquet', 'parquet'],
] as const;

function special(group: string, flags: string, help: string): Option {
	return new Option(flags, help).helpGroup(`${group}:`);
}

/** The scenario keys set by special flags. */
export function specialOverrides(options: Readonly<Record<string, unknown>>): Map<string, unknown> {
	const set = new Map<string, unknown>();
	const given = (name: string) => options[name] as string | undefined;
	for (const [key, value] of requestOverrides(given)) set.set(key, value);
	for (const [key, value] of servingOverrides(given)) set.set(key, value);
	if (options['vidurRequests'] === true) set.set('requests.compatibility', 'vidur');
	const loads: unknown[] = [];
	const load = given('load');
	if (load !== undefined) {
		loads.push({ type: 'constant', name: 'load', powerW: numeric('load')(load) });
	}
	const extension = given('extend');
	const extend = extension === undefined ? {} : { extend: extension };
	const loadTrace = given('loadTrace');
	if (loadTrace !== undefined) {
		loads.push({ type: 'trace', name: 'load-trace', path: resolve(loadTrace), ...extend });
	}
	if (loads.length > 0) set.set('loads', loads);
	const solarTrace = given('solarTrace');
	if (solarTrace !== undefined) {
		set.set('solar.0.sky', { type: 'trace', path: resolve(solarTrace), ...extend });
	}
	const weather = given('weather');
	if (weather !== undefined) {
		if (solarTrace !== undefined)
			throw new ConfigError(
				'Cannot use --weather with --solar-trace: both say what the sky is; drop one',
			);
		set.set('solar.0.sky', { type: 'file', path: resolve(weather), ...extend });
	}
	const carbon = given('carbon');
	if (carbon !== undefined) set.set('carbon', carbonSource(carbon, extend));
	const marginal = given('marginalCarbon');
	if (marginal !== undefined) set.set('marginalCarbon', marginalSource(marginal, extend));
	const price = given('price');
	if (price !== undefined) set.set('price', priceSource(price, extend));
	const caps = options['cap'] as string[] | undefined;
	if (caps !== undefined)
		set.set(
			'cap',
			listOrNone('cap', caps, (text) => parseCapRule(text, '--cap')),
		);
	const dispatch = given('dispatch');
	if (dispatch !== undefined)
		for (const [key, value] of dispatchKeys(dispatch)) set.set(key, value);
	const outages = options['outage'] as string[] | undefined;
	if (outages !== undefined) set.set('grid.outages', listOrNone('outage', outages, outageSpan));
	if (options['serving'] === false) set.set('serving', null);
	for (const [option, key] of OUTPUT_SWITCHES)
		if (options[option] === true) set.set(`outputs.${key}`, true);
	if (options['inProcess'] === true) set.set('placement.mode', 'in-process');
	const processes = given('processes');
	if (processes !== undefined) set.set('placement.processes', Number(processes));
	if (options['external'] !== undefined) set.set('placement.external', options['external']);
	return set;
}

/** The keys of `requests` that its flags with more than one key set. */
function requestOverrides(given: (name: string) => string | undefined): [string, unknown][] {
	const set: [string, unknown][] = [];
	const [requests, arrivals, lengths] = [given('requests'), given('arrivals'), given('lengthFile')];
	if (requests !== undefined && (arrivals ?? lengths) !== undefined) {
		throw new ConfigError(
			'Cannot use --requests with --arrivals or --length-file: it brings both; drop one of them',
		);
	}
	const [timeScale, anchor] = [given('timeScale'), given('anchor')];
	if ((timeScale ?? anchor) !== undefined && (requests ?? arrivals) === undefined) {
		throw new ConfigError(
			`Cannot use --${timeScale === undefined ? 'anchor' : 'time-scale'} without --requests or --arrivals: name the file`,
		);
	}
	const scale = {
		...(timeScale === undefined ? {} : { timeScale: numeric('time-scale')(timeScale) }),
		...(anchor === undefined ? {} : { anchor }),
	};
	if (requests !== undefined)
		set.push(['requests.lengths', { type: 'trace-file', path: resolve(requests), ...scale }]);
	if (arrivals !== undefined)
		set.push(['requests.intervals', { type: 'trace', path: resolve(arrivals), ...scale }]);
	if (lengths !== undefined)
		set.push(['requests.lengths', { type: 'length-file', path: resolve(lengths) }]);
	const [diurnal, weekly, bursts] = [given('diurnal'), given('weekly'), given('bursts')];
	if (diurnal !== undefined)
		set.push([
			'requests.rate.diurnal',
			diurnal === 'none' ? null : { weekday: factors('diurnal', diurnal) },
		]);
	if (weekly !== undefined)
		set.push(['requests.rate.weekly', weekly === 'none' ? null : factors('weekly', weekly)]);
	if (bursts !== undefined) set.push(['requests.rate.bursts', burstRule(bursts)]);
	return set;
}

function factors(name: string, list: string): number[] {
	return list.split(',').map(numeric(name));
}

/** `4:5min:1h` is four times the rate in bursts of 5 min on average, an hour apart on average. */
function burstRule(value: string): unknown {
	if (value === 'none') return null;
	const match = /^([\d.]+):([^:]+):([^:]+)$/.exec(value);
	if (match === null) {
		throw new ConfigError(
			`Cannot use --bursts "${value}": give none, or FACTOR:BURST:CALM, such as 4:5min:1h (mean lengths)`,
		);
	}
	const [, factor, meanBurst, meanCalm] = match;
	return { type: 'markov', burstFactor: numeric('bursts')(factor as string), meanBurst, meanCalm };
}
