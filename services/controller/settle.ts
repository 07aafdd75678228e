import type { Dispatch, FeasibleRanges } from './dispatch-policy.ts';
import type { GeneratorRanges } from './generators.ts';

/** What may flow to and from the grid in this step, W; 0 and 0 without a grid. */
export interface GridLimits {
	readonly importW: number;
	readonly exportW: number;
}

/** A rest below this share of the surplus or deficit is rounding: a battery that holds just enough. */
const ROUNDING = 1e-12;

/**
 * Makes what a policy decided fit the grid. Too large an import: the batteries give more, in merit order, then
 * generators make more, and what is left is a deficit. Too large an export: the batteries take more, generators
 * make less, and what is left is curtailed.
 *
 * @param deltaW surplus (+) or deficit (-) of all members, without generators
 * @param decided setpoints of the policy; all of it is overwritten
 * @param generatorsW powers of the generators; overwritten
 */
export function settle(
	deltaW: number,
	limits: GridLimits,
	ranges: FeasibleRanges & GeneratorRanges,
	{ decided, generatorsW }: { decided: Dispatch; generatorsW: number[] },
): void {
	const { setpointsW } = decided;
	let restW = deltaW;
	for (let i = 0; i < generatorsW.length; i++) restW += generatorsW[i] as number;
	for (let i = 0; i < setpointsW.length; i++) restW -= setpointsW[i] as number;
	const slackW = ROUNDING * Math.abs(deltaW);
	if (restW < 0 - limits.importW - slackW) {
		restW = moveBatteries(restW, 0 - limits.importW, ranges, setpointsW);
		if (restW < 0 - limits.importW - slackW)
			restW = raiseGenerators(restW, 0 - limits.importW, ranges, generatorsW);
	}
	if (restW > limits.exportW) {
		restW = moveBatteries(restW, limits.exportW, ranges, setpointsW);
		restW = lowerGenerators(restW, limits.exportW, ranges, generatorsW);
	}
	decided.gridW = Math.max(0 - limits.importW, Math.min(limits.exportW, restW));
	decided.curtailedW = restW > limits.exportW ? restW - limits.exportW : 0;
	decided.deficitW = restW < 0 - limits.importW - slackW ? 0 - limits.importW - restW : 0;
}

/** Moves setpoints within their ranges so that the rest comes to `wantedW`. Returns the rest. */
function moveBatteries(
	fromW: number,
	wantedW: number,
	ranges: FeasibleRanges,
	setpointsW: number[],
): number {
	let restW = fromW;
	for (let i = 0; i < setpointsW.length && restW !== wantedW; i++) {
		const beforeW = setpointsW[i] as number;
		const minW = ranges.minW[i] as number;
		const maxW = ranges.maxW[i] as number;
		const afterW = Math.max(minW, Math.min(maxW, beforeW + restW - wantedW));
		setpointsW[i] = afterW;
		restW -= afterW - beforeW;
	}
	return restW;
}

function raiseGenerators(
	fromW: number,
	wantedW: number,
	{ fuelMinW, fuelMaxW }: GeneratorRanges,
	generatorsW: number[],
): number {
	let restW = fromW;
	for (let i = 0; i < generatorsW.length && restW < wantedW; i++) {
		const beforeW = generatorsW[i] as number;
		const maxW = fuelMaxW[i] as number;
		if (maxW <= beforeW) continue;
		const afterW = Math.max(fuelMinW[i] as number, Math.min(maxW, beforeW + wantedW - restW));
		generatorsW[i] = afterW;
		restW += afterW - beforeW;
	}
	return restW;
}

/** Down to their least power; stopping one is a matter of its rule. */
function lowerGenerators(
	fromW: number,
	wantedW: number,
	{ fuelMinW }: GeneratorRanges,
	generatorsW: number[],
): number {
	let restW = fromW;
	for (let i = 0; i < generatorsW.length && restW > wantedW; i++) {
		const beforeW = generatorsW[i] as number;
		if (beforeW <= 0) continue;
		const afterW = Math.max(fuelMinW[i] as number, beforeW - (restW - wantedW));
		generatorsW[i] = afterW;
		restW += afterW - beforeW;
	}
	return restW;
}
