import { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { secondsToUs } from '../../protocol/time.ts';
import { alignTrace } from './align-trace.ts';
import { growingCounts, growingFloats } from './growing.ts';
import { hasOffset, parseInstantMs } from './instant.ts';
import type { Trace, TraceOptions } from './trace.ts';
import { broken, type Lines, NUMBER, TraceRows, textLines } from './trace-rows.ts';
import { zoneClock } from './wall-clock.ts';

const MISSING: ReadonlySet<string> = new Set(['', 'nan', 'na', 'n/a', 'null', 'none']);

/** Told each value as it is read: scaled, with the line and the time as the file has them. */
export type Watch = (value: number, row: { readonly line: number; readonly time: string }) => void;

/** The name of the column that a trace is read from. Throws a ConfigError like `parseTrace`. */
export function traceColumn(lines: Lines, options: Pick<TraceOptions, 'path' | 'column'>): string {
	return new TraceRows(lines, options).column;
}

/**
 * A trace from a CSV text with a header: the first column is the time (ISO date-times, or seconds since the
 * run's start), the column asked for holds the values. Rows without a value are left out; rows may come in
 * any order. Date-times need an anchor, which must be one of them; seconds must start at 0.
 *
 * @param source the text, or its lines: no more is kept of them than times and values
 * @throws ConfigError naming file, line and value for whatever is broken
 */
export function parseTrace(source: string | Lines, options: TraceOptions, watch?: Watch): Trace {
	const rows = new TraceRows(typeof source === 'string' ? textLines(source) : source, options);
	if (!rows.next()) throw broken(options.path, 'it has no rows');
	const isSeconds = NUMBER.test(rows.time);
	const clock = isSeconds ? secondClock(options) : dateClock(options, rows.time);
	const name = `trace "${options.path}" column ${quoted(rows.column)}`;
	const samples = readSamples(rows, clock, options, watch);
	clock.end();
	if (samples.timesUs.length === 0) throw new ConfigError(`Cannot use ${name}: it has no values`);
	const { timesUs, values } = inOrder(samples, options.path);
	const trace: Trace = { name, fill: options.fill, timesUs, values };
	if (options.civil === undefined) return trace;
	return alignTrace(trace, options.civil, !isSeconds && options.anchor === null);
}

/** Turns the times of a file into times of the run. */
interface FileClock {
	/** Since the run's start; NaN for a time that the clock on the wall skips: there was no such hour. */
	timeUs(row: TraceRows): number;
	/** Called after the last row. */
	end(): void;
}

interface Samples {
	readonly timesUs: Float64Array;
	readonly values: Float64Array;
	/** Where each stands in the file. */
	readonly lines: Uint32Array;
}

function readSamples(
	rows: TraceRows,
	clock: FileClock,
	options: TraceOptions,
	watch: Watch | undefined,
): Samples {
	const [times, values] = [growingFloats(rows.expected), growingFloats(rows.expected)];
	const lines = growingCounts(rows.expected);
	do {
		const timeUs = clock.timeUs(rows);
		const text = rows.value;
		if (!NUMBER.test(text) && MISSING.has(text.toLowerCase())) continue;
		if (Number.isNaN(timeUs)) continue;
		const value = numberOf(rows, options);
		watch?.(value, rows);
		times.push(timeUs);
		values.push(value);
		lines.push(rows.line);
	} while (rows.next());
	return { timesUs: times.values(), values: values.values(), lines: lines.values() };
}

function numberOf({ value: text, line }: TraceRows, { path, scale }: TraceOptions): number {
	const value = NUMBER.test(text) ? Number(text) * scale : Number.NaN;
	if (Number.isFinite(value)) return value;
	const isComma = /^[+-]?\d+,\d+$/.test(text);
	throw broken(
		path,
		`line ${line} has the value ${quoted(text)}, not a finite number${isComma ? '; write it with a point' : ''}`,
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

function secondClock({ path, anchor }: TraceOptions): FileClock {
	if (anchor !== null)
		throw broken(
			path,
			`an anchor ("${anchor}") is only valid for date-times and its times are seconds; leave the anchor out`,
		);
	let firstUs = Number.POSITIVE_INFINITY;
	return {
		timeUs({ time, line }) {
			if (!NUMBER.test(time))
				throw broken(path, `line ${line} has the time ${quoted(time)}, not a number of seconds`);
			const timeUs = secondsToUs(Number(time));
			firstUs = Math.min(firstUs, timeUs);
			return timeUs;
		},
		end() {
			if (firstUs !== 0)
				throw broken(path, `its times start at ${firstUs / 1e6} s; they must start at 0`);
		},
	};
}

function dateClock(options: TraceOptions, firstText: string): FileClock {
	const { path, anchor, civil } = options;
	if (anchor === null && civil !== undefined) return civilClock(path, civil);
	if (anchor === null) {
		instantMs({ time: firstText, line: 2 }, path);
		throw broken(
			path,
			`an anchor is required because its times are date-times; set the anchor to the time that is ` +
				`the run's start, such as ${quoted(firstText)}`,
		);
	}
	const anchorMs = parseInstantMs(anchor);
	if (anchorMs === null) throw broken(path, `the anchor "${anchor}" is no ISO date-time`);
	let isThere = false;
	return {
		timeUs(row) {
			const ms = instantMs(row, path);
			isThere ||= ms === anchorMs;
			return Math.round((ms - anchorMs) * 1000);
		},
		end() {
			if (!isThere)
				throw broken(
					path,
					`the anchor "${anchor}" is not among its times; use one of them, such as ${quoted(firstText)}`,
				);
		},
	};
}

function instantMs({ time, line }: Pick<TraceRows, 'time' | 'line'>, path: string): number {
	const ms = parseInstantMs(time);
	if (ms !== null) return ms;
	throw broken(
		path,
		`line ${line} has the time ${quoted(time)}; write seconds (0, 300, …) or ISO date-times ` +
			'(2022-06-08 00:05:00, 2022-06-08T00:05:00+02:00)',
	);
}

/**
 * Times since the run's start by the calendar. Date-times without an offset are by the clock on the wall; one
 * that comes twice is in the hour that the clock shows twice, and one that the clock skips is NaN.
 */
function civilClock(path: string, civil: NonNullable<TraceOptions['civil']>): FileClock {
	const clock = zoneClock(civil.timezone);
	/** Times that the clock shows twice, once they have come. */
	const seen = new Set<number>();
	return {
		timeUs(row) {
			const ms = instantMs(row, path);
			let epochMs = ms;
			if (!hasOffset(row.time)) {
				epochMs = clock.instantMs(ms, seen.has(ms));
				if (clock.wallMs(epochMs) !== ms) return Number.NaN;
				if (clock.instantMs(ms, true) !== epochMs) seen.add(ms);
			}
			return Math.round((epochMs - civil.startEpochMs) * 1000);
		},
		end() {},
	};
}
