import * as z from 'zod';
import { interpolate, tabulate } from '../predictor/interpolate.ts';
import { denseTokenOps, type LatencyTables } from '../predictor/tables.ts';
import { Errors } from './held-out-error.ts';

const Numbers = z.array(z.number()).min(1);

/**
 * A latency profile as it lies in profiling-data/: operator times per layer in ms of one model on one
 * device at one tensor parallelism, at the points between which they are linear.
 */
export const Profile = z.strictObject({
	model: z.string(),
	device: z.string(),
	tensorParallel: z.int().positive(),
	/** How the figures were made, and from what. */
	source: z.string(),
	/** Operators of all tokens of a batch, by their number. */
	tokenOps: z.strictObject({ tokens: Numbers, ms: z.record(z.string(), Numbers) }),
	/** Writing keys and values, by the number of tokens. */
	kvCacheSave: z.strictObject({ tokens: Numbers, ms: Numbers }),
	/** What a step takes once, by the sequences that it samples: output head and sampling. Then nothing is added for batching. */
	perStep: z.strictObject({ sequences: Numbers, ms: Numbers }).optional(),
	/** Attention of decoding requests: row per batch size, column per KV length. */
	decode: z.strictObject({ batch: Numbers, kv: Numbers, ms: z.array(Numbers) }),
	/** Attention of one prompt chunk. */
	prefill: z.union([
		/** `ms` with an empty cache, and more per cached token; */
		z.strictObject({ chunk: Numbers, ms: Numbers, perKvMs: Numbers }),
		/** or row per KV length, column per chunk length. */
		z.strictObject({ kv: Numbers, chunk: Numbers, ms: z.array(Numbers) }),
	]),
	/** How each part was made: `measured` (between medians), `fitted`, `random_forest` or `linear_regression`. */
	label: z.string().optional(),
	/** Relative errors of each part at rows that were held out. */
	errors: Errors.optional(),
});
export type Profile = z.infer<typeof Profile>;

const KV_GRANULARITY = 64;

/** The profile as dense tables. */
export function profileTables(profile: Profile, postAttentionNorm: boolean): LatencyTables {
	const ops = denseTokenOps(profile.tokenOps, postAttentionNorm);
	const { kvCacheSave } = profile;
	const { prefill, perStep } = profile;
	const decode = denseDecode(profile.decode);
	return {
		...ops,
		...(perStep === undefined
			? {}
			: {
					step: {
						headMs: tabulate(perStep.sequences, perStep.ms, {
							length: decode.maxBatch + 1,
							unit: 1,
						}),
					},
				}),
		gpusPerNode: Number.POSITIVE_INFINITY,
		kvCacheSave: tabulate(kvCacheSave.tokens, kvCacheSave.ms, {
			length: ops.maxTokens + 1,
			unit: 1,
		}),
		...decode,
		prefillMs: 'kv' in prefill ? gridPrefill(prefill) : linearPrefill(prefill),
		maxChunk: prefill.chunk.at(-1) as number,
	};
}

type Prefill = Profile['prefill'];
type PrefillTime = LatencyTables['prefillMs'];

function linearPrefill({ chunk, ms, perKvMs }: Exclude<Prefill, { kv: unknown }>): PrefillTime {
	return (kv, tokens) => interpolate(chunk, ms, tokens) + kv * interpolate(chunk, perKvMs, tokens);
}

/** Linear along the chunk and then along the cache; level beyond the longest. */
function gridPrefill({ kv, chunk, ms }: Extract<Prefill, { kv: unknown }>): PrefillTime {
	const last = kv.length - 1;
	return (cached, tokens) => {
		let above = 0;
		while (above < last && (kv[above] as number) < cached) above++;
		const row = (i: number) => interpolate(chunk, ms[i] as number[], tokens);
		const to = kv[above] as number;
		if (above === 0 || cached >= to) return row(above);
		const from = kv[above - 1] as number;
		const share = (cached - from) / (to - from);
		return row(above - 1) * (1 - share) + row(above) * share;
	};
}

function denseDecode(grid: Profile['decode']) {
	const maxBatch = grid.batch.at(-1) as number;
	const maxDecodeKv = grid.kv.at(-1) as number;
	const decodeColumns = Math.floor(maxDecodeKv / KV_GRANULARITY) + 1;
	const size = { length: decodeColumns, unit: KV_GRANULARITY };
	const rows = grid.ms.map((row) => tabulate(grid.kv, row, size));
	const decodeMs = new Float64Array((maxBatch + 1) * decodeColumns);
	let below = 0;
	for (let batch = 1; batch <= maxBatch; batch++) {
		while (below < rows.length - 2 && (grid.batch[below + 1] as number) <= batch) below++;
		const left = grid.batch[below] as number;
		const right = grid.batch[below + 1] as number;
		const share = Math.min(1, Math.max(0, (batch - left) / (right - left)));
		for (let c = 0; c < decodeColumns; c++) {
			const from = (rows[below] as Float64Array)[c] as number;
			const to = (rows[below + 1] as Float64Array)[c] as number;
			decodeMs[batch * decodeColumns + c] = from + (to - from) * share;
		}
	}
	return { decodeMs, decodeColumns, maxBatch, maxDecodeKv };
}
