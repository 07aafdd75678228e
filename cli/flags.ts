import { resolve } from 'node:path';
import { Option } from 'commander';
import { looksLikeFile } from '../protocol/scenario/name-or-file.ts';
import { parseNumber } from '../protocol/scenario/text.ts';
import { DECLARED_KINDS } from '../services/declared-kinds.ts';
import { parseQuantity } from './quantity-flag.ts';

/** A flag of `gridbeat run` that sets one key of the scenario. */
interface ScenarioFlag {
	readonly flags: string;
	readonly key: string;
	readonly help: string;
	readonly parse: (text: string) => unknown;
	readonly group: string;
}

const nameOrFile = (value: string) => (looksLikeFile(value) ? resolve(value) : value);

const file = (value: string) => resolve(value);

/** Reads the number that was given to a flag. */
export function numeric(flag: string): (value: string) => number {
	return (value) => parseNumber(value, `--${flag}`);
}

function flag(group: string, flags: string, key: string, help: string): ScenarioFlag {
	const name = /--([a-z-]+)/.exec(flags)?.[1] as string;
	const parse = /<(number|watts|wh|fraction|degrees|g\/kWh|factor|count)>/.test(flags)
		? (text: string) =>
				name === 'qps' && text === 'inf' ? text : parseQuantity(text, `--${name}`, key)
		: flags.includes('<file>')
			? file
			: nameOrFile;
	return { flags, key, help, parse, group };
}

/** Under these headings the help lists the flags. */
export const GROUPS = {
	where: 'Where, when and how',
	serving: 'Serving',
	grid: 'Microgrid',
} as const;
const { where: WHERE, serving: SERVING, grid: GRID } = GROUPS;

