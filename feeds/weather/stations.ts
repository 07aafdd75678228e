import { note } from '../../protocol/remark.ts';
import { fixedWeather, numberOrNull } from './fixed-table.ts';
import { NOWHERE, type RawWeather } from './series.ts';
import { cellNumber, csvRows, type Row, unreadable } from './table.ts';

/** Columns of SURFRAD that are taken, each followed by its mark of quality. */
const SURFRAD = { ghi: 8, dni: 12, dhi: 16, air: 38, wind: 42 } as const;
/** A mark of what cannot be. */
const IMPOSSIBLE = 1;

/** SURFRAD: a line of the station's name, one of its place, rows of 48 numbers in UTC, each the mean of the minutes that end there. */
export function readSurfrad(text: string, path: string): RawWeather {
	const [name = '', place = ''] = text.split(/\r?\n/, 2);
	const [latitude, longitude, altitude] = place.trim().split(/\s+/);
	const all = spaced(text, 2);
	let marked = 0;
	const rows = all.map((row) => {
		const taken = Object.values(SURFRAD).map((at) => {
			const isWrong = cellNumber(row, at + 1, path) === IMPOSSIBLE;
			if (isWrong) marked++;
			return isWrong ? '' : (row.cells[at] ?? '');
		});
		return { line: row.line, cells: taken };
	});
	return fixedWeather({
		format: 'SURFRAD',
		labelling: 'end of the interval',
		label: 'right',
		stepMs: null,
		path,
		place: {
			name: name.trim(),
			latitude: numberOrNull(latitude),
			longitude: numberOrNull(longitude),
			altitudeM: numberOrNull(altitude),
		},
		offsetMinutes: 0,
		clock: 'UTC, as SURFRAD always writes',
		rows,
		stamps: all.map((row) => {
			const [year, , month, day, hour, minute] = [0, 1, 2, 3, 4, 5].map((at) =>
				cellNumber(row, at, path),
			) as [number, number, number, number, number, number];
			return { year, month, day, minutes: hour * 60 + minute };
		}),
		names: ['ghi', 'dni', 'dhi', 'air_temperature', 'wind_speed'],
		others: [],
		notes:
			marked === 0 ? [] : [note('values left out that the station marks as impossible', marked)],
	});
}

/** NOAA's Climate Reference Network, rows of five minutes that end at their time in UTC. */
export function readCrn(text: string, path: string): RawWeather {
	const all = spaced(text, 0);
	const [first] = all;
	return fixedWeather({
		format: 'CRN',
		labelling: 'end of the interval',
		label: 'right',
		stepMs: null,
		path,
		place: {
			...NOWHERE,
			longitude: numberOrNull(first?.cells[6]),
			latitude: numberOrNull(first?.cells[7]),
		},
		offsetMinutes: 0,
		clock: 'UTC, from UTC_DATE and UTC_TIME',
		rows: all.map(({ line, cells }) => ({
			line,
			cells: [cells[11] === '3' ? '' : (cells[10] ?? ''), cells[8] ?? ''],
		})),
		stamps: all.map(({ line, cells }) => {
			const match = /^(\d{4})(\d{2})(\d{2}) (\d{2})(\d{2})$/.exec(`${cells[1]} ${cells[2]}`);
			if (match === null)
				throw unreadable(path, `line ${line} has the time "${cells[1]} ${cells[2]}"`);
			const [year, month, day, hour, minute] = fiveNumbers(match);
			return { year, month, day, minutes: hour * 60 + minute };
		}),
		names: ['ghi', 'air_temperature'],
		others: [],
	});
}

/** Zones that MIDC's stations name their column of times by, hours from UTC. */
const ZONES: Readonly<Record<string, number>> = {
	...{ UTC: 0, GMT: 0, AST: -4, EST: -5, CST: -6, MST: -7, PST: -8, AKST: -9, HST: -10 },
};

/** NREL's MIDC: columns of a date and a time, named by its zone, then names with units in brackets. */
export function readMidc(text: string, path: string): RawWeather {
	const [header, ...rows] = csvRows(text, path);
	const names = header?.cells ?? [];
	const zone = names[1] ?? '';
	const hours = ZONES[zone];
	if (hours === undefined)
		throw unreadable(
			path,
			`its times are named by "${zone}", which is none of ${Object.keys(ZONES).join(', ')}`,
		);
	return fixedWeather({
		format: 'MIDC CSV',
		labelling: 'start of the interval',
		label: 'left',
		stepMs: null,
		path,
		place: NOWHERE,
		offsetMinutes: hours * 60,
		clock: `${zone}, from the name of the column of times`,
		rows,
		stamps: rows.map(({ line, cells }) => {
			const date = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})$/.exec(
				`${cells[0]} ${cells[1]}`,
			);
			if (date === null)
				throw unreadable(
					path,
					`line ${line} has the time "${cells[0]} ${cells[1]}"; MIDC writes 01/31/2020 and 13:00`,
				);
			const [month, day, year, hour, minute] = fiveNumbers(date);
			return { year, month, day, minutes: hour * 60 + minute };
		}),
		names,
		others: [0, 1],
	});
}

/** What a pattern of a date and a time has found. */
function fiveNumbers(match: RegExpExecArray): [number, number, number, number, number] {
	return match.slice(1).map(Number) as [number, number, number, number, number];
}

function spaced(text: string, from: number): Row[] {
	return text.split(/\r?\n/).flatMap((line, i) => {
		const cells = line.trim().split(/\s+/);
		return i < from || line.trim() === '' ? [] : [{ line: i + 1, cells }];
	});
}
