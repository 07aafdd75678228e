import { namedPrng, type Prng } from '../../kernel/actor/random.ts';
import { MINUTE_US, type SimTime } from '../../protocol/time.ts';
import type { WindParameters } from './config.ts';

/** The wind changes on this grid of simulated time: the ten minutes over which power curves average. */
export const CELL_US = 10 * MINUTE_US;
const CELLS_PER_HOUR = 6;

/** Where the wind has got to. Plain data. */
export interface WindState {
	/** Number of the current cell: [cell, cell + 1) times CELL_US. */
	cell: number;
	/** Two independent normal variables of variance 1, as the two horizontal parts of a gusty wind. */
	east: number;
	north: number;
	/** State of the random stream. */
	prng: readonly number[];
}

/** The wind in cell 0, drawn from its long-run distribution. */
export function startWind(prng: Prng): WindState {
	const [east, north] = [prng.normal(), prng.normal()];
	return { cell: 0, east, north, prng: prng.state() };
}

/** Moves on to the cell that holds `timeUs`; never back. */
export function advanceWind(state: WindState, correlationHours: number, timeUs: SimTime): void {
	const cell = Math.floor(timeUs / CELL_US);
	if (state.cell >= cell) return;
	const prng = namedPrng('', state.prng);
	// The square of a part's autocorrelation is that of the sum of squares, so each part lasts twice as long.
	const kept = Math.exp(-1 / (2 * correlationHours * CELLS_PER_HOUR));
	const noise = Math.sqrt(1 - kept * kept);
	for (; state.cell < cell; state.cell++) {
		state.east = kept * state.east + noise * prng.normal();
		state.north = kept * state.north + noise * prng.normal();
	}
	state.prng = prng.state();
}

/**
 * Reads the wind speed, over its long-term mean, in the current cell. Half the sum of two squared standard normal
 * variables is exponential, and a power of an exponential variable is Weibull: so the distribution is exact,
 * and for shape 2 the speed is the length of a vector of normal parts (Rayleigh).
 */
export function relativeSpeedOf(
	shape: WindParameters['weibullShape'],
): (state: WindState) => number {
	const mean = gamma(1 + 1 / shape);
	return ({ east, north }) => ((east * east + north * north) / 2) ** (1 / shape) / mean;
}

const LANCZOS = [
	676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
	-0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** Gamma function for x of at least 1 (Lanczos, g = 7, n = 9), relative error below 1e-13. */
function gamma(x: number): number {
	const y = x - 1;
	const sum = LANCZOS.reduce((total, c, i) => total + c / (y + i + 1), 0.9999999999998099);
	const t = y + LANCZOS.length - 0.5;
	return Math.sqrt(2 * Math.PI) * t ** (y + 0.5) * Math.exp(-t) * sum;
}
