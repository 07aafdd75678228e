import { gpuPowerW, type PowerCurve, SERIES_HALF_WIDTH } from '../../../silicon/power.ts';
import type { RequestTable } from './request-table.ts';
import { addTo, DECODE, type EngineState, grownBy, PREFILL } from './state.ts';

/**
 * Who answers for the energy of a batch (docs/energy-accounting.md). What the GPUs would have drawn idle goes to the
 * requests in the batch in equal parts: each holds them for the batch's whole time. What they draw above follows from
 * the operations, and goes by them: `flopsPerToken * t + flopsPerAttention * t * (t + n)` for t tokens after n
 * processed ones.
 *
 * A running request has t = 1 and n = decodeSteps - offset. So an iteration with `e` joules above idle per operation
 * costs it `idle / members + e * (flopsPerToken + flopsPerAttention * (1 + decodeSteps)) - offset * e *
 * flopsPerAttention`. `shared` adds up what does not depend on the request, `perOffset` the factor of its offset, and
 * a request takes the growth of both while it ran: constant work per iteration and exact.
 */

/** Shares out energy of the iteration in flight, of one GPU. */
export function shareSpan(
	power: PowerCurve,
	state: EngineState,
	idleJ: number,
	aboveJ: number,
): void {
	const { batch, meter, runningCount } = state;
	if (batch.kind === PREFILL) {
		batch.idleJ += idleJ;
		batch.aboveJ += aboveJ;
		meter.prefillJ += idleJ + aboveJ;
		return;
	}
	const { flopsPerToken, flopsPerAttention } = power;
	const perFlopJ = aboveJ / batch.flops;
	const members = batch.kind === DECODE ? runningCount : runningCount + batch.count;
	const standingJ = idleJ / members;
	const flops = flopsPerToken + flopsPerAttention * (1 + state.decodeSteps);
	addTo(state.shared, standingJ + perFlopJ * flops);
	addTo(state.perOffset, perFlopJ * flopsPerAttention);
	if (batch.kind === DECODE) {
		meter.decodeJ += idleJ + aboveJ;
		return;
	}
	batch.idleJ += idleJ;
	batch.aboveJ += aboveJ;
	const attended = runningCount + state.runningTokens;
	const decodeFlops = flopsPerToken * runningCount + flopsPerAttention * attended;
	const decodeJ = standingJ * runningCount + perFlopJ * decodeFlops;
	meter.decodeJ += decodeJ;
	meter.prefillJ += idleJ + aboveJ - decodeJ;
}

/** Shares out the energy `runJ` of the first `count` decode iterations begun, at full clock, of one GPU. */
export function shareRun(power: PowerCurve, state: EngineState, count: number, runJ: number): void {
	const { batch, runningCount } = state;
	const { flopsPerToken, flopsPerAttention } = power;
	const idleJ = power.idleW * batch.durationS * count;
	const aboveJ = runJ - idleJ;
	const middle = (count - 1) / 2;
	const middleFlops = batch.flops + batch.flopsRise * middle;
	// With k iterations before the middle and after it, sum(flops_k e_k) = middleFlops sum(e_k) + rise sum(k e_k) is the
	// energy; so whatever the second sum is taken for, nothing gets lost.
	const leaning = leaningOf(power, state, count, aboveJ);
	const perFlopJ = (aboveJ - batch.flopsRise * leaning) / middleFlops;
	const steps = (1 + state.decodeSteps + middle) * perFlopJ + leaning;
	addTo(state.shared, idleJ / runningCount + flopsPerToken * perFlopJ + flopsPerAttention * steps);
	addTo(state.perOffset, flopsPerAttention * perFlopJ);
	state.meter.decodeJ += runJ;
}

/** Sum over iterations of their distance from the middle of the run times their energy above idle per operation. */
function leaningOf(power: PowerCurve, state: EngineState, count: number, aboveJ: number): number {
	const { flops, flopsRise, durationS } = state.batch;
	const middle = (count - 1) / 2;
	const middleFlops = flops + flopsRise * middle;
	const saturation = power.saturationFlops * durationS;
	const crosses = flops < saturation && flops + 2 * middle * flopsRise > saturation;
	if (flopsRise * middle <= SERIES_HALF_WIDTH * middleFlops && !crosses) {
		// Energy goes with flops^p, so that energy per operation goes with flops^(p - 1); beyond saturation p is 0.
		const p = flops < saturation ? power.exponent : 0;
		const step = flopsRise / middleFlops;
		const step2 = step * step;
		const n2 = count * count;
		const mean2 = (n2 - 1) / 12;
		const mean4 = ((n2 - 1) * (3 * n2 - 7)) / 240;
		const cubic = ((p - 2) * (p - 3)) / 6;
		const slope = (p - 1) * step * (mean2 + cubic * step2 * mean4);
		return (aboveJ * slope) / (middleFlops * (1 + ((p * (p - 1)) / 2) * step2 * mean2));
	}
	let sum = 0;
	for (let k = 0; k < count; k++) {
		const operations = flops + flopsRise * k;
		const aboveW = gpuPowerW(power, operations / durationS) - power.idleW;
		sum += ((k - middle) * aboveW * durationS) / operations;
	}
	return sum;
}

/** Notes where the sums stand when a request begins to run. */
export function markShares(state: EngineState, slot: number): void {
	const { requests, shared, perOffset } = state;
	requests.sharedMark[slot] = shared.sum;
	requests.sharedRestMark[slot] = shared.rest;
	requests.perOffsetMark[slot] = perOffset.sum;
	requests.perOffsetRestMark[slot] = perOffset.rest;
}

/** What a running request has cost since it began to run, of one GPU. */
export function shareOfRunning({ requests, shared, perOffset }: EngineState, slot: number): number {
	const mark = (column: Float64Array) => column[slot] as number;
	return (
		grownBy(shared, mark(requests.sharedMark), mark(requests.sharedRestMark)) -
		mark(requests.offset) *
			grownBy(perOffset, mark(requests.perOffsetMark), mark(requests.perOffsetRestMark))
	);
}

/** Books their parts of the batch that ends on its prompts; before anything else of its end is booked. */
export function sharePrompts(power: PowerCurve, state: EngineState): void {
	const { batch, requests, runningCount } = state;
	const { prefillJ } = requests;
	const members = batch.kind === PREFILL ? batch.count : batch.count + runningCount;
	for (let i = 0; i < batch.count; i++) {
		const slot = batch.slots[i] as number;
		const own = flopsOf(power, requests, slot, batch.tokens[i] as number);
		prefillJ[slot] =
			(prefillJ[slot] as number) + batch.idleJ / members + batch.aboveJ * (own / batch.flops);
	}
}

/** Operations on one device for `tokens` more of a request. */
export function flopsOf(
	{ flopsPerToken, flopsPerAttention }: PowerCurve,
	requests: RequestTable,
	slot: number,
	tokens: number,
): number {
	const attended = tokens + (requests.processed[slot] as number);
	return tokens * (flopsPerToken + flopsPerAttention * attended);
}
