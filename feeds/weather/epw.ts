import type { RawWeather } from './series.ts';
import { fixedStamps, leapDayNote } from './stamps.ts';
import { cellNumber, column, csvRows, linesOf, present, type Row, unreadable } from './table.ts';

const HEADER_LINES = 8;
const HOUR_MS = 3_600_000;

/**
 * EnergyPlus weather: eight lines of header, then 35 columns without names. A row is the interval that ends at
 * its hour (1 to 24) by local standard time; with several rows an hour its minute tells which. PVGIS writes irradiance of instants
 * instead, by UTC whatever its LOCATION says, and says in a comment how far from the stamps they are.
 */
export function readEpw(text: string, path: string): RawWeather {
	const head = csvRows(text.split('\n', HEADER_LINES).join('\n'), path);
	const [, city, , , , , latitude, longitude, zone, altitude] = head[0]?.cells ?? [];
	const offsetMinutes = Math.round(Number(zone) * 60);
	if (!Number.isFinite(offsetMinutes))
		throw unreadable(
			path,
			`its line LOCATION has the time zone "${zone ?? ''}", not hours from UTC`,
		);
	const periods = head.find(({ cells }) => /^DATA PERIODS$/i.test(cells[0] ?? ''));
	const perHour = Number(periods?.cells[2] ?? 1) || 1;
	const all = csvRows(text, path, HEADER_LINES + 1).filter(({ cells }) => cells.length >= 22);
	const stamps = all.map((row) => {
		const [year, month, day, hour, minute] = [0, 1, 2, 3, 4].map((at) =>
			cellNumber(row, at, path),
		) as [number, number, number, number, number];
		// One row an hour: its minute is 0 or 60 and says nothing.
		const minutes = perHour === 1 ? hour * 60 : (hour - 1) * 60 + (minute === 0 ? 60 : minute);
		return { year, month, day, minutes };
	});
	const offsetH = irradianceOffsetH(head);
	const clockMinutes = offsetH === null ? offsetMinutes : 0;
	const { stampsMs, isTypical, keep } = fixedStamps(stamps, clockMinutes, {
		path,
		lines: linesOf(all),
	});
	const rows = all.filter((_, i) => keep[i]);
	const above = (limit: number) => (value: number) => value >= limit || value <= -99;
	return {
		format: 'EPW',
		labelling:
			offsetH === null
				? 'end of the interval (hours 1 to 24)'
				: `middle of the hour, ${offsetH} h from the stamp (Irradiance Time Offset)`,
		label: offsetH === null ? 'right' : 'centre',
		stepMs: HOUR_MS / perHour,
		place: {
			name: city ?? null,
			latitude: Number(latitude),
			longitude: Number(longitude),
			altitudeM: Number(altitude),
		},
		offsetMinutes: clockMinutes,
		clock:
			offsetH === null
				? `local standard time, ${Number(zone)} h from UTC, from the line LOCATION`
				: 'UTC, as PVGIS always writes',
		stampsMs: stampsMs
			.filter((_, i) => keep[i])
			.map((stampMs) => stampMs + Math.round((offsetH ?? 0) * 60) * 60_000),
		lines: linesOf(rows),
		isTypical,
		columns: present({
			airC: column(rows, 6, path, above(99)),
			ghi: column(rows, 13, path, above(9999)),
			dni: column(rows, 14, path, above(9999)),
			dhi: column(rows, 15, path, above(9999)),
			windMs: column(rows, 21, path, above(999)),
		}),
		isAirInstant: false,
		notes: all.length === rows.length ? [] : [leapDayNote(all.length - rows.length, all.length)],
	};
}

/** What PVGIS says of its stamps, hours; null in any other file. */
function irradianceOffsetH(head: readonly Row[]): number | null {
	for (const { cells } of head) {
		const said = /Irradiance Time Offset \(h\):\s*(-?[\d.]+)/i.exec(cells.join(','));
		if (said !== null) return Number(said[1]);
	}
	return null;
}
