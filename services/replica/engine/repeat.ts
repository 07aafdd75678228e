import type { BatchSummary } from '../predictor/predictor.ts';
import type { PipelineEngine } from './pipeline.ts';
import type { PipelineState } from './pipeline-state.ts';
import type { FlightBatch } from './stage.ts';

/** A batch of nothing. */
export const NO_TOKENS: BatchSummary = {
	tokens: 0,
	decodes: 0,
	decodeKv: 0,
	prefills: 0,
	prefillSquares: 0,
	prefillKv: 0,
};

/** Makes of a batch the next one of the same requests, of which all decode. */
export function repeatBatch(
	{ predictor, power }: PipelineEngine,
	state: PipelineState,
	batch: FlightBatch,
): void {
	const count = batch.slots.length;
	batch.decodeTokens += count;
	const kv = Math.floor(batch.decodeTokens / count);
	const priceStep = Math.ceil(kv / predictor.kvGranularity);
	if (priceStep !== batch.priceStep) {
		const summary = { ...NO_TOKENS, tokens: count, decodes: count, decodeKv: kv };
		batch.priceStep = priceStep;
		if (state.stages.length > 1) batch.sendingS = predictor.sendingTimeS(summary);
		batch.lastS = predictor.batchTimeS(summary);
	}
	batch.number = state.formed++;
	batch.flops =
		power.flopsPerToken * count + power.flopsPerAttention * (batch.decodeTokens + count);
	batch.executedS = 0;
	batch.firstStartS = Number.NaN;
	batch.lastEndS = Number.NaN;
	batch.waitedS = 0;
}
