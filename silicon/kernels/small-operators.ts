import type { PricedCurve } from './evidence.ts';
import type { KernelGpu } from './kernel-set.ts';

/** The shortest time of a kernel in a CUDA graph, and the part of the memory's bandwidth that such kernels reach. */
const LEAST_MS = 0.002;
const REACHED = 0.75;

/** An operator that only reads and writes, by tokens: norms, rotary embedding, activation, writing keys and values. */
export function smallOperator(gpu: KernelGpu, bytesPerToken: number, what: string): PricedCurve {
	const bytesPerMs = REACHED * gpu.memoryBytesPerMs;
	return {
		ms: (tokens) => Math.max(LEAST_MS, (tokens * bytesPerToken) / bytesPerMs),
		evidence: 'modelled',
		source: `${what}: bytes over ${REACHED} of the memory's bandwidth, at least ${1000 * LEAST_MS} us`,
	};
}
