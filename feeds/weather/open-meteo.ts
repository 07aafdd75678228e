import * as z from 'zod';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { parseInstantMs } from '../signal/instant.ts';
import { conversionOf, type Measure } from './column-units.ts';
import { fromHorizontal, unusedNames } from './columns.ts';
import type { WeatherOptions } from './dated-csv.ts';
import { numberOrNull, usualStepMs } from './fixed-table.ts';
import type { Place, RawWeather } from './series.ts';
import { cellNumber, csvRows, present, unreadable } from './table.ts';

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

/** Names of the variables, in both spellings of the API, and the unit that a file without units has. */
const VARIABLES = {
	ghi: { names: ['shortwave_radiation'], measure: 'irradiance', unit: 'W/m²' },
	dni: { names: ['direct_normal_irradiance'], measure: 'irradiance', unit: 'W/m²' },
	dhi: { names: ['diffuse_radiation'], measure: 'irradiance', unit: 'W/m²' },
	bhi: { names: ['direct_radiation'], measure: 'irradiance', unit: 'W/m²' },
	airC: { names: ['temperature_2m'], measure: 'temperature', unit: '°C' },
	windMs: { names: ['wind_speed_10m', 'windspeed_10m'], measure: 'wind', unit: 'km/h' },
} as const satisfies Record<string, { names: readonly string[]; measure: Measure; unit: string }>;
type Variable = keyof typeof VARIABLES;

/** An answer of Open-Meteo in whatever form. */
interface Answer {
	readonly path: string;
	readonly form: string;
	readonly place: Place;
	readonly offsetSeconds: number;
	/** If the answer says it, ms. */
	readonly stepMs: number | null;
	readonly times: readonly (string | number)[];
	readonly lines: readonly number[];
	/** By name. */
	readonly values: Readonly<Record<string, Float64Array>>;
	readonly units: Readonly<Record<string, string>>;
	readonly names: readonly string[];
}

/**
 * Open-Meteo: JSON with a block `hourly` or `minutely_15`. Irradiances are means over the interval that ends at the
 * stamp; temperature and wind are of the stamp's instant. Stamps are local by `utc_offset_seconds`, which is one
 * figure for the whole answer. Where several models were asked for, `column` names one.
 */
export function readOpenMeteo(value: unknown, path: string, options: WeatherOptions): RawWeather {
	const parsed = OpenMeteo.safeParse(value, PLAINLY);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`);
	}
	const { data } = parsed;
	const block = data.minutely_15 ?? data.hourly;
	if (block === undefined) throw unreadable(path, 'it has neither "hourly" nor "minutely_15"');
	const units = (data.minutely_15 === undefined ? data.hourly_units : data.minutely_15_units) ?? {};
	const names = Object.keys(block).filter((name) => name !== 'time');
	const valuesOf = (name: string) => {
		const values = Values.safeParse(block[name], PLAINLY);
		if (!values.success || values.data.length !== block.time.length)
			throw unreadable(path, `"${name}" is not one number or null for each time`);
		return Float64Array.from(values.data, (one) => one ?? Number.NaN);
	};
	const isUsed = (name: string) => variableOf(name) !== null;
	return answerWeather(
		{
			...{ path, form: 'JSON', names, units, times: block.time },
			place: {
				name: null,
				latitude: data.latitude,
				longitude: data.longitude,
				altitudeM: data.elevation ?? null,
			},
			offsetSeconds: data.utc_offset_seconds,
			stepMs: data.minutely_15 === undefined ? HOUR_MS : 15 * MINUTE_MS,
			lines: block.time.map((_, i) => i),
			values: Object.fromEntries(names.filter(isUsed).map((name) => [name, valuesOf(name)])),
		},
		options,
	);
}

/** Open-Meteo's CSV: names and values of each place, an empty line, names with units, rows. `column` names one of several places. */
export function readOpenMeteoCsv(text: string, path: string, options: WeatherOptions): RawWeather {
	const all = csvRows(text, path);
	const headerAt = all.findIndex(
		({ cells }, i) => i > 0 && cells.some((cell, at) => at < 2 && cell === 'time'),
	);
	if (headerAt < 0) throw unreadable(path, 'it has no line of names with "time"');
	const [siteNames, ...sites] = all.slice(0, headerAt);
	const site = oneSite(
		siteNames?.cells ?? [],
		sites.map(({ cells }) => cells),
		{ path, options },
	);
	const header = all[headerAt]?.cells ?? [];
	const idAt = header.indexOf('location_id');
	const rows = all
		.slice(headerAt + 1)
		.filter(({ cells }) => idAt < 0 || cells[idAt] === site('location_id'));
	const split = header.map((name) => /^(.*?)\s*(?:\(([^()]*)\))?$/.exec(name));
	const at = header.flatMap((name, i) => (['time', 'location_id'].includes(name) ? [] : [i]));
	const nameAt = (i: number) => split[i]?.[1] ?? '';
	const timeAt = header.indexOf('time');
	return answerWeather(
		{
			...{ path, form: 'CSV', names: at.map(nameAt), stepMs: null },
			place: {
				name: null,
				latitude: numberOrNull(site('latitude')),
				longitude: numberOrNull(site('longitude')),
				altitudeM: numberOrNull(site('elevation')),
			},
			offsetSeconds: numberOrNull(site('utc_offset_seconds')) ?? 0,
			times: rows.map(({ cells }) => {
				const time = cells[timeAt] ?? '';
				return /^\d{9,}$/.test(time) ? Number(time) : time;
			}),
			lines: rows.map(({ line }) => line),
			values: Object.fromEntries(
				at
					.filter((i) => variableOf(nameAt(i)) !== null)
					.map((i) => [nameAt(i), Float64Array.from(rows, (row) => cellNumber(row, i, path))]),
			),
			units: Object.fromEntries(
				at.flatMap((i) => (split[i]?.[2] ? [[nameAt(i), split[i][2]]] : [])),
			),
		},
		options,
	);
}

function oneSite(
	names: readonly string[],
	sites: readonly (readonly string[])[],
	{ path, options }: { path: string; options: WeatherOptions },
): (name: string) => string | null {
	const cell = (site: readonly string[] | undefined, name: string) =>
		site?.[names.indexOf(name)] ?? null;
	const found =
		sites.length === 1
			? sites[0]
			: sites.find((one) => cell(one, 'location_id') === options.column);
	if (found !== undefined) return (name) => cell(found, name);
	const places = sites.map(
		(one) => `${cell(one, 'location_id')} (${cell(one, 'latitude')}, ${cell(one, 'longitude')})`,
	);
	throw unreadable(
		path,
		`it has ${sites.length} places; name one by its number as \`column\`: ${places.join(', ')}`,
	);
}

