import * as z from 'zod';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { type FixedTable, fixedWeather, hoursText, numberOrNull } from './fixed-table.ts';
import type { RawWeather } from './series.ts';
import { cellNumber, columnOf, csvRows, isFiller, type Row, unreadable } from './table.ts';

const HOUR_MS = 3_600_000;
const TIMES = ['YEAR', 'MO', 'DY', 'HR'];

/**
 * NASA POWER's CSV of hours: a header between two marks, names, rows that start at their hour, by local solar time in whole hours
 * (LST, its default) or by UTC.
 */
export function readPowerCsv(text: string, path: string): RawWeather {
	const lines = text.split('\n');
	const end = lines.findIndex((line) => /^-END HEADER-/.test(line));
	const head = lines.slice(0, Math.max(0, end)).join('\n');
	const [header, ...rows] = csvRows(text, path, end + 2);
	const names = header?.cells ?? [];
	const at = TIMES.map((name) => columnOf(names, name));
	if (at.includes(-1))
		throw unreadable(path, 'it is of NASA POWER and not of hours; ask for the hourly values');
	const [latitude, longitude] = ['Latitude', 'Longitude'].map((name) =>
		numberOrNull(new RegExp(`${name}\\s*(-?[\\d.]+)`, 'i').exec(head)?.[1]),
	) as [number | null, number | null];
	const filler = Number(/missing[^\n]*:\s*(-?[\d.]+)/i.exec(head)?.[1] ?? -999);
	const stamps = rows.map((row) => {
		const [year, month, day, hour] = at.map((index) => cellNumber(row, index, path));
		return { year, month, day, minutes: (hour as number) * 60 } as FixedTable['stamps'][number];
	});
	return powerWeather({
		...{ path, form: 'CSV', names, rows, stamps, others: at, latitude, longitude },
		altitudeM: numberOrNull(/Elevation[^\n]*=\s*(-?[\d.]+)/i.exec(head)?.[1]),
		standard:
			/\bin (UTC|LST)\b|time[ -]standard\W*(UTC|LST)/i.exec(head)?.slice(1).find(Boolean) ?? null,
		filler,
		unitOf: (name) =>
			lines
				.map((line) => new RegExp(`^${name}\\s.*\\(([^()]*)\\)\\s*$`).exec(line))
				.find(Boolean)?.[1] ?? null,
	});
}

const Power = z.looseObject({
	geometry: z.looseObject({ coordinates: z.array(z.number()).min(2) }),
	header: z.looseObject({
		time_standard: z.string().optional(),
		fill_value: z.number().optional(),
	}),
	parameters: z.record(z.string(), z.looseObject({ units: z.string().optional() })).optional(),
	properties: z.looseObject({
		parameter: z.record(z.string(), z.record(z.string(), z.number().nullable())),
	}),
});

/** NASA POWER's JSON of hours, whose keys are such as 2021060113. */
export function readPowerJson(value: unknown, path: string): RawWeather {
	const parsed = Power.safeParse(value, PLAINLY);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`);
	}
	const { geometry, header, parameters, properties } = parsed.data;
	const names = Object.keys(properties.parameter);
	const times = [...new Set(Object.values(properties.parameter).flatMap(Object.keys))].sort();
	const wrong = times.find((time) => !/^\d{10}$/.test(time));
	if (wrong !== undefined)
		throw unreadable(path, `it has the time "${wrong}"; ask NASA POWER for the hourly values`);
	const [longitude = null, latitude = null, altitudeM = null] = geometry.coordinates;
	return powerWeather({
		...{ path, form: 'JSON', names, others: [], latitude, longitude, altitudeM },
		rows: times.map((time, i): Row => {
			return {
				line: i + 1,
				cells: names.map((name) => String(properties.parameter[name]?.[time] ?? '')),
			};
		}),
		stamps: times.map((time) => ({
			year: Number(time.slice(0, 4)),
			month: Number(time.slice(4, 6)),
			day: Number(time.slice(6, 8)),
			minutes: Number(time.slice(8)) * 60,
		})),
		standard: header.time_standard ?? null,
		filler: header.fill_value ?? -999,
		unitOf: (name) => parameters?.[name]?.units ?? null,
	});
}

interface PowerTable
	extends Pick<FixedTable, 'path' | 'names' | 'rows' | 'stamps' | 'others' | 'unitOf'> {
	readonly form: string;
	readonly latitude: number | null;
	readonly longitude: number | null;
	readonly altitudeM: number | null;
	/** UTC or LST; null: it is not said. */
	readonly standard: string | null;
	readonly filler: number;
}

function powerWeather(table: PowerTable): RawWeather {
	const { form, latitude, longitude, altitudeM, standard, filler, ...rest } = table;
	const isUtc = standard?.toUpperCase() === 'UTC';
	if (!isUtc && longitude === null)
		throw unreadable(rest.path, 'its header has no longitude, by which its solar time goes');
	const offsetMinutes = isUtc ? 0 : Math.round((longitude ?? 0) / 15) * 60;
	const clock = isUtc ? 'UTC' : `local solar time in whole hours, ${hoursText(offsetMinutes)}`;
	return fixedWeather({
		...rest,
		format: `NASA POWER ${form}`,
		labelling: 'start of the hour',
		label: 'left',
		stepMs: HOUR_MS,
		place: { name: null, latitude, longitude, altitudeM },
		offsetMinutes,
		clock: standard === null ? `${clock}, as POWER writes unless asked otherwise` : clock,
		isMissing: (value) => value === filler || isFiller(value),
	});
}
