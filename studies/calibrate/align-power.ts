import type { Pairs, Part } from './compare-log.ts';
import type { PowerLog, ServedLog } from './served-log.ts';
import type { Simulated } from './simulate-log.ts';

/** Power that was measured while the requests of a log were served, by steps since its first arrival; NaN: no sample. */
export interface AlignedPower {
	readonly stepS: number;
	readonly watts: Float64Array;
	/** What was done to the times, in a line; null: nothing. */
	readonly note: string | null;
}

/** Clocks of time zones are apart by multiples of this, s, and by at most so much. */
const ZONE_S = 900;
const FURTHEST_ZONE_S = 14 * 3600;
/** Less of the run covered by samples is no measurement of it. */
const LEAST_COVER = 0.3;

/** Seconds over which the power of a log is averaged: whole ones, no fewer than its samples are apart. */
export function powerStepS({ samples }: PowerLog): number {
	const gaps = samples.slice(1).map(({ atS }, i) => atS - (samples[i]?.atS ?? 0));
	const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 1;
	return Math.max(1, Math.round(middle));
}

/**
 * Lays the samples of power over the simulated run: by the times of both logs, or, where a time zone or a clock is not
 * known, where they follow the simulated power best.
 *
 * @throws Error where they do not meet
 */
export function alignPower(power: PowerLog, log: ServedLog, simulated: Simulated): AlignedPower {
	const { stepS, powerW } = simulated;
	const first = power.samples[0]?.atS ?? 0;
	const isKnown = log.startEpochS !== null && !power.isRelative;
	const start = log.startEpochS ?? first;
	const exact = isKnown && !power.isLocal ? [start] : [];
	const lastS = powerW.length * stepS;
	const zones = Array.from(
		{ length: (2 * FURTHEST_ZONE_S) / ZONE_S + 1 },
		(_, i) => start - FURTHEST_ZONE_S + i * ZONE_S,
	);
	const lengthS = (power.samples.at(-1)?.atS ?? first) - first;
	const anywhere = Array.from(
		{ length: Math.ceil((lengthS + lastS) / stepS) },
		(_, i) => first - lastS + i * stepS,
	);
	const origins = exact.length > 0 ? exact : isKnown ? zones : anywhere;
	let best: { readonly watts: Float64Array; readonly score: number } | null = null;
	for (const originS of origins) {
		const watts = wattsAt(power, { originS, stepS, steps: powerW.length });
		const score = likeness(watts, powerW, log, stepS);
		if (score !== null && (best === null || score > best.score)) best = { watts, score };
	}
	if (best === null)
		throw new Error(
			`its ${power.samples.length} samples of power are at other times than the requests: both must have been logged in one run`,
		);
	const note =
		exact.length > 0
			? null
			: isKnown
				? 'the time zone of the power is not in it: taken is that in which it follows the simulated power best'
				: 'the clocks of power and requests are not the same: they are laid where the power follows the simulated one best';
	return { stepS, watts: best.watts, note };
}

interface Grid {
	readonly originS: number;
	readonly stepS: number;
	readonly steps: number;
}

function wattsAt({ samples }: PowerLog, { originS, stepS, steps }: Grid): Float64Array {
	const sums = new Float64Array(steps);
	const counts = new Float64Array(steps);
	for (const { atS, powerW } of samples) {
		const step = Math.floor((atS - originS) / stepS);
		if (step < 0 || step >= steps) continue;
		sums[step] = (sums[step] as number) + powerW;
		counts[step] = (counts[step] as number) + 1;
	}
	return sums.map((sum, i) => (counts[i] === 0 ? Number.NaN : sum / (counts[i] as number)));
}

/** How well measured power follows the simulated one: their correlation; null where too little of the run is covered. */
function likeness(
	measured: Float64Array,
	simulated: Float64Array,
	{ requests }: ServedLog,
	stepS: number,
): number | null {
	const servedSteps = Math.max(1, Math.ceil((requests.at(-1)?.arrivedS ?? 0) / stepS));
	let [n, x, y, xx, yy, xy, covered] = [0, 0, 0, 0, 0, 0, 0];
	for (let i = 0; i < measured.length; i++) {
		const [a, b] = [measured[i] as number, simulated[i] as number];
		if (Number.isNaN(a)) continue;
		if (i < servedSteps) covered++;
		n++;
		x += a;
		y += b;
		xx += a * a;
		yy += b * b;
		xy += a * b;
	}
	if (covered < LEAST_COVER * servedSteps) return null;
	const spread = Math.sqrt(Math.max(0, (n * xx - x * x) * (n * yy - y * y)));
	// Where one of both never changes, any place is as good; the one with most samples counts.
	const correlation = spread > 0 ? (n * xy - x * y) / spread : 0;
	return correlation + covered / servedSteps / 10;
}

/** A sensor remembers what was before, and clocks differ a little: means over so many seconds are compared. */
const BLOCK_S = 5;

/** Measured and simulated power of a part of a run, by blocks of steps, W. */
export function powerPairs(
	{ stepS, watts }: AlignedPower,
	simulated: Simulated,
	part: Part,
): Pairs {
	const measured: number[] = [];
	const said: number[] = [];
	const size = Math.max(1, Math.round(BLOCK_S / stepS));
	for (let from = 0; from + size <= watts.length; from += size) {
		const block = watts.subarray(from, from + size);
		if (block.some(Number.isNaN) || !part.time((from + size / 2) * stepS)) continue;
		const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / size;
		const ours = mean(simulated.powerW.subarray(from, from + size));
		if (!(ours > 0) || !(mean(block) > 0)) continue;
		measured.push(mean(block));
		said.push(ours);
	}
	return { figure: 'power', isPaired: true, measured, simulated: said };
}
