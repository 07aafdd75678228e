import { headWidth, layersWith, type ModelGeometry, type Parallelism } from './model.ts';
import {
	bytesPerParameter,
	kvBytesOfLayer,
	kvBytesPerToken,
	layerParameters,
	stateBytes,
} from './model-size.ts';

/** What batches of a model move to and from the memory of one device, in bytes. */
export interface Traffic {
	/** Weights that every batch reads once: all but routed experts. */
	readonly weightBytes: number;
	/** Routed experts, all of them. */
	readonly expertBytes: number;
	/** Part of the experts that a batch of so many tokens sends some to, by tokens; more tokens than there are entries send some to all. */
	readonly touchedShare: Float64Array;
	/** What a token writes: its KV, and what goes from one operator to the next. */
	readonly tokenBytes: number;
	/** KV read of each token that is attended to, in layers that attend to all before. */
	readonly attentionBytes: number;
	/** The same in layers with a window, as far as it reaches. */
	readonly windowBytes: number;
	readonly window: number;
	/** Rows of a tile of the experts' kernels, of small and of larger batches: those of experts with fewer tokens are worked on all the same. */
	readonly tileRows: readonly [number, number];
	readonly experts: number;
	readonly expertsPerToken: number;
	/** Operations of one row in one routed expert of each layer, on one device. */
	readonly flopsPerRow: number;
	/** State of a sequence in layers that attend by one, read and written. */
	readonly stateBytes: number;
}

/** What one batch moves. */
export interface BatchTraffic {
	/** All of it, and its rise from one decode iteration to the next, bytes. */
	bytes: number;
	bytesRise: number;
	/** Of it, what does not depend on how long a request is: its requests answer for it in equal parts. */
	onceBytes: number;
	/** KV read of each token attended to. */
	kvBytes: number;
	/** Operations on rows that no token is in, all requests' in equal parts. */
	paddedFlops: number;
}

const BF16_BYTES = 2;

/** What a batch of the model moves, cut as it is. */
export function trafficOf(model: ModelGeometry, cut: Parallelism): Traffic {
	const { weights = 'bf16', attentionWeights, expertWeights } = model;
	const part = layerParameters(model, cut);
	const head = ((model.vocabulary ?? 0) * model.width) / cut.tensorParallel / cut.pipelineStages;
	return {
		weightBytes:
			part.attention * bytesPerParameter(attentionWeights ?? weights) +
			(part.mlp + part.shared) * bytesPerParameter(weights) +
			(part.routers + part.norms + head) * BF16_BYTES,
		expertBytes: part.experts * bytesPerParameter(expertWeights ?? weights),
		touchedShare: touchedShares(model),
		tileRows: tileRows(model),
		experts: model.moe?.experts ?? 0,
		expertsPerToken: model.moe?.perToken ?? 0,
		flopsPerRow: (2 * part.experts) / (model.moe?.experts ?? 1),
		tokenBytes: writtenKv(model, cut) + activationBytes(model, cut),
		attentionBytes: kvBytesPerToken(model, cut),
		windowBytes:
			(layersWith(model, 'window') * kvBytesOfLayer(model, 'window', cut)) / cut.pipelineStages,
		window: model.window ?? Number.POSITIVE_INFINITY,
		stateBytes: (2 * layersWith(model, 'linear') * stateBytes(model, cut)) / cut.pipelineStages,
	};
}

function writtenKv(model: ModelGeometry, cut: Parallelism): number {
	const windowed = layersWith(model, 'window') * kvBytesOfLayer(model, 'window', cut);
	return kvBytesPerToken(model, cut) + windowed / cut.pipelineStages;
}

/** Inputs and outputs of the matrices of a token, each written and read again about once; half of them stay in the cache of the chip. */
function activationBytes(model: ModelGeometry, cut: Parallelism): number {
	const { width, queryHeads, keyValueHeads, layers, moe } = model;
	const heads = 4 * headWidth(model) * (queryHeads + keyValueHeads);
	const dense = layersWith(model, 'dense') / layers;
	const inner =
		dense * model.mlpWidth +
		(moe === undefined ? 0 : (1 - dense) * (moe.perToken * moe.expertWidth + moe.sharedWidth));
	const values = 6 * width + (heads + 6 * inner) / cut.tensorParallel;
	return (values * BF16_BYTES * layers) / cut.pipelineStages / 2;
}

