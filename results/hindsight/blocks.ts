import type { HindsightCase } from './case.ts';

/** Steps that the program treats as one: averages over them, powers in kW. */
export interface Block {
	readonly steps: number;
	readonly isConnected: boolean;
	/** The least weight of an imported kWh among the steps. */
	readonly weight: number;
	readonly needKw: number;
	/** No dispatch imports less, or spills less, than this on average. */
	readonly importFloorKw: number;
	readonly spillFloorKw: number;
	/** No dispatch imports more than this on average. */
	readonly importCeilingKw: number;
}

/** More blocks than this are made fewer; HiGHS takes some seconds for so many. */
const BLOCKS_MAX = 5000;

/** The most that batteries and generators together can bring or take in one step, kW; Infinity: unbounded. */
export interface Reach {
	readonly bringKw: number;
	readonly takeKw: number;
}

/**
 * Joins steps so that a program stays small. Neighbours with one weight, one state of the grid and one sign of
 * the need are joined first. For lossless stores that loses nothing: within such a block what is optimal on
 * average can be shared out among its steps. If there are still too many, neighbours are joined whatever
 * they are, at the least of their weights. Averages of any dispatch of the steps are a dispatch of the blocks
 * that costs no more, so that the optimum over blocks is a bound in every case, only a looser one.
 */
export function blocksOf(run: HindsightCase, weights: Float64Array, reach: Reach): Block[] {
	const starts: number[] = [];
	const { needKw, connected } = run;
	const isAlike = (i: number, j: number) =>
		weights[i] === weights[j] &&
		connected?.[i] === connected?.[j] &&
		(needKw[i] as number) > 0 === (needKw[j] as number) > 0;
	for (let i = 0; i < needKw.length; i++) if (i === 0 || !isAlike(i - 1, i)) starts.push(i);
	const joined = starts.length > BLOCKS_MAX ? coarsen(starts, run) : starts;
	return joined.map((from, k) =>
		average(run, weights, reach, [from, joined[k + 1] ?? needKw.length]),
	);
}

/** Longer blocks; the state of the grid does not change within one. */
function coarsen(starts: readonly number[], { needKw, connected }: HindsightCase): number[] {
	const least = needKw.length / BLOCKS_MAX;
	const kept: number[] = [];
	for (const start of starts) {
		const last = kept.at(-1);
		const changes = start > 0 && connected?.[start] !== connected?.[start - 1];
		if (last === undefined || changes || start - last >= least) kept.push(start);
	}
	return kept;
}

function average(
	{ needKw, connected }: HindsightCase,
	weights: Float64Array,
	{ bringKw, takeKw }: Reach,
	[from, until]: readonly [number, number],
): Block {
	let [need, floor, spill, ceiling] = [0, 0, 0, 0];
	let weight = Number.POSITIVE_INFINITY;
	for (let i = from; i < until; i++) {
		const each = needKw[i] as number;
		need += each;
		floor += Math.max(0, each - bringKw);
		spill += Math.max(0, -each - takeKw);
		ceiling += Math.max(0, each + takeKw);
		weight = Math.min(weight, weights[i] as number);
	}
	const steps = until - from;
	return {
		steps,
		isConnected: connected === null || (connected[from] as number) > 0,
		weight,
		needKw: need / steps,
		importFloorKw: floor / steps,
		spillFloorKw: spill / steps,
		importCeilingKw: ceiling / steps,
	};
}
