import * as z from 'zod';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { parseInstantMs } from '../signal/instant.ts';
import type { RawWeather } from './series.ts';
import { present, unreadable } from './table.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const Values = z.array(z.number().nullable());

/** A block of rows; variables that nothing here needs are left alone. */
const Block = z.looseObject({ time: z.array(z.union([z.string(), z.number()])) });

const OpenMeteo = z.looseObject({
	latitude: z.number(),
	longitude: z.number(),
	elevation: z.number().optional(),
	utc_offset_seconds: z.number(),
	timezone: z.string().optional(),
	hourly: Block.optional(),
	hourly_units: z.record(z.string(), z.string()).optional(),
	minutely_15: Block.optional(),
	minutely_15_units: z.record(z.string(), z.string()).optional(),
});

/** Factors to m/s of the units that Open-Meteo writes. */
const WIND_UNITS: Readonly<Record<string, number>> = {
	'm/s': 1,
	'km/h': 1 / 3.6,
	'mp/h': 0.44704,
	mph: 0.44704,
	kn: 0.514444,
};

/**
 * Open-Meteo: JSON with a block `hourly` or `minutely_15`. Irradiances are means over the interval that ends at the
 * stamp; temperature and wind are of the stamp's instant. Stamps are local by `utc_offset_seconds`, which is one
 * figure for the whole answer.
 */
export function readOpenMeteo(text: string, path: string): RawWeather {
	const parsed = OpenMeteo.safeParse(parseJson(text, path), PLAINLY);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`);
	}
	const { data } = parsed;
	const block = data.minutely_15 ?? data.hourly;
	if (block === undefined) throw unreadable(path, 'it has neither "hourly" nor "minutely_15"');
	const units = (data.minutely_15 === undefined ? data.hourly_units : data.minutely_15_units) ?? {};
	const take = (name: string, convert: (value: number) => number = (value) => value) => {
		if (block[name] === undefined) return undefined;
		const values = Values.safeParse(block[name], PLAINLY);
		if (!values.success || values.data.length !== block.time.length)
			throw unreadable(path, `"${name}" is not one number or null for each time`);
		return Float64Array.from(values.data, (value) =>
			value === null ? Number.NaN : convert(value),
		);
	};
	const windUnit = units['wind_speed_10m'] ?? 'km/h';
	const windFactor = WIND_UNITS[windUnit];
	if (windFactor === undefined) throw unreadable(path, `its wind is in "${windUnit}"`);
	const isFahrenheit = (units['temperature_2m'] ?? '').includes('F');
	return {
		format: 'Open-Meteo JSON',
		labelling: 'end of the interval for irradiance, instant for temperature and wind',
		label: 'right',
		stepMs: data.minutely_15 === undefined ? HOUR_MS : 15 * MINUTE_MS,
		place: {
			name: null,
			latitude: data.latitude,
			longitude: data.longitude,
			altitudeM: data.elevation ?? null,
		},
		offsetMinutes: data.utc_offset_seconds / 60,
		clock: `${data.utc_offset_seconds / 3600} h from UTC, from utc_offset_seconds`,
		stampsMs: Float64Array.from(block.time, (time, i) =>
			instantOf(time, data.utc_offset_seconds, `${path}", time ${i} of "${path}`),
		),
		lines: Int32Array.from(block.time, (_, i) => i),
		isTypical: false,
		columns: present({
			ghi: take('shortwave_radiation'),
			dni: take('direct_normal_irradiance'),
			dhi: take('diffuse_radiation'),
			airC: take('temperature_2m', (value) => (isFahrenheit ? (value - 32) / 1.8 : value)),
			windMs: take('wind_speed_10m', (value) => value * windFactor),
		}),
		isAirInstant: true,
		notes:
			windFactor === 1 || take('wind_speed_10m') === undefined
				? []
				: [`turned wind from ${windUnit} into m/s`],
	};
}

function parseJson(text: string, path: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw unreadable(path, 'it is no JSON');
	}
}

function instantOf(time: string | number, offsetSeconds: number, path: string): number {
	if (typeof time === 'number') return time * 1000;
	const wallMs = parseInstantMs(time);
	if (wallMs === null) throw unreadable(path, `the time "${time}" is no ISO date-time`);
	return wallMs - offsetSeconds * 1000;
}
