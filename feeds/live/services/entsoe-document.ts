import { XMLParser, XMLValidator } from 'fast-xml-parser';
import * as z from 'zod';
import { PLAINLY } from '../../../protocol/plain-issue.ts';
import type { FeedPoint } from '../feed.ts';
import { quoted, saidInText, shapeOf } from '../http-text.ts';
import { inOrder } from '../points.ts';
import { HOUR_MS, MINUTE_MS } from './service.ts';

const Digits = z.string().regex(/^\d{1,6}$/);
const Decimal = z.string().regex(/^-?\d+(\.\d+)?$/);
const Instant = z.iso.datetime({ precision: -1 }).or(z.iso.datetime());

const Period = z.object({
	timeInterval: z.object({ start: Instant, end: Instant }),
	resolution: z.string().regex(/^PT\d{1,4}[MH]$/),
	Point: z.array(z.object({ position: Digits, 'price.amount': Decimal })),
});
type Period = z.infer<typeof Period>;
const TimeSeries = z.object({
	'currency_Unit.name': z.string(),
	'price_Measure_Unit.name': z.string(),
	/** A01: a value for each position. A03: only where the value changes. */
	curveType: z.enum(['A01', 'A03']).optional(),
	/** Where a zone has several auctions, which of them; 1 is the common European one. */
	'classificationSequence_AttributeInstanceComponent.position': Digits.optional(),
	Period: z.array(Period),
});
type TimeSeries = z.infer<typeof TimeSeries>;
const Prices = z.object({
	Publication_MarketDocument: z.object({ TimeSeries: z.array(TimeSeries).default([]) }),
});
const Acknowledgement = z.object({
	Acknowledgement_MarketDocument: z.object({
		Reason: z.array(z.object({ code: z.string(), text: z.string().default('') })).min(1),
	}),
});

/** Prices of a document, by time. */
export interface EntsoePrices {
	/** As `EUR/MWH`; null where the document has no prices. */
	readonly unit: string | null;
	readonly points: readonly FeedPoint[];
}

/** A day-ahead price is settled when it is published, so none of them is a forecast. */
const isForecast = false;

/**
 * Day-ahead prices (document A44) of ENTSO-E’s transparency platform. Where several series say a price for a time, that of the
 * common auction counts, and of those the one of the shortest step.
 *
 * @param error makes an error of what cannot be used: `refused` where the platform says that it has none
 */
export function readPrices(
	text: string,
	error: (reason: string, kind?: 'refused') => Error,
): EntsoePrices {
	const document = parse(text);
	const refusal = reasonsIn(document);
	if (refusal !== '') throw error(refusal, 'refused');
	if (document === null)
		throw error(`the answer is no price document but begins with ${quoted(text)}`);
	const parsed = Prices.safeParse(document, PLAINLY);
	if (!parsed.success) throw error(`the answer is no price document: ${shapeOf(parsed.error)}`);
	const series = parsed.data.Publication_MarketDocument.TimeSeries;
	const units = new Set(
		series.map((one) => `${one['currency_Unit.name']}/${one['price_Measure_Unit.name']}`),
	);
	if (units.size > 1) throw error(`its prices are in ${[...units].join(' and ')}`);
	const long = series
		.flatMap((one) => one.Period)
		.find((period) => !(lengthOf(period) <= POSITIONS_MAX));
	if (long !== undefined)
		throw error(
			`it has a period from ${long.timeInterval.start} to ${long.timeInterval.end} in steps of ${long.resolution}`,
		);
	const blocks = series.flatMap((one) => one.Period.map((period) => blockOf(one, period)));
	blocks.sort((a, b) => a.sequence - b.sequence || a.stepMs - b.stepMs);
	const [unit = null] = units;
	return { unit, points: inOrder(blocks.flatMap(({ points }) => points)) };
}

/** What the platform says where it has nothing or refuses; empty where it says nothing. */
export function reasonOf(text: string): string {
	const said = reasonsIn(parse(text));
	return said === '' ? saidInText(text) : said;
}

function reasonsIn(document: unknown): string {
	const parsed = Acknowledgement.safeParse(document);
	if (!parsed.success) return '';
	const { Reason: reasons } = parsed.data.Acknowledgement_MarketDocument;
	return quoted(reasons.map(({ text, code }) => (text === '' ? `code ${code}` : text)).join('; '));
}

/** Null for what is no XML. */
function parse(text: string): unknown {
	if (!text.trimStart().startsWith('<') || XMLValidator.validate(text) !== true) return null;
	const parser = new XMLParser({
		ignoreAttributes: true,
		removeNSPrefix: true,
		parseTagValue: false,
		processEntities: false,
		isArray: (name) => ['TimeSeries', 'Period', 'Point', 'Reason'].includes(name),
	});
	try {
		return parser.parse(text) as unknown;
	} catch {
		return null;
	}
}

/** More than a year of quarters of an hour: nobody publishes that, and it would be counted through. */
const POSITIONS_MAX = 40_000;

function stepOf({ resolution }: Period): number {
	const [, count = '', unit] = /^PT(\d+)([MH])$/.exec(resolution) ?? [];
	return Number(count) * (unit === 'H' ? HOUR_MS : MINUTE_MS);
}

/** How many positions a period has; not a number for one without an extent. */
function lengthOf(period: Period): number {
	const { start, end } = period.timeInterval;
	const length = Math.round((Date.parse(end) - Date.parse(start)) / stepOf(period));
	return length > 0 ? length : Number.NaN;
}

function blockOf(series: TimeSeries, period: Period) {
	const stepMs = stepOf(period);
	const startMs = Date.parse(period.timeInterval.start);
	const length = lengthOf(period);
	const given = new Map(
		period.Point.map((point) => [Number(point.position), Number(point['price.amount'])]),
	);
	const points: FeedPoint[] = [];
	let last: number | undefined;
	// A day of the change of clocks has more or fewer positions, which the interval says.
	for (let position = 1; position <= length; position++) {
		last = given.get(position) ?? (series.curveType === 'A03' ? last : undefined);
		if (last !== undefined)
			points.push({ fromMs: startMs + (position - 1) * stepMs, value: last, isForecast });
	}
	const sequence = series['classificationSequence_AttributeInstanceComponent.position'] ?? '1';
	return { sequence: Number(sequence), stepMs, points };
}
