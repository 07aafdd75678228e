import { given, type Origin } from '../protocol/origin.ts';
import { deviceCardOf } from './profile/load-device-card.ts';
import type { GpuPower } from './profile/load-power.ts';

/** Where what a GPU at work draws is from. */
export function powerOrigin(power: GpuPower): Origin {
	const { curve, source } = power;
	const said = `${formulaOf(power)}: ${source}; ${powerError(power)}`;
	// That of a GPU of one's own is what its card says.
	if (curve === 'card')
		return deviceCardOf(power.device) === null
			? { label: 'approximate', source: `${said} (profiling-data/devices)` }
			: given(said);
	return {
		label: curve === 'vidur-energy' ? 'published' : 'fitted',
		source: `${said} (profiling-data/gpu-power.json)`,
	};
}

function formulaOf({ idleW, maxW, saturationMfu, powerExponent, roofline }: GpuPower): string {
	if (roofline === undefined)
		return `${idleW} W + ${maxW - idleW} W * min(1, (MFU / ${saturationMfu})^${powerExponent})`;
	const { baseW, memoryW, computeW, tensorParallelLoss, bandwidthGBps } = roofline;
	const loss =
		tensorParallelLoss === 0
			? ''
			: `, ${(100 * tensorParallelLoss).toFixed(1)} % less under tensor parallelism`;
	return (
		`min(${maxW} W, ${baseW} W + ${memoryW} W * part of ${bandwidthGBps} GB/s + ` +
		`${computeW} W * MFU^${powerExponent})${loss}; idle ${idleW} W`
	);
}

/** The same of a sleeping one, which a scenario may say. */
export function sleepOrigin({ sleepSource }: GpuPower, powerW: number | null): Origin {
	if (powerW !== null) return given('the scenario');
	return { label: 'approximate', source: sleepSource };
}

/** How far measured GPUs lie from a curve. */
function powerError({ measured }: GpuPower): string {
	if (measured === null) return 'no measurement of such a GPU is known, so its error is not either';
	const { busyPercent, runs, of, meanPercent } = measured;
	const signed = busyPercent.map((percent) => `${percent > 0 ? '+' : ''}${percent}`);
	return (
		`${runs} measured runs draw ${signed.join(' to ')} % against it, ` +
		`${meanPercent} % on average (${of})`
	);
}
