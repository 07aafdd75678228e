import { SimulationError } from '../../protocol/errors.ts';

/** The powers a battery can hold for a given duration, in W; charging is positive. */
export interface FeasibleRange {
	/** Strongest discharge, at most 0. */
	readonly minW: number;
	/** Strongest charge, at least 0. */
	readonly maxW: number;
}

/** How far a setpoint may lie outside the range by rounding, relative to the larger of bound and setpoint. */
const ROUNDING = 1e-9;

/**
 * The setpoint, moved into the range if it lies outside by no more than rounding.
 *
 * @throws SimulationError if it lies further outside or is not a number
 */
export function withinRange(setpointW: number, { minW, maxW }: FeasibleRange): number {
	if (setpointW >= minW && setpointW <= maxW) return setpointW;
	const nearestW = setpointW < minW ? minW : maxW;
	if (Math.abs(setpointW - nearestW) <= ROUNDING * Math.max(1, Math.abs(setpointW)))
		return nearestW;
	throw new SimulationError(
		`Cannot execute setpoint "${setpointW} W": outside the feasible range [${minW}, ${maxW}] W; ` +
			'a controller has to stay within the range that the battery announced',
	);
}