/** What a variable's name is of, and the model behind it: `shortwave_radiation_era5`. */
function variableOf(name: string): { variable: Variable; model: string } | null {
	for (const variable of Object.keys(VARIABLES) as Variable[]) {
		for (const one of VARIABLES[variable].names) {
			if (name === one) return { variable, model: '' };
			// Values of the stamp's instant are no means of the interval.
			if (name.startsWith(`${one}_`) && !name.startsWith(`${one}_instant`))
				return { variable, model: name.slice(one.length + 1) };
		}
	}
	return null;
}

function answerWeather(answer: Answer, { column }: WeatherOptions): RawWeather {
	const { path, names, values, units, offsetSeconds } = answer;
	const model = modelOf(answer, column);
	const notes: Note[] = model === '' ? [] : [note(`values are of the model ${model}`)];
	const used = new Map<Variable, string>();
	for (const name of Object.keys(values)) {
		const found = variableOf(name);
		if (found !== null && found.model === model && !used.has(found.variable))
			used.set(found.variable, name);
	}
	const stampsMs = Float64Array.from(answer.times, (time, i) =>
		instantOf(time, offsetSeconds, `${path}", time ${i} of "${path}`),
	);
	const take = (variable: Variable) => {
		const name = used.get(variable);
		if (name === undefined) return undefined;
		const { measure, unit: usual } = VARIABLES[variable];
		const unit = units[name] ?? usual;
		const conversion = conversionOf(measure, unit, answer.stepMs ?? usualStepMs(stampsMs));
		if (conversion === null) throw unreadable(path, `its ${quoted(name)} is in ${quoted(unit)}`);
		if (conversion.isSame) return values[name];
		notes.push(
			note(
				`values of ${quoted(name)} converted from ${unit} into ${conversion.into}`,
				stampsMs.length,
			),
		);
		return values[name]?.map((value) => conversion.of(value));
	};
	const { ghi, dni, dhi, bhi } = {
		...{ ghi: take('ghi'), dni: take('dni'), dhi: take('dhi'), bhi: take('bhi') },
	};
	const light = fromHorizontal({ ghi, dni, dhi, bhi }, notes);
	const taken = new Set(
		[...used].filter(([of]) => of !== 'bhi' || light.usesBeam).map(([, n]) => n),
	);
	const columns = present({ ...light.columns, airC: take('airC'), windMs: take('windMs') });
	return {
		format: `Open-Meteo ${answer.form}`,
		labelling: 'end of the interval for irradiance, instant for temperature and wind',
		label: 'right',
		stepMs: answer.stepMs,
		place: answer.place,
		offsetMinutes: offsetSeconds / 60,
		clock: `${offsetSeconds / 3600} h from UTC, from utc_offset_seconds`,
		stampsMs,
		lines: Int32Array.from(answer.lines),
		isTypical: false,
		columns,
		isAirInstant: true,
		notes: [...notes, ...unusedNames(names.filter((name) => !taken.has(name)))],
	};
}

/** Variables without a model's name come first; of several models one must be named. */
function modelOf({ path, values }: Answer, column: string | null): string {
	const found = Object.keys(values).flatMap((name) => variableOf(name)?.model ?? []);
	const models = [...new Set(found)];
	if (models.length <= 1) return models[0] ?? '';
	if (column !== null && models.includes(column)) return column;
	if (models.includes('')) return '';
	throw unreadable(
		path,
		`it has values of ${models.length} models; name one as \`column\`: ${models.join(', ')}`,
	);
}

function instantOf(time: string | number, offsetSeconds: number, path: string): number {
	if (typeof time === 'number') return time * 1000;
	const wallMs = parseInstantMs(time);
	if (wallMs === null) throw unreadable(path, `the time "${time}" is no ISO date-time`);
	return wallMs - offsetSeconds * 1000;
}