/** Tiles of vLLM's fused experts where a shape has no tuned ones (`get_default_config`): 64 rows with scales by block, else 16 up to as many tokens as experts. */
function tileRows({ weights, expertWeights }: ModelGeometry): readonly [number, number] {
	return (expertWeights ?? weights) === 'fp8_block' ? [64, 64] : [16, 64];
}

/** Exponent of the popularity of experts: those of real requests are uneven. */
const POPULARITY_EXPONENT = 1.2;
/** Beyond it, all but all experts are at work. */
const MOST_TOKENS = 1024;

/**
 * The part of the experts of a layer that some of `n` tokens are sent to, by n. The i-th most popular expert is sent tokens in
 * proportion to a draw of a power law, as in the kernels' measurements (`power_law_1.2`).
 */
function touchedShares({ moe }: ModelGeometry): Float64Array {
	if (moe === undefined) return new Float64Array(0);
	const { experts, perToken } = moe;
	const popularity = popularities(experts, perToken);
	const shares = new Float64Array(MOST_TOKENS + 1);
	const unseen = new Float64Array(experts).fill(1);
	for (let n = 1; n <= MOST_TOKENS; n++) {
		let touched = 0;
		for (let i = 0; i < experts; i++) {
			unseen[i] = (unseen[i] as number) * (1 - (popularity[i] as number));
			touched += 1 - (unseen[i] as number);
		}
		shares[n] = touched / experts;
	}
	return shares;
}

/** The chance of each expert to be among those of a token; they add up to `perToken`, and none exceeds 1. */
function popularities(experts: number, perToken: number): Float64Array {
	const weight = Float64Array.from(
		{ length: experts },
		(_, i) => ((i + 0.5) / experts) ** (-1 / (1 + POPULARITY_EXPONENT)),
	);
	const chance = new Float64Array(experts);
	let capped = 0;
	for (;;) {
		let sum = 0;
		for (let i = capped; i < experts; i++) sum += weight[i] as number;
		const scale = (perToken - capped) / sum;
		for (let i = 0; i < experts; i++)
			chance[i] = i < capped ? 1 : Math.min(1, (weight[i] as number) * scale);
		if (capped === experts || (weight[capped] as number) * scale <= 1) return chance;
		capped++;
	}
}

/**
 * Fills in what a batch moves: `tokens` of `sequences` that attend to `attended` tokens in all, themselves included. The layers with
 * a window count by their mean.
 */
export function fillTraffic(
	traffic: Traffic,
	batch: BatchTraffic,
	{ tokens, sequences }: { readonly tokens: number; readonly sequences: number },
	attended: number,
): void {
	const { touchedShare, window } = traffic;
	const inWindow = attended < window * sequences;
	let once = traffic.weightBytes + traffic.stateBytes * sequences;
	batch.paddedFlops = 0;
	if (traffic.expertBytes > 0) {
		const share = touchedShare[Math.min(tokens, touchedShare.length - 1)] as number;
		once += traffic.expertBytes * share;
		batch.paddedFlops = traffic.flopsPerRow * paddedRows(traffic, tokens, share);
	}
	if (!inWindow) once += traffic.windowBytes * window * sequences;
	batch.onceBytes = once;
	batch.kvBytes = traffic.attentionBytes + (inWindow ? traffic.windowBytes : 0);
	batch.bytes = once + traffic.tokenBytes * tokens + batch.kvBytes * attended;
	batch.bytesRise = batch.kvBytes * sequences;
}

/** Rows of tiles that no token is in, of the experts of one layer: half a tile for each that is at work, and all but its tokens where it has few. */
function paddedRows(traffic: Traffic, tokens: number, share: number): number {
	const { tileRows: rows, experts, expertsPerToken } = traffic;
	const tile = tokens <= experts ? rows[0] : rows[1];
	const atWork = experts * share;
	return Math.max(atWork * tile - tokens * expertsPerToken, (atWork * (tile - 1)) / 2);
}
