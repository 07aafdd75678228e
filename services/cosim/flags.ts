import { resolve } from 'node:path';
import { Option } from 'commander';
import { ConfigError } from '../../protocol/errors.ts';

/** A flag of `gridbeat run` that sets one key of the scenario. */
interface ScenarioFlag {
	readonly flags: string;
	readonly key: string;
	readonly help: string;
	readonly parse: (text: string) => unknown;
	readonly group: string;
}

const text = (value: string) => value;
const file = (value: string) => resolve(value);

function numeric(flag: string): (value: string) => number {
	return (value) => {
		const number = Number(value);
		if (value.trim() === '' || !Number.isFinite(number)) {
			throw new ConfigError(`Cannot use --${flag} "${value}": give a number`);
		}
		return number;
	};
}

function flag(group: string, flags: string, key: string, help: string): ScenarioFlag {
	const name = /--([a-z-]+)/.exec(flags)?.[1] as string;
	const parse = /<(number|watts|wh|fraction|degrees|g\/kWh|factor|count)>/.test(flags)
		? numeric(name)
		: flags.includes('<file>')
			? file
			: text;
	return { flags, key, help, parse, group };
}

const WHERE = 'Where and when';
const SERVING = 'Serving';
const GRID = 'Microgrid';

export const SCENARIO_FLAGS: readonly ScenarioFlag[] = [
	flag(WHERE, '--location <name>', 'location', 'a known location, such as "San Francisco"'),
	flag(
		WHERE,
		'--latitude <degrees>',
		'location.latitude',
		'degrees north, with --longitude and --timezone',
	),
	flag(WHERE, '--longitude <degrees>', 'location.longitude', 'degrees east'),
	flag(WHERE, '--timezone <zone>', 'location.timezone', 'IANA time zone, such as Europe/Berlin'),
	flag(WHERE, '--altitude <number>', 'location.altitudeM', 'metres above sea level'),
	flag(WHERE, '--start <time>', 'start', 'start in local time, such as 2024-06-20T00:00'),
	flag(WHERE, '--until <time>', 'until', 'simulated time, such as 24h'),
	flag(WHERE, '--step <time>', 'step', 'step of the microgrid, such as 60s'),
	flag(WHERE, '--window <time>', 'window', 'simulated time granted at once'),
	flag(WHERE, '--seed <text>', 'seed', 'seed of all random streams'),
	flag(
		WHERE,
		'--pace <factor>',
		'pace',
		'simulated seconds per real second; default: as fast as possible',
	),
	flag(SERVING, '--replicas <count>', 'serving.replicas', 'number of replicas'),
	flag(SERVING, '--model <name>', 'serving.model', 'model that the replicas serve'),
	flag(SERVING, '--device <name>', 'serving.device', 'GPU of the replicas'),
	flag(SERVING, '--profile <name>', 'serving.profile', 'latency profile'),
	flag(SERVING, '--pue <factor>', 'serving.pue', 'facility power over GPU power'),
	flag(SERVING, '--qps <number>', 'requests.qps', 'mean requests per second'),
	flag(SERVING, '--intervals <name>', 'requests.intervals.type', 'poisson, gamma or static'),
	flag(
		SERVING,
		'--cv <number>',
		'requests.intervals.cv',
		'coefficient of variation of gamma intervals',
	),
	flag(SERVING, '--lengths <name>', 'requests.lengths.type', 'trace, fixed, uniform or zipf'),
	flag(
		SERVING,
		'--prefill-tokens <count>',
		'requests.lengths.prefillTokens',
		'prompt of fixed lengths',
	),
	flag(
		SERVING,
		'--decode-tokens <count>',
		'requests.lengths.decodeTokens',
		'output of fixed lengths',
	),
	flag(
		SERVING,
		'--min-length <count>',
		'requests.lengths.minTokens',
		'least total of uniform and zipf lengths',
	),
	flag(SERVING, '--max-length <count>', 'requests.lengths.maxTokens', 'most of it'),
	flag(
		SERVING,
		'--prefill-to-decode-ratio <number>',
		'requests.lengths.prefillToDecodeRatio',
		'prompt tokens per output token',
	),
	flag(SERVING, '--zipf-theta <number>', 'requests.lengths.theta', 'exponent of zipf lengths'),
	flag(
		SERVING,
		'--vidur-seed <count>',
		'requests.vidurSeed',
		'seed of requests drawn with --vidur-requests',
	),
	flag(SERVING, '--policy <name>', 'requests.policy', 'round_robin, random or least_outstanding'),
	flag(SERVING, '--max-requests <count>', 'requests.maxRequests', 'no more requests than this'),
	flag(GRID, '--solar <watts>', 'solar.0.peakPowerW', 'installed solar peak power'),
	flag(GRID, '--battery-capacity <wh>', 'batteries.0.capacityWh', 'battery capacity'),
	flag(
		GRID,
		'--battery-initial-soc <fraction>',
		'batteries.0.initialSoc',
		'state of charge at the start',
	),
	flag(
		GRID,
		'--battery-min-soc <fraction>',
		'batteries.0.minSoc',
		'state of charge never gone below',
	),
	flag(
		GRID,
		'--battery-c-rate <number>',
		'batteries.0.cRate',
		'limit on power as a multiple of capacity',
	),
	flag(GRID, '--battery-model <name>', 'batteries.0.type', 'simple or clc'),
	flag(GRID, '--mode <name>', 'policy.mode', 'grid-connected or islanded'),
	flag(
		GRID,
		'--charge-power <watts>',
		'policy.chargePowerW',
		'forced charging (+) or discharging (-)',
	),
	flag(
		GRID,
		'--low-carbon-threshold <g/kWh>',
		'thresholds.lowGPerKwh',
		'counted as low carbon below this',
	),
	flag(
		GRID,
		'--high-carbon-threshold <g/kWh>',
		'thresholds.highGPerKwh',
		'counted as high carbon above this',
	),
];

