import type { RawWeather } from './series.ts';
import { type CivilStamp, fixedStamps } from './stamps.ts';
import {
	column,
	columnOf,
	csvRows,
	isFiller,
	linesOf,
	present,
	type Row,
	unreadable,
} from './table.ts';

const HOUR_MS = 3_600_000;

/** NREL TMY3: a line of the station, a line of names, rows that end at their hour by local standard time. */
export function readTmy3(text: string, path: string): RawWeather {
	const [station, header, ...all] = csvRows(text, path);
	const [, name, , zone, latitude, longitude, altitude] = station?.cells ?? [];
	const offsetMinutes = Math.round(Number(zone) * 60);
	const names = header?.cells ?? [];
	const { stampsMs, isTypical, keep } = fixedStamps(
		all.map((row) => stampOf(row, path)),
		offsetMinutes,
		{ path, lines: linesOf(all) },
	);
	const rows = all.filter((_, i) => keep[i]);
	const take = (...of: string[]) => column(rows, columnOf(names, ...of), path, isFiller);
	return {
		format: 'NREL TMY3 CSV',
		labelling: 'end of the hour (01:00 to 24:00)',
		label: 'right',
		stepMs: HOUR_MS,
		place: {
			name: name ?? null,
			latitude: Number(latitude),
			longitude: Number(longitude),
			altitudeM: Number(altitude),
		},
		offsetMinutes,
		clock: `local standard time, ${Number(zone)} h from UTC, from the first line`,
		stampsMs: stampsMs.filter((_, i) => keep[i]),
		lines: linesOf(rows),
		isTypical,
		columns: present({
			ghi: take('GHI (W/m^2)'),
			dni: take('DNI (W/m^2)'),
			dhi: take('DHI (W/m^2)'),
			airC: take('Dry-bulb (C)'),
			windMs: take('Wspd (m/s)'),
		}),
		isAirInstant: false,
		notes: all.length === rows.length ? [] : ['left out 29 February of a typical year'],
	};
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
