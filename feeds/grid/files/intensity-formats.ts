import * as z from 'zod';
import { note } from '../../../protocol/remark.ts';
import type { GridFileChoices, RawGridFile } from './grid-file.ts';
import { carbonFile, Instant, type JsonParser, when } from './json-parser.ts';
import { oneOf } from './table.ts';

/** `/intensity/{from}/{to}` of the UK Carbon Intensity API. Its times have no seconds. */
const Uk = z.object({
	data: z
		.array(
			z.object({
				from: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/),
				intensity: z.object({ forecast: z.number().nullable(), actual: z.number().nullable() }),
			}),
		)
		.min(1),
});

/** A half hour of a region of Great Britain; there are only forecasts. */
const UkPart = z.object({
	from: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/),
	intensity: z.object({ forecast: z.number().nullable() }),
});
/** `/regional/intensity/{from}/{to}/regionid/{id}` and by postcode: one region. */
const UkRegion = z.object({
	data: z.object({ shortname: z.string(), data: z.array(UkPart).min(1) }),
});
/** `/regional/intensity/{from}/{to}`: all regions, by half hour. */
const UkRegions = z.object({
	data: z
		.array(
			z.object({
				from: UkPart.shape.from,
				regions: z
					.array(z.object({ shortname: z.string(), intensity: UkPart.shape.intensity }))
					.min(1),
			}),
		)
		.min(1),
});

/** What the Carbon Aware SDK reads and writes, g/kWh; whose figures they are it does not say. */
const Rating = z
	.object({ location: z.string(), time: Instant, rating: z.number().nullable() })
	.strip();
const CarbonAware = z.array(z.preprocess(lowerKeys, Rating)).min(1);
const CarbonAwareFile = z.preprocess(lowerKeys, z.object({ emissions: CarbonAware }));

function lowerKeys(value: unknown): unknown {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.toLowerCase(), one]));
}

/** Great Britain, whole and by region, and the Carbon Aware SDK. */
export const INTENSITY_FORMATS: readonly JsonParser[] = [
	when(Uk, ({ data }) => {
		const at = (from: string) => Date.parse(from.replace('Z', ':00Z'));
		const missing = data.filter(({ intensity }) => intensity.actual === null).length;
		return {
			...carbonFile('UK Carbon Intensity API', 'average', 'GB'),
			points: data.map(({ from, intensity }) => ({
				epochMs: at(from),
				value: intensity.actual ?? intensity.forecast ?? Number.NaN,
			})),
			notes:
				missing === 0
					? []
					: [note('values are forecasts: there is no actual one', missing, data.length)],
		};
	}),
	when(UkRegion, ({ data: { shortname, data } }) => ukRegion(shortname, data)),
	when(UkRegions, ({ data }, { region }) => {
		const names = [...new Set(data.flatMap(({ regions }) => regions.map((one) => one.shortname)))];
		const name = oneOf(names, 'regions', region);
		const parts = data.flatMap(({ from, regions }) =>
			regions
				.filter(({ shortname }) => shortname === name)
				.map(({ intensity }) => ({ from, intensity })),
		);
		return ukRegion(name, parts, region);
	}),
	when(CarbonAwareFile, ({ emissions }, choices) => carbonAware(emissions, choices)),
	when(CarbonAware, carbonAware),
];

/** @param asked how the scenario names the region */
function ukRegion(
	name: string,
	parts: readonly z.infer<typeof UkPart>[],
	asked: string | null = null,
): RawGridFile {
	return {
		...carbonFile(`UK Carbon Intensity API, ${name}`, 'average', asked ?? 'GB'),
		points: parts.map(({ from, intensity }) => ({
			epochMs: Date.parse(from.replace('Z', ':00Z')),
			value: intensity.forecast ?? Number.NaN,
		})),
		notes: [note('values are forecasts: there is no actual one', parts.length, parts.length)],
	};
}

function carbonAware(
	ratings: z.infer<typeof CarbonAware>,
	{ region }: GridFileChoices,
): RawGridFile {
	const names = [...new Set(ratings.map(({ location }) => location))];
	const name = names.length === 1 ? (names[0] as string) : oneOf(names, 'locations', region);
	return {
		...{ format: 'Carbon Aware SDK', signal: 'carbon', kind: null, currency: null, region: name },
		unit: { factor: 1, isStated: false },
		points: ratings
			.filter(({ location }) => location === name)
			.map(({ time, rating }) => ({ epochMs: Date.parse(time), value: rating ?? Number.NaN })),
	};
}
