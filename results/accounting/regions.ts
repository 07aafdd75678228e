import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';

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
	const names = all.map(({ region }) => region);
	throw new ConfigError(`Cannot find region "${name}": ${knownText(name, names)}`);
}

type HeldHardware = GpuHardware & { readonly lifetimeYears: number };

/** Hardware figures of a device, and over how many years its making is shared out; null if none are known. */
export function findGpuHardware(device: string): HeldHardware | null {
	const { gpus, lifetimeYears } = Hardware.parse(shipped('profiling-data/hardware.json'));
	const found = gpus.find((one) => one.device === device.toLowerCase());
	return found === undefined ? null : { ...found, lifetimeYears };
}

/** @throws ConfigError for a device without figures */
export function gpuHardware(device: string): HeldHardware {
	const found = findGpuHardware(device);
	if (found !== null) return found;
	throw new ConfigError(
		`Cannot find cost and embodied emissions of GPU "${device}"; add it to profiling-data/hardware.json`,
	);
}

function shipped(path: string): unknown {
	return JSON.parse(readFileSync(projectFile(path), 'utf8'));
}
