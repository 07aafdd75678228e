import * as z from 'zod';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import type { Note } from '../../protocol/remark.ts';
import { Extension, Fill } from '../../protocol/signals.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import { Reading } from './reading.ts';

/** How a trace's samples become a signal: which column, where it starts, what holds between samples. */
export const TraceOptions = z.strictObject({
	/** The CSV file: a column of times, the others are values. */
	path: z.string().min(1),
	/** The column of values; null when the file has just one. */
	column: z.string().min(1).nullable(),
	/** ffill: a value holds from its time until the next. bfill: from the previous time up to its own. */
	fill: Fill,
	/** The instant (ISO, UTC unless it says otherwise) that is the run's start; only for date-times. */
	anchor: z.string().min(1).nullable(),
	/** Every value is multiplied by this. */
	scale: z.number(),
	/**
	 * How the series lies in the run's calendar. Without it date-times need an anchor, and ffill repeats the
	 * last value for ever, as in Vessim.
	 */
	civil: z
		.strictObject({
			/** The run's start and length. */
			startEpochMs: z.int(),
			untilUs: z.int().positive(),
			/** Zone of date-times without an offset, and the clock by which days are repeated. */
			timezone: z.string().min(1),
			/** The scenario says the zone; else that in the name of the file's column of times comes first. */
			isNamed: z.literal(true).optional(),
			/** What holds where the series has no data; hold: the last value. */
			extend: Extension,
		})
		.optional(),
	/** How the file is written, where the scenario says it; else as the file shows. */
	reading: Reading.optional(),
});
export type TraceOptions = z.infer<typeof TraceOptions>;

/** A signal given by samples. Plain data; times are relative to the run's start and may be negative. */
export interface Trace {
	/** Where it came from, for messages: file and column. */
	readonly name: string;
	readonly fill: TraceOptions['fill'];
	/** Strictly increasing. */
	readonly timesUs: Float64Array;
	/** Already scaled, all finite, one for each time. */
	readonly values: Float64Array;
	/** What was left out, converted, held or repeated on the way from the file. */
	readonly notes?: readonly Note[];
	/** Columns of the file that are neither its times nor this one. */
	readonly unused?: readonly string[];
}

/** Where the last look-up ended, which that of the next step mostly does too, or one on: only a memory. */
const last: { timesUs: Float64Array; after: number } = { timesUs: new Float64Array(), after: 0 };

/** Index of the first sample later than `timeUs`, or the number of samples. */
function firstAfter(timesUs: Float64Array, timeUs: SimTime): number {
	if (last.timesUs !== timesUs) [last.timesUs, last.after] = [timesUs, 0];
	for (let after = last.after; after <= last.after + 1; after++)
		if (
			(after === 0 || (timesUs[after - 1] as number) <= timeUs) &&
			(after >= timesUs.length || (timesUs[after] as number) > timeUs)
		)
			return remembered(Math.min(after, timesUs.length));
	let low = 0;
	let high = timesUs.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((timesUs[middle] as number) <= timeUs) low = middle + 1;
		else high = middle;
	}
	return remembered(low);
}

function remembered(after: number): number {
	last.after = after;
	return after;
}

/** Index of the sample that holds at `timeUs`; throws a SimulationError when none does. */
function sampleAt(trace: Trace, timeUs: SimTime): number {
	const { timesUs, fill } = trace;
	if (timeUs < 0) throw new SimulationError(`Cannot read ${trace.name} at ${timeUs} us: before 0`);
	const after = firstAfter(timesUs, timeUs);
	if (fill === 'ffill') {
		if (after > 0) return after - 1;
		throw new SimulationError(
			`Cannot read ${trace.name} at ${formatSimTime(timeUs)}: its first value comes at ` +
				`${formatSimTime(timesUs[0] as number)} and "ffill" has nothing to hold before it`,
			{ timeUs },
		);
	}
	const at = after > 0 && timesUs[after - 1] === timeUs ? after - 1 : after;
	if (at < timesUs.length) return at;
	throw new SimulationError(
		`Cannot read ${trace.name} at ${formatSimTime(timeUs)}: its last value is at ` +
			`${formatSimTime(timesUs[at - 1] as number)} and "bfill" has nothing to hold after it`,
		{ timeUs },
	);
}

/**
 * The trace's value at one instant. With ffill the last value is repeated for ever; with bfill a time after
 * the last sample is an error, as is a time before 0 or before the first ffill sample (SimulationError).
 */
export function traceAt(trace: Trace, timeUs: SimTime): number {
	return trace.values[sampleAt(trace, timeUs)] as number;
}

/** Index of the sample with which a span begins. A bfill value holds up to and including its own time: not after it. */
function firstIn(trace: Trace, fromUs: SimTime): number {
	return trace.fill === 'ffill' ? sampleAt(trace, fromUs) : sampleAt(trace, fromUs + 1);
}

/**
 * The trace's average over [fromUs, untilUs), exact for any span (the trace is constant between samples), and to the
 * bit where all of the span has one value. Errors as `traceAt`.
 */
export function traceMean(trace: Trace, fromUs: SimTime, untilUs: SimTime): number {
	const { timesUs, values, fill } = trace;
	let at = firstIn(trace, fromUs);
	const first = values[at] as number;
	let from = fromUs;
	// What the others are above the first: the mean of equal values is that value.
	let more = 0;
	while (from < untilUs) {
		const value = values[at] as number;
		const end = fill === 'ffill' ? timesUs[at + 1] : timesUs[at];
		const until = end === undefined || end >= untilUs ? untilUs : end;
		more += (value - first) * (until - from);
		from = until;
		at++;
		if (from < untilUs && at >= timesUs.length) sampleAt(trace, untilUs);
	}
	return more === 0 ? first : first + more / (untilUs - fromUs);
}

/** The least value that the trace has within [fromUs, untilUs). Errors as `traceAt`. */
export function traceLeast(trace: Trace, fromUs: SimTime, untilUs: SimTime): number {
	const last = sampleAt(trace, untilUs - 1);
	let at = firstIn(trace, fromUs);
	let least = trace.values[at] as number;
	while (at < last) least = Math.min(least, trace.values[++at] as number);
	return least;
}

/**
 * Throws a ConfigError unless the trace has a value for every time in [0, untilUs). Who reads only at the
 * starts of steps gives the last step's start instead.
 */
export function checkTraceCovers(trace: Trace, untilUs: SimTime): void {
	const first = trace.timesUs[0] as number;
	const last = trace.timesUs.at(-1) as number;
	if (trace.fill === 'ffill' && first > 0)
		throw new ConfigError(
			`Cannot start with ${trace.name}: its first value comes ${formatSimTime(first)} after the ` +
				`run's start and "ffill" has nothing to hold before it; use another anchor or fill "bfill"`,
		);
	if (trace.fill === 'bfill' && last < untilUs)
		throw new ConfigError(
			`Cannot run for ${formatSimTime(untilUs)} with ${trace.name}: it ends at ${formatSimTime(last)} ` +
				`and "bfill" has nothing to hold after it; run shorter, use fill "ffill" or a longer file`,
		);
}
