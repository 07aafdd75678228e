import type { Bill } from '../../protocol/run-folder/summary-energy.ts';
import { kwhPerW, type SiteSteps } from './site-steps.ts';

/** What energy and hardware cost; null: not asked for. */
export interface Tariff {
	/** Paid for exports, USD/kWh, where the steps do not say it; null: nothing. */
	readonly exportUsdPerKwh: number | null;
	/** Per kW of the highest mean import over an interval of `demandIntervalS` in each billing period. */
	readonly demandUsdPerKw: number | null;
	readonly demandIntervalS: number;
	/** What a period's demand charge is of at least: a share of the highest of so many periods before; null: nothing. */
	readonly demandRatchet: { readonly share: number; readonly months: number } | null;
	/** Of a whole period; null: nothing. */
	readonly fixedUsdPerMonth: number | null;
	/** In rising order; each adds to those before for what is imported above it in a period. */
	readonly tiers: readonly { readonly aboveKwh: number; readonly plusUsdPerKwh: number }[];
	/** Hours that the GPUs are held, whatever they do. */
	readonly gpuUsdPerHour: number | null;
}

/**
 * @param gpus that are held over the run
 * @param calendar the billing period of a step (such as the local month), as any number that changes with it, and how long it is
 */
export function billOf(
	steps: SiteSteps,
	tariff: Tariff,
	gpus: number,
	{ periodOf, periodS }: Calendar,
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
	const billed = ratcheted(peaks, tariff.demandRatchet);
	const months = byPeriod(steps, periodOf);
	const hours = (steps.count * steps.stepS) / 3600;
	return {
		energyUsd: priceUsdPerKwh === null ? Number.NaN : energy * kwh,
		exportUsd: exported * kwh,
		demandUsd:
			(billed.reduce((sum, peakW) => sum + peakW, 0) / 1000) * (tariff.demandUsdPerKw ?? 0),
		fixedUsd: months.reduce(
			(sum, { from, count }) =>
				sum + ((tariff.fixedUsdPerMonth ?? 0) * count * steps.stepS) / periodS(from),
			0,
		),
		tierUsd: months.reduce((sum, { importW }) => sum + tieredUsd(importW * kwh, tariff.tiers), 0),
		peakImportW: peaks.reduce((most, peakW) => Math.max(most, peakW), 0),
		gpuUsd: hours * gpus * (tariff.gpuUsdPerHour ?? 0),
	};
}

/** Where billing periods are; both take a step. */
export interface Calendar {
	readonly periodOf: (step: number) => number;
	/** Length of the whole period that a step is in, s. */
	readonly periodS: (step: number) => number;
}

/** Each period's first step, its number of steps and the sum of its imports. */
function byPeriod(steps: SiteSteps, periodOf: Calendar['periodOf']) {
	const periods: { from: number; count: number; importW: number }[] = [];
	let last = Number.NaN;
	for (let k = 0; k < steps.count; k++) {
		const period = periodOf(k);
		if (period !== last) periods.push({ from: k, count: 0, importW: 0 });
		last = period;
		const current = periods.at(-1) as (typeof periods)[number];
		current.count++;
		current.importW += Math.max(0, -(steps.gridW[k] as number));
	}
	return periods;
}

function tieredUsd(kwh: number, tiers: Tariff['tiers']): number {
	return tiers.reduce(
		(sum, { aboveKwh, plusUsdPerKwh }) => sum + Math.max(0, kwh - aboveKwh) * plusUsdPerKwh,
		0,
	);
}

/** What a demand charge is of, by period: the run's own periods before it count. */
function ratcheted(peaks: readonly number[], ratchet: Tariff['demandRatchet']): readonly number[] {
	if (ratchet === null) return peaks;
	const { share, months } = ratchet;
	return peaks.map((peakW, i) =>
		Math.max(peakW, ...peaks.slice(Math.max(0, i - months), i).map((before) => share * before)),
	);
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
