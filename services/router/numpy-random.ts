import { exactLog } from './exact-log.ts';
import { type MersenneState, nextDouble, numpyStream } from './mersenne-twister.ts';

/** numpy's `RandomState`: the stream and the normal number it has in store, NaN for none. Plain data. */
export interface NumpyRandom {
	readonly stream: MersenneState;
	spareNormal: number;
}

/** NumPy’s `RandomState(seed)`: the same stream to the bit. */
export function numpyRandom(seed: number): NumpyRandom {
	return { stream: numpyStream(seed), spareNormal: Number.NaN };
}

/** `standard_normal()`: Marsaglia's polar method; of each pair the second is handed out first. */
export function standardNormal(random: NumpyRandom): number {
	const spare = random.spareNormal;
	random.spareNormal = Number.NaN;
	if (!Number.isNaN(spare)) return spare;
	for (;;) {
		const x = 2 * nextDouble(random.stream) - 1;
		const y = 2 * nextDouble(random.stream) - 1;
		const square = x * x + y * y;
		if (square >= 1 || square === 0) continue;
		const factor = Math.sqrt((-2 * exactLog(square)) / square);
		random.spareNormal = factor * x;
		return factor * y;
	}
}

/** `standard_exponential()`. */
function standardExponential(random: NumpyRandom): number {
	return -exactLog(1 - nextDouble(random.stream));
}

/**
 * `standard_gamma(shape)`: Marsaglia and Tsang, ACM TOMS 26(3), 2000, for shapes above 1; Ahrens and Dieter,
 * Computing 12, 1974, below.
 */
export function standardGamma(random: NumpyRandom, shape: number): number {
	if (shape === 1) return standardExponential(random);
	return shape < 1 ? gammaBelowOne(random, shape) : gammaAboveOne(random, shape);
}

function gammaBelowOne(random: NumpyRandom, shape: number): number {
	for (;;) {
		const u = nextDouble(random.stream);
		const v = standardExponential(random);
		if (u <= 1 - shape) {
			const x = u ** (1 / shape);
			if (x <= v) return x;
		} else {
			const y = -exactLog((1 - u) / shape);
			const x = (1 - shape + shape * y) ** (1 / shape);
			if (x <= v + y) return x;
		}
	}
}

function gammaAboveOne(random: NumpyRandom, shape: number): number {
	const scale = shape - 1 / 3;
	const width = 1 / Math.sqrt(9 * scale);
	for (;;) {
		const x = standardNormal(random);
		const root = 1 + width * x;
		if (root <= 0) continue;
		const v = root * root * root;
		const u = nextDouble(random.stream);
		if (u < 1 - 0.0331 * (x * x) * (x * x)) return scale * v;
		if (exactLog(u) < 0.5 * x * x + scale * (1 - v + exactLog(v))) return scale * v;
	}
}
