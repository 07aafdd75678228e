import * as z from 'zod';
import { normalCdf, normalDensity } from './normal.ts';

/** How the clouds of a place behave within and between days, whatever the month. */
export const CloudShape = z.strictObject({
	/** Quantiles of the clear-sky index of five minutes at evenly spaced probabilities from 0 to 1, linear between. */
	indexQuantiles: z
		.array(z.number().nonnegative().max(2))
		.min(2)
		.refine((q) => q.every((value, i) => i === 0 || value >= (q[i - 1] as number)), {
			error: 'quantiles must not fall',
		}),
	/** Share of the variance (of the normal variable behind the index) that all of a day has in common. */
	dayShare: z.number().min(0).max(0.99),
	/** Time in which the autocorrelation of the rest falls to 1/e, hours. */
	fastHours: z.number().positive(),
	/** Correlation of a day with the next. */
	dayPersistence: z.number().min(0).max(0.9),
});
export type CloudShape = z.infer<typeof CloudShape>;

const LEVEL_MAX = 6;
const LEVELS = 240;
const NODES = 48;
const NODE_MAX = 4;

const tables = new WeakMap<CloudShape, Float64Array>();

/** The clear-sky index that goes with a value of the normal variable. */
export function indexAt(shape: CloudShape, normal: number): number {
	return quantileAt(shape.indexQuantiles, normalCdf(normal));
}

/** The mean index of a day whose common part is `level`; rises with it. */
export function dayMean(shape: CloudShape, level: number): number {
	const table = tables.get(shape) ?? makeTable(shape);
	const position =
		((Math.min(LEVEL_MAX, Math.max(-LEVEL_MAX, level)) + LEVEL_MAX) * LEVELS) / (2 * LEVEL_MAX);
	const below = Math.min(Math.floor(position), LEVELS - 1);
	const low = table[below] as number;
	return low + (position - below) * ((table[below + 1] as number) - low);
}

/** The level whose day has the mean `index`. */
export function levelFor(shape: CloudShape, index: number): number {
	let [low, high] = [-LEVEL_MAX, LEVEL_MAX];
	for (let i = 0; i < 40; i++) {
		const middle = (low + high) / 2;
		if (dayMean(shape, middle) < index) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

function makeTable(shape: CloudShape): Float64Array {
	const spread = Math.sqrt(1 - shape.dayShare);
	const table = Float64Array.from({ length: LEVELS + 1 }, (_, i) => {
		const level = -LEVEL_MAX + (2 * LEVEL_MAX * i) / LEVELS;
		let [sum, weights] = [0, 0];
		for (let k = 0; k <= NODES; k++) {
			const z = -NODE_MAX + (2 * NODE_MAX * k) / NODES;
			const weight = normalDensity(z);
			sum += weight * indexAt(shape, level + spread * z);
			weights += weight;
		}
		return sum / weights;
	});
	tables.set(shape, table);
	return table;
}

/** Linear interpolation in quantiles at evenly spaced probabilities from 0 to 1. */
export function quantileAt(quantiles: readonly number[], probability: number): number {
	const position = Math.min(1, Math.max(0, probability)) * (quantiles.length - 1);
	const below = Math.min(Math.floor(position), quantiles.length - 2);
	const low = quantiles[below] as number;
	const high = quantiles[below + 1] as number;
	return low + (position - below) * (high - low);
}
