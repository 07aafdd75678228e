import type { SiteSteps } from '../accounting/site-steps.ts';
import type { Steps } from './steps.ts';

/** The steps of a run as the accounting takes them. */
export function siteSteps(steps: Steps): SiteSteps {
	const powers = steps.batteries.map(({ powerW }) => powerW);
	const known = powers.every((powerW) => powerW !== null);
	return {
		count: steps.count,
		stepS: steps.stepS,
		loadW: steps.loadW,
		...productionOf(steps),
		gridW: steps.gridW,
		curtailedW: steps.curtailedW,
		batteries: steps.batteries.map(({ name, storedWh, powerW }, i) => {
			// Without a column for each battery the first has to stand for all.
			const all = i === 0 ? steps.batteryW : new Float64Array(steps.count);
			const flow = known ? (powerW ?? all) : all;
			return {
				name,
				powerW: flow,
				storedWh,
				finallyStoredWh: finallyStored(steps, storedWh, flow),
			};
		}),
		averageGPerKwh: null,
		marginalGPerKwh: null,
		priceUsdPerKwh: steps.price,
		exportUsdPerKwh: steps.exportPay,
	};
}

/** To the books a generator is production like any other; what it emits is counted by its fuel. */
function productionOf({
	productionW,
	generators,
}: Steps): Pick<SiteSteps, 'productionW' | 'generatorW'> {
	if (generators.length === 0) return { productionW, generatorW: null };
	const generatorW = productionW.map((_, i) =>
		generators.reduce((sum, { powerW }) => sum + (powerW[i] as number), 0),
	);
	return {
		productionW: productionW.map((made, i) => made + (generatorW[i] as number)),
		generatorW,
	};
}

/** No row has what the last step left; its power gives it, but for the losses of one step. */
function finallyStored(steps: Steps, storedWh: Float64Array, powerW: Float64Array): number {
	const last = steps.count - 1;
	const wh = (storedWh[last] ?? 0) + ((powerW[last] ?? 0) * steps.stepS) / 3600;
	return Math.max(0, wh);
}