/** Names that Vidur-Energy's co-simulation has for the same flags. */
const ALIASES: Readonly<Record<string, string>> = {
	'step-size': '--step',
	'solar-scale-factor': '--solar',
};

/** Flags whose value says more than one key. */
export const SPECIAL_FLAGS: readonly Option[] = [
	new Option(
		'--requests <file>',
		'replay arrivals and lengths: CSV of Vidur or Azure, JSON lines of Mooncake',
	),
	new Option('--time-scale <factor>', 'factor on the times of --requests and --arrivals'),
	new Option('--arrivals <file>', 'arrivals from a file, lengths drawn'),
	new Option('--length-file <file>', 'lengths drawn from the rows of a file'),
	new Option('--diurnal <factors>', '24 factors on --qps by local hour, such as 0.5,0.4,…'),
	new Option('--weekly <factors>', '7 factors on --qps by day, Monday first'),
	new Option('--bursts <rule>', 'FACTOR:BURST:CALM, such as 4:5min:1h (mean lengths)'),
	new Option('--vidur-requests', 'draw the very requests that Vidur draws'),
	new Option('--load <watts>', 'a constant base load beside the replicas'),
	new Option(
		'--load-trace <file>',
		'a load from a CSV (time, watts), instead of simulating one elsewhere',
	),
	new Option('--solar-trace <file>', 'solar output as a fraction of the peak power from a CSV'),
	new Option(
		'--carbon <source>',
		'location, constant:VALUE, zone:NAME, FILE.csv, uk or electricitymaps:ZONE',
	),
	new Option('--cap <rule...>', 'power cap: carbon>300:250 or soc<0.4:200 (watts per GPU)'),
	new Option('--no-serving', 'no replicas: the microgrid alone'),
	new Option(
		'--external <name...>',
		'actors or kinds whose processes are started elsewhere and join',
	),
	new Option('--in-process', 'all actors in one process, without NATS'),
];

/** The options of a scenario flag for commander, under all its names. */
export function scenarioOptions(): { option: Option; flag: ScenarioFlag }[] {
	return SCENARIO_FLAGS.flatMap((entry) => {
		const main = new Option(entry.flags, entry.help).helpGroup(`${entry.group}:`);
		const value = entry.flags.slice(entry.flags.indexOf('<'));
		const aliases = Object.entries(ALIASES)
			.filter(([, name]) => name === entry.flags.split(' ')[0])
			.map(([alias, name]) => new Option(`--${alias} ${value}`, `same as ${name}`).hideHelp());
		return [main, ...aliases].map((option) => ({ option, flag: entry }));
	});
}

