import * as z from 'zod';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { quoted } from '../../protocol/plain-text.ts';
import type { WeatherOptions } from './dated-csv.ts';
import { readPowerJson } from './nasa-power.ts';
import { readOpenMeteo } from './open-meteo.ts';
import { pvgisWeather } from './pvgis.ts';
import type { RawWeather } from './series.ts';
import { type Row, unreadable } from './table.ts';

/** An answer that says what was wrong with the question. */
const Refusal = z.looseObject({ error: z.literal(true), reason: z.string() });
const Message = z.looseObject({ message: z.string(), status: z.number() });

/**
 * Weather in JSON: Open-Meteo's answers (of several places a list, of which `column` names one by its number from 0), those of PVGIS
 * and of NASA POWER.
 *
 * @throws ConfigError with the service's own reason where the answer is a refusal
 */
export function readJsonWeather(text: string, path: string, options: WeatherOptions): RawWeather {
	const value = oneOf(parseJson(text, path), path, options);
	const refusal = Refusal.safeParse(value).data?.reason ?? Message.safeParse(value).data?.message;
	if (refusal !== undefined)
		throw unreadable(path, `it is no weather but a refusal: ${quoted(refusal)}`);
	if (isRecord(value) && 'inputs' in value && 'outputs' in value) return readPvgisJson(value, path);
	if (isRecord(value) && isRecord(value['properties']) && 'parameter' in value['properties'])
		return readPowerJson(value, path);
	if (isRecord(value) && ('hourly' in value || 'minutely_15' in value || 'latitude' in value))
		return readOpenMeteo(value, path, options);
	throw unreadable(path, 'its JSON is none of Open-Meteo, PVGIS and NASA POWER');
}

function parseJson(text: string, path: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw unreadable(path, 'it is no JSON');
	}
}

/** Of a list of places, the one that `column` numbers. */
function oneOf(value: unknown, path: string, { column }: WeatherOptions): unknown {
	if (!Array.isArray(value)) return value;
	if (value.length === 1) return value[0];
	const places = value.map((one: unknown, i) => {
		const { latitude, longitude } = isRecord(one) ? one : {};
		return latitude === undefined ? String(i) : `${i} (${String(latitude)}, ${String(longitude)})`;
	});
	const at = column !== null && /^\d+$/.test(column) ? Number(column) : -1;
	if (at >= 0 && at < value.length) return value[at];
	throw unreadable(
		path,
		`it has ${value.length} places; name one by its number as \`column\`: ${places.join(', ')}`,
	);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const Rows = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()]))).min(1);
const Slope = z.looseObject({ slope: z.looseObject({ value: z.number() }) });
const Pvgis = z.looseObject({
	inputs: z.looseObject({
		location: z.looseObject({
			latitude: z.number(),
			longitude: z.number(),
			elevation: z.number().optional(),
			irradiance_time_offset: z.number().optional(),
		}),
		mounting_system: z.record(z.string(), z.unknown()).optional(),
	}),
	outputs: z.looseObject({ hourly: Rows.optional(), tmy_hourly: Rows.optional() }),
});

/** PVGIS' JSON of hours or of a typical year. */
function readPvgisJson(value: unknown, path: string): RawWeather {
	const parsed = Pvgis.safeParse(value, PLAINLY);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`);
	}
	const { inputs, outputs } = parsed.data;
	const hours = outputs.tmy_hourly ?? outputs.hourly;
	if (hours === undefined)
		throw unreadable(path, 'it is of PVGIS and has no hours; ask it for seriescalc or tmy');
	const names = [...new Set(hours.flatMap((row) => Object.keys(row)))];
	const times = names.filter((name) => /^time/i.test(name));
	const ordered = [...times, ...names.filter((name) => !times.includes(name))];
	const rows = hours.map((row, i): Row => {
		const cells = ordered.map((name) => String(row[name] ?? ''));
		return { line: i + 1, cells };
	});
	const { location, mounting_system: mounting } = inputs;
	const fixed = mounting === undefined ? undefined : Slope.safeParse(mounting['fixed']).data;
	return pvgisWeather({
		...{ path, form: 'JSON', names: ordered, rows },
		offsetH: location.irradiance_time_offset ?? 0,
		latitude: location.latitude,
		longitude: location.longitude,
		altitudeM: location.elevation ?? null,
		slopeDeg: mounting === undefined ? 0 : (fixed?.slope.value ?? null),
	});
}
