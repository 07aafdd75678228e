import { formatSimTime } from '../../protocol/time.ts';
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
		return spliced(
			trace,
			startMs,
			sourceSpans(trace.name, covered, run, { extend, clock, ...describe }),
		);
	}
	const untilMs = Math.min(run.untilMs, covered.untilMs);
	const inside = { firstMs: Math.min(run.firstMs, untilMs), untilMs };
	const spans = sourceSpans(trace.name, covered, inside, { extend: 'error', clock, ...describe });
	const held = spliced(trace, startMs, spans);
	return trace.fill === 'ffill' ? held : withLastHeld(held, civil.untilUs);
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
	const times: number[] = [];
	const values: number[] = [];
	const add = (timeUs: number, value: number) => {
		if (timeUs <= (times.at(-1) ?? Number.NEGATIVE_INFINITY)) return;
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
	return { ...trace, timesUs: Float64Array.from(times), values: Float64Array.from(values) };
}

function withLastHeld(trace: Trace, untilUs: number): Trace {
	if ((trace.timesUs.at(-1) as number) >= untilUs) return trace;
	return {
		...trace,
		timesUs: Float64Array.of(...trace.timesUs, untilUs),
		values: Float64Array.of(...trace.values, trace.values.at(-1) as number),
	};
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
