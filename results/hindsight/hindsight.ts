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
}

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
	const blocks = blocksOf(run, objective.weights, reachOf(run));
	const highs = await load();
	const scale = scaleOf(run, blocks, objective.generatorWeights);
	const text = programOf(run, blocks, objective.generatorWeights, scale);
	const options = { solver: 'simplex', output_flag: false } as const;
	let solution = highs.solve(text, options);
	// Presolve takes rows that contradict each other by a rounding for infeasible.
	if (solution.Status !== 'Optimal') solution = highs.solve(text, { ...options, presolve: 'off' });
	if (solution.Status !== 'Optimal') return null;
	return {
		optimum: solution.ObjectiveValue * scale.powerKw * scale.cost,
		baseline: baselineOf(run, objective),
		blocks: blocks.length,
	};
}

function baselineOf(run: HindsightCase, { weights, generatorWeights }: Objective): number {
	const { needKw, connected, stepH } = run;
	const fuel = generatorWeights.length === 0 ? null : Math.min(...generatorWeights);
	let sum = 0;
	for (let i = 0; i < needKw.length; i++) {
		const isAway = connected !== null && connected[i] === 0;
		const weight = isAway && fuel !== null ? fuel : (weights[i] as number);
		sum += Math.max(0, needKw[i] as number) * weight * stepH;
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
