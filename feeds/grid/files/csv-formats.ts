import { note } from '../../../protocol/remark.ts';
import type { IntensityKind } from '../../../protocol/signals.ts';
import { recordedSignal } from '../../live/recording-format.ts';
import type { FilePoint, GridFileChoices, RawGridFile } from './grid-file.ts';
import { G_PER_KWH_OF_LB_PER_MWH } from './json-formats.ts';
import { MARKET_FORMATS } from './market-formats.ts';
import { oneOf, type Row, rowsOf, type Table } from './table.ts';

/** Null: not this format. A text: this format, but of no use, and why. */
export type CsvParser = (table: Table, choices: GridFileChoices) => RawGridFile | string | null;

export const CSV_FORMATS: readonly CsvParser[] = [
	recording,
	electricityMaps,
	wattTime,
	vessimForecast,
	britain,
	...MARKET_FORMATS,
];

/** What `gridbeat record` and `gridbeat backfill` write. */
function recording(table: Table): RawGridFile | null {
	const found = recordedSignal(table.header);
	if (found === null) return null;
	const signal = found.kind === null ? 'price' : 'carbon';
	const format = 'Gridbeat recording';
	const unit = { factor: 1, isStated: true };
	return { format, signal, ...found, region: null, unit, points: table.points(0, 1, 1) };
}

