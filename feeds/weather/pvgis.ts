import type { Columns, RawWeather } from './series.ts';
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

/**
 * PVGIS: lines of "name: value", names of the columns, rows in UTC, remarks. A stamp such as 20160101:0010 is the
 * middle of its hour: that of the satellite's scan, or of the reanalysis' hour. Typical years write full hours
 * and say how far from them the irradiance is.
 */
export function readPvgis(text: string, path: string): RawWeather {
	const all = csvRows(text, path);
	const headerAt = all.findIndex(({ cells }) => /^time(\(utc\))?$/i.test(cells[0] ?? ''));
	if (headerAt < 0) throw unreadable(path, 'it has no line of names that begins with "time"');
	const head = all.slice(0, headerAt);
	const names = all[headerAt]?.cells ?? [];
	const dated = all.slice(headerAt + 1).filter(({ cells }) => /^\d{8}:\d{4}$/.test(cells[0] ?? ''));
	const { stampsMs, isTypical, keep } = fixedStamps(dated.map(stampOf), 0, {
		path,
		lines: linesOf(dated),
	});
	const rows = dated.filter((_, i) => keep[i]);
	const offsetH = Number(headValue(head, 'Irradiance Time Offset') ?? 0);
	return {
		format: isTypical ? 'PVGIS TMY CSV' : 'PVGIS CSV',
		labelling: 'middle of the hour',
		label: 'centre',
		stepMs: HOUR_MS,
		place: {
			name: null,
			latitude: numberOrNull(headValue(head, 'Latitude')),
			longitude: numberOrNull(headValue(head, 'Longitude')),
			altitudeM: numberOrNull(headValue(head, 'Elevation')),
		},
		offsetMinutes: 0,
		clock: 'UTC, as PVGIS always writes',
		stampsMs: stampsMs
			.filter((_, i) => keep[i])
			.map((stampMs) => stampMs + Math.round(offsetH * 60) * 60_000),
		lines: linesOf(rows),
		isTypical,
		columns: irradiance(rows, names, { head, path }),
		isAirInstant: false,
		notes: dated.length === rows.length ? [] : ['left out 29 February of a typical year'],
	};
}

function irradiance(
	rows: readonly Row[],
	names: readonly string[],
	{ head, path }: { head: readonly Row[]; path: string },
): Columns {
	const take = (...of: string[]) => column(rows, columnOf(names, ...of), path, isFiller);
	const air = { airC: take('T2m'), windMs: take('WS10m') };
	if (columnOf(names, 'G(h)') >= 0)
		return present({ ...air, ghi: take('G(h)'), dni: take('Gb(n)'), dhi: take('Gd(h)') });
	const slope = Number.parseFloat(headValue(head, 'Slope') ?? '0');
	if (slope !== 0)
		throw unreadable(
			path,
			`its irradiance is that of a plane of slope ${slope} degrees; ask PVGIS for slope 0 with the radiation's components, or for a typical year`,
		);
	const [direct, diffuse] = [take('Gb(i)'), take('Gd(i)')];
	const ghi =
		direct === undefined || diffuse === undefined
			? take('G(i)')
			: direct.map((value, i) => value + (diffuse[i] as number));
	return present({ ...air, ghi, dhi: diffuse });
}

function stampOf({ cells }: Row): CivilStamp {
	const text = cells[0] ?? '';
	return {
		year: Number(text.slice(0, 4)),
		month: Number(text.slice(4, 6)),
		day: Number(text.slice(6, 8)),
		minutes: Number(text.slice(9, 11)) * 60 + Number(text.slice(11, 13)),
	};
}

function headValue(head: readonly Row[], name: string): string | null {
	const line = head.map(({ cells }) => cells.join(',')).find((text) => text.startsWith(name));
	return line === undefined ? null : line.slice(line.indexOf(':') + 1).trim();
}

function numberOrNull(text: string | null): number | null {
	const value = Number.parseFloat(text ?? '');
	return Number.isFinite(value) ? value : null;
}
