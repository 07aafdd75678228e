import { SimulationError } from '../../protocol/errors.ts';
import { agrees, isRounding } from '../../protocol/rounding.ts';

/** The powers a battery can hold for a given duration, in W; charging is positive. */
export interface FeasibleRange {
	/** Strongest discharge, at most 0. */
	readonly minW: number;
	/** Strongest charge, at least 0. */
	readonly maxW: number;
}

/**
 * The setpoint, moved into the range if it lies outside by no more than rounding: of the bound and itself, which a
 * controller may have written with ten digits, or of one sum with the whole range in it, which leaves some of it at a
 * bound of 0.
 *
 * @throws SimulationError if it lies further outside or is not a number
 */
export function withinRange(setpointW: number, { minW, maxW }: FeasibleRange): number {
	if (setpointW >= minW && setpointW <= maxW) return setpointW;
	const nearestW = setpointW < minW ? minW : maxW;
	const largestW = Math.max(Math.abs(setpointW), Math.abs(nearestW));
	if (agrees(setpointW, nearestW, largestW)) return nearestW;
	if (isRounding(setpointW - nearestW, Math.max(-minW, maxW))) return nearestW;
	throw new SimulationError(
		`Cannot execute setpoint "${setpointW} W": outside the feasible range [${minW}, ${maxW}] W; ` +
			'a controller has to stay within the range that the battery announced',
	);
}
