import { ConfigError } from '../errors.ts';
import { ARRIVALS_FILE } from './arrivals.ts';
import { BATCHES, OPERATION_METRICS } from './batches.ts';
import { CHECKPOINT_FILE, REPLAY_FILE, RESUME_FILE } from './checkpoint.ts';
import { COMMANDS_FILE } from './commands.ts';
import { CARBON_SERIES, MONITOR, MONITOR_CARBON, READY_DATA, SOLAR_SERIES } from './cosim.ts';
import { FEEDS } from './feeds.ts';
import type { OwnColumn } from './metadata.ts';
import { REPEATS_SUMMARY } from './repeats-table.ts';
import {
	CHANGED_REQUESTS,
	REQUEST_DISTRIBUTIONS,
	REQUEST_QUANTILES,
	REQUESTS,
} from './requests.ts';
import { SITES } from './sites.ts';
import { stepTable, WEATHER_TABLE, WIND_TABLE } from './step-tables.ts';
import type { ColumnSpec, Table } from './table.ts';
import { TIMESERIES } from './timeseries.ts';
import { USAGE } from './usage.ts';

/**
 * Who writes a file, and how long it is there:
 * `head`      by the recorder and the command; says what the run is
 * `growing`   by the recorder, row by row
 * `end`       by the recorder, when the run ends
 * `derived`   from the others, by the command and by `gridbeat report`; goes where they change
 * `during`    while the run goes on
 * `repeats`   in the folder of repeated runs
 * `cosim`     by `gridbeat cosim`
 */
export type FileRole = 'head' | 'growing' | 'end' | 'derived' | 'during' | 'repeats' | 'cosim';

/** A file of a run folder. */
export interface FileSpec {
	/** `<figure>` stands for a name; with a folder where it is in one. */
	readonly name: string;
	readonly role: FileRole;
	/** What it has, of a table what has a row. */
	readonly text: string;
	/** When it is there. */
	readonly when: string;
	readonly table?: Table;
}

const ENDED = 'the run has ended with at least one step';

/** A CSV file, with its columns. */
function csv(table: Table, role: FileRole, text: string, when: string): FileSpec {
	return { name: table.file, role, text, when, table };
}

