import * as z from 'zod';
import { Generator } from '../../protocol/scenario/generators.ts';
import { given } from '../../protocol/scenario/given.ts';

const keys = given(Generator.shape);

/** When a generator runs, and how strong. */
export const GeneratorRule = z.strictObject({
	name: keys.name,
	strategy: keys.strategy,
	/** Off the grid: starts below, stops at or above (share of all batteries' capacity). */
	startBelowSoc: keys.startBelowSoc,
	stopAboveSoc: keys.stopAboveSoc,
	/** On the grid: runs while the price is above this; null: never. */
	startAboveUsdPerKwh: keys.startAboveUsdPerKwh,
});
export type GeneratorRule = z.infer<typeof GeneratorRule>;

/** What the generators announced for this step, as parallel arrays in merit order. */
export interface GeneratorRanges {
	readonly fuelMinW: ArrayLike<number>;
	readonly fuelMaxW: ArrayLike<number>;
	readonly mayStop: ArrayLike<number>;
}

export interface GeneratorView extends GeneratorRanges {
	readonly isConnected: boolean;
	/** Surplus (+) or deficit (-) that is left for the generator, W. */
	readonly deltaW: number;
	/** Share stored in all batteries; NaN without one. */
	readonly soc: number;
	/** USD/kWh; NaN without a price. */
	readonly price: number;
}

/** Whether generator `index` shall run in this step, given whether it ran before. */
function isWanted(rule: GeneratorRule, view: GeneratorView, ran: boolean): boolean {
	if (view.isConnected)
		return rule.startAboveUsdPerKwh !== null && view.price > rule.startAboveUsdPerKwh;
	// Without a battery there is nothing to wait for.
	if (Number.isNaN(view.soc)) return view.deltaW < 0;
	return view.soc < (ran ? rule.stopAboveSoc : rule.startBelowSoc);
}

/** The power of a generator in this step by its rule, W; 0: it rests. */
export function generatorPowerW(
	rule: GeneratorRule,
	index: number,
	view: GeneratorView,
	ran: boolean,
): number {
	const minW = view.fuelMinW[index] as number;
	const maxW = view.fuelMaxW[index] as number;
	const mustRun = view.mayStop[index] === 0;
	if (maxW <= 0 || !(mustRun || isWanted(rule, view, ran))) return 0;
	const isCharging = rule.strategy === 'cycle-charging' && !view.isConnected;
	const wantedW = isCharging ? maxW : -view.deltaW;
	const powerW = Math.max(minW, Math.min(maxW, wantedW));
	// On the grid, a surplus needs no generator.
	return view.isConnected && view.deltaW >= 0 && !mustRun ? 0 : powerW;
}
