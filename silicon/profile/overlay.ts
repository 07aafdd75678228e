import type { LatencyTables } from '../predictor/tables.ts';

const KV_GRANULARITY = 64;

/**
 * Tables that are `inner` as far as it goes, and `outer` beyond. Prompts longer than those of `inner` cost what
 * its longest does, as a regressor that was trained on it says; longer caches add what they add in `outer`.
 */
export function overlaid(inner: LatencyTables, outer: LatencyTables): LatencyTables {
	const decodeMs = outer.decodeMs.slice();
	const columns = Math.min(inner.decodeColumns, outer.decodeColumns);
	for (let batch = 1; batch <= Math.min(inner.maxBatch, outer.maxBatch); batch++) {
		const from = batch * inner.decodeColumns;
		decodeMs.set(inner.decodeMs.subarray(from, from + columns), batch * outer.decodeColumns);
	}
	const { maxChunk } = inner;
	const longest = inner.maxDecodeKv - (inner.maxDecodeKv % KV_GRANULARITY);
	return {
		...inner,
		sendAcrossNodes: outer.sendAcrossNodes,
		gpusPerNode: outer.gpusPerNode,
		decodeMs,
		decodeColumns: outer.decodeColumns,
		maxBatch: outer.maxBatch,
		maxDecodeKv: outer.maxDecodeKv,
		prefillMs(kv, chunk) {
			const measured = Math.min(chunk, maxChunk);
			if (kv <= longest) return inner.prefillMs(kv, measured);
			const more = outer.prefillMs(kv, chunk) - outer.prefillMs(longest, chunk);
			return inner.prefillMs(longest, measured) + more;
		},
		maxChunk: outer.maxChunk,
	};
}
