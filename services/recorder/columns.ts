import { ConfigError } from '../../protocol/errors.ts';
import type { Field } from '../../protocol/readings.ts';
import { csvText } from '../../protocol/run-folder/csv-text.ts';
import { REQUEST_METRICS, REQUESTS } from '../../protocol/run-folder/requests.ts';
import type { NameOf, Table } from '../../protocol/run-folder/table.ts';
import { TIMESERIES } from '../../protocol/run-folder/timeseries.ts';

/** One column of a table, by a described name: a text that is always the same, or the field of a port. */
export type Column<Pattern extends string = string> = { readonly name: NameOf<Pattern> } & (
	| { readonly text: string }
	| { readonly field: number }
);

/** Names that a table describes. */
type PatternOf<T> = T extends Table<infer Pattern> ? Pattern : never;

/**
 * The fields of a port as columns of a table.
 *
 * @throws ConfigError for a field that the table does not describe
 */
export function columnsOf<Pattern extends string>(
	table: Table<Pattern>,
	fields: readonly Field[],
): (Column<Pattern> & { readonly field: number })[] {
	return fields.map(({ name }, field) => ({ name: table.checked(name), field }));
}

/** The columns after which Vessim's grid signals come. */
const BEFORE_SIGNALS = [
	'policy_state.charge_power',
	'dispatch_states.<battery>.soc',
	'dispatch_states.<battery>.charge_level',
] as const;

/**
 * The columns of timeseries.csv between `microgrid,time` and `time_utc`: those of Vessim's CsvLogger, then
 * the fields it does not have. The mode is a text, so it is no field; without a grid signal Vessim has one
 * empty column `grid_signals`.
 */
export function bookColumns(
	books: readonly Field[],
	mode: string,
): Column<PatternOf<typeof TIMESERIES>>[] {
	const columns: Column<PatternOf<typeof TIMESERIES>>[] = columnsOf(TIMESERIES, books);
	const at = columns.findIndex(({ name }) => name === 'policy_state.charge_power');
	if (at === -1)
		throw new ConfigError(
			'Cannot record the port "books": it has no field "policy_state.charge_power"',
		);
	columns.splice(at, 0, { name: 'policy_state.mode', text: csvText(mode) });
	if (!columns.some(({ name }) => name.startsWith('grid_signals.'))) {
		const last = columns.findLastIndex(({ name }) =>
			BEFORE_SIGNALS.some((before) => TIMESERIES.partOf(before, name) !== null),
		);
		columns.splice(last + 1, 0, { name: 'grid_signals', text: '' });
	}
	return columns;
}

/**
 * The columns of request_metrics.csv but for the last one, the replica: Vidur's, then fields of `requests`
 * that Vidur does not have, then the time of arrival.
 */
export function requestColumns(
	requests: readonly Field[],
): (Column<PatternOf<typeof REQUESTS>> & { readonly field: number })[] {
	const fieldOf = (name: string): number => {
		const field = requests.findIndex((candidate) => candidate.name === name);
		if (field !== -1) return field;
		throw new ConfigError(`Cannot record the port "requests": it has no field "${name}"`);
	};
	const known = new Set<string>(['request_id', 'arrived_at', ...REQUEST_METRICS]);
	const extras = requests.flatMap(({ name }, field) =>
		known.has(name) ? [] : [{ name: REQUESTS.checked(name), field }],
	);
	return [
		{ name: 'Request Id', field: fieldOf('request_id') },
		...REQUEST_METRICS.map((name) => ({ name, field: fieldOf(name) })),
		...extras,
		{ name: 'arrived_at', field: fieldOf('arrived_at') },
	];
}

/** Slots of the memory of texts below; a power of two. */
const MEMO_SLOTS = 4096;
const memoValues = new Float64Array(MEMO_SLOTS).fill(Number.NaN);
const memoTexts: string[] = new Array(MEMO_SLOTS).fill('');
const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

/**
 * A number as the shortest text that reads back as the same number; nothing where there is no number.
 * Finding that text costs most of writing a row, and many values come again (in the same row, or a step
 * later), so the last text of each slot is remembered.
 */
export function csvNumber(value: number): string {
	scratch[0] = value;
	const mixed = Math.imul((scratchWords[0] as number) ^ (scratchWords[1] as number), 0x9e3779b1);
	const slot = mixed >>> 20;
	if (memoValues[slot] === value) return memoTexts[slot] as string;
	const text = Number.isFinite(value) ? String(value) : '';
	memoValues[slot] = value;
	memoTexts[slot] = text;
	return text;
}
