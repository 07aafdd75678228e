import type { Definitions } from '../../protocol/scenario/accounting.ts';
import { embodiedG } from '../../results/accounting/embodied.ts';
import { type GpuHardware, gpuHardware, type Region } from '../../results/accounting/regions.ts';
import type { Device } from '../../silicon/device.ts';
import type { VidurResults } from './results.ts';

/** Energy, emissions and cost of a run, by one set of definitions. */
export interface EnergyFigures {
	/** Of the GPUs, without PUE, kWh. */
	readonly gpuEnergyKwh: number;
	readonly totalEnergyKwh: number;
	readonly scope2G: number;
	readonly scope3G: number;
	readonly gpuHours: number;
	/** Mean over time of one GPU, idle included. */
	readonly averagePowerW: number;
	readonly peakPowerW: number;
	readonly meanMfuPercent: number;
	readonly gpuUsd: number;
	readonly energyUsd: number;
}

/**
 * Power of one GPU at a utilisation, W: idle + (max - idle) * min(1, (MFU / 0.45)^0.7) (Vidur-Energy,
 * arXiv 2507.11417).
 *
 * @param mfu fraction, 0 to 1
 */
export function powerAtMfuW(device: Device, mfu: number): number {
	const load = Math.min(1, (mfu / device.saturationMfu) ** device.powerExponent);
	return device.idleW + (device.maxW - device.idleW) * load;
}

/** @see docs/vidur-energy-differences.md for what is wrong with the original's */
export function energyFigures(
	results: VidurResults,
	region: Region,
	accounting: Definitions,
): EnergyFigures {
	return accounting === 'gridbeat' ? measured(results, region) : original(results, region);
}

/** The integral of the power of every GPU from 0 to the last completion, idle time included. */
function measured(results: VidurResults, region: Region): EnergyFigures {
	const { device, tensorParallel, stages, runtimeS, gpus } = results;
	const hardware = gpuHardware(device.name);
	let stageWs = 0;
	let mfuS = 0;
	let peakW = device.idleW;
	for (const { timeS, mfuPercent } of stages) {
		// Nothing is known before the first batch but that the GPU was idle.
		let fromS = 0;
		let mfu = 0;
		for (let i = 0; i <= timeS.length; i++) {
			const untilS = Math.min(i < timeS.length ? (timeS[i] as number) : runtimeS, runtimeS);
			const powerW = powerAtMfuW(device, mfu / 100);
			stageWs += powerW * Math.max(0, untilS - fromS);
			mfuS += mfu * Math.max(0, untilS - fromS);
			peakW = Math.max(peakW, powerW);
			fromS = Math.max(fromS, untilS);
			mfu = mfuPercent[i] ?? 0;
		}
	}
	const gpuHours = (runtimeS * gpus) / 3600;
	const gpuEnergyKwh = (stageWs * tensorParallel) / 3.6e6;
	return figures(region, hardware, {
		gpuEnergyKwh,
		gpuHours,
		averagePowerW: (1000 * gpuEnergyKwh) / gpuHours,
		peakPowerW: peakW,
		meanMfuPercent: mfuS / (runtimeS * stages.length),
		scope3G: embodiedG(gpus, hardware.embodiedKg, hardware.lifetimeYears, runtimeS),
	});
}

/**
 * As the original's extractor has it: the mean of the MFU, in percent, put into a power curve that takes a
 * fraction, times all GPU-hours; and the emissions of making a GPU, charged for each hour of use.
 */
function original(results: VidurResults, region: Region): EnergyFigures {
	const { device, stages, runtimeS, gpus } = results;
	const hardware = gpuHardware(device.name);
	const meanMfuPercent =
		stages.reduce((sum, stage) => sum + stage.weightedMeanPercent, 0) / stages.length;
	const gpuHours = (runtimeS * gpus) / 3600;
	return figures(region, hardware, {
		gpuEnergyKwh: (powerAtMfuW(device, meanMfuPercent) * gpuHours) / 1000,
		gpuHours,
		averagePowerW: meanPowerW(results),
		peakPowerW: Math.max(
			...stages.map(({ mfuPercent }) =>
				powerAtMfuW(device, mfuPercent.reduce((most, mfu) => Math.max(most, mfu), 0) / 100),
			),
		),
		meanMfuPercent,
		scope3G: hardware.embodiedKg * 1000 * gpuHours,
	});
}

/** The mean over files of the mean over time from the first point on, as its power meter has it. */
function meanPowerW({ device, stages }: VidurResults): number {
	let sum = 0;
	for (const { timeS, mfuPercent } of stages) {
		let ws = 0;
		for (let i = 1; i < timeS.length; i++)
			ws +=
				powerAtMfuW(device, (mfuPercent[i - 1] as number) / 100) *
				((timeS[i] as number) - (timeS[i - 1] as number));
		sum += ws / ((timeS.at(-1) ?? 0) - (timeS[0] ?? 0));
	}
	return sum / stages.length;
}

function figures(
	region: Region,
	hardware: GpuHardware,
	given: Omit<EnergyFigures, 'totalEnergyKwh' | 'scope2G' | 'gpuUsd' | 'energyUsd'>,
): EnergyFigures {
	const totalEnergyKwh = given.gpuEnergyKwh * region.pue;
	return {
		...given,
		totalEnergyKwh,
		scope2G: totalEnergyKwh * region.averageGPerKwh,
		gpuUsd: given.gpuHours * hardware.usdPerHour,
		energyUsd: totalEnergyKwh * region.priceUsdPerKwh,
	};
}
