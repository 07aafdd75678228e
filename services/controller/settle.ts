import { ROUNDING } from '../../protocol/rounding.ts';
import type { Dispatch, FeasibleRanges } from './dispatch-policy.ts';
import type { GeneratorRanges } from './generators.ts';

/** What may flow to and from the grid in this step, W; 0 and 0 without a grid. */
export interface GridLimits {
	readonly importW: number;
	readonly exportW: number;
}

/** What the members of a step come to. */
export interface MemberSum {
	/** Surplus (+) or deficit (-), W. */
	readonly surplusW: number;
	/** All they make and all they take, W: what the rounding of the surplus goes by. */
	readonly grossW: number;
}

/** Powers of batteries and generators in a step; all of it is overwritten. */
export interface Decided {
	readonly decided: Dispatch;
	readonly generatorsW: number[];
}

/**
 * Makes what a policy decided fit the grid. Too large an import: the batteries give more, in merit order, then
 * generators make more, and what is left is a deficit. Too large an export: the batteries take more, generators
 * make less, and what is left is curtailed. What lies beyond a limit by rounding alone lies at it.
 *
 * Each power that is moved is what all others leave, added up anew. So the books of the step are off by the rounding
 * of what they show, not of what a policy wanted first.
 *
 * @param members without generators
 */
export function settle(
	members: MemberSum,
	limits: GridLimits,
	ranges: FeasibleRanges & GeneratorRanges,
	result: Decided,
): void {
	const { decided } = result;
	const lowestW = 0 - limits.importW;
	const highestW = limits.exportW;
	let restW = restOf(members, result);
	if (restW < lowestW - roundingOf(members, result)) {
		restW = moveBatteries(members, ranges, result, lowestW);
		if (restW < lowestW - roundingOf(members, result))
			restW = raiseGenerators(members, ranges, result, lowestW);
	}
	if (restW > highestW + roundingOf(members, result)) {
		restW = moveBatteries(members, ranges, result, highestW);
		if (restW > highestW + roundingOf(members, result))
			restW = lowerGenerators(members, ranges, result, highestW);
	}
	const slackW = roundingOf(members, result);
	decided.gridW = Math.max(lowestW, Math.min(highestW, restW));
	decided.curtailedW = restW > highestW + slackW ? restW - highestW : 0;
	decided.deficitW = restW < lowestW - slackW ? lowestW - restW : 0;
}

/** Keeps the import below what was asked as far as batteries and then generators can; what they cannot is imported. */
export function holdImport(
	members: MemberSum,
	targetW: number,
	ranges: FeasibleRanges & GeneratorRanges,
	result: Decided,
): void {
	const lowestW = 0 - targetW;
	if (restOf(members, result) >= lowestW - roundingOf(members, result)) return;
	const restW = moveBatteries(members, ranges, result, lowestW);
	if (restW < lowestW - roundingOf(members, result))
		raiseGenerators(members, ranges, result, lowestW);
}

/**
 * Keeps what flows to the grid between two powers as far as batteries and then generators can.
 *
 * @returns what flows then, W
 */
export function holdBetween(
	members: MemberSum,
	{ lowestW, highestW }: { readonly lowestW: number; readonly highestW: number },
	ranges: FeasibleRanges & GeneratorRanges,
	result: Decided,
): number {
	const restW = restOf(members, result);
	const slackW = roundingOf(members, result);
	if (restW < lowestW - slackW) {
		const movedW = moveBatteries(members, ranges, result, lowestW);
		return movedW < lowestW - slackW ? raiseGenerators(members, ranges, result, lowestW) : movedW;
	}
	if (restW <= highestW + slackW) return restW;
	const movedW = moveBatteries(members, ranges, result, highestW);
	return movedW > highestW + slackW ? lowerGenerators(members, ranges, result, highestW) : movedW;
}

/**
 * Has batteries give no more than the deficit and what other batteries take; those that come last in merit order give less first.
 *
 * @param deltaW surplus (+) or deficit (-) of members and generators
 */
export function keepFromGrid(deltaW: number, setpointsW: number[]): void {
	let excessW = Math.min(0, deltaW);
	for (let i = 0; i < setpointsW.length; i++) excessW -= setpointsW[i] as number;
	for (let i = setpointsW.length - 1; i >= 0 && excessW > 0; i--) {
		const givenW = Math.max(0, -(setpointsW[i] as number));
		const lessW = Math.min(givenW, excessW);
		setpointsW[i] = (setpointsW[i] as number) + lessW;
		excessW -= lessW;
	}
}

/** What the rest may be off by, W. */
function roundingOf({ grossW }: MemberSum, { decided, generatorsW }: Decided): number {
	const { setpointsW } = decided;
	let sumW = grossW;
	for (let i = 0; i < generatorsW.length; i++) sumW += generatorsW[i] as number;
	for (let i = 0; i < setpointsW.length; i++) sumW += Math.abs(setpointsW[i] as number);
	return ROUNDING * sumW;
}

/** What is left for the grid, W; with numbers, without that generator or that battery. */
function restOf(
	{ surplusW }: MemberSum,
	{ decided, generatorsW }: Decided,
	butGenerator = -1,
	butBattery = -1,
): number {
	const { setpointsW } = decided;
	let restW = surplusW;
	for (let i = 0; i < generatorsW.length; i++)
		if (i !== butGenerator) restW += generatorsW[i] as number;
	for (let i = 0; i < setpointsW.length; i++)
		if (i !== butBattery) restW -= setpointsW[i] as number;
	return restW;
}

/** Moves setpoints within their ranges, in merit order, so that the rest comes to `wantedW`. Returns the rest. */
function moveBatteries(
	members: MemberSum,
	{ minW, maxW }: FeasibleRanges,
	result: Decided,
	wantedW: number,
): number {
	const { setpointsW } = result.decided;
	for (let i = 0; i < setpointsW.length; i++) {
		const exactW = restOf(members, result, -1, i) - wantedW;
		setpointsW[i] = Math.max(minW[i] as number, Math.min(maxW[i] as number, exactW));
		if (setpointsW[i] === exactW) break;
	}
	return restOf(members, result);
}

function raiseGenerators(
	members: MemberSum,
	{ fuelMinW, fuelMaxW }: GeneratorRanges,
	result: Decided,
	wantedW: number,
): number {
	const { generatorsW } = result;
	for (let i = 0; i < generatorsW.length; i++) {
		const maxW = fuelMaxW[i] as number;
		if (maxW <= (generatorsW[i] as number)) continue;
		const exactW = wantedW - restOf(members, result, i);
		generatorsW[i] = Math.max(fuelMinW[i] as number, Math.min(maxW, exactW));
		if (exactW <= maxW) break;
	}
	return restOf(members, result);
}

/** Down to their least power; stopping one is a matter of its rule. */
function lowerGenerators(
	members: MemberSum,
	{ fuelMinW }: GeneratorRanges,
	result: Decided,
	wantedW: number,
): number {
	const { generatorsW } = result;
	for (let i = 0; i < generatorsW.length; i++) {
		if ((generatorsW[i] as number) <= 0) continue;
		const exactW = wantedW - restOf(members, result, i);
		generatorsW[i] = Math.max(fuelMinW[i] as number, exactW);
		if (exactW >= (fuelMinW[i] as number)) break;
	}
	return restOf(members, result);
}
