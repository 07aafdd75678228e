import * as z from 'zod';
import type { Reader } from '../../feeds/grid/reader.ts';
import { loadTrace } from '../../feeds/signal/load.ts';
import { type Trace, TraceOptions, traceMean } from '../../feeds/signal/trace.ts';

/** All that is drawn at a place, where it is known finer than by the step: what of it is constant, W, and the files of the rest. */
export const Drawn = z.strictObject({
	constantW: z.number(),
	traces: z.array(TraceOptions).min(1, { error: 'a constant load weighs nothing' }),
});
export type Drawn = z.infer<typeof Drawn>;

/**
 * The reader with means that are weighted by what is drawn: the integral of signal times power over the energy, so that energy
 * times the mean is what was emitted or paid. Where nothing is drawn, where something is fed in, and where the power does not
 * change within the span, it is the mean over time.
 */
export function weighted(reader: Reader, { constantW, traces }: Drawn): Reader {
	const read = traces.map((options) => loadTrace(options));
	const inner = read.map(() => 0);
	return {
		at: (timeUs) => reader.at(timeUs),
		mean(fromUs, untilUs) {
			const mean = reader.mean(fromUs, untilUs);
			for (const [i, trace] of read.entries()) inner[i] = firstAfter(trace, fromUs);
			let [energy, more, at] = [0, 0, fromUs];
			while (at < untilUs) {
				const until = nextChange(read, inner, untilUs);
				// All of it has one power.
				if (at === fromUs && until === untilUs) return mean;
				let powerW = constantW;
				for (const trace of read) powerW += traceMean(trace, at, until);
				if (powerW < 0) return mean;
				energy += powerW * (until - at);
				more += powerW * (until - at) * (reader.mean(at, until) - mean);
				at = until;
			}
			return energy === 0 || more === 0 ? mean : mean + more / energy;
		},
	};
}

/** The index of the first sample after a time. */
function firstAfter({ timesUs }: Trace, timeUs: number): number {
	let [low, high] = [0, timesUs.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((timesUs[middle] as number) <= timeUs) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** When the first of the traces has its next sample, at the latest `untilUs`; moves on those that have it then. */
function nextChange(traces: readonly Trace[], inner: number[], untilUs: number): number {
	let next = untilUs;
	for (const [i, { timesUs }] of traces.entries())
		next = Math.min(next, timesUs[inner[i] as number] ?? untilUs);
	for (const [i, { timesUs }] of traces.entries())
		if (timesUs[inner[i] as number] === next) inner[i] = (inner[i] as number) + 1;
	return next;
}
