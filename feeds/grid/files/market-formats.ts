import { quoted } from '../../../protocol/plain-text.ts';
import { note } from '../../../protocol/remark.ts';
import { unitInName } from '../../signal/column-units.ts';
import { parseWrittenMs } from '../../signal/instant.ts';
import { zoneClock } from '../../signal/wall-clock.ts';
import type { FilePoint, GridFileChoices, RawGridFile } from './grid-file.ts';
import { oneOf, type Row, rowsOf, type Table, UnfitFile } from './table.ts';

/** Prices of power exchanges and system operators, and what else their sites export. */
export const MARKET_FORMATS = [entsoePrices, oasis, ercot, gridStatus, ember, energyCharts];

/** Of prices per MWh, as power exchanges have them. */
const PER_MWH = 1 / 1000;

/** @param said by the title of the column of prices; null: nothing is */
function prices(
	format: string,
	{ currency, region }: { readonly currency: string | null; readonly region: string | null },
	said: { readonly factor: number } | null = null,
) {
	const unit = { factor: said?.factor ?? PER_MWH, isStated: said !== null };
	return { format, signal: 'price', kind: null, currency, region, unit } as const;
}

/** Clocks that ENTSO-E's exports name. */
const ENTSOE_CLOCKS: readonly (readonly [name: RegExp, zone: string])[] = [
	[/^UTC/, 'UTC'],
	[/^CE?S?T/, 'Europe/Brussels'],
	[/^EES?T/, 'Europe/Helsinki'],
	[/^WES?T/, 'Europe/Lisbon'],
	[/^(GMT|BST)/, 'Europe/London'],
];

/**
 * The day-ahead prices that ENTSO-E's transparency platform exports: local times; where an area has two auctions, both with
 * a number for their sequence.
 */
