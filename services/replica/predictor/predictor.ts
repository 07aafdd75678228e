import type { ModelGeometry, Parallelism } from '../model.ts';
import type { LatencyTables } from './tables.ts';

/** What the price of a batch depends on. One object is reused for all batches. */
export interface BatchSummary {
	/** Tokens of all requests in this batch. */
	tokens: number;
	/** Requests that are past their prompt, one token each. */
	decodes: number;
	/** Mean of these requests' processed tokens, truncated. */
	decodeKv: number;
	/** Requests still in their prompt. */
	prefills: number;
	/** Sum over them of the squared number of tokens in this batch. */
	prefillSquares: number;
	/** Sum over them of the processed tokens, each rounded up to `kvGranularity`. */
	prefillKv: number;
}

/** Prices a batch. The same summary always has the same price. */
export interface Predictor {
	/** `decodeKv` matters only rounded up to a multiple of this. */
	readonly kvGranularity: number;
	/** Execution time of the batch on one pipeline stage, in seconds. */
	batchTimeS(batch: BatchSummary): number;
	/** The same on a stage that sends its result on to the next, and is busy with it meanwhile. */
	sendingTimeS(batch: BatchSummary): number;
}

/** Token counts are padded to multiples of this before the look-up. */
const TOKEN_GRANULARITY = 8;
const KV_GRANULARITY = 64;
/** A batch of several requests with grouped-query attention takes this much longer in its attention. */
const BATCHING_FACTOR = 1.1;
/** Time to launch an all-reduce, in ms. */
const ALL_REDUCE_LAUNCH_MS = 0.02;

/**
 * Prices batches from tables of operator times per layer, by Vidur's rules: tokens padded to 8, KV lengths
 * to 64, prompts of a batch replaced by one of the root of their squares' sum, 10 % more for the attention
 * of several requests if heads are grouped. Sums are taken in Vidur's order, so that equal tables give
 * equal bits.
 */
export function tablePredictor(
	tables: LatencyTables,
	model: ModelGeometry,
	cut: Parallelism,
): Predictor {
	const layers = model.layers / cut.pipelineStages;
	const manyFactor = model.queryHeads > model.keyValueHeads ? BATCHING_FACTOR : 1;
	const launchMs = cut.tensorParallel > 1 ? ALL_REDUCE_LAUNCH_MS : 0;
	const { projections, kvCacheSave, allReduce, inputNorm, mlp, postNorm, add } = tables;
	const { decodeMs, decodeColumns, prefillMs } = tables;
	// As in Vidur all stages send across, if any do.
	const isWithinNode = cut.tensorParallel * cut.pipelineStages <= tables.gpusPerNode;
	const sending = isWithinNode ? tables.sendRecv : tables.sendAcrossNodes;
	const layersMs = (batch: BatchSummary): number => {
		const tokens = batch.tokens;
		const padded = paddedTokens(tokens);
		let decode = 0;
		if (batch.decodes > 0) {
			const column = Math.ceil(batch.decodeKv / KV_GRANULARITY);
			decode = at(decodeMs, batch.decodes * decodeColumns + column);
			if (batch.decodes > 1) decode *= manyFactor;
		}
		let prefill = 0;
		if (batch.prefills > 0) {
			prefill = prefillMs(batch.prefillKv, roundHalfEven(Math.sqrt(batch.prefillSquares)));
			if (batch.prefills > 1) prefill *= manyFactor;
		}
		const comm = at(allReduce, padded) + launchMs;
		const attention =
			at(projections, padded) +
			at(kvCacheSave, tokens) +
			decode +
			prefill +
			comm +
			at(inputNorm, padded);
		const block = attention + (at(mlp, padded) + comm + at(postNorm, padded)) + at(add, padded);
		return block * layers;
	};
	return {
		kvGranularity: KV_GRANULARITY,
		batchTimeS: (batch) => layersMs(batch) / 1000,
		sendingTimeS: (batch) => (layersMs(batch) + at(sending, paddedTokens(batch.tokens))) / 1000,
	};
}

function paddedTokens(tokens: number): number {
	return Math.ceil(tokens / TOKEN_GRANULARITY) * TOKEN_GRANULARITY;
}

/** A table entry. Admission keeps every key in range (`checkRange` in tables.ts and the request limits). */
function at(table: Float64Array, index: number): number {
	return table[index] as number;
}

function roundHalfEven(value: number): number {
	const floor = Math.floor(value);
	const rest = value - floor;
	if (rest !== 0.5) return Math.round(value);
	return floor % 2 === 0 ? floor : floor + 1;
}