/** Every file of a run folder; those below `sites/<name>/` are the same again. */
export const RUN_FILES: readonly FileSpec[] = [
	{
		name: 'metadata.yaml',
		role: 'head',
		text: 'what the run is, and how it ended',
		when: 'always',
	},
	csv(TIMESERIES, 'growing', 'one a step', 'always'),
	csv(REQUESTS, 'growing', 'one a completed request, in order of completion', 'replicas'),
	csv(USAGE, 'growing', 'one a step and replica', 'replicas'),
	csv(
		CHANGED_REQUESTS,
		'growing',
		'one a request that was not sent as its source has it',
		'`requests.overlong` or `zeroTokens` allow it ([how](requests.md))',
	),
	csv(WEATHER_TABLE, 'growing', 'one a step, of the first plant', 'solar'),
	csv(WIND_TABLE, 'growing', 'one a step, of the first turbine', 'wind'),
	csv(BATCHES, 'growing', 'one a batch, in order of their ends', '`outputs.batches`'),
	{
		...{ name: 'chrome_trace.json', role: 'growing', when: '`outputs.chromeTrace`' },
		text: 'one event a batch and pipeline stage',
	},
	csv(OPERATION_METRICS, 'end', 'one a replica', '`outputs.operations`'),
	csv(
		REQUEST_QUANTILES,
		'end',
		'one a metric',
		'`outputs.requests: sketch`, instead of `request_metrics.csv`',
	),
	csv(REQUEST_DISTRIBUTIONS, 'end', '404 a metric', '`outputs.requests: sketch`'),
	csv(SITES, 'derived', 'one a step and site', 'several sites'),
	csv(FEEDS, 'derived', 'one a word of a feed', 'the run follows [feeds](feeds.md#in-a-run)'),
	{
		...{ name: '<table>.parquet', role: 'derived', when: '`outputs.parquet`' },
		text: 'those of the CSV file of that name',
	},
	{
		...{ name: 'simulation_metrics.txt', role: 'derived', when: ENDED },
		text: 'the closing table, with more of it',
	},
	{
		...{ name: 'report.html', role: 'derived', when: ENDED },
		text: 'the report, one file that asks nothing of the network',
	},
	{ name: 'plots/<figure>.svg', role: 'derived', text: 'its figures', when: ENDED },
	{
		...{ name: 'experiment.json', role: 'derived', when: ENDED },
		text: 'the record by which Vessim 0.16 finds a run',
	},
	{
		...{ name: 'run.lock', role: 'during', when: 'the run goes on' },
		text: 'the process that leads the run',
	},
	{
		...{ name: 'recorder.lock', role: 'during', when: 'the run goes on' },
		text: 'the process that writes the tables',
	},
	{
		...{ name: RESUME_FILE, role: 'during', when: 'the run has not reached its end' },
		text: 'all that the run is, for `gridbeat resume`',
	},
	{
		...{ name: CHECKPOINT_FILE, role: 'during', when: 'the run has not reached its end' },
		text: 'what its actors were at the last checkpoint',
	},
	{
		...{ name: COMMANDS_FILE, role: 'head', when: 'users, feeds or the grid wanted something' },
		text: 'what came to the run in its course, and from which simulated time on it acted: a JSON object a line (`fromUs`, `by` and `at`: who wanted it and when, `command`)',
	},
	{
		...{ name: ARRIVALS_FILE, role: 'head', when: '`requests.source`: live or both' },
		text: 'requests from outside as they came: a JSON object a line, with its simulated time and its lengths, not what it says ([requests from outside](openai.md))',
	},
	{
		...{
			name: REPLAY_FILE,
			role: 'head',
			when: 'the run is complete and heard something from outside',
		},
		text: 'all that the run is, for `gridbeat replay` ([replay](real-time.md#replay))',
	},
	{
		...{ name: 'commits.jsonl', role: 'during', when: 'the run goes on' },
		text: 'the length of every table at the end of each window',
	},
	{
		...{ name: 'commits-0.sums', role: 'during' },
		text: 'what quantiles and operations have summed up by then',
		when: 'the run goes on, and has any',
	},
	{
		...{ name: 'commits-1.sums', role: 'during' },
		text: 'the same of the window before or after',
		when: 'the run goes on, and has any',
	},
	{
		...{ name: 'repeats.yaml', role: 'repeats', when: '`--repeats`' },
		text: 'what is repeated, and its runs',
	},
	csv(REPEATS_SUMMARY, 'repeats', 'one a figure, over the repeats', '`--repeats`'),
	{
		...{ name: 'summary.parquet', role: 'repeats', when: '`--repeats`' },
		text: 'those of `summary.csv`',
	},
	{
		...{ name: 'summary.json', role: 'repeats', when: '`--repeats`' },
		text: 'the same, with the values of each run',
	},
	{
		...{ name: 'summary.txt', role: 'repeats', when: '`--repeats`' },
		text: 'the closing table, with intervals',
	},
	{
		...{ name: 'jobs/<hash>.json', role: 'repeats', when: '`--repeats`' },
		text: 'what a run came to, so that it need not be done again',
	},
	csv(READY_DATA, 'cosim', 'one a bin of `--agg-freq`', '`gridbeat cosim`'),
	csv(MONITOR, 'cosim', 'one a step', '`gridbeat cosim`'),
	csv(MONITOR_CARBON, 'cosim', 'one a step', '`gridbeat cosim`, with a carbon signal'),
	csv(
		SOLAR_SERIES,
		'cosim',
		'one a step',
		'`gridbeat cosim` with `--solar-trace`, interpolated or multiplied',
	),
	csv(CARBON_SERIES, 'cosim', 'one a step', '`gridbeat cosim` with a carbon file, interpolated'),
	{
		...{ name: 'power_plot.svg', role: 'cosim', when: '`gridbeat cosim`' },
		text: 'a drawing of the original',
	},
	{
		...{ name: 'battery_combined_plots.svg', role: 'cosim' },
		...{ text: 'the same', when: '`gridbeat cosim`, with a battery' },
	},
	{
		...{ name: 'carbon_emissions_plot.svg', role: 'cosim' },
		...{ text: 'the same', when: '`gridbeat cosim --carbon-analysis`, with a carbon signal' },
	},
];

/** Names of the files of some roles, in order. */
export function filesOf(...roles: readonly FileRole[]): string[] {
	return RUN_FILES.filter(({ role }) => roles.includes(role)).map(({ name }) => name);
}

/** The table that a file of a run folder is; null for one that is none, and for one of a kind that is not known here. */
export function tableOf(file: string): Table | null {
	return RUN_FILES.find(({ name }) => name === file)?.table ?? null;
}

/**
 * The table of a kind of actor that is not known here.
 *
 * @throws ConfigError for a name that a run folder has for another table
 */
export function ownTable(port: string, columns: readonly OwnColumn[]): Table {
	const own = stepTable(
		port,
		columns.map(
			({ isCount, ...column }): ColumnSpec => ({ ...column, ...(isCount && { isCount }) }),
		),
	);
	if (tableOf(own.file) === null) return own;
	throw new ConfigError(`Cannot record the table "${own.file}": a run folder has one of that name`);
}
