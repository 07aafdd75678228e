import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import type { DateOrder } from '../../protocol/signals.ts';
import {
	civilMs,
	formOfNumbers,
	isDate,
	isInstant,
	NUMBER,
	stepAfter,
	TIME_UNITS_US,
	type TimeForm,
	timeUnitInName,
	zoneInName,
} from './file-times.ts';
import { parseInstantMs, shownOrder } from './instant.ts';
import type { Lines } from './lines.ts';
import type { TraceOptions } from './trace.ts';
import { broken, readingOf, TraceRows } from './trace-rows.ts';
import { zoneClock } from './wall-clock.ts';

/** Turns the times of a file into times of the run. */
export interface FileClock {
	/** Since the run's start; NaN for a time that the clock on the wall skips: there was no such hour. */
	timeUs(row: TraceRows): number;
	/** Called after the last row. */
	end(): void;
	/** Whether times are instants of the calendar; else they count from the run's start. */
	readonly isCivil: boolean;
	/** What was taken from the file that people may not expect. */
	readonly notes: readonly Note[];
}

type Open = () => Lines;
/** How many times show the form of all. */
const SHOWN = 50;
const PLUS = 43;

/**
 * The clock that the times of a file are by.
 *
 * @throws ConfigError where that cannot be told, with what would do
 */
export function clockOf(open: Open, options: TraceOptions): FileClock {
	const rows = new TraceRows(open, options);
	if (rows.layout.timeAt < 0) return counting(options);
	const texts: string[] = [];
	while (texts.length < SHOWN && rows.next()) texts.push(rows.time);
	const [first] = texts;
	if (first === undefined) throw broken(options.path, 'it has no rows');
	const name = rows.layout.names[rows.layout.timeAt] as string;
	if (NUMBER.test(first)) {
		const named = readingOf(options).timeUnit ?? timeUnitInName(name);
		const form = formOfNumbers(
			texts.filter((text) => NUMBER.test(text)),
			named,
		);
		if (form.type === 'elapsed') return elapsed(options, TIME_UNITS_US[form.unit], form.unit);
		const says = form.type === 'epoch' ? `${form.unit} since 1970` : 'dates written in digits';
		return dated(options, { form, first, name, notes: [note(`times are ${says}`)] });
	}
	const order = isWritten(first) ? orderOf(open, options) : null;
	const form: TimeForm = order === null ? { type: 'iso' } : { type: 'written', order };
	return dated(options, { form, first, name, notes: [] });
}

function isWritten(text: string): boolean {
	return parseInstantMs(text) === null && shownOrder(text) !== null;
}

/** Which of day and month comes first: what the scenario says, or one date of the file shows that the others may not. */
function orderOf(open: Open, options: TraceOptions): DateOrder {
	const { dates } = readingOf(options);
	if (dates !== null) return dates;
	const rows = new TraceRows(open, options);
	let first = '';
	while (rows.next()) {
		if (first === '') first = rows.time;
		const shown = shownOrder(rows.time);
		if (shown === 'day-first' || shown === 'month-first') return shown;
	}
	throw broken(
		options.path,
		`its times, such as ${quoted(first)}, do not show whether the day or the month comes first; say dates: day-first or dates: month-first`,
	);
}

/** Rows without times, one after the other. */
function counting(options: TraceOptions): FileClock {
	const { interval, begins } = readingOf(options);
	const { path, civil } = options;
	const stepUs = interval as number;
	let count = 0;
	const firstUs = begins === null || begins === 'start' ? 0 : beginningUs(begins, path, civil);
	const isCivil = begins !== null && begins !== 'start';
	return {
		isCivil,
		notes: [
			note(`rows have no times: the first begins ${isCivil ? `at ${begins}` : 'with the run'}`),
		],
		timeUs: () => firstUs + count++ * stepUs,
		end() {
			const days = (count * stepUs) / TIME_UNITS_US.d;
			if (begins === null && (days === 365 || days === 366))
				throw broken(
					path,
					`its ${count} rows are a year; say begins: 2023-01-01T00:00, the time of the first, or begins: start`,
				);
		},
	};
}

function beginningUs(begins: string, path: string, civil: TraceOptions['civil']): number {
	const ms = parseInstantMs(begins);
	if (ms === null || civil === undefined)
		throw broken(path, `begins: "${begins}" is no date-time such as 2023-01-01T00:00, nor start`);
	const isThere = isInstant(begins, { type: 'iso' });
	const epochMs = isThere ? ms : zoneClock(civil.timezone).instantMs(ms);
	return (epochMs - civil.startEpochMs) * 1000;
}

