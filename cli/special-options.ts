import { Option } from 'commander';
import { GROUPS } from './flags.ts';

const { where: WHERE, serving: SERVING, grid: GRID } = GROUPS;

/** Flags whose value says more than one key. */
export const SPECIAL_FLAGS: readonly Option[] = [
	special(
		SERVING,
		'--requests <file>',
		'replay arrivals and lengths of a trace: Vidur, Azure, BurstGPT, Splitwise, Mooncake, vLLM’s benchmark, …',
	),
	special(SERVING, '--time-scale <factor>', 'factor on the times of --requests and --arrivals'),
	special(
		SERVING,
		'--anchor <time>',
		'time in --requests and --arrivals that is the start of the run, or first: that of the first row',
	),
	special(
		SERVING,
		'--time-unit <unit>',
		'of times in --requests and --arrivals that are numbers: s, ms, us or ns',
	),
	special(
		SERVING,
		'--hash-tokens <count>',
		'tokens of the blocks that hash_ids in --requests name',
	),
	special(
		SERVING,
		'--request-columns <names>',
		'columns of --requests or --length-file, such as arrival=sent_ms,prompt=in,output=out',
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
		'USD/kWh of imports: a number, none, location, zone:MARKET, FILE.csv, or file:FILE (ENTSO-E, …)',
	),
	special(
		GRID,
		'--dispatch <policy>',
		'default, peak:WATTS, carbon:LOW:HIGH (g/kWh), price:LOW:HIGH (USD/kWh), forecast:SIGNAL (carbon, marginal, price), or a module, FILE.js',
	),
	special(GRID, '--outage <span...>', 'none, or times without a grid, FROM+LENGTH, such as 18h+3h'),
	special(GRID, '--ignore-events', 'respond to no demand response of the grid'),
	special(
		GRID,
		'--cap <rule...>',
		'none, or power caps: carbon>300:250, marginal>300:250, soc<0.4:200 or event>0:250 (watts per GPU; in demand response), with :HYSTERESIS behind it or without',
	),
	special(WHERE, '--batch-metrics', 'write batch_metrics.csv, a row a batch'),
	special(WHERE, '--chrome-trace', 'write chrome_trace.json, which opens in Perfetto'),
	special(WHERE, '--operation-metrics', 'write operation_metrics.csv, by replica'),
	special(WHERE, '--parquet', 'write the tables as Apache Parquet too'),
	special(WHERE, '--in-process', 'all actors in one process, without NATS'),
	special(
		WHERE,
		'--processes <count>',
		'so many host processes, which actors share, or auto: one for each core',
	),
	special(
		WHERE,
		'--external <name...>',
		'actors or kinds whose processes are started elsewhere and join',
	),
];

function special(group: string, flags: string, help: string): Option {
	return new Option(flags, help).helpGroup(`${group}:`);
}
