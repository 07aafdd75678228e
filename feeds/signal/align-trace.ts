import { type Note, note } from '../../protocol/remark.ts';
import { formatSimTime } from '../../protocol/time.ts';
import { growingFloats } from './growing.ts';
import { type Coverage, type SourceSpan, sourceSpans } from './source-spans.ts';
import type { Trace, TraceOptions } from './trace.ts';
import { fixedClock, zoneClock } from './wall-clock.ts';

const US_PER_MS = 1000;

/**
 * The trace over the whole run, extended as `civil` says.
 *
 * @param isCivil its times are instants of the calendar; else they count from the run's start
 * @throws ConfigError that says what the trace covers, when it does not cover the run
 */
export function alignTrace(
	trace: Trace,
	civil: NonNullable<TraceOptions['civil']>,
	isCivil: boolean,
): Trace {
	const clock = isCivil ? zoneClock(civil.timezone) : fixedClock(0);
	const startMs = isCivil ? civil.startEpochMs : 0;
	const run = { firstMs: startMs, untilMs: startMs + civil.untilUs / US_PER_MS };
	const covered = coverage(trace, startMs);
	const describe = isCivil ? {} : { describe: sinceStart };
	if (civil.extend !== 'hold') {
		const { extend } = civil;
		const spans = sourceSpans(trace.name, covered, run, { extend, clock, ...describe });
		const isRepeated = spans.some(({ shiftMs }) => shiftMs !== 0);
		const said = isRepeated ? note(`repeated beyond what its file has (extend: ${extend})`) : null;
		return withNote(spliced(trace, startMs, spans), said);
	}
	const untilMs = Math.min(run.untilMs, covered.untilMs);
	const inside = { firstMs: Math.min(run.firstMs, untilMs), untilMs };
	const spans = sourceSpans(trace.name, covered, inside, { extend: 'error', clock, ...describe });
	const said =
		untilMs < run.untilMs
			? note(
					`its last value is held after ${formatSimTime((untilMs - startMs) * US_PER_MS)} (extend: hold)`,
				)
			: null;
	const held = withNote(spliced(trace, startMs, spans), said);
	return trace.fill === 'ffill' ? held : withLastHeld(held, civil.untilUs);
}

function withNote(trace: Trace, said: Note | null): Trace {
	return said === null ? trace : { ...trace, notes: [...(trace.notes ?? []), said] };
}

function sinceStart({ firstMs, untilMs }: Coverage): string {
	return `${formatSimTime(Math.max(0, firstMs * US_PER_MS))} to ${formatSimTime(untilMs * US_PER_MS)} after the start`;
}

/** A value holds as long as its neighbour's; a single value is taken to hold for no time at all. */
function coverage({ timesUs, fill }: Trace, startMs: number): Coverage {
	const first = timesUs[0] as number;
	const last = timesUs.at(-1) as number;
	const after = fill === 'ffill' ? last - (timesUs.at(-2) ?? last) : 0;
	const before = fill === 'bfill' ? (timesUs[1] ?? first) - first : 0;
	return {
		firstMs: startMs + (first - before) / US_PER_MS,
		untilMs: startMs + (last + after) / US_PER_MS,
	};
}

function spliced(trace: Trace, startMs: number, spans: readonly SourceSpan[]): Trace {
	return asItIs(trace, startMs, spans) ?? copied(trace, startMs, spans);
}

/** A trace of which a run uses one piece as it lies there, from a sample on: a view. Null where it has to be cut. */
function asItIs(trace: Trace, startMs: number, spans: readonly SourceSpan[]): Trace | null {
	const [span] = spans;
	if (span === undefined || spans.length > 1 || span.shiftMs !== 0 || trace.fill !== 'ffill')
		return null;
	const { timesUs, values } = trace;
	const at = firstAtOrAfter(timesUs, (span.fromMs - startMs) * US_PER_MS);
	if (timesUs[at] !== (span.fromMs - startMs) * US_PER_MS) return null;
	const end = firstAtOrAfter(timesUs, (span.untilMs - startMs) * US_PER_MS);
	return { ...trace, timesUs: timesUs.subarray(at, end), values: values.subarray(at, end) };
}

function copied(trace: Trace, startMs: number, spans: readonly SourceSpan[]): Trace {
	const [times, values] = [growingFloats(), growingFloats()];
	let lastUs = Number.NEGATIVE_INFINITY;
	const add = (timeUs: number, value: number) => {
		if (timeUs <= lastUs) return;
		lastUs = timeUs;
		times.push(timeUs);
		values.push(value);
	};
	for (const { fromMs, untilMs, shiftMs } of spans) {
		const [fromUs, untilUs] = [(fromMs - startMs) * US_PER_MS, (untilMs - startMs) * US_PER_MS];
		const shiftUs = shiftMs * US_PER_MS;
		const isForward = trace.fill === 'ffill';
		let at = firstAtOrAfter(trace.timesUs, fromUs + shiftUs);
		if (isForward && (trace.timesUs[at] ?? Number.POSITIVE_INFINITY) > fromUs + shiftUs) at--;
		for (; at < trace.timesUs.length; at++) {
			const timeUs = (trace.timesUs[at] as number) - shiftUs;
			const value = trace.values[at] as number;
			if (isForward && timeUs >= untilUs) break;
			add(Math.min(untilUs, Math.max(fromUs, timeUs)), value);
			if (timeUs >= untilUs) break;
		}
	}
	return { ...trace, timesUs: times.values(), values: values.values() };
}

function withLastHeld(trace: Trace, untilUs: number): Trace {
	if ((trace.timesUs.at(-1) as number) >= untilUs) return trace;
	const { timesUs, values } = trace;
	const [times, held] = [timesUs, values].map((own) => {
		const longer = new Float64Array(own.length + 1);
		longer.set(own);
		return longer;
	}) as [Float64Array, Float64Array];
	times[timesUs.length] = untilUs;
	held[timesUs.length] = values.at(-1) as number;
	return { ...trace, timesUs: times, values: held };
}

function firstAtOrAfter(timesUs: Float64Array, timeUs: number): number {
	let low = 0;
	let high = timesUs.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((timesUs[middle] as number) < timeUs) low = middle + 1;
		else high = middle;
	}
	return low;
}
