import { plainText, quoted } from '../../protocol/plain-text.ts';
import type { TimeUnit } from '../../protocol/scenario/request-files.ts';
import { cellsOf, separatorOf } from './trace-cells.ts';
import { type Found, findNames, HASHES, type Wanted } from './trace-names.ts';
import { parseInstant, secondsIn } from './trace-time.ts';

/**
 * The formats in which request traces are published, distinguished by their first line: CSV with a header and JSON lines.
 * What their columns and keys are called, and by whom, stands in trace-names.ts.
 */

/** One row of a trace. Reused from row to row. */
export interface TraceRow {
	/** Arrival as written: whole seconds, of the trace's own time or since 1970 where dates are given. */
	wholeS: number;
	/** The rest of the arrival, s. With times given in numbers all of it is in `wholeS`. */
	partS: number;
	/** Whether the arrival was written as a date and time. */
	isDated: boolean;
	prefillTokens: number;
	decodeTokens: number;
	/** Names of the prompt's blocks; equal names are equal prefixes. */
	hashIds: readonly number[] | null;
	/** Whose prompt goes on where the turns before it ended; null: nobody's. */
	session: number | null;
}

/** How the rows of one file are read. `parse` fills `row`, or says what is wrong. */
export interface TraceFormat {
	/** Whether the first line names the columns. */
	readonly hasHeader: boolean;
	/** What was found in it. */
	readonly found: Found;
	parse(line: string, row: TraceRow): string | null;
}

/** Start, rate, coefficient of variation, distribution and its two parameters. */
const SERVEGEN_CLIENT = /^\d+,[\d.]+,[\d.]+,(Gamma|Weibull|Exponential|),[\d.]+,[\d.]+\s*$/;

/** The format that a file's first line shows, or why it is none. */
export function traceFormat(firstLine: string, wanted: Wanted): TraceFormat | string {
	if (firstLine.startsWith('{')) return jsonFormat(firstLine, wanted);
	if (SERVEGEN_CLIENT.test(firstLine))
		return 'it is a client of ServeGen, with its rates by ten minutes, and no requests; give what ServeGen draws of its clients, as a CSV with request_id, timestamp, input_tokens, output_tokens';
	const separator = separatorOf(firstLine);
	const header = firstLine === '' ? [] : cellsOf(firstLine, separator);
	const found = findNames(header, wanted);
	if (typeof found === 'string')
		return firstLine.includes('\uFFFD') ? 'it is no text in UTF-8 or UTF-16' : found;
	const placeOf = (name: string | null) => (name === null ? -1 : header.indexOf(name));
	const places = {
		...{ arrival: placeOf(found.arrival), prompt: placeOf(found.prompt) },
		...{ output: placeOf(found.output), session: placeOf(found.session) },
	};
	const read = rowReader(found);
	const decimal = separator === ',' ? asWritten : withPoint;
	const written: Written = { arrival: '', prompt: '', output: '', session: '' };
	const parse: TraceFormat['parse'] = (line, row) => {
		const cells = cellsOf(line, separator);
		if (cells.length !== header.length)
			return `${cells.length} cells where the header has ${header.length}`;
		if (places.arrival !== -1) written.arrival = decimal(cells[places.arrival] as string);
		if (places.prompt !== -1) written.prompt = decimal(cells[places.prompt] as string);
		if (places.output !== -1) written.output = decimal(cells[places.output] as string);
		if (places.session !== -1) written.session = cells[places.session] as string;
		return read(row, written);
	};
	return { hasHeader: true, found, parse };
}

function asWritten(cell: string): string {
	return cell;
}

/** A number with a decimal comma as one with a point; `1,234` could be a thousand as well, and stays for the refusal. */
function withPoint(cell: string): string {
	return /^(\d+,(\d{1,2}|\d{4,})|0,\d+)$/.test(cell) ? cell.replace(',', '.') : cell;
}

function jsonFormat(firstLine: string, wanted: Wanted): TraceFormat | string {
	const first = objectOf(firstLine);
	if (first === null) return 'row 1: no JSON object';
	const found = findNames(Object.keys(first), wanted);
	if (typeof found === 'string') return found;
	const read = rowReader(found);
	const written: Written = { arrival: '', prompt: '', output: '', session: '' };
	const parse: TraceFormat['parse'] = (line, row) => {
		const fields = objectOf(line);
		if (fields === null) return 'no JSON object';
		const hashIds = fields[HASHES];
		// Who names a column of sessions wants them, and not the blocks.
		const isUsed = wanted.columns.session === null && Array.isArray(hashIds);
		row.hashIds = isUsed ? hashIds.map(blockNumber) : null;
		if (found.arrival !== null) written.arrival = plainOf(fields[found.arrival]);
		if (found.prompt !== null) written.prompt = plainOf(fields[found.prompt]);
		if (found.output !== null) written.output = plainOf(fields[found.output]);
		if (found.session !== null) written.session = plainOf(fields[found.session]);
		return read(row, written);
	};
	return { hasHeader: false, found, parse };
}

