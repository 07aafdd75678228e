import highsModule, { type Highs } from 'highs';
import { blocksOf } from './blocks.ts';
import type { HindsightCase, Objective } from './case.ts';
import { programOf, reachOf, scaleOf } from './program.ts';

/** The least that a dispatch with perfect foresight could have reached. */
export interface Bound {
	readonly optimum: number;
	/** What every need costs without a battery, the grid (off it: the generators) serving all of it. */
	readonly baseline: number;
	/** Blocks of the program. */
	readonly blocks: number;
	/** Whether the program was too large to decide each step for itself, so that the optimum may be out of reach. */
	readonly isLoose: boolean;
	/** What each battery takes (+) or gives (-) in each block, kW. */
	readonly batteriesKw: readonly Float64Array[];
}

/** Of a program with binaries: nodes after which its linear relaxation is taken instead. Not a time, so that a run has one answer. */
const NODES_MAX = 1_000;

/**
 * Solves the best dispatch of a finished run with HiGHS (Q. Huangfu, J. A. J. Hall, "Parallelizing the dual
 * revised simplex method", Math. Prog. Comp. 10, 2018). Load, production and weights are those of the run;
 * load that went unserved is not served here either.
 *
 * @returns null if the solver finds no optimum, which the run itself being a solution excludes but for rounding
 */
export async function solveHindsight(
	run: HindsightCase,
	objective: Objective,
): Promise<Bound | null> {
	const made = blocksOf(run, objective, reachOf(run));
	const { blocks, areDecided } = made;
	const scale = scaleOf(run, blocks, objective.generatorWeights);
	const plan = { blocks, objective, scale, isInteger: areDecided };
	const isMixed = areDecided && blocks.some(({ isOpposed }) => isOpposed);
	const highs = await load();
	let solution = isMixed ? solveMixed(highs, programOf(run, plan)) : null;
	const isDecided = solution !== null || (areDecided && !isMixed);
	solution ??= solveLinear(highs, programOf(run, { ...plan, isInteger: false }));
	if (solution === null) return null;
	const { Columns: columns, ObjectiveValue: value } = solution;
	const flow = (name: string) => primalOf(columns[name]) * scale.powerKw;
	return {
		optimum: value * scale.powerKw * scale.cost,
		baseline: baselineOf(run, objective),
		blocks: blocks.length,
		isLoose: !isDecided || made.isCoarse,
		batteriesKw: run.batteries.map((_, b) =>
			Float64Array.from(blocks, (_, k) => flow(`c${b}_${k}`) - flow(`d${b}_${k}`)),
		),
	};
}

/** What an optimal solution sets a variable to; 0 for one that it does not have. */
function primalOf(column: object | undefined): number {
	return column !== undefined && 'Primal' in column ? Number(column.Primal) : 0;
}

type HighsSolution = ReturnType<Highs['solve']>;

const OPTIONS = { solver: 'simplex', output_flag: false } as const;

function solveLinear(highs: Highs, text: string): HighsSolution | null {
	const solution = highs.solve(text, OPTIONS);
	if (solution.Status === 'Optimal') return solution;
	// Presolve takes rows that contradict each other by a rounding for infeasible.
	const again = highs.solve(text, { ...OPTIONS, presolve: 'off' });
	return again.Status === 'Optimal' ? again : null;
}

/** Null where no optimum was found, or proven, within the nodes. */
function solveMixed(highs: Highs, text: string): HighsSolution | null {
	const options = { output_flag: false, mip_max_nodes: NODES_MAX, mip_rel_gap: 1e-7 } as const;
	try {
		const solution = highs.solve(text, options);
		return solution.Status === 'Optimal' ? solution : null;
	} catch {
		// It throws where its presolve gives up. The linear relaxation is a bound all the same, and says that it is one.
		return null;
	}
}

function baselineOf(
	run: HindsightCase,
	{ weights, earnings, generatorWeights }: Objective,
): number {
	const { needKw, connected, stepH, exportLimitKw } = run;
	const fuel = generatorWeights.length === 0 ? null : Math.min(...generatorWeights);
	let sum = 0;
	for (let i = 0; i < needKw.length; i++) {
		const isAway = connected !== null && connected[i] === 0;
		const weight = isAway && fuel !== null ? fuel : (weights[i] as number);
		const need = needKw[i] as number;
		sum += Math.max(0, need) * weight * stepH;
		const exported = isAway
			? 0
			: Math.min(Math.max(0, -need), exportLimitKw ?? Number.POSITIVE_INFINITY);
		if (earnings !== null) sum -= exported * (earnings[i] as number) * stepH;
	}
	return sum;
}

let loaded: Promise<Highs> | null = null;

/** Its WebAssembly is read once a process, and only where a run has something to compare. */
function load(): Promise<Highs> {
	// Its types are those of a CommonJS module; what is imported is the loader itself.
	const loader = highsModule as unknown as () => Promise<Highs>;
	loaded ??= loader();
	return loaded;
}
