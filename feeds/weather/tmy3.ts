import { fixedWeather, hoursText, numberOrNull } from './fixed-table.ts';
import type { RawWeather } from './series.ts';
import type { CivilStamp } from './stamps.ts';
import { csvRows, type Row, unreadable } from './table.ts';

const HOUR_MS = 3_600_000;

/**
 * NREL TMY3: a line of the station, a line of names, rows that end at their hour by local standard time. Midnight
 * is 24:00, or 00:00 of the next day, as SolarAnywhere writes it.
 */
export function readTmy3(text: string, path: string): RawWeather {
	const [station, header, ...rows] = csvRows(text, path);
	const [, name, , zone, latitude, longitude, altitude] = station?.cells ?? [];
	const offsetMinutes = Math.round(Number(zone) * 60);
	if (!Number.isFinite(offsetMinutes))
		throw unreadable(path, `its first line has the time zone "${zone ?? ''}", not hours from UTC`);
	return fixedWeather({
		format: 'NREL TMY3 CSV',
		labelling: 'end of the hour (01:00 to 24:00)',
		label: 'right',
		stepMs: HOUR_MS,
		path,
		place: {
			name: name ?? null,
			latitude: numberOrNull(latitude),
			longitude: numberOrNull(longitude),
			altitudeM: numberOrNull(altitude),
		},
		offsetMinutes,
		clock: `local standard time, ${hoursText(offsetMinutes)}, from the first line`,
		rows,
		stamps: rows.map((row) => stampOf(row, path)),
		names: header?.cells ?? [],
		others: [0, 1],
	});
}

function stampOf({ line, cells }: Row, path: string): CivilStamp {
	const date = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(cells[0] ?? '');
	const time = /^(\d{1,2}):(\d{2})$/.exec(cells[1] ?? '');
	if (date === null || time === null)
		throw unreadable(
			path,
			`line ${line} has the time "${cells[0]} ${cells[1]}"; TMY3 writes 01/31/1995 and 24:00`,
		);
	const [month, day, year] = date.slice(1).map(Number) as [number, number, number];
	const [hour, minute] = time.slice(1).map(Number) as [number, number];
	return { year, month, day, minutes: hour * 60 + minute };
}