function elapsed({ path, anchor }: TraceOptions, factor: number, unit: string): FileClock {
	if (anchor !== null)
		throw broken(
			path,
			`an anchor ("${anchor}") is only valid for date-times and its times are seconds; leave the anchor out`,
		);
	let firstUs = Number.POSITIVE_INFINITY;
	return {
		isCivil: false,
		notes: unit === 's' ? [] : [note(`times are in ${unit}`)],
		timeUs(row) {
			const { time } = row;
			if (!NUMBER.test(time))
				throw broken(
					path,
					`line ${row.line} has the time ${quoted(time)}, not a number of seconds`,
				);
			const timeUs = Math.round(Number(time) * factor);
			firstUs = Math.min(firstUs, timeUs);
			return timeUs;
		},
		end() {
			if (firstUs !== 0)
				throw broken(
					path,
					`its times start at ${firstUs / factor} ${unit}; they must start at 0${isSerial(firstUs / factor) ? ' (days as a spreadsheet counts them have to be written as dates)' : ''}`,
				);
		},
	};
}

/** Days since 1900, from 1980 to 2060. */
function isSerial(value: number): boolean {
	return value > 29_221 && value < 58_440;
}

interface Dated {
	readonly form: TimeForm;
	/** The first time of the file. */
	readonly first: string;
	/** Of the column of times. */
	readonly name: string;
	readonly notes: readonly Note[];
}

function dated(options: TraceOptions, about: Dated): FileClock {
	const { path, anchor, civil } = options;
	if (anchor === null && civil !== undefined) return civilClock(path, civil, about);
	if (anchor !== null) return anchored(path, anchor, about);
	timeMs({ time: about.first, line: 2 }, path, about.form);
	throw broken(
		path,
		`an anchor is required because its times are date-times; set the anchor to the time that is ` +
			`the run's start, such as ${quoted(about.first)}`,
	);
}

function anchored(path: string, anchor: string, { form, first, notes }: Dated): FileClock {
	const anchorMs = civilMs(anchor, form) ?? parseInstantMs(anchor);
	if (anchorMs === null) throw broken(path, `the anchor "${anchor}" is no ISO date-time`);
	let isThere = false;
	return {
		...{ isCivil: false, notes },
		timeUs(row) {
			const ms = timeMs(row, path, form);
			isThere ||= ms === anchorMs;
			return Math.round((ms - anchorMs) * 1000);
		},
		end() {
			if (!isThere)
				throw broken(
					path,
					`the anchor "${anchor}" is not among its times; use one of them, such as ${quoted(first)}`,
				);
		},
	};
}

function timeMs(row: Pick<TraceRows, 'time' | 'line'>, path: string, form: TimeForm): number {
	const { time } = row;
	const ms = civilMs(time, form);
	if (ms !== null) return ms;
	const others = isDate(time) ? ', which is written otherwise than the others' : '';
	throw broken(
		path,
		`line ${row.line} has the time ${quoted(time)}${others}; write seconds (0, 300, …) or ISO date-times ` +
			'(2022-06-08 00:05:00, 2022-06-08T00:05:00+02:00)',
	);
}

/**
 * Times since the run's start by the calendar. Date-times without an offset are by the clock on the wall; one
 * that comes twice is in the hour that the clock shows twice, and one that the clock skips is NaN.
 */
function civilClock(
	path: string,
	civil: NonNullable<TraceOptions['civil']>,
	{ form, name, notes }: Dated,
): FileClock {
	const zone = civil.isNamed === true ? null : zoneInName(name);
	const clock = zoneClock(zone ?? civil.timezone);
	/** Times that the clock shows twice, once they have come. */
	const seen = new Set<number>();
	let previousMs = Number.NaN;
	return {
		isCivil: true,
		notes:
			zone === null ? notes : [...notes, note(`times are by ${zone}, by the name ${quoted(name)}`)],
		timeUs(row) {
			const { time } = row;
			const after = time.charCodeAt(0) === PLUS ? stepAfter(time) : null;
			if (after !== null && !Number.isNaN(previousMs)) {
				previousMs += after / 1000;
				return Math.round((previousMs - civil.startEpochMs) * 1000);
			}
			const ms = timeMs(row, path, form);
			let epochMs = ms;
			if (!isInstant(time, form)) {
				epochMs = clock.instantMs(ms, seen.has(ms));
				if (clock.wallMs(epochMs) !== ms) return Number.NaN;
				if (clock.instantMs(ms, true) !== epochMs) seen.add(ms);
			}
			previousMs = epochMs;
			return Math.round((epochMs - civil.startEpochMs) * 1000);
		},
		end() {},
	};
}
