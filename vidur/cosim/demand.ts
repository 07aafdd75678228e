import { ConfigError } from '../../protocol/errors.ts';
import { powerAtMfuW } from '../energy/energy.ts';
import { energyRows } from '../energy/energy-table.ts';
import type { VidurResults } from '../energy/results.ts';

/** A bin of the power series. */
export interface Bin {
	/** Start, seconds after that of the series. */
	readonly startS: number;
	/** Consumption, W, a positive number. */
	readonly powerW: number;
	/** By our definitions in J, by the original's in kWh. */
	readonly energy: number;
	readonly gpuHours: number;
	/** Fraction, 0 to 1. */
	readonly mfu: number;
	/** Rows of the original's energy table in the bin; 0 by our definitions. */
	readonly batchStages: number;
}

/**
 * The power of the whole cluster by bins from time 0 on: mean over time of the sum over replicas and stages
 * of P(t) x TP, idle time included, times PUE. After the last completion every GPU is idle.
 *
 * @param untilS the bins cover at least this
 */
export function demandBins(
	results: VidurResults,
	{ binS, pue, untilS }: { binS: number; pue: number; untilS: number },
): Bin[] {
	const { device, tensorParallel, stages, gpus, runtimeS } = results;
	// One more than needed where there would be one: a series has two points at least.
	const count = Math.max(2, Math.ceil(untilS / binS - 1e-9));
	const busyWs = new Float64Array(count);
	const mfuS = new Float64Array(count);
	const add = (fromS: number, toS: number, mfu: number): void => {
		if (mfu === 0) return;
		const aboveIdleW = powerAtMfuW(device, mfu) - device.idleW;
		for (let k = Math.floor(fromS / binS); k < count && k * binS < toS; k++) {
			const spanS = Math.min(toS, (k + 1) * binS) - Math.max(fromS, k * binS);
			busyWs[k] = (busyWs[k] as number) + aboveIdleW * spanS;
			mfuS[k] = (mfuS[k] as number) + mfu * spanS;
		}
	};
	for (const { timeS, mfuPercent } of stages)
		for (let i = 0; i < timeS.length; i++) {
			const fromS = timeS[i] as number;
			const toS = Math.min(timeS[i + 1] ?? runtimeS, runtimeS);
			if (toS > fromS) add(fromS, toS, (mfuPercent[i] as number) / 100);
		}
	return Array.from(busyWs, (busy, k) => {
		const powerW = pue * (gpus * device.idleW + (busy * tensorParallel) / binS);
		return {
			startS: k * binS,
			powerW,
			energy: powerW * binS,
			gpuHours: (gpus * binS) / 3600,
			mfu: (mfuS[k] as number) / (binS * stages.length),
			batchStages: 0,
		};
	});
}

/**
 * As the original has it: per bin of the wall clock, the unweighted mean (or sum) over the rows of its energy
 * table of the power of one GPU; bins without a row are left out. Its bins begin at multiples of their
 * length since midnight.
 *
 * @param midnightS time 0 of the run, seconds after midnight
 * @returns the bins, and how long after midnight the first begins
 */
export function originalBins(
	results: VidurResults,
	{ binS, midnightS, isSum }: { binS: number; midnightS: number; isSum: boolean },
): { readonly firstS: number; readonly bins: readonly Bin[] } {
	const sums = new Map<
		number,
		{ w: number; kwh: number; hours: number; mfuHours: number; n: number }
	>();
	for (const { timeS, powerW, energyKwh, gpuHours, mfu } of energyRows(results, 'vidur-energy')) {
		// Its time stamps have whole seconds.
		const key = Math.floor((midnightS + Math.floor(timeS)) / binS);
		const sum = sums.get(key) ?? { w: 0, kwh: 0, hours: 0, mfuHours: 0, n: 0 };
		sum.w += powerW;
		sum.kwh += energyKwh;
		sum.hours += gpuHours;
		sum.mfuHours += mfu * gpuHours;
		sum.n++;
		sums.set(key, sum);
	}
	const keys = [...sums.keys()].sort((a, b) => a - b);
	const first = keys[0];
	if (first === undefined || keys.length < 2)
		throw new ConfigError(
			`Cannot co-simulate "${results.folder}" as Vidur-Energy does: its batches lie in fewer than two bins ` +
				`of ${binS} s; choose a shorter --agg-freq, or --accounting gridbeat`,
		);
	const bins = keys.map((key) => {
		const { w, kwh, hours, mfuHours, n } = sums.get(key) as {
			w: number;
			kwh: number;
			hours: number;
			mfuHours: number;
			n: number;
		};
		const part = isSum ? 1 : n;
		return {
			startS: (key - first) * binS,
			powerW: w / part,
			energy: kwh / part,
			gpuHours: hours / part,
			mfu: mfuHours / hours,
			batchStages: n,
		};
	});
	return { firstS: first * binS, bins };
}
