import { parse } from 'csv-parse/sync';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { secondsToUs } from '../../protocol/time.ts';
import { alignTrace } from './align-trace.ts';
import { hasOffset, parseInstantMs } from './instant.ts';
import type { Trace, TraceOptions } from './trace.ts';
import { zoneClock } from './wall-clock.ts';

interface Line {
	readonly line: number;
	readonly cells: readonly string[];
}

interface Sample {
	readonly line: number;
	readonly timeUs: number;
	readonly text: string;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const MISSING = new Set(['', 'nan', 'na', 'n/a', 'null', 'none']);

/**
 * A trace from a CSV text with a header: the first column is the time (ISO date-times, or seconds since the
 * run's start), the column asked for holds the values. Rows without a value are left out; rows may come in
 * any order. Date-times need an anchor, which must be one of them; seconds must start at 0.
 *
 * @throws ConfigError naming file, line and value for whatever is broken
 */
export function parseTrace(csvText: string, options: TraceOptions): Trace {
	const [header, ...rows] = readLines(csvText, options.path);
	if (header === undefined || rows.length === 0) throw broken(options.path, 'it has no rows');
	const column = columnIndex(header.cells, options);
	const times = readTimes(rows, options);
	const samples: Sample[] = [];
	rows.forEach((row, i) => {
		const text = (row.cells[column] ?? '').trim();
		if (!MISSING.has(text.toLowerCase()) && !Number.isNaN(times[i]))
			samples.push({ line: row.line, timeUs: times[i] as number, text });
	});
	const name = `trace "${options.path}" column "${header.cells[column]}"`;
	if (samples.length === 0) throw new ConfigError(`Cannot use ${name}: it has no values`);
	samples.sort((a, b) => a.timeUs - b.timeUs || a.line - b.line);
	checkDistinct(samples, options.path);
	const trace: Trace = {
		name,
		fill: options.fill,
		timesUs: Float64Array.from(samples, (sample) => sample.timeUs),
		values: Float64Array.from(samples, (sample) => readValue(sample, options)),
	};
	if (options.civil === undefined) return trace;
	const isCivil = !isSeconds(rows) && options.anchor === null;
	return alignTrace(trace, options.civil, isCivil);
}

function broken(path: string, reason: string): ConfigError {
	return new ConfigError(`Cannot read trace "${path}": ${reason}`);
}

function readLines(csvText: string, path: string): Line[] {
	try {
		const records = parse(csvText, {
			bom: true,
			info: true,
			skip_empty_lines: true,
		}) as unknown as {
			info: { lines: number };
			record: string[];
		}[];
		return records.map(({ info, record }) => ({ line: info.lines, cells: record }));
	} catch (error) {
		throw broken(path, messageOf(error).replace(/\.$/, ''));
	}
}

function columnIndex(header: readonly string[], options: TraceOptions): number {
	const names = header.map((name) => name.trim());
	const known = names.slice(1);
	const listed = known.map((name) => quoted(name)).join(', ');
	if (known.length === 0)
		throw broken(options.path, 'it has a time column but no column of values');
	if (options.column === null) {
		if (known.length === 1) return 1;
		throw broken(options.path, `it has several columns; name one of ${listed}`);
	}
	const index = known.indexOf(options.column) + 1;
	if (index > 0) return index;
	throw broken(options.path, `it has no column "${options.column}"; name one of ${listed}`);
}

function isSeconds(rows: readonly Line[]): boolean {
	return NUMBER.test((rows[0]?.cells[0] ?? '').trim());
}

function readTimes(rows: readonly Line[], options: TraceOptions): number[] {
	return isSeconds(rows) ? secondTimes(rows, options) : dateTimes(rows, options);
}

function secondTimes(rows: readonly Line[], options: TraceOptions): number[] {
	if (options.anchor !== null)
		throw broken(
			options.path,
			`an anchor ("${options.anchor}") is only valid for date-times and its times are seconds; leave the anchor out`,
		);
	const times = rows.map(({ line, cells }) => {
		const text = (cells[0] ?? '').trim();
		if (NUMBER.test(text)) return secondsToUs(Number(text));
		throw broken(
			options.path,
			`line ${line} has the time ${quoted(text)}, not a number of seconds`,
		);
	});
	const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
	if (first !== 0)
		throw broken(options.path, `its times start at ${first / 1e6} s; they must start at 0`);
	return times;
}

function dateTimes(rows: readonly Line[], options: TraceOptions): number[] {
	const instants = rows.map(({ line, cells }) => {
		const text = cells[0] ?? '';
		const instantMs = parseInstantMs(text);
		if (instantMs !== null) return instantMs;
		throw broken(
			options.path,
			`line ${line} has the time ${quoted(text)}; write seconds (0, 300, …) or ISO date-times ` +
				'(2022-06-08 00:05:00, 2022-06-08T00:05:00+02:00)',
		);
	});
	const firstText = rows[0]?.cells[0] ?? '';
	if (options.anchor === null && options.civil !== undefined)
		return civilTimes(rows, instants, options.civil);
	if (options.anchor === null)
		throw broken(
			options.path,
			`an anchor is required because its times are date-times; set the anchor to the time that is ` +
				`the run's start, such as "${firstText}"`,
		);
	const anchorMs = parseInstantMs(options.anchor);
	if (anchorMs === null)
		throw broken(options.path, `the anchor "${options.anchor}" is no ISO date-time`);
	if (!instants.includes(anchorMs))
		throw broken(
			options.path,
			`the anchor "${options.anchor}" is not among its times; use one of them, such as "${firstText}"`,
		);
	return instants.map((instantMs) => Math.round((instantMs - anchorMs) * 1000));
}

/**
 * Times since the run's start by the calendar. Date-times without an offset are by the clock on the wall; one
 * that comes twice is in the hour that the clock shows twice, and one that the clock skips is NaN: there was no
 * such hour.
 */
function civilTimes(
	rows: readonly Line[],
	instants: readonly number[],
	civil: NonNullable<TraceOptions['civil']>,
): number[] {
	const clock = zoneClock(civil.timezone);
	const seen = new Set<number>();
	return instants.map((instantMs, i) => {
		let epochMs = instantMs;
		if (!hasOffset(rows[i]?.cells[0] ?? '')) {
			epochMs = clock.instantMs(instantMs, seen.has(instantMs));
			if (clock.wallMs(epochMs) !== instantMs) return Number.NaN;
			seen.add(instantMs);
		}
		return Math.round((epochMs - civil.startEpochMs) * 1000);
	});
}

function readValue(sample: Sample, options: TraceOptions): number {
	const value = NUMBER.test(sample.text) ? Number(sample.text) * options.scale : Number.NaN;
	if (Number.isFinite(value)) return value;
	throw broken(
		options.path,
		`line ${sample.line} has the value "${sample.text}", not a finite number`,
	);
}

function checkDistinct(samples: readonly Sample[], path: string): void {
	for (let i = 1; i < samples.length; i++) {
		const [previous, sample] = [samples[i - 1] as Sample, samples[i] as Sample];
		if (previous.timeUs === sample.timeUs)
			throw broken(path, `lines ${previous.line} and ${sample.line} have the same time`);
	}
}
