import * as z from 'zod';
import { MINUTE_US, type SimTime } from '../../protocol/time.ts';
import { namedPrng, type Prng } from '../actor/random.ts';
import { normalCdf } from './normal.ts';

/** The weather changes on this grid of simulated time, whatever the actor's step. */
export const CELL_US = 5 * MINUTE_US;
const CELLS_PER_HOUR = 12;

/** How the clear-sky index of a place behaves. */
export const CloudParameters = z.strictObject({
	/** Its quantiles at evenly spaced probabilities from 0 to 1, linear between. */
	indexQuantiles: z
		.array(z.number().nonnegative().max(2))
		.min(2)
		.refine((q) => q.every((value, i) => i === 0 || value >= (q[i - 1] as number)), {
			error: 'quantiles must not fall',
		}),
	/** Share of the variance (of the normal variable behind it) that changes slowly: weather fronts. */
	slowShare: z.number().min(0).max(1),
	/** Time in which the slow part's autocorrelation falls to 1/e, hours. */
	slowHours: z.number().positive(),
	/** The same for the rest: single clouds. */
	fastHours: z.number().positive(),
});
export type CloudParameters = z.infer<typeof CloudParameters>;

/** Where the weather has got to. Plain data. */
export interface CloudState {
	/** Number of the current cell: [cell, cell + 1) times CELL_US. */
	cell: number;
	/** The two normal variables, each of variance 1. */
	slow: number;
	fast: number;
	/** The clear-sky index in the current cell. */
	index: number;
	/** State of the random stream. */
	prng: readonly number[];
}

/** The weather in cell 0, drawn from its long-run distribution. */
export function startClouds(parameters: CloudParameters, prng: Prng): CloudState {
	const slow = prng.normal();
	const fast = prng.normal();
	const index = clearSkyIndex(parameters, slow, fast);
	return { cell: 0, slow, fast, index, prng: prng.state() };
}

/**
 * The mean clear-sky index over [fromUs, untilUs); moves the weather on to the end of the span. Spans must
 * not go back. The index is the quantile function of the place, applied to the sum of two first-order
 * autoregressive normal processes: so its distribution is the place's own, and its persistence that of
 * fronts plus clouds.
 */
export function meanIndex(
	state: CloudState,
	parameters: CloudParameters,
	fromUs: SimTime,
	untilUs: SimTime,
): number {
	advance(state, parameters, Math.floor(fromUs / CELL_US));
	let sum = 0;
	let from = fromUs;
	while (from < untilUs) {
		const end = Math.min(untilUs, (state.cell + 1) * CELL_US);
		sum += state.index * (end - from);
		from = end;
		if (from < untilUs) advance(state, parameters, state.cell + 1);
	}
	return sum / (untilUs - fromUs);
}

function advance(state: CloudState, parameters: CloudParameters, cell: number): void {
	if (state.cell >= cell) return;
	const prng = namedPrng('', state.prng);
	const slow = Math.exp(-1 / (parameters.slowHours * CELLS_PER_HOUR));
	const fast = Math.exp(-1 / (parameters.fastHours * CELLS_PER_HOUR));
	const slowNoise = Math.sqrt(1 - slow * slow);
	const fastNoise = Math.sqrt(1 - fast * fast);
	for (; state.cell < cell; state.cell++) {
		state.slow = slow * state.slow + slowNoise * prng.normal();
		state.fast = fast * state.fast + fastNoise * prng.normal();
	}
	state.prng = prng.state();
	state.index = clearSkyIndex(parameters, state.slow, state.fast);
}

function clearSkyIndex(parameters: CloudParameters, slow: number, fast: number): number {
	const { slowShare, indexQuantiles } = parameters;
	const normal = Math.sqrt(slowShare) * slow + Math.sqrt(1 - slowShare) * fast;
	return quantileAt(indexQuantiles, normalCdf(normal));
}

/** Linear interpolation in quantiles at evenly spaced probabilities from 0 to 1. */
export function quantileAt(quantiles: readonly number[], probability: number): number {
	const position = Math.min(1, Math.max(0, probability)) * (quantiles.length - 1);
	const below = Math.min(Math.floor(position), quantiles.length - 2);
	const low = quantiles[below] as number;
	const high = quantiles[below + 1] as number;
	return low + (position - below) * (high - low);
}