/** The yearly files of Electricity Maps' data portal; the titles of its columns have changed over the years. */
function electricityMaps(
	table: Table,
	{ emissionFactors, region }: GridFileChoices,
): RawGridFile | string | null {
	const { header } = table;
	const time = table.find(/^datetime \(utc\)$/i);
	const columns = header.flatMap((name, i) =>
		/^carbon intensity gco|^carbon intensity \(gco/i.test(name) ? [i] : [],
	);
	if (time < 0 || columns.length === 0) return null;
	const wanted = emissionFactors === 'direct' ? /\(direct\)/i : /\((lca|life ?cycle)\)/i;
	const value = columns.find((i) => wanted.test(header[i] as string));
	if (value === undefined) return `it has no column of ${emissionFactors} intensity`;
	const zone = table.find(/^zone id$/i);
	const { rows, name } = rowsOf(table, { at: zone, what: 'zones', wanted: region });
	const estimated = table.find(/^data estimated$/i);
	const guesses =
		estimated < 0 ? 0 : rows.filter((row) => /^true$/i.test(table.text(row, estimated))).length;
	return {
		...carbon(`Electricity Maps CSV (${emissionFactors})`, 'average', name),
		unit: { factor: 1, isStated: true },
		points: rows.map((row) => point(table, row, { time, value, factor: 1 })),
		notes: guesses === 0 ? [] : [note('values are estimates', guesses, rows.length)],
	};
}

/** WattTime's own downloads (`timestamp,MOER,…`, lb/MWh) and its client's (`point_time,value,…`). */
function wattTime(table: Table, { region: wanted }: GridFileChoices): RawGridFile | string | null {
	const region = table.find(/^(ba|region)$/i);
	const [timestamp, moer] = [table.find(/^timestamp$/i), table.find(/^moer$/i)];
	const isOlder = timestamp >= 0 && moer >= 0;
	const time = isOlder ? timestamp : table.find(/^point_time$/i);
	const value = isOlder ? moer : table.find(/^value$/i);
	if (time < 0 || value < 0) return null;
	const { rows, name } = rowsOf(table, { at: region, what: 'regions', wanted });
	const marginal = {
		...carbon(isOlder ? 'WattTime CSV (MOER)' : 'WattTime CSV', 'marginal', name),
		unit: { factor: G_PER_KWH_OF_LB_PER_MWH, isStated: false },
	};
	const at = { time, value, factor: G_PER_KWH_OF_LB_PER_MWH };
	const made = isOlder ? -1 : table.find(/^generated_at$/i);
	if (made < 0) return { ...marginal, points: rows.map((row) => point(table, row, at)) };
	return { ...marginal, points: [], forecasts: forecasts(table, rows, { ...at, made }) };
}

/** Vessim's forecast tables: when asked, for when, and a column for each zone, g/kWh. */
function vessimForecast(table: Table, { column }: GridFileChoices): RawGridFile | string | null {
	const { header } = table;
	const made = table.find(/^(request_timestamp|request_time)$/i);
	const time = table.find(/^(forecast_timestamp|forecast_time)$/i);
	if (made < 0 || time < 0) return null;
	const names = header.filter((_, i) => i !== made && i !== time);
	if (names.length === 0) return 'it has no column of values';
	const name =
		names.length === 1 ? (names[0] as string) : oneOf(names, 'columns of values', column);
	const value = header.indexOf(name);
	return {
		...carbon('Vessim forecast CSV', 'marginal', name),
		points: [],
		forecasts: forecasts(table, table.rows, { made, time, value, factor: 1 }),
	};
}

/** Regions of Great Britain as its system operator names them. */
const BRITISH = /^(north scotland|south scotland|north(east|west)? england|south wales|london)$/i;

/**
 * Great Britain's system operator: intensity of the whole (`datetime,forecast,actual`), by generation (`DATETIME,GAS,…,
 * CARBON_INTENSITY`) and of regions, a column each. UTC, g/kWh.
 */
function britain(table: Table, { column }: GridFileChoices): RawGridFile | string | null {
	const time = table.find(/^(datetime|from)( ?\(utc\))?$/i);
	if (time < 0) return null;
	const ofMix = table.find(/^carbon_intensity$/i);
	if (ofMix >= 0)
		return {
			...carbon('NESO generation mix', 'average', 'GB'),
			points: table.points(time, ofMix, 1),
		};
	if (table.header.filter((name) => BRITISH.test(name)).length > 1) {
		const names = table.header.filter((_, i) => i !== time);
		const name = oneOf(names, 'columns of values', column);
		return {
			...carbon(`NESO regional intensity, ${name}`, 'average', 'GB'),
			points: table.points(time, table.header.indexOf(name), 1),
			notes: [note('values are forecasts: there is no actual one')],
		};
	}
	const forecast = table.find(/^(forecast|.*forecast.*carbon.*)$/i);
	const actual = table.find(/^(actual|.*actual.*carbon.*)$/i);
	if (forecast < 0 || actual < 0) return null;
	let missing = 0;
	const points = table.rows.map((row) => {
		const [known, expected] = [table.number(row, actual), table.number(row, forecast)];
		if (Number.isNaN(known)) missing++;
		return { epochMs: table.instant(row, time), value: Number.isNaN(known) ? expected : known };
	});
	return {
		...carbon('UK Carbon Intensity CSV', 'average', 'GB'),
		points,
		notes:
			missing === 0
				? []
				: [note('values are forecasts: there is no actual one', missing, points.length)],
	};
}

function carbon(format: string, kind: IntensityKind, region: string | null) {
	const unit = { factor: 1, isStated: false };
	return { format, signal: 'carbon', kind, currency: null, region, unit } as const;
}

interface At {
	readonly time: number;
	readonly value: number;
	readonly factor: number;
}

function point(table: Table, row: Row, { time, value, factor }: At): FilePoint {
	return { epochMs: table.instant(row, time), value: table.number(row, value) * factor };
}

function forecasts(table: Table, rows: readonly Row[], at: At & { readonly made: number }) {
	const byMade = new Map<number, FilePoint[]>();
	for (const row of rows) {
		const madeAtMs = table.instant(row, at.made);
		let list = byMade.get(madeAtMs);
		if (list === undefined) {
			list = [];
			byMade.set(madeAtMs, list);
		}
		list.push(point(table, row, at));
	}
	return [...byMade].map(([madeAtMs, list]) => ({ madeAtMs, points: list }));
}
