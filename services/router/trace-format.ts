import { plainText, quoted } from '../../protocol/plain-text.ts';
/**
 * The formats in which request traces are published, distinguished by their first line: CSV with a header
 * (Vidur's processed traces, Azure's LLM inference traces) and Mooncake's JSON lines.
 */

/** One row of a trace. Reused from row to row. */
export interface TraceRow {
	/** Arrival as written: whole seconds, of the trace's own time or since 1970 where dates are given. */
	wholeS: number;
	/** The rest of the arrival, s. With times given in seconds all of it is in `wholeS`. */
	partS: number;
	/** Whether the arrival was written as a date and time. */
	isDated: boolean;
	prefillTokens: number;
	decodeTokens: number;
	/** Mooncake: names of the prompt's blocks of 512 tokens; equal names are equal prefixes. */
	hashIds: readonly number[] | null;
}

/** What of a row is needed. */
export interface Wanted {
	readonly arrival: boolean;
	readonly lengths: boolean;
	/** The CSV column of arrivals; null: a known name. */
	readonly column: string | null;
}

/** How the rows of one file are read. `parse` fills `row`, or says what is wrong. */
export interface TraceFormat {
	/** Whether the first line names the columns. */
	readonly hasHeader: boolean;
	parse(line: string, row: TraceRow): string | null;
}

/** Column names, the same quantity in one line, by the trace that has them. */
const ARRIVAL_COLUMNS = ['arrived_at', 'TIMESTAMP', 'arrival_time', 'timestamp'];
const PREFILL_COLUMNS = ['num_prefill_tokens', 'ContextTokens'];
const DECODE_COLUMNS = ['num_decode_tokens', 'GeneratedTokens'];

/** Of a header that is none: enough to see what the file is. */
const HEADER_LENGTH_MAX = 200;

/** The format that a file's first line shows, or why it is none. */
export function traceFormat(firstLine: string, wanted: Wanted): TraceFormat | string {
	if (firstLine.startsWith('{')) return { hasHeader: false, parse: mooncakeParser(wanted) };
	const header = cellsOf(firstLine);
	const find = (isWanted: boolean, names: readonly string[]): number =>
		isWanted ? header.findIndex((name) => names.includes(name)) : -1;
	const arrivalNames = wanted.column === null ? ARRIVAL_COLUMNS : [wanted.column];
	const columns = {
		arrival: find(wanted.arrival, arrivalNames),
		prefill: find(wanted.lengths, PREFILL_COLUMNS),
		decode: find(wanted.lengths, DECODE_COLUMNS),
	};
	const missing = [
		...(wanted.arrival && columns.arrival === -1 ? [arrivalNames[0]] : []),
		...(wanted.lengths && columns.prefill === -1 ? [PREFILL_COLUMNS[0]] : []),
		...(wanted.lengths && columns.decode === -1 ? [DECODE_COLUMNS[0]] : []),
	];
	if (missing.length > 0)
		return `no column ${missing.join(', ')}; the header has ${firstLine === '' ? 'nothing' : plainText(header.join(', '), HEADER_LENGTH_MAX)}`;
	return { hasHeader: true, parse: csvParser(header, columns) };
}

function csvParser(
	header: readonly string[],
	columns: { arrival: number; prefill: number; decode: number },
): TraceFormat['parse'] {
	const { arrival, prefill, decode } = columns;
	return (line, row) => {
		const cells = cellsOf(line);
		if (cells.length !== header.length)
			return `${cells.length} cells where the header has ${header.length}`;
		const at = (column: number): string => cells[column] as string;
		if (arrival !== -1 && !readTime(at(arrival), row))
			return `${header[arrival]} is ${quoted(at(arrival))}; it must be a number of seconds of at least 0 or a time such as 2023-11-16 18:15:46.68`;
		if (prefill === -1) return null;
		row.prefillTokens = tokensOf(at(prefill));
		row.decodeTokens = tokensOf(at(decode));
		if (Number.isNaN(row.prefillTokens)) return wrongTokens(header[prefill], at(prefill));
		if (Number.isNaN(row.decodeTokens)) return wrongTokens(header[decode], at(decode));
		return null;
	};
}

