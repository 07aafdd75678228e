import * as z from 'zod';
import { interpolate, tabulate } from '../predictor/interpolate.ts';
import { denseTokenOps, type LatencyTables } from '../predictor/tables.ts';

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
	/** Attention of decoding requests: row per batch size, column per KV length. */
	decode: z.strictObject({ batch: Numbers, kv: Numbers, ms: z.array(Numbers) }),
	/** Attention of one prompt chunk: `ms` with an empty cache, and more per cached token. */
	prefill: z.strictObject({ chunk: Numbers, ms: Numbers, perKvMs: Numbers }),
});
export type Profile = z.infer<typeof Profile>;

const KV_GRANULARITY = 64;

/** The profile as dense tables. */
export function profileTables(profile: Profile, postAttentionNorm: boolean): LatencyTables {
	const ops = denseTokenOps(profile.tokenOps, postAttentionNorm);
	const { kvCacheSave } = profile;
	const { chunk, ms, perKvMs } = profile.prefill;
	return {
		...ops,
		kvCacheSave: tabulate(kvCacheSave.tokens, kvCacheSave.ms, {
			length: ops.maxTokens + 1,
			unit: 1,
		}),
		...denseDecode(profile.decode),
		prefillMs: (kv, tokens) =>
			interpolate(chunk, ms, tokens) + kv * interpolate(chunk, perKvMs, tokens),
		maxChunk: chunk.at(-1) as number,
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
