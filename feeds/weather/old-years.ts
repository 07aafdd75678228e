import { quoted } from '../../protocol/plain-text.ts';
import { fixedWeather, hoursText, numberOrNull } from './fixed-table.ts';
import type { RawWeather } from './series.ts';
import { cellNumber, type Row, unreadable } from './table.ts';

const HOUR_MS = 3_600_000;
/** Where in a line of TM2 the values stand, and by what they are divided. */
const TM2 = [
	{ from: 17, until: 21, by: 1 },
	{ from: 23, until: 27, by: 1 },
	{ from: 29, until: 33, by: 1 },
	{ from: 67, until: 71, by: 10 },
	{ from: 95, until: 98, by: 10 },
] as const;
const LIGHT = ['ghi', 'dni', 'dhi'];

/** NREL's TMY2: a line of the station, lines of fixed columns that end at their hour (1 to 24) by local standard time. */
export function readTm2(text: string, path: string): RawWeather {
	const [head = '', ...lines] = text.split(/\r?\n/);
	const place =
		/^ ?\d{5} (.{22}) (..)\s+(-?\d+) ([NS]) *(\d+) +(\d+) ([EW]) *(\d+) +(\d+) +(-?\d+)/.exec(head);
	if (place === null)
		throw unreadable(path, `its first line ${quoted(head)} is no station of TMY2`);
	const [, city = '', state, zone, south, lat, latMinutes, west, lon, lonMinutes, altitude] = place;
	const degrees = (whole: unknown, minutes: unknown, isNegative: boolean) =>
		(Number(whole) + Number(minutes) / 60) * (isNegative ? -1 : 1);
	const written = lines.flatMap((line, i) =>
		line.trim() === '' ? [] : [{ line: i + 2, text: line }],
	);
	const two = (row: { text: string }, from: number) => Number(row.text.slice(from, from + 2));
	const offsetMinutes = Number(zone) * 60;
	return fixedWeather({
		format: 'NREL TMY2',
		labelling: 'end of the hour (1 to 24)',
		label: 'right',
		stepMs: HOUR_MS,
		path,
		place: {
			name: `${city.trim().replaceAll('_', ' ')}, ${state}`,
			latitude: degrees(lat, latMinutes, south === 'S'),
			longitude: degrees(lon, lonMinutes, west === 'W'),
			altitudeM: Number(altitude),
		},
		offsetMinutes,
		clock: `local standard time, ${hoursText(offsetMinutes)}, from the first line`,
		rows: written.map(({ line, text: row }): Row => {
			const cells = TM2.map(({ from, until, by }) => {
				const value = row.slice(from, until).trim();
				return /^9+$/.test(value) ? '' : String(Number(value) / by);
			});
			return { line, cells };
		}),
		stamps: written.map((row) => ({
			year: 1900 + two(row, 1),
			month: two(row, 3),
			day: two(row, 5),
			minutes: two(row, 7) * 60,
		})),
		names: [...LIGHT, 'air_temperature', 'wind_speed'],
		others: [],
	});
}

/**
 * Daysim's WEA: lines of the place, whose longitude and zone are degrees west, then month, day, hour, direct and diffuse light. A time
 * such as 0.5 is the middle of its interval.
 */
export function readWea(text: string, path: string): RawWeather {
	const lines = text.split(/\r?\n/);
	const said = (name: string) =>
		lines
			.find((line) => line.toLowerCase().startsWith(name))
			?.slice(name.length)
			.trim() ?? null;
	const units = said('weather_data_file_units');
	if (units !== '1')
		throw unreadable(
			path,
			`its weather_data_file_units are ${units}; 1 is read, W/m2 of direct normal and diffuse light`,
		);
	const [longitude, zone] = [numberOrNull(said('longitude')), numberOrNull(said('time_zone'))];
	if (longitude === null || zone === null)
		throw unreadable(path, 'it has no longitude or no time_zone');
	const rows = lines.flatMap((line, i): Row[] =>
		/^\s*\d/.test(line) ? [{ line: i + 1, cells: line.trim().split(/\s+/) }] : [],
	);
	const offsetMinutes = Math.round(zone * -4);
	return fixedWeather({
		format: 'WEA',
		labelling: 'middle of the interval',
		label: 'centre',
		stepMs: null,
		path,
		place: {
			name: said('place'),
			latitude: numberOrNull(said('latitude')),
			longitude: -longitude,
			altitudeM: numberOrNull(said('site_elevation')),
		},
		offsetMinutes,
		clock: `local standard time, ${hoursText(offsetMinutes)}, from time_zone`,
		rows,
		stamps: rows.map((row) => {
			const [month, day, hour] = [0, 1, 2].map((at) => cellNumber(row, at, path)) as [
				number,
				number,
				number,
			];
			return { year: 2001, month, day, minutes: Math.round(hour * 60) };
		}),
		names: ['', '', '', 'dni', 'dhi'],
		others: [0, 1, 2],
	});
}