function mooncakeParser(wanted: Wanted): TraceFormat['parse'] {
	return (line, row) => {
		let fields: Record<string, unknown>;
		try {
			fields = JSON.parse(line) as Record<string, unknown>;
		} catch {
			return 'no JSON object';
		}
		const { timestamp, input_length, output_length, hash_ids } = fields;
		if (wanted.arrival && !(typeof timestamp === 'number' && timestamp >= 0))
			return `timestamp is ${plainText(String(JSON.stringify(timestamp)), 80)}; it must be a number of milliseconds of at least 0`;
		row.wholeS = Number(timestamp) / 1000;
		row.partS = 0;
		if (!wanted.lengths) return null;
		row.prefillTokens = tokensOf(String(input_length));
		row.decodeTokens = tokensOf(String(output_length));
		row.hashIds = Array.isArray(hash_ids) ? (hash_ids as number[]) : null;
		if (Number.isNaN(row.prefillTokens)) return wrongTokens('input_length', String(input_length));
		if (Number.isNaN(row.decodeTokens)) return wrongTokens('output_length', String(output_length));
		return null;
	};
}

/** Cells of a CSV line; a quoted cell may hold commas, but no line break. */
function cellsOf(line: string): string[] {
	if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
	const cells = line.match(/("(?:[^"]|"")*"|[^",]*)(?:,|$)/g) ?? [];
	// The pattern also matches the nothing after the last cell.
	return cells
		.slice(0, line.endsWith(',') ? undefined : -1)
		.map((cell) => cell.replace(/,$/, '').trim().replace(/^"|"$/g, '').replaceAll('""', '"'));
}

function tokensOf(cell: string): number {
	const tokens = cell === '' ? Number.NaN : Number(cell);
	return tokens >= 0 && tokens < Number.POSITIVE_INFINITY ? tokens : Number.NaN;
}

function wrongTokens(column: string | undefined, cell: string): string {
	return `${column} is ${quoted(cell)}; it must be a number of at least 0`;
}

/** Sets a row's arrival from seconds or a date and time; false if it is neither. */
function readTime(cell: string, row: TraceRow): boolean {
	const seconds = cell === '' ? Number.NaN : Number(cell);
	if (seconds >= 0 && seconds < Number.POSITIVE_INFINITY) {
		row.wholeS = seconds;
		row.partS = 0;
		row.isDated = false;
		return true;
	}
	const instant = parseInstant(cell);
	if (instant === null) return false;
	row.wholeS = instant.wholeS;
	row.partS = instant.partS;
	row.isDated = true;
	return true;
}

const INSTANT =
	/^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/**
 * Seconds since 1970 of a date and time, UTC where it names no offset. Whole and part are apart, so that
 * the 100 ns of Azure's traces survive: a double of seconds since 1970 holds no more than 240 ns.
 */
export function parseInstant(text: string): { wholeS: number; partS: number } | null {
	const match = INSTANT.exec(text);
	if (match === null) return null;
	const [, year, month, day, hour, minute, second, part, sign, offsetHours, offsetMinutes] = match;
	const number = (digits: string | undefined): number => Number(digits ?? 0);
	const isTime = number(hour) < 24 && number(minute) < 60 && number(second) < 60;
	if (!isTime || number(offsetHours) > 14 || number(offsetMinutes) > 59) return null;
	const whole =
		Date.UTC(
			number(year),
			number(month) - 1,
			number(day),
			number(hour),
			number(minute),
			number(second),
		) / 1000;
	// A day that its month does not have would be one of the next month.
	const date = new Date(whole * 1000);
	if (date.getUTCMonth() !== number(month) - 1 || date.getUTCDate() !== number(day)) return null;
	const offsetS = number(offsetHours) * 3600 + number(offsetMinutes) * 60;
	return { wholeS: sign === '-' ? whole + offsetS : whole - offsetS, partS: number(part) };
}
