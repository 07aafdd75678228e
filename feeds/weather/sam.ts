import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { fixedWeather, hoursText } from './fixed-table.ts';
import type { RawWeather } from './series.ts';
import type { CivilStamp } from './stamps.ts';
import { cellNumber, columnOf, csvRows, type Row, unreadable } from './table.ts';

const HOURS_OF_A_YEAR = 8760;
const SITE = {
	latitude: ['Latitude', 'Lat', 'Latitude (deg)', 'Site Latitude'],
	longitude: ['Longitude', 'Lon', 'Long', 'Lng', 'Longitude (deg)', 'Site Longitude'],
	zone: ['Time Zone', 'Timezone', 'TZ', 'Site Timezone', 'Site Time Zone'],
	altitude: ['Elevation', 'Elev', 'El', 'Altitude', 'Site Elevation', 'Elevation (m)'],
	city: ['City', 'Location', 'Station Name', 'Name'],
	source: ['Source'],
} as const;
const TIMES = {
	year: ['Year', 'Yr', 'YYYY'],
	month: ['Month', 'Mo', 'MM'],
	day: ['Day', 'DD'],
	hour: ['Hour', 'Hr', 'HH', 'Hour of Day'],
	minute: ['Minute', 'Min'],
} as const;

/**
 * SAM's CSV, of which NSRDB (PSM3 and later) writes one: names and values of the site, names of the columns, rows. With a column of
 * minutes a stamp is the middle of its interval: hourly files of NSRDB write minute 30. Without one it is the start of its hour, as
 * SAM itself reads it. The clock is that of "Time Zone", which is 0 in files asked for in UTC.
 */
export function readSam(text: string, path: string): RawWeather {
	const [siteNames, site, header, ...rows] = csvRows(text, path);
	const ofSite = (names: readonly string[]) => {
		const at = columnOf(siteNames?.cells ?? [], ...names);
		return at < 0 ? '' : (site?.cells[at] ?? '');
	};
	const number = (what: 'latitude' | 'longitude' | 'zone' | 'altitude') => {
		const value = ofSite(SITE[what]);
		if (value !== '' && Number.isFinite(Number(value))) return Number(value);
		throw unreadable(path, `its second line has the ${what} ${quoted(value)}, not a number`);
	};
	const names = header?.cells ?? [];
	const at = timesOf(names);
	const hasMinutes = at.minute >= 0;
	const offsetMinutes = Math.round(number('zone') * 60);
	const isNsrdb = /NSRDB|PSM/i.test(ofSite(SITE.source));
	const city = ofSite(SITE.city);
	const { stamps, notes } = stampsOf(rows, at, path);
	return fixedWeather({
		format: isNsrdb ? 'NSRDB PSM3 CSV' : 'SAM CSV',
		labelling: hasMinutes ? 'middle of the interval' : 'start of the hour (no column of minutes)',
		label: hasMinutes ? 'centre' : 'left',
		stepMs: null,
		path,
		place: {
			name: city === '-' || city === '' ? null : city,
			latitude: number('latitude'),
			longitude: number('longitude'),
			altitudeM: ofSite(SITE.altitude) === '' ? null : number('altitude'),
		},
		offsetMinutes,
		clock: `${hoursText(offsetMinutes)}, from "Time Zone"`,
		rows,
		stamps,
		names,
		others: Object.values(at).filter((index) => index >= 0),
		unitOf: (name) => ofSite([`${name} Units`, `${name} Unit`]) || null,
		notes,
	});
}

type Times = Readonly<Record<keyof typeof TIMES, number>>;

function timesOf(names: readonly string[]): Times {
	const bare = names.map((name) => name.replace(/\s*[([].*$/, ''));
	const find = (what: keyof typeof TIMES) => columnOf(bare, ...TIMES[what]);
	return {
		year: find('year'),
		month: find('month'),
		day: find('day'),
		hour: find('hour'),
		minute: find('minute'),
	};
}

/** A year of hours need not say its times. */
function stampsOf(
	rows: readonly Row[],
	at: Times,
	path: string,
): { stamps: CivilStamp[]; notes: Note[] } {
	const isDated = at.month >= 0 && at.day >= 0 && at.hour >= 0;
	if (!isDated) {
		if (rows.length !== HOURS_OF_A_YEAR)
			throw unreadable(
				path,
				`its third line has no columns Month, Day and Hour, and its ${rows.length} rows are no year of hours`,
			);
		const stamps = rows.map((_, i) => {
			const date = new Date(Date.UTC(2001, 0, 1, i));
			const [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
			return { year: 2001, month, day, minutes: date.getUTCHours() * 60 };
		});
		return {
			stamps,
			notes: [note('rows without times taken as the hours of a year from 1 January', rows.length)],
		};
	}
	const stamps = rows.map((row) => {
		const cell = (index: number, otherwise: number) =>
			index < 0 ? otherwise : cellNumber(row, index, path);
		return {
			year: cell(at.year, 2001),
			month: cell(at.month, 1),
			day: cell(at.day, 1),
			minutes: cell(at.hour, 0) * 60 + cell(at.minute, 0),
		};
	});
	return {
		stamps,
		notes: at.year < 0 ? [note('rows without years taken as a typical year', rows.length)] : [],
	};
}
