import { ConfigError } from '../../protocol/errors.ts';
import { REQUEST_METRICS } from '../../protocol/ports.ts';
import type { Field } from '../../protocol/readings.ts';

/** One column of a CSV file: a text that is always the same, or the field of a port. */
export type Column = { readonly name: string } & (
	| { readonly text: string }
	| { readonly field: number }
);

/** The columns after which Vessim's grid signals come. */
const BEFORE_SIGNALS = /^(policy_state\.charge_power|dispatch_states\..+\.(soc|charge_level))$/;

/**
 * The columns of timeseries.csv between `microgrid,time` and `time_utc`: those of Vessim's CsvLogger, then
 * the fields it does not have. The mode is a text, so it is no field; without a grid signal Vessim has one
 * empty column `grid_signals`.
 */
export function bookColumns(books: readonly Field[], mode: string): Column[] {
	const columns: Column[] = books.map(({ name }, field) => ({ name, field }));
	const at = columns.findIndex(({ name }) => name === 'policy_state.charge_power');
	if (at === -1)
		throw new ConfigError(
			'Cannot record the port "books": it has no field "policy_state.charge_power"',
		);
	columns.splice(at, 0, { name: 'policy_state.mode', text: csvText(mode) });
	if (!columns.some(({ name }) => name.startsWith('grid_signals.'))) {
		const last = columns.findLastIndex(({ name }) => BEFORE_SIGNALS.test(name));
		columns.splice(last + 1, 0, { name: 'grid_signals', text: '' });
	}
	return columns;
}

/**
 * The columns of request_metrics.csv but for the last one, the replica: Vidur's, then fields of `requests`
 * that Vidur does not have, then the time of arrival.
 */
export function requestColumns(requests: readonly Field[]): Column[] {
	const fieldOf = (name: string): number => {
		const field = requests.findIndex((candidate) => candidate.name === name);
		if (field !== -1) return field;
		throw new ConfigError(`Cannot record the port "requests": it has no field "${name}"`);
	};
	const known = new Set<string>(['request_id', 'arrived_at', ...REQUEST_METRICS]);
	const extras = requests.map(({ name }, field) => ({ name, field }));
	return [
		{ name: 'Request Id', field: fieldOf('request_id') },
		...REQUEST_METRICS.map((name) => ({ name, field: fieldOf(name) })),
		...extras.filter(({ name }) => !known.has(name)),
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

/** A text as a CSV cell (RFC 4180). */
export function csvText(text: string): string {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
