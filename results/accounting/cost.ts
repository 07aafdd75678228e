import type { Bill } from '../../protocol/run-folder/summary-energy.ts';
import { kwhPerW, type SiteSteps } from './site-steps.ts';

/** What energy and hardware cost; null: not asked for. */
export interface Tariff {
	/** Paid for exports, USD/kWh, where the steps do not say it; null: nothing. */
	readonly exportUsdPerKwh: number | null;
	/** Per kW of the highest mean import over an interval of `demandIntervalS` in each billing period. */
	readonly demandUsdPerKw: number | null;
	readonly demandIntervalS: number;
	/** Hours that the GPUs are held, whatever they do. */
	readonly gpuUsdPerHour: number | null;
}

/**
 * @param gpus that are held over the run
 * @param periodOf the billing period of a step (such as the local month), as any number that changes with it
 */
export function billOf(
	steps: SiteSteps,
	tariff: Tariff,
	gpus: number,
	periodOf: (step: number) => number,
): Bill {
	const kwh = kwhPerW(steps);
	const { priceUsdPerKwh, exportUsdPerKwh } = steps;
	const constantUsd = tariff.exportUsdPerKwh ?? 0;
	let [energy, exported] = [0, 0];
	for (let k = 0; k < steps.count; k++) {
		const gridW = steps.gridW[k] as number;
		if (priceUsdPerKwh !== null) energy += Math.max(0, -gridW) * (priceUsdPerKwh[k] as number);
		exported += Math.max(0, gridW) * (exportUsdPerKwh?.[k] ?? constantUsd);
	}
	const peaks = peakImports(steps, tariff.demandIntervalS, periodOf);
	const hours = (steps.count * steps.stepS) / 3600;
	return {
		energyUsd: priceUsdPerKwh === null ? Number.NaN : energy * kwh,
		exportUsd: exported * kwh,
		demandUsd: (peaks.reduce((sum, peakW) => sum + peakW, 0) / 1000) * (tariff.demandUsdPerKw ?? 0),
		peakImportW: peaks.reduce((most, peakW) => Math.max(most, peakW), 0),
		gpuUsd: hours * gpus * (tariff.gpuUsdPerHour ?? 0),
	};
}

/** The highest mean import over whole intervals (the last may be cut short) of each period, W. */
function peakImports(
	steps: SiteSteps,
	intervalS: number,
	periodOf: (step: number) => number,
): number[] {
	const perInterval = Math.max(1, Math.round(intervalS / steps.stepS));
	const peaks: number[] = [];
	let period = Number.NaN;
	for (let from = 0; from < steps.count; from += perInterval) {
		const until = Math.min(steps.count, from + perInterval);
		let sum = 0;
		for (let k = from; k < until; k++) sum += Math.max(0, -(steps.gridW[k] as number));
		if (periodOf(from) !== period) {
			period = periodOf(from);
			peaks.push(0);
		}
		const last = peaks.length - 1;
		peaks[last] = Math.max(peaks[last] as number, sum / (until - from));
	}
	return peaks;
}
