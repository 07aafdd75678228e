import { DateTime } from 'luxon';
import { quoted } from '../../../protocol/plain-text.ts';
import { note } from '../../../protocol/remark.ts';
import type { IntensityKind } from '../../../protocol/signals.ts';
import { recordedSignal } from '../../live/recording-format.ts';
import { unitInName } from '../../signal/column-units.ts';
import { parseInstantMs } from '../../signal/instant.ts';
import type { FilePoint, GridFileChoices, RawGridFile } from './grid-file.ts';
import { G_PER_KWH_OF_LB_PER_MWH } from './json-formats.ts';

/** A CSV file's header and rows, all cells trimmed. */
export interface Table {
	readonly header: readonly string[];
	readonly rows: readonly (readonly string[])[];
}

/** Null: not this format. A text: this format, but of no use, and why. */
type Parser = (table: Table, choices: GridFileChoices) => RawGridFile | string | null;

export const CSV_FORMATS: readonly Parser[] = [
	recording,
	electricityMaps,
	wattTime,
	vessimForecast,
	entsoePrices,
	energyCharts,
];

/** What `gridbeat record` and `gridbeat backfill` write. */
function recording({ header, rows }: Table): RawGridFile | null {
	const found = recordedSignal(header);
	if (found === null) return null;
	const signal = found.kind === null ? 'price' : 'carbon';
	const format = 'Gridbeat recording';
	return { format, signal, ...found, region: null, points: points(rows, 0, 1, 1) };
}

/** The yearly files of Electricity Maps' data portal; the titles of its columns have changed over the years. */
function electricityMaps(
	{ header, rows }: Table,
	{ emissionFactors }: GridFileChoices,
): RawGridFile | string | null {
	const time = find(header, /^datetime \(utc\)$/i);
	const columns = header.flatMap((name, i) => (/^carbon intensity gco/i.test(name) ? [i] : []));
	if (time < 0 || columns.length === 0) return null;
	const wanted = emissionFactors === 'direct' ? /\(direct\)/i : /\((lca|life ?cycle)\)/i;
	const value = columns.find((i) => wanted.test(header[i] as string));
	if (value === undefined) return `it has no column of ${emissionFactors} intensity`;
	const zone = find(header, /^zone id$/i);
	const estimated = find(header, /^data estimated$/i);
	const guesses = rows.filter((row) => /^true$/i.test(row[estimated] ?? '')).length;
	const zones = new Set(rows.map((row) => row[zone] ?? ''));
	if (zones.size > 1) return `it has several zones (${[...zones].slice(0, 3).join(', ')}, …)`;
	return {
		...carbon(`Electricity Maps CSV (${emissionFactors})`, 'average', rows[0]?.[zone] ?? null),
		points: points(rows, time, value, 1),
		notes: guesses === 0 ? [] : [note('values are estimates', guesses, rows.length)],
	};
}

/** WattTime's own downloads (`timestamp,MOER,…`, lb/MWh) and its client's (`point_time,value,…`). */
function wattTime({ header, rows }: Table): RawGridFile | string | null {
	const region = find(header, /^(ba|region)$/i);
	const named = rows[0]?.[region] ?? null;
	const older = [find(header, /^timestamp$/i), find(header, /^moer$/i)] as const;
	if (older[0] >= 0 && older[1] >= 0)
		return {
			...carbon('WattTime CSV (MOER)', 'marginal', named),
			points: points(rows, older[0], older[1], G_PER_KWH_OF_LB_PER_MWH),
		};
	const [time, value] = [find(header, /^point_time$/i), find(header, /^value$/i)];
	if (time < 0 || value < 0) return null;
	const made = find(header, /^generated_at$/i);
	const marginal = carbon('WattTime CSV', 'marginal', named);
	if (made < 0) return { ...marginal, points: points(rows, time, value, G_PER_KWH_OF_LB_PER_MWH) };
	return {
		...marginal,
		points: [],
		forecasts: forecasts(rows, { made, time, value }, G_PER_KWH_OF_LB_PER_MWH),
	};
}

/** Vessim's forecast tables: when asked, for when, and a column for each zone, g/kWh. */
function vessimForecast({ header, rows }: Table): RawGridFile | string | null {
	const made = find(header, /^(request_timestamp|request_time)$/i);
	const time = find(header, /^(forecast_timestamp|forecast_time)$/i);
	if (made < 0 || time < 0) return null;
	const values = header.flatMap((_, i) => (i === made || i === time ? [] : [i]));
	if (values.length !== 1)
		return `it has ${values.length} columns of values (${values.map((i) => header[i]).join(', ')}); one can be read`;
	const value = values[0] as number;
	return {
		...carbon('Vessim forecast CSV', 'marginal', header[value] as string),
		points: [],
		forecasts: forecasts(rows, { made, time, value }, 1),
	};
}

