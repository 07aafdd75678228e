import type { HindsightCase, Objective } from './case.ts';

/** Steps that the program treats as one: averages over them, powers in kW. */
export interface Block {
	readonly steps: number;
	readonly isConnected: boolean;
	/** The least weight of an imported kWh among the steps. */
	readonly weight: number;
	/** The most that an exported kWh earns among them. */
	readonly earning: number;
	/** Whether flows against each other would gain, so that the program has to exclude them. */
	readonly isOpposed: boolean;
	readonly needKw: number;
	/** Production that the load leaves, on average. */
	readonly surplusKw: number;
	/** No step of a dispatch imports, or spills, more than this. */
	readonly importMostKw: number;
	readonly spillMostKw: number;
	/** No dispatch imports less, or spills less, than this on average. */
	readonly importFloorKw: number;
	readonly spillFloorKw: number;
	/** No dispatch imports more than this on average. */
	readonly importCeilingKw: number;
}

/** More blocks than this are made fewer; HiGHS takes some seconds for so many. */
const BLOCKS_MAX = 5000;
/** Steps that are decided each for itself; more would take a quarter of a minute and more. */
const DECIDED_MAX = 100;

/** The most that batteries and generators together can bring or take in one step, kW; Infinity: unbounded. */
export interface Reach {
	readonly bringKw: number;
	readonly takeKw: number;
}

/**
 * Whether an import beside an export, or a charge beside a discharge, would gain in a step: where exports earn more than
 * imports cost (nothing is more than a negative price), and where what is left over has to be paid for.
 */
function isOpposedIn({ weights, earnings }: Objective, step: number): boolean {
	const earning = earnings?.[step] ?? 0;
	return earning > (weights[step] as number) || earning < 0;
}

/**
 * Joins steps so that a program stays small. Neighbours with one weight, one earning, one state of the grid and one sign of
 * the need are joined first. For lossless stores that loses nothing: within such a block what is optimal on
 * average can be shared out among its steps. Steps in which flows against each other would gain stay apart, so that
 * each is decided for itself, as long as they are few. If there are still too many, neighbours are joined whatever
 * they are, at the least of their weights and the most of what they earn. Averages of any dispatch of the steps are a dispatch of the blocks
 * that costs no more, so that the optimum over blocks is a bound in every case, only a looser one.
 */
export function blocksOf(run: HindsightCase, objective: Objective, reach: Reach): Blocks {
	const { needKw, connected } = run;
	const { weights, earnings } = objective;
	const isAlike = (i: number, j: number) =>
		weights[i] === weights[j] &&
		earnings?.[i] === earnings?.[j] &&
		connected?.[i] === connected?.[j] &&
		(needKw[i] as number) > 0 === (needKw[j] as number) > 0;
	const isOpposed = (i: number) => connected?.[i] !== 0 && isOpposedIn(objective, i);
	let opposed = 0;
	for (let i = 0; i < needKw.length; i++) if (isOpposed(i)) opposed++;
	const startsOf = (areApart: boolean) => {
		const starts: number[] = [];
		for (let i = 0; i < needKw.length; i++)
			if (i === 0 || !isAlike(i - 1, i) || (areApart && isOpposed(i))) starts.push(i);
		return starts;
	};
	const apart = opposed > DECIDED_MAX ? [] : startsOf(true);
	const areDecided = opposed <= DECIDED_MAX && apart.length <= BLOCKS_MAX;
	const starts = areDecided ? apart : startsOf(false);
	const joined = starts.length > BLOCKS_MAX ? coarsen(starts, run) : starts;
	const blocks = joined.map((from, k) =>
		average(run, objective, reach, [from, joined[k + 1] ?? needKw.length]),
	);
	return { blocks, areDecided, isCoarse: starts.length > BLOCKS_MAX };
}

export interface Blocks {
	readonly blocks: Block[];
	/** Whether steps in which flows against each other would gain are blocks of their own. */
	readonly areDecided: boolean;
	/** Whether steps were joined that are not alike. */
	readonly isCoarse: boolean;
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
	objective: Objective,
	{ bringKw, takeKw }: Reach,
	[from, until]: readonly [number, number],
): Block {
	const { weights, earnings } = objective;
	let [need, floor, spill, ceiling, surplus] = [0, 0, 0, 0, 0];
	let [importMostKw, spillMostKw] = [0, 0];
	let weight = Number.POSITIVE_INFINITY;
	let earning = earnings === null ? 0 : Number.NEGATIVE_INFINITY;
	let isOpposed = false;
	for (let i = from; i < until; i++) {
		const each = needKw[i] as number;
		need += each;
		surplus += Math.max(0, -each);
		floor += Math.max(0, each - bringKw);
		spill += Math.max(0, -each - takeKw);
		ceiling += Math.max(0, each + takeKw);
		importMostKw = Math.max(importMostKw, each + takeKw);
		spillMostKw = Math.max(spillMostKw, bringKw - each);
		weight = Math.min(weight, weights[i] as number);
		if (earnings !== null) earning = Math.max(earning, earnings[i] as number);
		isOpposed ||= isOpposedIn(objective, i);
	}
	const steps = until - from;
	return {
		steps,
		isConnected: connected === null || (connected[from] as number) > 0,
		...{ weight, earning, isOpposed: isOpposed || earning > weight, importMostKw, spillMostKw },
		needKw: need / steps,
		surplusKw: surplus / steps,
		importFloorKw: floor / steps,
		spillFloorKw: spill / steps,
		importCeilingKw: ceiling / steps,
	};
}
