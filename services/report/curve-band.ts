import type { Run } from './run.ts';
import type { StepEnergies } from './step-energies.ts';

/**
 * What the demand would be if its GPUs drew as little, and as much, as measured ones have been found to draw against their
 * power curve, at the same times of work. Emissions are those of the demand, had the mix that served each step served
 * what is more or less as well. NaN where no measurement of the device is known, or there is no carbon signal.
 */
export interface CurveBand {
	readonly curve: string;
	readonly lowKwh: number;
	readonly highKwh: number;
	/** The same against the demand. */
	readonly lowPercent: number;
	readonly highPercent: number;
	readonly lowG: number;
	readonly highG: number;
}

/** Null where the run does not say which curve it has. */
export function curveBandOf(
	{ steps, metadata }: Run,
	energies: StepEnergies,
	gPerKwh: Float64Array | null,
): CurveBand | null {
	const power = metadata.gridbeat.gpu_power ?? null;
	if (power === null) return null;
	const [busyLow, busyHigh] = power.busyPercent ?? UNKNOWN;
	const [idleLow, idleHigh] = power.idlePercent ?? UNKNOWN;
	const { prefillWh, decodeWh, idleWh, hostWh, facilityWh } = energies;
	// Of the load and of the change of its GPUs at either end: energy in Wh, and carbon in mg.
	let [loadWh, lowWh, highWh, loadMg, lowMg, highMg] = [0, 0, 0, 0, 0, 0];
	for (let k = 0; k < steps.count; k++) {
		const busy = (prefillWh[k] as number) + (decodeWh[k] as number);
		const idle = idleWh[k] as number;
		const drawn = busy + idle + (hostWh[k] as number);
		// What the facility draws for a Wh of its GPUs.
		const perGpu = drawn > 0 ? (facilityWh[k] as number) / drawn : 1;
		const low = ((busy * busyLow + idle * idleLow) / 100) * perGpu;
		const high = ((busy * busyHigh + idle * idleHigh) / 100) * perGpu;
		const load = ((steps.loadW[k] as number) * steps.stepS) / 3600;
		const rate = gPerKwh === null ? Number.NaN : (gPerKwh[k] as number);
		loadWh += load;
		lowWh += low;
		highWh += high;
		loadMg += load * rate;
		lowMg += low * rate;
		highMg += high * rate;
	}
	return {
		curve: power.curve,
		lowKwh: (loadWh + lowWh) / 1000,
		highKwh: (loadWh + highWh) / 1000,
		lowPercent: (100 * lowWh) / loadWh,
		highPercent: (100 * highWh) / loadWh,
		lowG: (loadMg + lowMg) / 1000,
		highG: (loadMg + highMg) / 1000,
	};
}

const UNKNOWN = [Number.NaN, Number.NaN] as const;

/** The band of sites together, whose curves err alike; null where no site names a curve. */
export function sumOfBands(bands: readonly CurveBand[]): CurveBand | null {
	const [first] = bands;
	if (first === undefined) return null;
	const add = (of: (band: CurveBand) => number) => bands.reduce((sum, band) => sum + of(band), 0);
	const [lowKwh, highKwh] = [add((band) => band.lowKwh), add((band) => band.highKwh)];
	const loadKwh = add((band) => band.lowKwh / (1 + band.lowPercent / 100));
	return {
		curve: [...new Set(bands.map(({ curve }) => curve))].join(' and '),
		lowKwh,
		highKwh,
		lowPercent: 100 * (lowKwh / loadKwh - 1),
		highPercent: 100 * (highKwh / loadKwh - 1),
		lowG: add((band) => band.lowG),
		highG: add((band) => band.highG),
	};
}
