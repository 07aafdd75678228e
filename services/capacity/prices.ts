import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { projectFile } from '../host/project-file.ts';

const GpuHours = z.strictObject({
	about: z.string(),
	devices: z.record(
		z.string(),
		z.strictObject({ usdPerHour: z.number().nonnegative(), source: z.string(), year: z.int() }),
	),
});

/** What an hour of one GPU costs. */
export interface GpuPrice {
	readonly usdPerHour: number;
	/** For people. */
	readonly source: string;
}

/**
 * The price of a device: the one given, or the list price that ships with the project.
 *
 * @throws ConfigError for a device without a price
 */
export function gpuPrice(device: string, given: Readonly<Record<string, number>>): GpuPrice {
	const own = given[device];
	if (own !== undefined) return { usdPerHour: own, source: 'given' };
	const path = projectFile('profiling-data/prices/gpu-hours.json');
	const { devices } = GpuHours.parse(JSON.parse(readFileSync(path, 'utf8')));
	const listed = devices[device];
	if (listed === undefined)
		throw new ConfigError(
			`Cannot tell what a GPU of type "${device}" costs: listed are ${Object.keys(devices).join(', ')}; ` +
				`give gpuUsdPerHour: { ${device}: … }`,
		);
	return { usdPerHour: listed.usdPerHour, source: `${listed.source}, ${listed.year}` };
}
