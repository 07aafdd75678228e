import type { DenseTokenOps, LatencyTables } from './tables.ts';

/**
 * The tables for batches of up to `tokens` tokens. What lies beyond the measured range follows from its upper
 * half: operators of all tokens go on along their line (matrix products of thousands of tokens are limited by
 * arithmetic), prompt attention goes on with the square of the tokens and with the line of the cached ones.
 */
export function extendTables(tables: LatencyTables, tokens: number): LatencyTables {
	const most = Math.max(tables.maxTokens, Math.ceil(tokens / 8) * 8);
	const longer = (column: Float64Array) => extendColumn(column, tables.maxTokens, most);
	const columns: DenseTokenOps = {
		maxTokens: most,
		operatorMs: (operator, n) =>
			n <= tables.maxTokens
				? tables.operatorMs(operator, n)
				: alongLine((m) => tables.operatorMs(operator, m), tables.maxTokens, n),
		projections: longer(tables.projections),
		kvCacheSave: longer(tables.kvCacheSave),
		allReduce: longer(tables.allReduce),
		inputNorm: longer(tables.inputNorm),
		mlp: longer(tables.mlp),
		postNorm: longer(tables.postNorm),
		add: longer(tables.add),
		sendRecv: longer(tables.sendRecv),
		sendAcrossNodes: longer(tables.sendAcrossNodes),
	};
	const { maxChunk, maxDecodeKv } = tables;
	const ofChunk = (kv: number, chunk: number): number =>
		chunk <= maxChunk
			? tables.prefillMs(kv, chunk)
			: tables.prefillMs(kv, maxChunk) * (chunk / maxChunk) ** 2;
	const prefillMs = (kv: number, chunk: number): number => {
		if (kv <= maxDecodeKv) return ofChunk(kv, chunk);
		const atMost = ofChunk(maxDecodeKv, chunk);
		return atMost + ((atMost - ofChunk(0, chunk)) * (kv - maxDecodeKv)) / maxDecodeKv;
	};
	const { paddedTokens } = tables;
	return {
		...tables,
		...columns,
		prefillMs,
		maxChunk: Math.max(maxChunk, most),
		...(paddedTokens === undefined
			? {}
			: { paddedTokens: Int32Array.from({ length: most + 1 }, (_, n) => paddedTokens[n] ?? n) }),
	};
}

function extendColumn(column: Float64Array, last: number, most: number): Float64Array {
	if (most <= last) return column;
	const extended = new Float64Array(most + 1);
	extended.set(column.subarray(0, last + 1));
	for (let n = last + 1; n <= most; n++)
		extended[n] = alongLine((m) => column[m] as number, last, n);
	return extended;
}

/** The value at `n` on the line through the middle and the last of what is known. */
function alongLine(valueAt: (n: number) => number, last: number, n: number): number {
	const half = Math.floor(last / 2);
	const end = valueAt(last);
	return end + ((end - valueAt(half)) / (last - half)) * (n - last);
}