function entsoePrices(table: Table, choices: GridFileChoices): RawGridFile | string | null {
	const time = table.find(/^(mtu|date ?time) ?\(/i);
	const value = table.find(/^(day-ahead )?price ?[([]|^day-ahead price/i);
	if (time < 0 || value < 0) return null;
	const areaAt = firstOf(table, [/^area$/i, /^area ?(display)? ?name$/i, /^map ?code$/i]);
	if (areaAt < 0 && table.find(/^sequence$/i) < 0 && !/^mtu/i.test(table.header[time] as string))
		return null;
	const area = rowsOf(table, { at: areaAt, what: 'areas', wanted: choices.region });
	const { rows, notes } = ofSequence(table, area.rows, choices.sequence);
	const named = /\((.+)\)/.exec(table.header[time] as string)?.[1] ?? '';
	const zone = ENTSOE_CLOCKS.find(([name]) => name.test(named))?.[1] ?? choices.timezone;
	const unit = priceUnit(table.title(value));
	if (typeof unit === 'string') return unit;
	const currencyAt = table.find(/^currency$/i);
	const currency =
		unit?.currency ?? (currencyAt < 0 ? null : table.text(rows[0] as Row, currencyAt) || null);
	let previousMs = Number.NEGATIVE_INFINITY;
	const points = rows.map((row) => {
		const epochMs = mtuStartMs(table, row, { time, zone, previousMs });
		previousMs = epochMs;
		return { epochMs, value: table.number(row, value) * (unit?.factor ?? PER_MWH) };
	});
	return {
		...prices('ENTSO-E day-ahead CSV', { currency, region: area.name }, unit),
		points,
		notes,
	};
}

function firstOf(table: Table, patterns: readonly RegExp[]): number {
	return patterns.map((pattern) => table.find(pattern)).find((at) => at >= 0) ?? -1;
}

/** The rows of one auction: the one that is asked for, else the first, which is said. */
function ofSequence(table: Table, rows: readonly Row[], wanted: string | null) {
	const at = table.find(/^sequence$/i);
	if (at < 0) return { rows, notes: [] };
	const numberOf = (row: Row) => /\d+/.exec(table.text(row, at))?.[0] ?? null;
	const known = [...new Set(rows.map(numberOf))].filter((one) => one !== null).sort();
	if (wanted !== null && !known.includes(wanted))
		throw new UnfitFile(
			`it has no sequence ${wanted}; ${known.length === 0 ? 'it has none' : `it has ${known.join(' and ')}`}`,
		);
	if (known.length === 0) return { rows, notes: [] };
	const taken = wanted ?? (known[0] as string);
	const kept = rows.filter((row) => [taken, null].includes(numberOf(row)));
	const others = known.filter((one) => one !== taken);
	const notes =
		others.length === 0
			? []
			: [
					note(
						`rows are of sequence ${others.join(' and ')} and not used: prices are those of sequence ${taken} (sequence: says which)`,
						rows.length - kept.length,
						rows.length,
					),
				];
	return { rows: kept, notes };
}

/**
 * The start of `26.10.2025 02:00 - 26.10.2025 03:00` or `26/10/2025 02:00:00 - …`. The hour that the end of
 * summer time repeats comes twice in the file: the second is the later one.
 */
function mtuStartMs(
	table: Table,
	row: Row,
	{ time, zone, previousMs }: { readonly time: number; readonly zone: string; previousMs: number },
): number {
	const iso = table.instant(row, time);
	const text = table.text(row, time);
	const match = /^(\d{2})[./](\d{2})[./](\d{4}) (\d{2}:\d{2})/.exec(text);
	const wallMs =
		match === null ? iso : (parseWrittenMs(match[0] as string, 'day-first') ?? Number.NaN);
	if (Number.isNaN(wallMs)) return Number.NaN;
	const clock = zoneClock(zone);
	const first = clock.instantMs(wallMs);
	return first > previousMs ? first : clock.instantMs(wallMs, true);
}

/** California's OASIS: prices of nodes, of which the locational marginal price is the sum of the other kinds. */
function oasis(table: Table, { region }: GridFileChoices): RawGridFile | string | null {
	const time = table.find(/^intervalstarttime_gmt$/i);
	const value = table.find(/^(mw|prc|value|lmp_prc)$/i);
	const kind = table.find(/^lmp_type$/i);
	if (time < 0 || value < 0) return null;
	const market = table.find(/^market_run_id$/i);
	if (market >= 0 && table.values(market).length > 1)
		throw new UnfitFile(
			`it has several markets (${table.values(market).join(', ')}); keep the rows of one`,
		);
	const nodes = firstOf(table, [/^node$/i, /^node_id$/i]);
	const { rows, name } = rowsOf(table, { at: nodes, what: 'nodes', wanted: region });
	const kept = kind < 0 ? rows : rows.filter((row) => /^lmp$/i.test(table.text(row, kind)));
	if (kept.length === 0) return 'it has no rows of LMP_TYPE LMP';
	const parts = rows.length - kept.length;
	return {
		// Who names the node has looked; else it is a node of California.
		...prices('CAISO OASIS CSV', {
			currency: 'USD',
			region: region !== null && name === region ? name : 'CAISO',
		}),
		points: kept.map((row) => ({
			epochMs: table.instant(row, time),
			value: table.number(row, value) * PER_MWH,
		})),
		notes: [
			...(name === null ? [] : [note(`prices are those of node ${name}`)]),
			...(parts === 0
				? []
				: [note('rows are parts of the price and not used', parts, rows.length)]),
		],
	};
}

const CHICAGO = 'America/Chicago';

/** Texas' settlement point prices: a day, the hour that ends, and whether it is the one that the clock shows again. */
function ercot(table: Table, { region }: GridFileChoices): RawGridFile | string | null {
	const day = table.find(/^delivery ?date$/i);
	const hour = table.find(/^(hour ?ending|delivery ?hour)$/i);
	const value = table.find(/^settlement ?point ?price$/i);
	if (day < 0 || hour < 0 || value < 0) return null;
	const points = firstOf(table, [/^settlement ?point( ?name)?$/i]);
	const { rows, name } = rowsOf(table, { at: points, what: 'settlement points', wanted: region });
	const [quarter, flag] = [
		table.find(/^delivery ?interval$/i),
		table.find(/^(repeated ?hour ?flag|dst ?flag)$/i),
	];
	const clock = zoneClock(CHICAGO);
	const startMs = (row: Row): number => {
		const dayMs = parseWrittenMs(table.text(row, day), 'month-first') ?? table.instant(row, day);
		const ends = Number(/^\d{1,2}/.exec(table.text(row, hour))?.[0]);
		const minutes = quarter < 0 ? 0 : (Number(table.text(row, quarter)) - 1) * 15;
		const isAgain = flag >= 0 && /^y/i.test(table.text(row, flag));
		return clock.instantMs(dayMs + ((ends - 1) * 60 + minutes) * 60_000, isAgain);
	};
	return {
		...prices('ERCOT CSV', {
			currency: 'USD',
			region: region !== null && name === region ? name : 'ERCOT',
		}),
		points: rows.map(
			(row): FilePoint => ({
				epochMs: startMs(row),
				value: table.number(row, value) * PER_MWH,
			}),
		),
		notes: name === null ? [] : [note(`prices are those of settlement point ${name}`)],
	};
}

/** What the Python library gridstatus writes of American markets: USD/MWh, times with an offset. */
function gridStatus(table: Table, { region }: GridFileChoices): RawGridFile | string | null {
	const time = table.find(/^interval start( utc)?$/i);
	const value = table.find(/^(lmp|spp)$/i);
	if (time < 0 || value < 0) return null;
	const at = table.find(/^location$/i);
	const { rows, name } = rowsOf(table, { at, what: 'locations', wanted: region });
	return {
		...prices('gridstatus CSV', {
			currency: 'USD',
			region: region !== null && name === region ? name : null,
		}),
		points: rows.map((row) => ({
			epochMs: table.instant(row, time),
			value: table.number(row, value) * PER_MWH,
		})),
		notes: name === null ? [] : [note(`prices are those of location ${name}`)],
	};
}

/** Ember's hourly wholesale prices of European countries, UTC. */
function ember(table: Table, { region }: GridFileChoices): RawGridFile | string | null {
	const time = table.find(/^datetime \(utc\)$/i);
	const value = table.find(/^price \(/i);
	const country = table.find(/^country$/i);
	if (time < 0 || value < 0 || country < 0) return null;
	const unit = priceUnit(table.title(value));
	if (typeof unit === 'string') return unit;
	const { rows, name } = rowsOf(table, { at: country, what: 'countries', wanted: region });
	return {
		...prices('Ember CSV', { currency: unit?.currency ?? null, region: name }, unit),
		points: rows.map((row) => ({
			epochMs: table.instant(row, time),
			value: table.number(row, value) * (unit?.factor ?? PER_MWH),
		})),
	};
}

/** Of emissions themselves, which are sold too. */
const ALLOWANCE = /allowance|certificate|zertifikat|\beua\b/i;

/**
 * What Energy-Charts' website exports: dates with an offset, EUR/MWh or g/kWh by the title of the column or by the row below it.
 */
function energyCharts(table: Table, { column }: GridFileChoices): RawGridFile | string | null {
	const { header } = table;
	if (header.length < 2 || !/^(date|datum|datetime)\b/i.test(header[0] as string)) return null;
	const titled = header.map((_, i) => ({ at: i, title: table.title(i) })).slice(1);
	const ofPrice = titled.filter(
		({ title }) => /[a-z€$£]{1,3} ?\/ ?mwh|price|preis/i.test(title) && !ALLOWANCE.test(title),
	);
	if (ofPrice.length > 0) {
		const { at, title } = chosen(ofPrice, table, column);
		const unit = priceUnit(title);
		if (typeof unit === 'string') return unit;
		return {
			...prices(
				'Energy-Charts CSV',
				{ currency: unit?.currency ?? null, region: areaIn(header[at] as string) },
				unit,
			),
			points: table.points(0, at, unit?.factor ?? PER_MWH),
		};
	}
	const ofCarbon = titled.filter(({ title }) => /\bg ?co2|co2.*\bg ?\/ ?kwh/i.test(title));
	if (ofCarbon.length === 0) return null;
	const { at } = chosen(ofCarbon, table, column);
	return {
		...{ format: 'Energy-Charts CSV', signal: 'carbon', kind: 'average' },
		...{ currency: null, region: null, points: table.points(0, at, 1) },
		unit: { factor: 1, isStated: true },
	};
}

interface Titled {
	readonly at: number;
	readonly title: string;
}

/** Of several columns of one kind the one that the scenario names. */
function chosen(columns: readonly Titled[], { header }: Table, wanted: string | null): Titled {
	const [first] = columns;
	if (columns.length === 1 && first !== undefined) return first;
	const names = columns.map(({ at }) => header[at] as string);
	const name = oneOf(names, 'columns of values', wanted);
	return columns[names.indexOf(name)] as Titled;
}

/** `DE-LU` of `Day Ahead Auction (DE-LU)`: what is in brackets and no unit. */
function areaIn(name: string): string | null {
	const area = /\(([A-Z]{2}(?:[-_ ][A-Z\d]+)*)\)/.exec(name)?.[1] ?? null;
	return area;
}

/** The unit in the title of a column of prices; null where it says none, a text for what is no price. */
function priceUnit(title: string): { currency: string | null; factor: number } | string | null {
	const named = unitInName(title);
	if (named === null) return null;
	if (named.type === 'unclear') {
		// An area in brackets is no unit: the unit is said elsewhere, or not at all.
		if (areaIn(`(${named.text})`) !== null) return null;
		return `its column ${quoted(title)} has ${quoted(named.text)} where units stand, which ${named.why}; for any other CSV use source: trace and its unit`;
	}
	const { currency, factor, text, dimension } = named.unit;
	if (dimension === 'price') return { currency, factor };
	return `its column ${quoted(title)} is in ${text}, which is no price`;
}
