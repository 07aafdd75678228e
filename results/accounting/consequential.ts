import type { Consequences } from '../../protocol/run-folder/summary-energy.ts';
import { kwhPerW, type SiteSteps } from './site-steps.ts';

/** @param marginal g/kWh by step */
export function consequencesOf(
	steps: Pick<SiteSteps, 'count' | 'stepS' | 'loadW' | 'gridW'>,
	marginal: Float64Array,
): Consequences {
	let [imported, exported, load, sum] = [0, 0, 0, 0];
	let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (let k = 0; k < steps.count; k++) {
		const gPerKwh = marginal[k] as number;
		const gridW = steps.gridW[k] as number;
		imported += Math.max(0, -gridW) * gPerKwh;
		exported += Math.max(0, gridW) * gPerKwh;
		load += (steps.loadW[k] as number) * gPerKwh;
		sum += gPerKwh;
		min = Math.min(min, gPerKwh);
		max = Math.max(max, gPerKwh);
	}
	const kwh = kwhPerW(steps);
	return {
		importG: imported * kwh,
		grossG: load * kwh,
		avoidedG: (load - imported) * kwh,
		reduction: load > 0 ? 100 * (1 - imported / load) : Number.NaN,
		exportG: exported * kwh,
		meanGPerKwh: sum / steps.count,
		minGPerKwh: min,
		maxGPerKwh: max,
	};
}
