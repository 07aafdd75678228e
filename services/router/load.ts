import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { type SimTime, secondsToUs } from '../../protocol/time.ts';
import { projectFile } from '../host/project-file.ts';
import { type LengthTable, LengthTables } from './length-table.ts';

/** Requests of a trace file by columns, in order of arrival. */
export interface RequestTrace {
	readonly arrivalUs: readonly SimTime[];
	readonly prefillTokens: readonly number[];
	readonly decodeTokens: readonly number[];
}

/** The columns of a trace file, as in Vidur's processed traces. */
const TRACE_COLUMNS = ['arrived_at', 'num_prefill_tokens', 'num_decode_tokens'] as const;

/** The table of lengths named `name`, which ships with the project. */
export function loadLengthTable(name: keyof LengthTables['tables']): LengthTable {
	const path = projectFile('profiling-data/request-lengths.json');
	return LengthTables.parse(JSON.parse(readFileSync(path, 'utf8'))).tables[name];
}

/**
 * Reads a CSV file with the columns arrived_at (seconds from the start of the run), num_prefill_tokens and
 * num_decode_tokens. Other columns are ignored; token counts may be written as 110.0, as Vidur does.
 *
 * @throws ConfigError if the file cannot be read, lacks a column, or has a row that is no request
 */
export function loadTrace(path: string): RequestTrace {
	const refuse = (reason: string): ConfigError =>
		new ConfigError(`Cannot replay requests from "${path}": ${reason}`);
	let rows: string[][];
	try {
		rows = parse(readFileSync(path, 'utf8'), { bom: true, skip_empty_lines: true, trim: true });
	} catch (error) {
		throw refuse(messageOf(error));
	}
	const header = rows[0] ?? [];
	const columns = TRACE_COLUMNS.map((name) => header.indexOf(name));
	const missing = TRACE_COLUMNS.filter((_, i) => columns[i] === -1);
	if (missing.length > 0)
		throw refuse(
			`no column ${missing.join(', ')}; the header has ${header.join(', ') || 'nothing'}`,
		);
	if (rows.length === 1) throw refuse('no row below the header');
	const trace = {
		arrivalUs: [] as SimTime[],
		prefillTokens: [] as number[],
		decodeTokens: [] as number[],
	};
	for (let i = 1; i < rows.length; i++) {
		const [arrivedAt, prefill, decode] = columns.map((column) => rows[i]?.[column] ?? '');
		const seconds = numberIn(arrivedAt, 'arrived_at', 0);
		if (typeof seconds === 'string') throw refuse(`row ${i + 1}: ${seconds}`);
		const prefillTokens = numberIn(prefill, 'num_prefill_tokens', 1);
		if (typeof prefillTokens === 'string') throw refuse(`row ${i + 1}: ${prefillTokens}`);
		const decodeTokens = numberIn(decode, 'num_decode_tokens', 1);
		if (typeof decodeTokens === 'string') throw refuse(`row ${i + 1}: ${decodeTokens}`);
		const arrivalUs = secondsToUs(seconds);
		const previousUs = trace.arrivalUs.at(-1) ?? 0;
		if (arrivalUs < previousUs)
			throw refuse(`row ${i + 1} arrives before the row above it; sort the file by arrived_at`);
		trace.arrivalUs.push(arrivalUs);
		trace.prefillTokens.push(Math.floor(prefillTokens));
		trace.decodeTokens.push(Math.floor(decodeTokens));
	}
	return trace;
}

/** The number in a cell, or what is wrong with it. */
function numberIn(cell: string | undefined, column: string, least: number): number | string {
	const value = cell === undefined || cell === '' ? Number.NaN : Number(cell);
	if (Number.isFinite(value) && value >= least) return value;
	return `${column} is "${cell ?? ''}"; it must be a number of at least ${least}`;
}
