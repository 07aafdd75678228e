import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { projectFile } from '../host/project-file.ts';

/** Annual figures of a region, for comparing what the same energy emits and costs. */
export const Region = z.strictObject({
	region: z.string().min(1),
	/** Power usage effectiveness of large data centres there. */
	pue: z.number().min(1),
	/** Average carbon intensity, g/kWh. */
	averageGPerKwh: z.number().nonnegative(),
	priceUsdPerKwh: z.number().nonnegative(),
});
export type Region = z.infer<typeof Region>;

/** What holding a GPU costs and what its making emitted. */
export const GpuHardware = z.strictObject({
	device: z.string().min(1),
	usdPerHour: z.number().nonnegative(),
	/** Emissions of making one, kg of CO2eq. */
	embodiedKg: z.number().nonnegative(),
});
export type GpuHardware = z.infer<typeof GpuHardware>;

const Regions = z.strictObject({ about: z.string(), regions: z.array(Region).min(1) });
const Hardware = z.strictObject({
	about: z.string(),
	lifetimeYears: z.number().positive(),
	gpus: z.array(GpuHardware).min(1),
});

/** All regions of weather-data/regions.json. */
export function regions(): readonly Region[] {
	return Regions.parse(shipped('weather-data/regions.json')).regions;
}

/** @throws ConfigError that lists the known ones */
export function findRegion(name: string): Region {
	const all = regions();
	const found = all.find(({ region }) => region === name.toLowerCase());
	if (found !== undefined) return found;
	const known = all.map(({ region }) => region).join(', ');
	throw new ConfigError(`Cannot find region "${name}": known are ${known}`);
}

/** Hardware figures of a device, and over how many years its making is shared out. */
export function gpuHardware(device: string): GpuHardware & { readonly lifetimeYears: number } {
	const { gpus, lifetimeYears } = Hardware.parse(shipped('profiling-data/hardware.json'));
	const found = gpus.find((one) => one.device === device);
	if (found !== undefined) return { ...found, lifetimeYears };
	const known = gpus.map((one) => one.device).join(', ');
	throw new ConfigError(
		`Cannot find cost and embodied emissions of GPU "${device}": known are ${known}; add it to profiling-data/hardware.json`,
	);
}

function shipped(path: string): unknown {
	return JSON.parse(readFileSync(projectFile(path), 'utf8'));
}
