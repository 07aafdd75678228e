import {
	gpuPowerW,
	isLimited,
	memoryPowerW,
	type PowerCurve,
	SERIES_HALF_WIDTH,
} from '../../../silicon/power.ts';
import type { RequestTable } from './request-table.ts';
import { addTo, DECODE, type EngineState, grownBy, PREFILL } from './state.ts';

/**
 * Who answers for the energy of a batch (docs/energy-accounting.md). What the GPUs draw before any work, which is as much as idle or
 * near it, goes to the requests in the batch in equal parts: each holds them for the batch's whole time. What they draw above follows from
 * the operations, and goes by them: `flopsPerToken * t + flopsPerAttention * t * (t + n)` for t tokens after n
 * processed ones. Where the curve knows of memory, its power goes by bytes: what is read once for all, such as weights, in equal
 * parts, and `tokenBytes * t + kvBytes * (t + n)` by itself; arithmetic has the rest.
 *
 * A running request has t = 1 and n = decodeSteps - offset. So an iteration with `e` joules of arithmetic per operation
 * costs it `base / members + e * (flopsPerToken + flopsPerAttention * (1 + decodeSteps)) - offset * e *
 * flopsPerAttention`, and likewise for bytes. `shared` adds up what does not depend on the request, `perOffset` the factor of its offset, and
 * a request takes the growth of both while it ran: constant work per iteration and exact.
 */

/** Shares out the energy of `spanS` of the iteration in flight at `powerW`, of one GPU. */
export function shareSpan(
	power: PowerCurve,
	state: EngineState,
	spanS: number,
	powerW: number,
): void {
	const { batch, meter, runningCount } = state;
	const memoryW =
		power.traffic === null ? 0 : memoryPowerW(power, powerW, batch.bytes / batch.durationS);
	const baseJ = power.baseW * spanS;
	const memoryJ = memoryW * spanS;
	const computeJ = (powerW - power.baseW - memoryW) * spanS;
	const allJ = baseJ + computeJ + memoryJ;
	if (batch.kind !== DECODE) {
		batch.baseJ += baseJ;
		batch.memoryJ += memoryJ;
		batch.computeJ += computeJ;
	}
	if (batch.kind === PREFILL) {
		meter.prefillJ += allJ;
		return;
	}
	const { flopsPerToken, flopsPerAttention } = power;
	const perFlopJ = computeJ / (batch.flops + batch.paddedFlops);
	const members = batch.kind === DECODE ? runningCount : runningCount + batch.count;
	const standingJ = baseJ / members + perFlopJ * (batch.paddedFlops / members);
	const flops = flopsPerToken + flopsPerAttention * (1 + state.decodeSteps);
	addTo(state.shared, standingJ + perFlopJ * flops);
	addTo(state.perOffset, perFlopJ * flopsPerAttention);
	const perByteJ = memoryJ === 0 ? 0 : memoryJ / batch.bytes;
	if (memoryJ > 0) shareBytes(power, state, perByteJ, perByteJ * (1 + state.decodeSteps));
	if (batch.kind === DECODE) {
		meter.decodeJ += allJ;
		return;
	}
	const attended = runningCount + state.runningTokens;
	const decodeFlops = flopsPerToken * runningCount + flopsPerAttention * attended;
	const decodeBytes =
		(batch.onceBytes / members + (power.traffic?.tokenBytes ?? 0)) * runningCount +
		batch.kvBytes * attended;
	const decodeJ =
		standingJ * runningCount + perFlopJ * decodeFlops + (memoryJ > 0 ? perByteJ * decodeBytes : 0);
	meter.decodeJ += decodeJ;
	meter.prefillJ += allJ - decodeJ;
}

/** Shares out the energy of memory among the running: `perByteJ` of each byte, summed over iterations, and `steps` the sum of it times 1 + decodeSteps. */
function shareBytes(
	{ traffic }: PowerCurve,
	state: EngineState,
	perByteJ: number,
	steps: number,
): void {
	const { kind, count, onceBytes, kvBytes } = state.batch;
	const members = kind === DECODE ? state.runningCount : state.runningCount + count;
	const ofEach = onceBytes / members + (traffic?.tokenBytes ?? 0);
	addTo(state.shared, perByteJ * ofEach + kvBytes * steps);
	addTo(state.perOffset, kvBytes * perByteJ);
}

