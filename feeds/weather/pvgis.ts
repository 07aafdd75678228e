import { unusedNames } from './columns.ts';
import { numberOrNull } from './fixed-table.ts';
import type { Columns, RawWeather } from './series.ts';
import { type CivilStamp, fixedStamps, leapDayNote } from './stamps.ts';
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
/** Columns of light on the horizontal, and on a plane that may be it. */
const USED = ['G(h)', 'Gb(n)', 'Gd(h)', 'T2m', 'WS10m'];
const USED_OF_PLANE = ['G(i)', 'Gb(i)', 'Gd(i)', 'Gr(i)', 'T2m', 'WS10m'];

/** What an answer of PVGIS has, in whatever form. */
export interface PvgisTable {
	readonly path: string;
	/** CSV or JSON. */
	readonly form: string;
	readonly names: readonly string[];
	/** The first cell of each is its time. */
	readonly rows: readonly Row[];
	/** Hours from a stamp to the instant of its irradiance. */
	readonly offsetH: number;
	readonly latitude: number | null;
	readonly longitude: number | null;
	readonly altitudeM: number | null;
	/** Of the plane of `G(i)`, degrees from horizontal; null: it turns. */
	readonly slopeDeg: number | null;
}

/**
 * PVGIS' CSV: lines of "name: value", names of the columns, rows in UTC, remarks. A stamp such as 20160101:0010 is the
 * middle of its hour: that of the satellite's scan, or of the reanalysis' hour. Typical years write full hours
 * and say how far from them the irradiance is.
 */
export function readPvgis(text: string, path: string): RawWeather {
	const all = csvRows(text, path);
	const headerAt = all.findIndex(({ cells }) => /^time(\(utc\))?$/i.test(cells[0] ?? ''));
	if (headerAt < 0) throw unreadable(path, 'it has no line of names that begins with "time"');
	const head = all.slice(0, headerAt);
	return pvgisWeather({
		path,
		form: 'CSV',
		names: all[headerAt]?.cells ?? [],
		rows: all.slice(headerAt + 1).filter(({ cells }) => /^\d{8}:\d{4}$/.test(cells[0] ?? '')),
		offsetH: Number(headValue(head, 'Irradiance Time Offset') ?? 0),
		latitude: numberOrNull(headValue(head, 'Latitude')),
		longitude: numberOrNull(headValue(head, 'Longitude')),
		altitudeM: numberOrNull(headValue(head, 'Elevation')),
		slopeDeg: Number.parseFloat(headValue(head, 'Slope') ?? '0'),
	});
}

/** The same of PVGIS' answer in any form. */
export function pvgisWeather(table: PvgisTable): RawWeather {
	const { path, form, names, rows: dated, offsetH } = table;
	const { stampsMs, isTypical, keep } = fixedStamps(
		dated.map((row) => stampOf(row, path)),
		0,
		{ path, lines: linesOf(dated) },
	);
	const rows = dated.filter((_, i) => keep[i]);
	const used = columnOf(names, 'G(h)') >= 0 ? USED : USED_OF_PLANE;
	return {
		format: isTypical ? `PVGIS TMY ${form}` : `PVGIS ${form}`,
		labelling: 'middle of the hour',
		label: 'centre',
		stepMs: HOUR_MS,
		place: {
			name: null,
			latitude: table.latitude,
			longitude: table.longitude,
			altitudeM: table.altitudeM,
		},
		offsetMinutes: 0,
		clock: 'UTC, as PVGIS always writes',
		stampsMs: stampsMs
			.filter((_, i) => keep[i])
			.map((stampMs) => stampMs + Math.round(offsetH * 60) * 60_000),
		lines: linesOf(rows),
		isTypical,
		columns: irradiance(rows, table),
		isAirInstant: false,
		notes: [
			...(dated.length === rows.length
				? []
				: [leapDayNote(dated.length - rows.length, dated.length)]),
			...unusedNames(names.slice(1).filter((name) => columnOf(used, name) < 0)),
		],
	};
}

function irradiance(rows: readonly Row[], { names, path, slopeDeg }: PvgisTable): Columns {
	const take = (...of: string[]) => column(rows, columnOf(names, ...of), path, isFiller);
	const air = { airC: take('T2m'), windMs: take('WS10m') };
	if (columnOf(names, 'G(h)') >= 0)
		return present({ ...air, ghi: take('G(h)'), dni: take('Gb(n)'), dhi: take('Gd(h)') });
	if (slopeDeg !== 0)
		throw unreadable(
			path,
			`its irradiance is that of a plane ${slopeDeg === null ? 'that follows the sun' : `of slope ${slopeDeg} degrees`}; ask PVGIS for slope 0 with the radiation's components, or for a typical year`,
		);
	const [direct, diffuse] = [take('Gb(i)'), take('Gd(i)')];
	const ghi =
		direct === undefined || diffuse === undefined
			? take('G(i)')
			: direct.map((value, i) => value + (diffuse[i] as number));
	return present({ ...air, ghi, dhi: diffuse });
}

function stampOf({ cells, line }: Row, path: string): CivilStamp {
	const text = cells[0] ?? '';
	if (!/^\d{8}:\d{4}$/.test(text))
		throw unreadable(path, `row ${line} has the time "${text}"; PVGIS writes 20160101:0010`);
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