export const SCENARIO_FLAGS: readonly ScenarioFlag[] = [
	flag(
		WHERE,
		'--location <name>',
		'location',
		'a city, such as Dublin or "Springfield, Illinois", or any name with coordinates',
	),
	flag(WHERE, '--latitude <degrees>', 'location.latitude', 'degrees north, with --longitude'),
	flag(WHERE, '--longitude <degrees>', 'location.longitude', 'degrees east'),
	flag(WHERE, '--timezone <zone>', 'location.timezone', 'IANA name; default: the nearest city’s'),
	flag(WHERE, '--grid-zone <name>', 'location.gridZone', 'such as IE; default: the nearest city’s'),
	flag(WHERE, '--altitude <number>', 'location.altitudeM', 'metres above sea level'),
	flag(WHERE, '--start <time>', 'start', 'start in local time, such as 2024-06-20T00:00'),
	flag(WHERE, '--until <time>', 'until', 'simulated time, such as 24h'),
	flag(WHERE, '--step <time>', 'step', 'step of the microgrid, such as 60s'),
	flag(WHERE, '--window <time>', 'window', 'simulated time granted at once'),
	flag(WHERE, '--seed <text>', 'seed', 'seed of all random streams'),
	flag(
		WHERE,
		'--repeats <count>',
		'repeats',
		'so many runs with seeds of their own, and means with intervals',
	),
	flag(
		WHERE,
		'--pace <factor>',
		'pace',
		'simulated seconds per real second; default: as fast as possible',
	),
	flag(WHERE, '--speed <factor>', 'pace', 'the same as --pace'),
	flag(SERVING, '--replicas <count>', 'serving.replicas', 'number of replicas'),
	flag(SERVING, '--model <name>', 'serving.model', 'model that the replicas serve'),
	flag(SERVING, '--device <name>', 'serving.device', 'GPU of the replicas, or its card (.yaml)'),
	flag(SERVING, '--profile <name>', 'serving.profile', 'latency profile'),
	flag(
		SERVING,
		'--scheduler <name>',
		'serving.scheduler',
		'vllm, vllm-v1, sarathi, orca, faster_transformer or lightllm',
	),
	flag(SERVING, '--batch-size-cap <count>', 'serving.batchSizeCap', 'most requests in a batch'),
	flag(
		SERVING,
		'--max-num-seqs <count>',
		'serving.maxNumSeqs',
		'most requests that run, of vllm-v1',
	),
	flag(
		SERVING,
		'--max-num-batched-tokens <count>',
		'serving.maxNumBatchedTokens',
		'most tokens of a batch, of vllm-v1',
	),
	flag(
		SERVING,
		'--max-batch-tokens <count>',
		'serving.maxTokensInBatch',
		'most tokens of a prefill batch',
	),
	flag(
		SERVING,
		'--tensor-parallel <count>',
		'serving.tensorParallel',
		'GPUs that share each layer',
	),
	flag(
		SERVING,
		'--pipeline-stages <count>',
		'serving.pipelineStages',
		'GPUs (or groups) that share the layers',
	),
	flag(
		SERVING,
		'--network <name>',
		'serving.network',
		'pairwise or dgx: how the GPUs of a replica are joined',
	),
	flag(
		SERVING,
		'--kv-bandwidth <number>',
		'serving.disaggregation.kvTransfer.bandwidthGBps',
		'GB/s at which each GPU hands KV caches on',
	),
	flag(
		SERVING,
		'--power-curve <name>',
		'serving.powerCurve',
		'vidur-energy, measured or roofline: power of a GPU by its utilisation',
	),
	flag(
		SERVING,
		'--compatibility <name>',
		'serving.compatibility',
		'vidur: replicas as Vidur has them, also where it is wrong',
	),
	flag(SERVING, '--pue <factor>', 'serving.pue', 'facility power over that of GPUs and servers'),
	flag(SERVING, '--qps <number>', 'requests.qps', 'mean requests per second; inf: all at once'),
	flag(SERVING, '--concurrency <count>', 'requests.concurrency', 'users in flight, not --qps'),
	flag(SERVING, '--think <number>', 'requests.thinkS', 'mean seconds that such a user thinks'),
	flag(SERVING, '--intervals <name>', 'requests.intervals.type', 'poisson, gamma or static'),
	flag(
		SERVING,
		'--cv <number>',
		'requests.intervals.cv',
		'coefficient of variation of gamma intervals',
	),
	flag(
		SERVING,
		'--lengths <name>',
		'requests.lengths.type',
		'trace, fixed, uniform, zipf or, with keys of a file, distributions',
	),
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
	flag(
		SERVING,
		'--policy <name>',
		'requests.policy',
		'round_robin, random, least_outstanding or prefix',
	),
	flag(
		SERVING,
		'--max-tokens <count>',
		'serving.maxTokens',
		'longest request, prompt and output together',
	),
	flag(
		SERVING,
		'--overlong <name>',
		'requests.overlong',
		'refuse, cut or drop: what becomes of longer requests',
	),
	flag(
		SERVING,
		'--zero-tokens <name>',
		'requests.zeroTokens',
		'refuse, one or drop: rows of files with a prompt or an answer of 0 tokens',
	),
	flag(SERVING, '--max-requests <count>', 'requests.maxRequests', 'no more requests than this'),
	flag(
		WHERE,
		'--request-metrics <name>',
		'outputs.requests',
		'full or sketch: a row a request, or their quantiles alone',
	),
	flag(
		GRID,
		'--carbon-region <name>',
		'carbon.region',
		'use a carbon file of this region elsewhere',
	),
	flag(GRID, '--price-region <name>', 'price.region', 'use a price file of this region elsewhere'),
	flag(
		GRID,
		'--carbon-kind <name>',
		'carbon.kind',
		'average or marginal, of a --carbon file that does not say',
	),
	flag(GRID, '--carbon-unit <unit>', 'carbon.unit', 'of a CSV of --carbon, such as lb/MWh'),
	flag(GRID, '--price-unit <unit>', 'price.unit', 'of a CSV of --price, such as EUR/MWh'),
	flag(GRID, '--solar-trace-unit <unit>', 'solar.0.sky.unit', 'fraction, %, W, kW or MW'),
	flag(
		GRID,
		'--usd-per-unit <number>',
		'price.usdPerUnit',
		'USD for one unit of a price file’s currency',
	),
	...DECLARED_KINDS.flatMap((kind) =>
		kind.flags.map(({ flags, key, help }) => flag(GRID, flags, key, help)),
	),
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
	flag(GRID, '--battery-model <name>', 'batteries.0.type', 'simple, linear or clc'),
	flag(
		GRID,
		'--generator <watts>',
		'generators.0.ratedPowerW',
		'a diesel generator of this rated power',
	),
	flag(GRID, '--import-limit <watts>', 'grid.importLimitW', 'most that may be drawn from the grid'),
	flag(GRID, '--export-limit <watts>', 'grid.exportLimitW', 'most that may be fed in'),
	flag(
		GRID,
		'--ramp-up <watts>',
		'grid.rampUpW',
		'how fast the grid’s power may rise (imports fall), W per minute',
	),
	flag(GRID, '--ramp-down <watts>', 'grid.rampDownW', 'how fast it may fall (imports grow)'),
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
