import { fillTraffic } from '../../../silicon/traffic.ts';
import { type Draft, isComplete, isPrefilled, type Pool } from '../scheduler/pool.ts';
import { contextOf } from '../scheduler/prefix-cache.ts';
import { acceptedTokens, type Drafting } from './drafting.ts';
import { flopsOf } from './energy-shares.ts';
import type { PipelineEngine } from './pipeline-engine.ts';
import type { PipelineState } from './pipeline-state.ts';
import type { FlightBatch } from './stage.ts';
import { noTokens } from './state.ts';

/** What the price of a drafted batch follows from, the sum of t (t + n) over it, t tokens after n, and that of t + n. */
export function summarize(pool: Pool, { slots, tokens }: Draft, kvGranularity: number) {
	const summary = noTokens();
	const { processed: processedOf, cached } = pool.requests;
	let decodeTokens = 0;
	let attention = 0;
	let promptAttention = 0;
	let read = 0;
	let promptRead = 0;
	let work = 0;
	let contexts = 0;
	let found = 0;
	for (let i = 0; i < slots.length; i++) {
		const slot = slots[i] as number;
		const added = tokens[i] as number;
		const processed = processedOf[slot] as number;
		summary.tokens += added;
		attention += added * (added + processed);
		read += added + processed;
		if (isPrefilled(pool, slot)) {
			summary.decodes++;
			decodeTokens += processed;
		} else {
			summary.prefills++;
			promptAttention += added * (added + processed);
			promptRead += added + processed;
			summary.prefillSquares += added * added;
			summary.prefillKv += Math.ceil(processed / kvGranularity) * kvGranularity;
			if ((cached[slot] as number) > 0) found++;
			if (processed > 0) contexts++;
			work += added * processed;
		}
	}
	if (found > 0 && contexts > 1)
		summary.prefillKv = contextOf(work, summary.prefillSquares, kvGranularity);
	if (summary.decodes > 0) summary.decodeKv = Math.floor(decodeTokens / summary.decodes);
	return { summary, attention, promptAttention, read, promptRead };
}

/** Makes of a batch, at its end, the next one of the same requests, of which all decode. */
export function repeatBatch(
	{ predictor, power }: PipelineEngine,
	state: PipelineState,
	batch: FlightBatch,
	nowS: number,
): void {
	const { summary } = batch;
	const count = batch.slots.length;
	batch.decodeTokens += count;
	const kv = Math.floor(batch.decodeTokens / count);
	const priceStep = Math.ceil(kv / predictor.kvGranularity);
	summary.decodeKv = kv;
	if (priceStep !== batch.priceStep) {
		batch.priceStep = priceStep;
		if (state.stages.length > 1) batch.sendingS = predictor.sendingTimeS(summary);
		batch.lastS = predictor.batchTimeS(summary);
	}
	batch.number = state.formed++;
	batch.formedS = nowS;
	batch.flops =
		power.flopsPerToken * count + power.flopsPerAttention * (batch.decodeTokens + count);
	if (power.traffic !== null)
		fillTraffic(
			power.traffic,
			batch,
			{ tokens: count, sequences: count },
			batch.decodeTokens + count,
		);
	batch.baseJ = 0;
	batch.memoryJ = 0;
	batch.computeJ = 0;
	batch.executedS = 0;
	batch.firstStartS = Number.NaN;
	batch.lastEndS = Number.NaN;
	batch.waitedS = 0;
}

/**
 * Books the end of a batch on its requests.
 *
 * @returns how many of them are complete
 */
export function bookBatch(
	{ power, drafting = null }: Pick<PipelineEngine, 'power' | 'drafting'>,
	pool: Pool,
	batch: FlightBatch,
	nowS: number,
): number {
	const r = pool.requests;
	const { slots, tokens, executedS, waitedS, firstStartS } = batch;
	const perFlopJ = batch.computeJ / (batch.flops + batch.paddedFlops);
	const standingJ = batch.baseJ / slots.length + perFlopJ * (batch.paddedFlops / slots.length);
	const perByteJ = batch.memoryJ === 0 ? 0 : batch.memoryJ / batch.bytes;
	const tokenBytes = power.traffic?.tokenBytes ?? 0;
	const onceJ = perByteJ * (batch.onceBytes / slots.length);
	let completed = 0;
	for (let i = 0; i < slots.length; i++) {
		const slot = slots[i] as number;
		const lastEndS = r.lastEndS[slot] as number;
		const pausedS = Number.isNaN(lastEndS) ? 0 : firstStartS - lastEndS;
		r.preemptedS[slot] = (r.preemptedS[slot] as number) + pausedS + waitedS;
		r.executedS[slot] = (r.executedS[slot] as number) + executedS;
		r.lastEndS[slot] = nowS;
		let ownJ = standingJ + perFlopJ * flopsOf(power, r, slot, tokens[i] as number);
		if (perByteJ > 0) {
			const added = tokens[i] as number;
			const read = batch.kvBytes * (added + (r.processed[slot] as number));
			ownJ += onceJ + perByteJ * (tokenBytes * added + read);
		}
		const energyJ = isPrefilled(pool, slot) ? r.decodeJ : r.prefillJ;
		energyJ[slot] = (energyJ[slot] as number) + ownJ;
		const inBatch = tokens[i] as number;
		const added = drafting === null ? inBatch : keptOf(drafting, pool, slot, inBatch);
		let processed = (r.processed[slot] as number) + added;
		if (processed === r.prefill[slot]) {
			// The prompt's pass yields the first token.
			processed++;
			if (Number.isNaN(r.prefilledAtS[slot] as number)) r.prefilledAtS[slot] = nowS;
		}
		r.processed[slot] = processed;
		if (isComplete(pool, slot)) completed++;
	}
	return completed;
}

/** Of the tokens of a request in a batch, those that count: of a drafted answer the accepted and one more, none beyond its end. */
function keptOf(drafting: Drafting, pool: Pool, slot: number, tokens: number): number {
	if (!isPrefilled(pool, slot)) return tokens;
	const { id, processed, prefill, decode } = pool.requests;
	const done = processed[slot] as number;
	const accepted = acceptedTokens(drafting, tokens - 1, id[slot] as number, done);
	return Math.min(1 + accepted, (prefill[slot] as number) + (decode[slot] as number) - done);
}