function objectOf(line: string): Record<string, unknown> | null {
	try {
		const value: unknown = JSON.parse(line);
		return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
	} catch {
		return null;
	}
}

/** A value of a JSON line as it is, or as text where it is neither number nor text. */
function plainOf(value: unknown): string | number {
	if (typeof value === 'number' || typeof value === 'string') return value;
	return JSON.stringify(value) ?? 'nothing';
}

/** A block by a number, whatever names it. */
function blockNumber(name: unknown): number {
	return typeof name === 'number' ? name : numberOf(String(plainOf(name)));
}

/** The quantities of a row as they are written; empty where nothing is. Used again from row to row. */
type Written = Record<'arrival' | 'prompt' | 'output' | 'session', string | number>;

function rowReader(found: Found): (row: TraceRow, written: Written) => string | null {
	const { arrival, prompt, output, session, unit } = found;
	const isMooncake = unit === 'mooncake';
	const timeUnit: TimeUnit = isMooncake ? 'ms' : unit;
	return (row, written) => {
		if (arrival !== null) {
			const wrong = readTime(written.arrival, row, timeUnit);
			if (wrong !== null) return `${arrival} is ${wrong}`;
			if (isMooncake && !row.isDated && !Number.isInteger(Number(written.arrival)))
				return `${arrival} is ${quoted(String(written.arrival))}, and Mooncake's are whole milliseconds; say what they are: timeUnit (--time-unit) s or ms`;
		}
		if (session !== null) row.session = sessionNumber(String(written.session));
		if (prompt === null || output === null) return null;
		row.prefillTokens = tokensOf(written.prompt);
		row.decodeTokens = tokensOf(written.output);
		if (Number.isNaN(row.prefillTokens)) return wrongTokens(prompt, written.prompt);
		if (Number.isNaN(row.decodeTokens)) return wrongTokens(output, written.output);
		return null;
	};
}

function tokensOf(cell: string | number): number {
	const tokens = cell === '' ? Number.NaN : Number(cell);
	return tokens >= 0 && tokens < Number.POSITIVE_INFINITY ? tokens : Number.NaN;
}

function wrongTokens(column: string, cell: string | number): string {
	return `${plainText(column, 80)} is ${quoted(String(cell))}; it must be a number of at least 0`;
}

/** Sets a row's arrival from a number or a date and time; else says what is wrong with it. */
function readTime(cell: string | number, row: TraceRow, unit: TimeUnit): string | null {
	const seconds = secondsIn(cell === '' ? Number.NaN : Number(cell), unit);
	if (!Number.isNaN(seconds)) {
		row.wholeS = seconds;
		row.partS = 0;
		row.isDated = false;
		return null;
	}
	const instant = parseInstant(String(cell));
	if (instant === null)
		return `${quoted(String(cell))}; it must be a number of ${UNIT_NAMES[unit]} of at least 0 or a time such as 2023-11-16 18:15:46.68`;
	row.wholeS = instant.wholeS;
	row.partS = instant.partS;
	row.isDated = true;
	return null;
}

/** Units of time in words. */
const UNIT_NAMES: Readonly<Record<TimeUnit, string>> = {
	...{ s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' },
};

/** A session by a number, whatever names it; an empty cell is nobody's. */
function sessionNumber(text: string): number | null {
	return text === '' || text === 'nothing' || text === 'null' ? null : numberOf(text);
}

/** 52 bits of FNV-1a in two halves: two of a million names are taken for one with a chance of 1 in 10,000. */
function numberOf(text: string): number {
	let [high, low] = [0x811c9dc5, 0xcbf29ce4];
	for (let i = 0; i < text.length; i++) {
		high = Math.imul(high ^ text.charCodeAt(i), 0x01000193) >>> 0;
		low = Math.imul(low ^ text.charCodeAt(i) ^ i, 0x01000193) >>> 0;
	}
	return (high & 0xfffff) * 2 ** 32 + low;
}
