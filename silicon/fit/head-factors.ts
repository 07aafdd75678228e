import type { AttentionKernel } from '../profile/attention.ts';
import type { Factors } from '../profile/prefill-law.ts';
import type { KernelSample } from './kernel-samples.ts';
import { median } from './prefill-factors.ts';

/** How far a sample is heard: along the chunk and along the cache, in natural logarithms. */
const WIDTH = { chunk: 0.35, kv: 0.5 };
/** Added to the cached tokens, so that an empty cache has a logarithm. */
const NO_CACHE = 64;
/** The weight of the median of all samples, which counts where none is near. */
const FAR = 1e-3;

const CHUNKS = [
	64, 128, 192, 256, 384, 512, 576, 640, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384,
];
const KV = [0, 64, 128, 256, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384];

/** A smooth surface of what samples differ from `expected` by: their logarithms, each weighted by how near it is. */
export function smoothed(
	samples: readonly KernelSample[],
	expected: (sample: KernelSample) => number,
): (chunk: number, kv: number) => number {
	const points = samples
		.filter(({ prefill }) => prefill)
		.map((sample) => ({
			chunk: Math.log(sample.chunk),
			kv: Math.log(sample.kv + NO_CACHE),
			off: Math.log(sample.us / expected(sample)),
		}));
	const usual = median(points.map(({ off }) => off));
	return (chunk, kv) => {
		let weights = FAR;
		let sum = FAR * usual;
		for (const point of points) {
			const alongChunk = (point.chunk - Math.log(chunk)) / WIDTH.chunk;
			const alongKv = (point.kv - Math.log(kv + NO_CACHE)) / WIDTH.kv;
			const weight = Math.exp(-(alongChunk ** 2 + alongKv ** 2) / 2);
			weights += weight;
			sum += weight * point.off;
		}
		return Math.exp(sum / weights);
	};
}

/** Factors of sets with fewer query heads than those that were fitted, which have 32. */
export function headFactors(
	sets: readonly (readonly KernelSample[])[],
	expected: (sample: KernelSample) => number,
): AttentionKernel['heads'] {
	const rows = sets.map((set) => {
		const at = smoothed(set, expected);
		const factors: Factors = {
			chunk: CHUNKS,
			kv: CHUNKS.map(() => KV),
			factor: CHUNKS.map((chunk) => KV.map((kv) => Number(at(chunk, kv).toPrecision(3)))),
		};
		return { query: set[0]?.heads.query as number, factors };
	});
	const one: Factors = { chunk: [1], kv: [[0]], factor: [[1]] };
	return [...rows, { query: 32, factors: one }].sort((a, b) => a.query - b.query);
}
