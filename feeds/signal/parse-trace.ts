import { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { alignTrace } from './align-trace.ts';
import { CellNumbers } from './cell-numbers.ts';
import { isMissing } from './column-names.ts';
import { majorityUs } from './gaps.ts';
import { growingCounts, growingFloats } from './growing.ts';
import { type Lines, textLines } from './lines.ts';
import type { Trace, TraceOptions } from './trace.ts';
import { clockOf, type FileClock } from './trace-clock.ts';
import type { Layout } from './trace-layout.ts';
import { broken, type RowOptions, readingOf, TraceRows } from './trace-rows.ts';

/** Told each value as it is read: scaled, with the line and the time as the file has them. */
export type Watch = (value: number, row: { readonly line: number; readonly time: string }) => void;

/** Begins to read a file from its first line. */
type Open = () => Lines;

/** What a file says of the column that a trace is read from. */
export interface ColumnTitle {
	readonly name: string;
	/** What a row of units below the header has for it; null: there is no such row. */
	readonly unit: string | null;
}

/** The column that a trace is read from. Throws a ConfigError like `parseTrace`. */
export function traceColumn(source: string | Open, options: RowOptions): ColumnTitle {
	const { column, layout } = new TraceRows(opening(source), options);
	return { name: column, unit: layout.unit };
}

function opening(source: string | Open): Open {
	return typeof source === 'string' ? () => textLines(source) : source;
}

/**
 * A trace from a CSV text with a header: a column of times (date-times, or numbers since the run's start), the column asked
 * for holds the values. Rows without a value are left out; rows may come in any order. Date-times need an anchor, which must
 * be one of them, or a calendar; numbers must start at 0.
 *
 * @param source the text, or its lines, from the first on each time: no more is kept of them than times and values
 * @throws ConfigError naming file, line and value for whatever is broken
 */
export function parseTrace(source: string | Open, options: TraceOptions, watch?: Watch): Trace {
	const { trace, isCivil } = wholeTrace(opening(source), options, watch);
	return options.civil === undefined ? trace : alignTrace(trace, options.civil, isCivil);
}

/**
 * How far apart most rows of a file are, us; null where most are not alike. Throws a ConfigError like `parseTrace`.
 *
 * @param options of a trace in a calendar, which need not be that of a run
 */
export function traceStepUs(source: string | Open, options: TraceOptions): number | null {
	return majorityUs(wholeTrace(opening(source), options, undefined).trace.timesUs);
}

/** All that is in the file, by the time of the run. */
function wholeTrace(open: Open, options: TraceOptions, watch: Watch | undefined) {
	const rows = new TraceRows(open, options);
	if (!rows.next()) throw broken(options.path, 'it has no rows');
	const clock = clockOf(open, options);
	const name = `trace "${options.path}" column ${quoted(rows.column)}`;
	const samples = readSamples(rows, clock, options, watch);
	clock.end();
	if (samples.timesUs.length === 0) throw new ConfigError(`Cannot use ${name}: it has no values`);
	const { timesUs, values } = inOrder(samples, options.path);
	const notes = [
		...rows.layout.notes,
		...clock.notes,
		...samples.notes,
		...endsNote(rows, options),
	];
	const unused = unusedIn(rows.layout);
	const trace: Trace = { name, fill: options.fill, timesUs, values, notes, unused };
	return { trace, isCivil: clock.isCivil };
}

function unusedIn({ names, timeAt, clockAt, valueAt }: Layout): string[] {
	return names.filter((name, i) => name !== '' && ![timeAt, clockAt, valueAt].includes(i));
}

/** Times that are ends of intervals by their name, under `ffill`. */
function endsNote({ layout }: TraceRows, { fill }: TraceOptions): Note[] {
	const name = layout.names[layout.timeAt] ?? '';
	if (fill === 'bfill' || !/(^|[\s_])(end(ing)?)$|(period|interval|hour).?end/i.test(name))
		return [];
	return [
		note(
			`times are ends of intervals by their name ${quoted(name)}, and fill: ffill has values hold after them; fill: bfill has them hold before`,
		),
	];
}

interface Samples {
	readonly timesUs: Float64Array;
	readonly values: Float64Array;
	/** Where each stands in the file. */
	readonly lines: Uint32Array;
	readonly notes: readonly Note[];
}

function readSamples(
	rows: TraceRows,
	clock: FileClock,
	options: TraceOptions,
	watch: Watch | undefined,
): Samples {
	const [times, values] = [growingFloats(rows.expected), growingFloats(rows.expected)];
	const lines = growingCounts(rows.expected);
	const numbers = new CellNumbers(readingOf(options).decimal, rows.layout.delimiter);
	let [count, missing, skipped] = [0, 0, 0];
	do {
		count++;
		const timeUs = clock.timeUs(rows);
		const text = rows.value;
		const read = numbers.read(text, rows);
		if ((Number.isNaN(read) || read < -9998) && isMissing(text)) missing++;
		else if (Number.isNaN(timeUs)) skipped++;
		else {
			const value = finite(read * options.scale, rows, options.path);
			watch?.(value, rows);
			times.push(timeUs);
			values.push(value);
			lines.push(rows.line);
		}
	} while (rows.next());
	const problem = numbers.problem();
	if (problem !== null) throw broken(options.path, problem);
	const notes = [
		...(missing === 0 ? [] : [note('rows have no value and are left out', missing, count)]),
		...(skipped === 0
			? []
			: [note('rows are of times that the clock skips and are left out', skipped, count)]),
		...numbers.notes(),
	];
	return { timesUs: times.values(), values: values.values(), lines: lines.values(), notes };
}

function finite(value: number, { value: text, line }: TraceRows, path: string): number {
	if (Number.isFinite(value)) return value;
	const isComma = /^[+-]?[\d.]*,\d+$/.test(text);
	throw broken(
		path,
		`line ${line} has the value ${quoted(text)}, not a finite number${isComma ? '; write it with a point, or say decimal: comma' : ''}`,
	);
}

/** In order of time, each time once. Most files are so already: then nothing is copied. */
function inOrder({ timesUs, values, lines }: Samples, path: string) {
	const isOrdered = timesUs.every((time, i) => i === 0 || time > (timesUs[i - 1] as number));
	if (isOrdered) return { timesUs, values };
	const at = (index: number) => timesUs[index] as number;
	const order = Uint32Array.from(timesUs, (_, i) => i).sort((a, b) => at(a) - at(b) || a - b);
	for (let i = 1; i < order.length; i++) {
		const [previous, next] = [order[i - 1] as number, order[i] as number];
		if (at(previous) === at(next))
			throw broken(path, `lines ${lines[previous]} and ${lines[next]} have the same time`);
	}
	return {
		timesUs: Float64Array.from(order, at),
		values: Float64Array.from(order, (index) => values[index] as number),
	};
}
