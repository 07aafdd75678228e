import type { Definitions } from '../../protocol/scenario/accounting.ts';
import { powerAtMfuW } from './energy.ts';
import type { VidurResults } from './results.ts';

/** The header of mfu_energy_power_data.csv. */
export const ENERGY_COLUMNS = [
	'time',
	'time_extended',
	'replica',
	'stage',
	'mfu',
	'energy',
	'gpu_hrs',
	'effective_power',
] as const;

/** A row of it: a stretch of one stage. */
export interface EnergyRow {
	/** Start, s. */
	readonly timeS: number;
	readonly replica: number;
	readonly stage: number;
	/** Fraction, 0 to 1. */
	readonly mfu: number;
	/** Of the GPUs of the stage, without PUE, kWh. */
	readonly energyKwh: number;
	readonly gpuHours: number;
	/** Of one GPU, W. */
	readonly powerW: number;
}

/** Row by row, because a large run has millions. */
export function* energyRows(results: VidurResults, accounting: Definitions): Generator<EnergyRow> {
	for (let i = 0; i < results.stages.length; i++)
		yield* accounting === 'gridbeat' ? stretches(results, i) : batches(results, i);
}

/** Every stretch of equal utilisation, idle ones too: the energies add up to the run's. */
function* stretches(results: VidurResults, index: number): Generator<EnergyRow> {
	const { device, tensorParallel, runtimeS, stages } = results;
	const series = stages[index];
	if (series === undefined) return;
	const { replica, stage, timeS, mfuPercent } = series;
	let fromS = 0;
	let mfu = 0;
	for (let i = 0; i <= timeS.length; i++) {
		const untilS = Math.min(i < timeS.length ? (timeS[i] as number) : runtimeS, runtimeS);
		if (untilS > fromS) {
			const powerW = powerAtMfuW(device, mfu);
			const gpuHours = ((untilS - fromS) * tensorParallel) / 3600;
			const energyKwh = (powerW * gpuHours) / 1000;
			yield { timeS: fromS, replica, stage, mfu, energyKwh, gpuHours, powerW };
			fromS = untilS;
		}
		mfu = (mfuPercent[i] ?? 0) / 100;
	}
}

/**
 * As the original: idle points dropped, so that each batch is charged the time since the one before, times
 * the GPUs of the whole cluster in every stage.
 */
function* batches(results: VidurResults, index: number): Generator<EnergyRow> {
	const { device, gpus, stages } = results;
	const series = stages[index];
	if (series === undefined) return;
	const { replica, stage, timeS, mfuPercent } = series;
	let beforeS = Number.NaN;
	for (let i = 0; i < timeS.length; i++) {
		const mfu = (mfuPercent[i] as number) / 100;
		if (mfu === 0) continue;
		const atS = timeS[i] as number;
		if (atS > beforeS) {
			const powerW = powerAtMfuW(device, mfu);
			const gpuHours = ((atS - beforeS) * gpus) / 3600;
			const energyKwh = (powerW * gpuHours) / 1000;
			yield { timeS: atS, replica, stage, mfu, energyKwh, gpuHours, powerW };
		}
		beforeS = atS;
	}
}