/** Shares out the energy `runJ` of the first `count` decode iterations begun, at full clock, of one GPU. */
export function shareRun(power: PowerCurve, state: EngineState, count: number, runJ: number): void {
	const { batch, runningCount } = state;
	const { flopsPerToken, flopsPerAttention } = power;
	const baseJ = power.baseW * batch.durationS * count;
	const middle = (count - 1) / 2;
	const middleFlops = batch.flops + batch.paddedFlops + batch.flopsRise * middle;
	const paddedPerRequest = batch.paddedFlops / runningCount;
	state.meter.decodeJ += runJ;
	if (isLimited(power, batch, count)) {
		shareLimited(power, state, count, baseJ);
		return;
	}
	const memoryJ =
		power.traffic === null
			? 0
			: power.joulesPerByte * count * (batch.bytes + batch.bytesRise * middle);
	const computeJ = runJ - baseJ - memoryJ;
	// With k iterations before the middle and after it, sum(flops_k e_k) = middleFlops sum(e_k) + rise sum(k e_k) is the
	// energy; so whatever the second sum is taken for, nothing gets lost.
	const leaning = leaningOf(power, state, count, computeJ);
	const perFlopJ = (computeJ - batch.flopsRise * leaning) / middleFlops;
	const before = 1 + state.decodeSteps + middle;
	const steps = before * perFlopJ + leaning;
	addTo(
		state.shared,
		baseJ / runningCount +
			(flopsPerToken + paddedPerRequest) * perFlopJ +
			flopsPerAttention * steps,
	);
	addTo(state.perOffset, flopsPerAttention * perFlopJ);
	if (memoryJ === 0) return;
	const perByteJ = power.joulesPerByte * count;
	shareBytes(power, state, perByteJ, before * perByteJ);
}

/** The same where some iterations draw the most that the GPU may: one by one. */
function shareLimited(power: PowerCurve, state: EngineState, count: number, baseJ: number): void {
	const { batch, runningCount } = state;
	const { durationS } = batch;
	const { flopsPerToken, flopsPerAttention } = power;
	let perFlopJ = 0;
	let flopSteps = 0;
	let perByteJ = 0;
	let byteSteps = 0;
	for (let k = 0; k < count; k++) {
		const flops = batch.flops + batch.paddedFlops + batch.flopsRise * k;
		const bytes = batch.bytes + batch.bytesRise * k;
		const powerW = gpuPowerW(power, flops / durationS, bytes / durationS);
		const memoryW = memoryPowerW(power, powerW, bytes / durationS);
		const ofFlop = ((powerW - power.baseW - memoryW) * durationS) / flops;
		const ofByte = (memoryW * durationS) / bytes;
		const before = 1 + state.decodeSteps + k;
		perFlopJ += ofFlop;
		flopSteps += ofFlop * before;
		perByteJ += ofByte;
		byteSteps += ofByte * before;
	}
	addTo(
		state.shared,
		baseJ / runningCount +
			(flopsPerToken + batch.paddedFlops / runningCount) * perFlopJ +
			flopsPerAttention * flopSteps,
	);
	addTo(state.perOffset, flopsPerAttention * perFlopJ);
	shareBytes(power, state, perByteJ, byteSteps);
}

/** Sum over iterations of their distance from the middle of the run times their energy of arithmetic per operation. */
function leaningOf(power: PowerCurve, state: EngineState, count: number, aboveJ: number): number {
	const { flopsRise, durationS, paddedFlops } = state.batch;
	const flops = state.batch.flops + paddedFlops;
	const middle = (count - 1) / 2;
	const middleFlops = flops + flopsRise * middle;
	const byMemory = power.joulesPerByte > 0;
	const saturation = byMemory ? Number.POSITIVE_INFINITY : power.saturationFlops * durationS;
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
		const aboveW = gpuPowerW(power, operations / durationS, 0) - power.baseW;
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
	const tokenBytes = power.traffic?.tokenBytes ?? 0;
	const perByteJ = batch.memoryJ === 0 ? 0 : batch.memoryJ / batch.bytes;
	const members = batch.kind === PREFILL ? batch.count : batch.count + runningCount;
	for (let i = 0; i < batch.count; i++) {
		const slot = batch.slots[i] as number;
		const tokens = batch.tokens[i] as number;
		const own = flopsOf(power, requests, slot, tokens) + batch.paddedFlops / members;
		const part = own / (batch.flops + batch.paddedFlops);
		prefillJ[slot] = (prefillJ[slot] as number) + batch.baseJ / members + batch.computeJ * part;
		if (perByteJ === 0) continue;
		const read = batch.kvBytes * (tokens + (requests.processed[slot] as number));
		const ownJ = perByteJ * (batch.onceBytes / members + tokenBytes * tokens + read);
		prefillJ[slot] = (prefillJ[slot] as number) + ownJ;
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
