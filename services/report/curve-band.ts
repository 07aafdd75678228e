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
	const { busyPercent: busy, idlePercent: idle } = power;
	const none = [Number.NaN, Number.NaN] as const;
	/** Energy in kWh, or carbon in g, of the load and of the change of its GPUs. */
	const bound = (end: 0 | 1, rates: Float64Array | null) => {
		let [load, change] = [0, 0];
		for (let k = 0; k < steps.count; k++) {
			const { busyWh, idleWh, perGpu } = stepOf(energies, k);
			const rate = rates === null ? 1 : (rates[k] as number);
			const more = (busyWh * (busy ?? none)[end] + idleWh * (idle ?? none)[end]) / 100;
			change += (more * perGpu * rate) / 1000;
			load += ((steps.loadW[k] as number) * steps.stepS * rate) / 3_600_000;
		}
		return { at: load + change, percent: (100 * change) / load };
	};
	const [low, high] = [bound(0, null), bound(1, null)];
	const carbon = (end: 0 | 1) => (gPerKwh === null ? Number.NaN : bound(end, gPerKwh).at);
	return {
		curve: power.curve,
		lowKwh: low.at,
		highKwh: high.at,
		lowPercent: low.percent,
		highPercent: high.percent,
		lowG: carbon(0),
		highG: carbon(1),
	};
}

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

/** GPUs in a step, Wh, and what the facility draws for a Wh of theirs. */
function stepOf(energies: StepEnergies, k: number) {
	const at = (part: 'prefillWh' | 'decodeWh' | 'idleWh' | 'hostWh' | 'facilityWh') =>
		energies[part][k] as number;
	const [busyWh, idleWh] = [at('prefillWh') + at('decodeWh'), at('idleWh')];
	const drawnWh = busyWh + idleWh + at('hostWh');
	return { busyWh, idleWh, perGpu: drawnWh > 0 ? at('facilityWh') / drawnWh : 1 };
}
