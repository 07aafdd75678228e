import type { Evidence, PricedCurve } from './evidence.ts';
import type { IndexedTable, KernelSet } from './kernel-set.ts';
import { around, mixedLogs, timeOver } from './log-curve.ts';

const BYTES_PER_ELEMENT = 2;
/** What starting a transfer takes where it was not measured, ms (aiconfigurator 095f58a). */
const START_MS = 0.01;

/** Collectives of NCCL that were measured. */
type NcclName = 'all_gather' | 'all_reduce' | 'alltoall' | 'reduce_scatter';

/** An all-reduce over the GPUs of a layer, by elements: vLLM's own within a CUDA graph, or NCCL's where that is faster or alone measured. */
export function allReduceTime(kernels: KernelSet, gpus: number): PricedCurve {
	for (const table of kernels.tables('all-reduce')) {
		const found = ofGpus(table, [], gpus);
		if (found !== null) return found;
	}
	return ncclCurve(kernels, 'all_reduce', gpus) ?? ring(kernels, gpus, (2 * (gpus - 1)) / gpus);
}

/** A collective of NCCL over so many GPUs, by elements. */
export function ncclTime(kernels: KernelSet, name: NcclName, gpus: number): PricedCurve {
	return ncclCurve(kernels, name, gpus) ?? ring(kernels, gpus, (gpus - 1) / gpus);
}

function ncclCurve(kernels: KernelSet, name: NcclName, gpus: number): PricedCurve | null {
	for (const table of kernels.tables('nccl')) {
		const found = ofGpus(table, [name], gpus);
		if (found !== null) return found;
	}
	return null;
}

/** Numbers of GPUs between measured ones are interpolated; beyond the largest nobody measured. */
function ofGpus(table: IndexedTable, key: readonly string[], gpus: number): PricedCurve | null {
	const counts = table.values('num_gpus').filter((count) => table.group(...key, count) !== null);
	if (counts.length === 0 || gpus > (counts.at(-1) as number)) return null;
	const { low, high, share } = around(counts, gpus);
	const logs = (count: number) => table.group(...key, count) as Float64Array;
	const logMs = mixedLogs([[logs(low), 1 - share] as const, [logs(high), share] as const]);
	const evidence: Evidence = share === 0 && low === gpus ? 'measured' : 'interpolated';
	return {
		ms: timeOver({ at: table.at[0] as number[], logMs }),
		evidence,
		source: `${gpus} GPUs, ${table.source}`,
	};
}

/** Bytes over the slowest link of a ring. */
function ring({ gpu }: KernelSet, gpus: number, bytesShare: number): PricedCurve {
	const isWithinNode = gpus <= gpu.gpusPerNode;
	const bytesPerMs = isWithinNode ? gpu.linkBytesPerMs : gpu.nodeLinkBytesPerMs;
	return {
		ms: (elements) => START_MS + (BYTES_PER_ELEMENT * elements * bytesShare) / bytesPerMs,
		evidence: 'modelled',
		source: `${gpus} GPUs as a ring over the slowest link (data sheet)`,
	};
}

/** Sending to the GPU of the next stage within a node, by elements: half of an all-to-all of two GPUs stays where it is. */
export function sendTime(kernels: KernelSet): PricedCurve {
	const found = ncclCurve(kernels, 'alltoall', 2);
	if (found === null) return ring(kernels, 2, 1);
	return {
		ms: (elements) => found.ms(2 * elements),
		evidence: 'interpolated',
		source: `half of an all-to-all of ${found.source}`,
	};
}

/** Sending to a GPU of another node, by elements. */
export function sendAcrossNodesTime({ gpu }: KernelSet): PricedCurve {
	return {
		ms: (elements) => START_MS + (BYTES_PER_ELEMENT * elements) / gpu.nodeLinkBytesPerMs,
		evidence: 'modelled',
		source: 'bytes over the link between nodes (data sheet)',
	};
}
