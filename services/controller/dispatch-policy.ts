import * as z from 'zod';
import { ROUNDING } from '../../protocol/rounding.ts';
import { given } from '../../protocol/scenario/given.ts';
import { policyKeys } from '../../protocol/scenario/policy.ts';

/** How a microgrid shares its surplus or deficit out among its batteries and the grid. */
export const DispatchPolicy = z
	.strictObject({
		mode: given(policyKeys).mode,
		/** Power forced into every battery whatever the surplus (negative: out of it), W; 0: none. */
		chargePowerW: z.number(),
	})
	.refine((policy) => policy.mode === 'grid-connected' || policy.chargePowerW === 0, {
		error: 'a forced charge needs the grid; set chargePowerW to 0 or mode to grid-connected',
		path: ['chargePowerW'],
	});
export type DispatchPolicy = z.infer<typeof DispatchPolicy>;

/** The batteries' feasible ranges, in merit order, as parallel arrays (W, charging positive). */
export interface FeasibleRanges {
	readonly minW: ArrayLike<number>;
	readonly maxW: ArrayLike<number>;
}

/** What was decided for one step. */
export interface Dispatch {
	/** One setpoint a battery, in merit order; charging positive. */
	readonly setpointsW: number[];
	/** Exchange with the grid: export positive, import negative. 0 when islanded. */
	gridW: number;
	/** Surplus that goes nowhere; islanded only. */
	curtailedW: number;
	/** Load that nothing can serve; islanded only. */
	deficitW: number;
}

/** A dispatch to be filled in by `dispatch`. */
export function emptyDispatch(batteries: number): Dispatch {
	const setpointsW = new Array<number>(batteries).fill(0);
	return { setpointsW, gridW: 0, curtailedW: 0, deficitW: 0 };
}

/**
 * Vessim's DefaultDispatchPolicy. Batteries come in merit order: each takes of the remaining surplus
 * or gives to the remaining deficit what its range allows, the grid has the rest. A forced charge goes to every
 * battery, clipped to its range, and the grid balances it. Islanded, a surplus is curtailed.
 *
 * @param deltaW surplus (+) or deficit (-) of all members
 * @param result overwritten, so that a step allocates nothing
 */
export function dispatch(
	policy: DispatchPolicy,
	deltaW: number,
	ranges: FeasibleRanges,
	result: Dispatch,
): Dispatch {
	const islanded = policy.mode === 'islanded';
	const forcedW = islanded ? 0 : policy.chargePowerW;
	const { setpointsW } = result;
	let restW = deltaW;
	for (let i = 0; i < setpointsW.length; i++) {
		const minW = ranges.minW[i] as number;
		const maxW = ranges.maxW[i] as number;
		let setpointW = 0;
		if (forcedW !== 0) setpointW = Math.max(minW, Math.min(maxW, forcedW));
		else if (restW > 0) setpointW = Math.max(0, Math.min(maxW, restW));
		else if (restW < 0) setpointW = Math.min(0, Math.max(minW, restW));
		setpointsW[i] = setpointW;
		restW -= setpointW;
	}
	result.gridW = islanded ? 0 : restW;
	result.curtailedW = islanded && restW > 0 ? restW : 0;
	result.deficitW = islanded && restW < ROUNDING * Math.min(0, deltaW) ? -restW : 0;
	return result;
}