/** The scenario keys set by special flags. */
export function specialOverrides(options: Readonly<Record<string, unknown>>): Map<string, unknown> {
	const set = new Map<string, unknown>();
	const given = (name: string) => options[name] as string | undefined;
	for (const [key, value] of requestOverrides(given)) set.set(key, value);
	if (options['vidurRequests'] === true) set.set('requests.compatibility', 'vidur');
	const loads: unknown[] = [];
	const load = given('load');
	if (load !== undefined) {
		loads.push({ type: 'constant', name: 'load', powerW: numeric('load')(load) });
	}
	const loadTrace = given('loadTrace');
	if (loadTrace !== undefined) {
		loads.push({ type: 'trace', name: 'load-trace', path: resolve(loadTrace) });
	}
	if (loads.length > 0) set.set('loads', loads);
	const solarTrace = given('solarTrace');
	if (solarTrace !== undefined) {
		set.set('solar.0.sky', { type: 'trace', path: resolve(solarTrace) });
	}
	const carbon = given('carbon');
	if (carbon !== undefined) set.set('carbon', carbonSource(carbon));
	const caps = options['cap'] as string[] | undefined;
	if (caps !== undefined) set.set('cap', caps.map(capRule));
	if (options['serving'] === false) set.set('serving', null);
	if (options['inProcess'] === true) set.set('placement.mode', 'in-process');
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
	const timeScale = given('timeScale');
	if (timeScale !== undefined && (requests ?? arrivals) === undefined) {
		throw new ConfigError(
			'Cannot use --time-scale without --requests or --arrivals: name the file',
		);
	}
	const scale = timeScale === undefined ? {} : { timeScale: numeric('time-scale')(timeScale) };
	if (requests !== undefined)
		set.push(['requests.lengths', { type: 'trace-file', path: resolve(requests), ...scale }]);
	if (arrivals !== undefined)
		set.push(['requests.intervals', { type: 'trace', path: resolve(arrivals), ...scale }]);
	if (lengths !== undefined)
		set.push(['requests.lengths', { type: 'length-file', path: resolve(lengths) }]);
	const [diurnal, weekly, bursts] = [given('diurnal'), given('weekly'), given('bursts')];
	if (diurnal !== undefined)
		set.push(['requests.rate.diurnal', { weekday: factors('diurnal', diurnal) }]);
	if (weekly !== undefined) set.push(['requests.rate.weekly', factors('weekly', weekly)]);
	if (bursts !== undefined) set.push(['requests.rate.bursts', burstRule(bursts)]);
	return set;
}

function factors(name: string, list: string): number[] {
	return list.split(',').map(numeric(name));
}

/** `4:5min:1h` is four times the rate in bursts of 5 min on average, an hour apart on average. */
function burstRule(value: string): unknown {
	const match = /^([\d.]+):([^:]+):([^:]+)$/.exec(value);
	if (match === null) {
		throw new ConfigError(
			`Cannot use --bursts "${value}": give FACTOR:BURST:CALM, such as 4:5min:1h (mean lengths)`,
		);
	}
	const [, factor, meanBurst, meanCalm] = match;
	return { type: 'markov', burstFactor: numeric('bursts')(factor as string), meanBurst, meanCalm };
}

function carbonSource(value: string): unknown {
	const [head, rest] = [value.split(':')[0], value.split(':').slice(1).join(':')];
	if (value === 'none') return null;
	if (value === 'location' || value === 'uk') return { source: value };
	if (head === 'zone') return { source: 'zone', zone: rest };
	if (head === 'electricitymaps') return { source: 'electricitymaps', zone: rest };
	if (head === 'constant') return { source: 'constant', valueGPerKwh: numeric('carbon')(rest) };
	if (/\.csv$/i.test(value)) return { source: 'trace', path: resolve(value), kind: 'average' };
	throw new ConfigError(
		`Cannot use --carbon "${value}": give location, none, constant:VALUE, zone:NAME, FILE.csv, uk or electricitymaps:ZONE`,
	);
}

/** `carbon>300:250` is a cap of 250 W per GPU while the carbon intensity is above 300 g/kWh. */
function capRule(value: string): unknown {
	const match = /^(carbon|soc)([<>])(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)$/.exec(
		value.replaceAll(' ', ''),
	);
	if (match === null) {
		throw new ConfigError(
			`Cannot use --cap "${value}": give a rule such as carbon>300:250 or soc<0.4:200 (watts per GPU)`,
		);
	}
	const [, signal, sign, threshold, watts] = match;
	return {
		signal,
		[sign === '>' ? 'above' : 'below']: Number(threshold),
		capWPerGpu: Number(watts),
	};
}