/** The day-ahead prices that ENTSO-E's transparency platform exports: local times, EUR/MWh. */
function entsoePrices(
	{ header, rows }: Table,
	choices: GridFileChoices,
): RawGridFile | string | null {
	const time = find(header, /^mtu \(/i);
	const value = find(header, /^day-ahead price/i);
	if (time < 0 || value < 0) return null;
	const zone = /\((.+)\)/.exec(header[time] as string)?.[1] ?? '';
	const civil = zone === 'UTC' ? 'UTC' : /^CES?T/.test(zone) ? 'Europe/Brussels' : choices.timezone;
	const currency = find(header, /^currency$/i);
	const unit = priceUnit(header[value] as string);
	if (typeof unit === 'string') return unit;
	const area = find(header, /^area$/i);
	let previousMs = Number.NEGATIVE_INFINITY;
	return {
		format: 'ENTSO-E day-ahead CSV',
		signal: 'price',
		kind: null,
		currency: unit?.currency ?? (rows[0]?.[currency] || null),
		region: rows[0]?.[area] ?? null,
		points: rows.map((row) => {
			const epochMs = mtuStartMs(row[time] ?? '', civil, previousMs);
			previousMs = epochMs;
			return { epochMs, value: cell(row[value]) * (unit?.factor ?? PER_MWH) };
		}),
	};
}

/**
 * The start of `26.10.2025 02:00 - 26.10.2025 03:00` or `26/10/2025 02:00:00 - …`. The hour that the end of
 * summer time repeats comes twice in the file: the second is the later one.
 */
function mtuStartMs(text: string, zone: string, previousMs: number): number {
	const match = /^(\d{2})[./](\d{2})[./](\d{4}) (\d{2}):(\d{2})/.exec(text);
	if (match === null) return Number.NaN;
	const [day, month, year, hour, minute] = match.slice(1).map(Number) as number[];
	const start = DateTime.fromObject({ year, month, day, hour, minute } as object, { zone });
	const earlier = start
		.getPossibleOffsets()
		.map((one) => one.toMillis())
		.sort((a, b) => a - b);
	return earlier.find((ms) => ms > previousMs) ?? start.toMillis();
}

/** Of prices per MWh, as power exchanges have them. */
const PER_MWH = 1 / 1000;

/** The unit in the title of a column of prices; null where it says none, a text for what is no price. */
function priceUnit(title: string): { currency: string | null; factor: number } | string | null {
	const named = unitInName(title);
	if (named === null) return null;
	if (named.type === 'unclear')
		return `its column ${quoted(title)} has ${quoted(named.text)} where units stand, which ${named.why}; for any other CSV use source: trace and its unit`;
	const { currency, factor, text, dimension } = named.unit;
	if (dimension === 'price') return { currency, factor };
	return `its column ${quoted(title)} is in ${text}, which is no price`;
}

/** What Energy-Charts' website exports: dates with an offset, EUR/MWh or g/kWh by the title of the column. */
function energyCharts({ header, rows }: Table): RawGridFile | string | null {
	const time = find(header, /^(date|datum)\b/i);
	if (time !== 0 || header.length < 2) return null;
	const price = header.findIndex((name) => /\b([a-z]{3}\/mwh|price)/i.test(name));
	const carbonColumn = header.findIndex((name) => /\bg ?co2 ?eq/i.test(name));
	if (price > 0) {
		const unit = priceUnit(header[price] as string);
		if (typeof unit === 'string') return unit;
		return {
			format: 'Energy-Charts CSV',
			signal: 'price',
			kind: null,
			currency: unit?.currency ?? null,
			region: null,
			points: points(rows, time, price, unit?.factor ?? PER_MWH),
		};
	}
	if (carbonColumn < 0) return null;
	return {
		...carbon('Energy-Charts CSV', 'average', null),
		points: points(rows, time, carbonColumn, 1),
	};
}

function find(header: readonly string[], pattern: RegExp): number {
	return header.findIndex((name) => pattern.test(name));
}

function carbon(format: string, kind: IntensityKind, region: string | null) {
	return { format, signal: 'carbon', kind, currency: null, region } as const;
}

function points(
	rows: readonly (readonly string[])[],
	time: number,
	value: number,
	factor: number,
): FilePoint[] {
	return rows.map((row) => ({ epochMs: instant(row[time]), value: cell(row[value]) * factor }));
}

function forecasts(
	rows: readonly (readonly string[])[],
	column: { readonly made: number; readonly time: number; readonly value: number },
	factor: number,
) {
	const byMade = new Map<number, FilePoint[]>();
	for (const row of rows) {
		const madeAtMs = instant(row[column.made]);
		let list = byMade.get(madeAtMs);
		if (list === undefined) {
			list = [];
			byMade.set(madeAtMs, list);
		}
		list.push({ epochMs: instant(row[column.time]), value: cell(row[column.value]) * factor });
	}
	return [...byMade].map(([madeAtMs, list]) => ({ madeAtMs, points: list }));
}

/** NaN for what is no time; it is named by line later. */
function instant(text: string | undefined): number {
	return parseInstantMs(text ?? '') ?? Number.NaN;
}

/** NaN for an empty cell, Infinity (refused later, with its time) for what is no number. */
function cell(text: string | undefined): number {
	const bare = (text ?? '').replace(/^(n\/e|n\/a|nan|null|-)$/i, '');
	if (bare === '') return Number.NaN;
	const value = Number(bare);
	return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}
