import type { RawWeather } from './series.ts';
import { fixedStamps } from './stamps.ts';
import {
	cellNumber,
	column,
	columnOf,
	csvRows,
	isFiller,
	linesOf,
	present,
	unreadable,
} from './table.ts';

/**
 * NSRDB (PSM3 and later): names and values of the site, names of the columns, rows. A stamp is the middle of its
 * interval: hourly files write minute 30. The clock is that of "Time Zone", which is 0 in files asked for in UTC.
 */
export function readPsm3(text: string, path: string): RawWeather {
	const [siteNames, site, header, ...all] = csvRows(text, path);
	const ofSite = (name: string) => site?.cells[columnOf(siteNames?.cells ?? [], name)] ?? '';
	const zone = Number(ofSite('Time Zone'));
	const names = header?.cells ?? [];
	const at = ['Year', 'Month', 'Day', 'Hour', 'Minute'].map((name) => columnOf(names, name));
	if (at.slice(0, 4).includes(-1))
		throw unreadable(path, 'its third line has no columns Year, Month, Day and Hour');
	const stamps = all.map((row) => {
		const [year, month, day, hour, minute] = at.map((index) =>
			index < 0 ? 0 : cellNumber(row, index, path),
		) as [number, number, number, number, number];
		return { year, month, day, minutes: hour * 60 + minute };
	});
	const offsetMinutes = Math.round(zone * 60);
	const { stampsMs, isTypical, keep } = fixedStamps(stamps, offsetMinutes, {
		path,
		lines: linesOf(all),
	});
	const rows = all.filter((_, i) => keep[i]);
	const take = (...of: string[]) => column(rows, columnOf(names, ...of), path, isFiller);
	return {
		format: 'NSRDB PSM3 CSV',
		labelling: 'middle of the interval',
		label: 'centre',
		stepMs: null,
		place: {
			name: ofSite('City') === '-' ? null : ofSite('City'),
			latitude: Number(ofSite('Latitude')),
			longitude: Number(ofSite('Longitude')),
			altitudeM: Number(ofSite('Elevation')),
		},
		offsetMinutes,
		clock: `${zone} h from UTC, from "Time Zone"`,
		stampsMs: stampsMs.filter((_, i) => keep[i]),
		lines: linesOf(rows),
		isTypical,
		columns: present({
			ghi: take('GHI'),
			dni: take('DNI'),
			dhi: take('DHI'),
			airC: take('Temperature'),
			windMs: take('Wind Speed'),
		}),
		isAirInstant: false,
		notes: all.length === rows.length ? [] : ['left out 29 February of a typical year'],
	};
}
