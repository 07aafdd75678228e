import * as z from 'zod';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
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

const TOKEN_GRANULARITY = 8;
/** KV lengths of the tables are multiples of this. */
const KV_STEP = 64;

/** What the price of a batch adds to its operators' times. */
export const PredictorConstants = z.strictObject({
	/** KV lengths are rounded up to multiples of this. */
	kvGranularity: z.int().positive(),
	/** By so much the attention of several decoding requests, or of several prompts, takes longer if heads are grouped. */
	decodeBatchingFraction: z.number(),
	prefillBatchingFraction: z.number(),
	/** Time to launch an all-reduce, in ms, and what each device's lateness adds, times the devices to the 1.25th. */
	allReduceLaunchMs: z.number(),
	allReduceSkewMs: z.number(),
	/** Of a batch on each stage beside its operators, ms: what the engine does between two of them. */
	stepMs: z.number().nonnegative(),
	/** On the last stage, for each of its requests and each entry of the model's vocabulary, ns. */
	samplingNs: z.number().nonnegative(),
	/** On the times of all operators. */
	kernelScale: z.number().positive(),
});
export type PredictorConstants = z.infer<typeof PredictorConstants>;

/** Of an engine that costs nothing beside the operators. */
export const noOverheads = { stepMs: 0, samplingNs: 0, kernelScale: 1 } as const;

/** Vidur's constants; `behaviourOf` in compatibility.ts says which count. */
export const predictorConstants: PredictorConstants = {
	kvGranularity: KV_STEP,
	decodeBatchingFraction: 0.1,
	prefillBatchingFraction: 0.1,
	allReduceLaunchMs: 0.02,
	allReduceSkewMs: 0,
	...noOverheads,
};

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
	constants: PredictorConstants,
): Predictor {
	const layers = model.layers / cut.pipelineStages;
	const launchMs = launchTimeMs(tables, cut, constants);
	const attentionMs = attentionTimes(tables, model, constants);
	const { projections, kvCacheSave, allReduce, inputNorm, mlp, postNorm, add } = tables;
	const sending = sendingTimes(tables, cut);
	const { stepMs, kernelScale } = constants;
	const samplingMs = samplingTimeMs(model, constants.samplingNs);
	const padding = tables.paddedTokens ?? null;
	const headMs = tables.step?.headMs ?? null;
	const layersMs = (batch: BatchSummary): number => {
		const tokens = batch.tokens;
		const padded = padding === null ? paddedTokens(tokens) : (padding[tokens] as number);
		const decode = attentionMs.decode(batch);
		const prefill = attentionMs.prefill(batch);
		const comm = at(allReduce, padded) + launchMs;
		const attention =
			at(projections, padded) +
			at(kvCacheSave, tokens) +
			decode +
			prefill +
			comm +
			at(inputNorm, padded);
		const block = attention + (at(mlp, padded) + comm + at(postNorm, padded)) + at(add, padded);
		return block * layers * kernelScale + stepMs;
	};
	return {
		kvGranularity: constants.kvGranularity,
		batchTimeS: (batch) => {
			const sequences = batch.decodes + batch.prefills;
			const head = headMs === null ? 0 : at(headMs, sequences) * kernelScale;
			return known((layersMs(batch) + sequences * samplingMs + head) / 1000, batch);
		},
		sendingTimeS: (batch) =>
			known(
				(layersMs(batch) + at(sending, paddedTokens(batch.tokens)) * kernelScale) / 1000,
				batch,
			),
	};
}

/**
 * What sampling the next token of one request takes, in ms.
 *
 * @throws ConfigError where it takes time and nobody knows the size of the vocabulary
 */
function samplingTimeMs({ name, vocabulary }: ModelGeometry, samplingNs: number): number {
	if (samplingNs === 0) return 0;
	if (vocabulary !== undefined) return (samplingNs * vocabulary) / 1e6;
	throw new ConfigError(
		`Cannot use a sampling cost of ${samplingNs} ns: the card of model "${name}" has no vocabulary`,
	);
}

/** Of keys beyond what was measured there is no time, and a batch that takes none or for ever would never end. */
function known(
	timeS: number,
	{ decodes, decodeKv, prefills, prefillKv, tokens }: BatchSummary,
): number {
	if (timeS > 0 && timeS < Number.POSITIVE_INFINITY) return timeS;
	throw new SimulationError(
		`Cannot price a batch of ${tokens} tokens, ${decodes} decoding after ${decodeKv} and ${prefills} prompts after ${prefillKv}: ` +
			'the profile has no time for it (gridbeat profiles check)',
	);
}

/** Handing activations on, by tokens. As in Vidur all stages send across nodes, if any do. */
export function sendingTimes(tables: LatencyTables, cut: Parallelism): Float64Array {
	const isWithinNode = cut.tensorParallel * cut.pipelineStages <= tables.gpusPerNode;
	return isWithinNode ? tables.sendRecv : tables.sendAcrossNodes;
}

/** What an all-reduce takes beside its table, in ms. */
export function launchTimeMs(
	{ step }: Pick<LatencyTables, 'step'>,
	{ tensorParallel }: Parallelism,
	constants: PredictorConstants,
): number {
	if (tensorParallel === 1 || step !== undefined) return 0;
	return constants.allReduceLaunchMs + constants.allReduceSkewMs * tensorParallel ** 1.25;
}

/** Attention of a batch's decoding requests and of its prompts, in ms a layer. */
export function attentionTimes(
	{ decodeMs, decodeColumns, prefillMs, promptMs, step }: LatencyTables,
	model: ModelGeometry,
	constants: PredictorConstants,
) {
	const { kvGranularity, decodeBatchingFraction, prefillBatchingFraction } = constants;
	const isGrouped = step === undefined && model.queryHeads > model.keyValueHeads;
	const decodeFactor = isGrouped ? 1 + decodeBatchingFraction : 1;
	const prefillFactor = isGrouped ? 1 + prefillBatchingFraction : 1;
	const steps = kvGranularity / KV_STEP;
	return {
		decode(batch: BatchSummary): number {
			if (batch.decodes === 0) return 0;
			const column = Math.ceil(batch.decodeKv / kvGranularity) * steps;
			const row = batch.decodes * decodeColumns;
			const decode = Number.isInteger(column)
				? at(decodeMs, row + column)
				: between(decodeMs, row, Math.min(column, decodeColumns - 1));
			return batch.decodes > 1 ? decode * decodeFactor : decode;
		},
		prefill(batch: BatchSummary): number {
			if (batch.prefills === 0) return 0;
			if (promptMs !== undefined) return alike(batch, promptMs);
			const prefill = prefillMs(batch.prefillKv, roundHalfEven(Math.sqrt(batch.prefillSquares)));
			return batch.prefills > 1 ? prefill * prefillFactor : prefill;
		},
	};
}

/** Prompts of one length in place of those of a batch: as many tokens, as large a sum of squares, as much before each. */
function alike(
	{ tokens, decodes, prefills, prefillSquares, prefillKv }: BatchSummary,
	promptMs: NonNullable<LatencyTables['promptMs']>,
): number {
	const fresh = tokens - decodes;
	return promptMs((fresh * fresh) / prefillSquares, prefillSquares / fresh, prefillKv / prefills);
}

/** The line between two entries of a row. */
function between(table: Float64Array, row: number, column: number): number {
	const left = Math.floor(column);
	const from = at(table, row + left);
	return column === left ? from : from + (at(table, row + left + 1) - from) * (column - left);
}

/** Token counts are padded to multiples of 8 before the look-up. */
export function paddedTokens(tokens: number): number {
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
