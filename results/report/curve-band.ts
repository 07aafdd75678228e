import type { BandEnd, CurveBand } from '../../protocol/run-folder/summary-serving.ts';
import { batteryDeviation } from './battery-deviation.ts';
import type { Run } from './run.ts';
import type { StepEnergies } from './step-energies.ts';
import type { Steps } from './steps.ts';

/** Null where the run does not say which curve it has. */
export function curveBandOf(
	run: Run,
	energies: StepEnergies,
	gPerKwh: Float64Array | null,
): CurveBand | null {
	const { steps, metadata } = run;
	const power = metadata.gridbeat.gpu_power ?? null;
	if (power === null) return null;
	const [busyLow, busyHigh] = power.busyPercent ?? UNKNOWN;
	const [idleLow, idleHigh] = power.idlePercent ?? UNKNOWN;
	const low = changeWh(energies, steps.count, busyLow, idleLow);
	const high = changeWh(energies, steps.count, busyHigh, idleHigh);
	const isIsland = metadata.gridbeat.mode === 'islanded';
	const load = demandOf(steps, null, gPerKwh);
	const [atLow, atHigh] = [demandOf(steps, low, gPerKwh), demandOf(steps, high, gPerKwh)];
	const percent = ({ wh }: { readonly wh: number }) => (100 * (wh - load.wh)) / load.wh;
	return {
		curve: power.curve,
		lowKwh: atLow.wh / 1000,
		highKwh: atHigh.wh / 1000,
		lowPercent: percent(atLow),
		highPercent: percent(atHigh),
		lowG: atLow.mg / 1000,
		highG: atHigh.mg / 1000,
		low: isIsland ? NO_END : endOf(steps, low),
		high: isIsland ? NO_END : endOf(steps, high),
	};
}

const UNKNOWN = [Number.NaN, Number.NaN] as const;
const NO_END: BandEnd = {
	importKwh: Number.NaN,
	importG: Number.NaN,
	grossG: Number.NaN,
	energyUsd: Number.NaN,
};

/** What the load of each step changes by if its GPUs draw so many percent more at work and at rest, Wh. */
function changeWh(
	{ prefillWh, decodeWh, idleWh, serverWh, facilityWh }: StepEnergies,
	count: number,
	busyPercent: number,
	idlePercent: number,
): Float64Array {
	const change = new Float64Array(count);
	for (let k = 0; k < count; k++) {
		const busy = (prefillWh[k] as number) + (decodeWh[k] as number);
		const idle = idleWh[k] as number;
		const drawn = busy + idle + (serverWh[k] as number);
		// What the facility draws for a Wh of its GPUs.
		const perGpu = drawn > 0 ? (facilityWh[k] as number) / drawn : 1;
		change[k] = ((busy * busyPercent + idle * idlePercent) / 100) * perGpu;
	}
	return change;
}

/** The demand with such a change, Wh, and its carbon at the intensity of what served it, mg. */
function demandOf(
	{ count, stepS, loadW }: Steps,
	change: Float64Array | null,
	gPerKwh: Float64Array | null,
) {
	let [wh, mg] = [0, 0];
	for (let k = 0; k < count; k++) {
		const drawn =
			((loadW[k] as number) * stepS) / 3600 + (change === null ? 0 : (change[k] as number));
		wh += drawn;
		mg += drawn * (gPerKwh === null ? Number.NaN : (gPerKwh[k] as number));
	}
	return { wh, mg };
}

function endOf(steps: Steps, change: Float64Array): BandEnd {
	const { count, stepS, loadW, gridW, curtailedW, connected, carbon, price } = steps;
	const batteries = batteryDeviation(steps);
	let [importWh, importMg, grossMg, milliUsd] = [0, 0, 0, 0];
	const at = (signal: Float64Array | null, k: number) =>
		signal === null ? Number.NaN : (signal[k] as number);
	for (let k = 0; k < count; k++) {
		const wh = (watts: number) => (watts * stepS) / 3600;
		const more = change[k] as number;
		const surplusWh = wh((gridW[k] as number) + (curtailedW[k] as number));
		const balanceWh = batteries.balanceWh(k, surplusWh, more);
		const drawn = connected?.[k] === 0 ? 0 : Math.max(0, -balanceWh);
		importWh += drawn;
		importMg += drawn * at(carbon, k);
		grossMg += (wh(loadW[k] as number) + more) * at(carbon, k);
		milliUsd += drawn * at(price, k);
	}
	return {
		importKwh: importWh / 1000,
		importG: importMg / 1000,
		grossG: grossMg / 1000,
		energyUsd: milliUsd / 1000,
	};
}

/** The band of sites together, whose curves err alike; null where no site names a curve. */
export function sumOfBands(bands: readonly CurveBand[]): CurveBand | null {
	const [first] = bands;
	if (first === undefined) return null;
	const add = (of: (band: CurveBand) => number) => bands.reduce((sum, band) => sum + of(band), 0);
	const [lowKwh, highKwh] = [add((band) => band.lowKwh), add((band) => band.highKwh)];
	const loadKwh = add((band) => band.lowKwh / (1 + band.lowPercent / 100));
	const end = (of: (band: CurveBand) => BandEnd): BandEnd => ({
		importKwh: add((band) => of(band).importKwh),
		importG: add((band) => of(band).importG),
		grossG: add((band) => of(band).grossG),
		energyUsd: add((band) => of(band).energyUsd),
	});
	return {
		curve: [...new Set(bands.map(({ curve }) => curve))].join(' and '),
		lowKwh,
		highKwh,
		lowPercent: 100 * (lowKwh / loadKwh - 1),
		highPercent: 100 * (highKwh / loadKwh - 1),
		lowG: add((band) => band.lowG),
		highG: add((band) => band.highG),
		low: end(({ low }) => low),
		high: end(({ high }) => high),
	};
}
