import { note } from '../../protocol/remark.ts';
import { fixedWeather, hoursText, numberOrNull } from './fixed-table.ts';
import type { RawWeather } from './series.ts';
import { cellNumber, columnOf, csvRows, type Row, unreadable } from './table.ts';

const HOUR_MS = 3_600_000;
const DEGREES_OF_AN_HOUR = 15;

/**
 * The hours that PVWatts' calculator writes: lines of "name:","value", names of the columns, a year of hours from 0 by local standard
 * time, totals. The zone is in some versions only; else it is taken from the longitude.
 */
export function readPvwatts(text: string, path: string): RawWeather {
	const all = csvRows(text, path);
	const headerAt = all.findIndex(
		({ cells }) => columnOf(cells, 'Hour') >= 0 && columnOf(cells, 'Month') >= 0,
	);
	if (headerAt < 0)
		throw unreadable(path, 'it is of PVWatts and has no hours; save the hourly results');
	const head = all.slice(0, headerAt);
	const names = all[headerAt]?.cells ?? [];
	const rows = all.slice(headerAt + 1).filter(({ cells }) => /^\d+$/.test(cells[0] ?? ''));
	const [latitude, longitude] = [
		degrees(head, /^lat/i, /\bS\b/),
		degrees(head, /^lon?n?g/i, /\bW\b/),
	];
	const zone = numberOrNull(headValue(head, /^time ?zone/i));
	if (zone === null && longitude === null)
		throw unreadable(path, 'it has neither a time zone nor a longitude');
	const offsetMinutes =
		zone === null ? Math.round((longitude ?? 0) / DEGREES_OF_AN_HOUR) * 60 : Math.round(zone * 60);
	const at = ['Month', 'Day', 'Hour'].map((name) => columnOf(names, name));
	return fixedWeather({
		format: 'PVWatts CSV',
		labelling: 'start of the hour (0 to 23)',
		label: 'left',
		stepMs: HOUR_MS,
		path,
		place: {
			name: headValue(head, /^(requested )?location/i),
			latitude,
			longitude,
			altitudeM: numberOrNull(headValue(head, /^elev/i)),
		},
		offsetMinutes,
		clock: `local standard time, ${hoursText(offsetMinutes)}, ${zone === null ? 'by the longitude: the file does not say it' : 'from its head'}`,
		rows,
		stamps: rows.map((row) => {
			const [month, day, hour] = at.map((index) => cellNumber(row, index, path));
			return {
				year: 2001,
				month: month as number,
				day: day as number,
				minutes: (hour as number) * 60,
			};
		}),
		names,
		others: at,
		notes:
			zone === null
				? [note('the time zone is not in the file and was taken from the longitude')]
				: [],
	});
}

function headValue(head: readonly Row[], name: RegExp): string | null {
	return head.find(({ cells }) => name.test(cells[0] ?? ''))?.cells[1] ?? null;
}

/** A coordinate, negative where its name says so and its number does not. */
function degrees(head: readonly Row[], name: RegExp, negative: RegExp): number | null {
	const row = head.find(({ cells }) => name.test(cells[0] ?? ''));
	const value = numberOrNull(row?.cells[1]);
	if (value === null || row === undefined) return null;
	return negative.test((row.cells[0] ?? '') + (row.cells[1] ?? '')) ? -Math.abs(value) : value;
}
