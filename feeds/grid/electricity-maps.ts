import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { arrange, type CivilSpan, checkNoGap, chunks, firstGap, widen } from './coverage.ts';
import { type FeedClient, FeedError, fetchJson } from './fetch-json.ts';
import type { SeriesPoint } from './grid-values.ts';
import { isoInstant } from './reader.ts';

export const ELECTRICITY_MAPS_BASE_URL = 'https://api.electricitymaps.com/v3';
export const ELECTRICITY_MAPS_NAME = 'Electricity Maps';
const HOUR_MS = 60 * 60_000;
const HISTORY_MS = 24 * HOUR_MS;
/** Hourly values are given for at most ten days a request. */
const WINDOW_MS = 10 * 24 * HOUR_MS;

/** An hour; carbonIntensity is g CO2eq/kWh of the average mix, life-cycle, null if unknown. */
const Item = z.object({
	datetime: z.iso.datetime({ offset: true }),
	carbonIntensity: z.number().nonnegative().nullable(),
});
const PastRange = z.object({ data: z.array(Item) });
const History = z.object({ history: z.array(Item) });
const Forecast = z.object({ forecast: z.array(Item) });

export interface ElectricityMapsQuery extends CivilSpan {
	readonly baseUrl: string;
	readonly zone: string;
	readonly nowEpochMs: number;
}

export interface ElectricityMapsAnswer {
	readonly points: SeriesPoint[];
	/** What was taken in place of what was asked for, for the run's metadata. */
	readonly notes: readonly string[];
}

/**
 * The average intensity of a zone, hour by hour: `past-range` for what is past (`history` where the plan does not
 * include it and a day is enough), `forecast` for what is to come, and where the plan has no forecast the
 * latest value, held, with a note.
 */
export async function fetchElectricityMaps(
	client: FeedClient,
	query: ElectricityMapsQuery,
): Promise<ElectricityMapsAnswer> {
	const whole = widen(query, HOUR_MS);
	const items: SeriesPoint[] = [];
	const pastEndMs = Math.min(whole.endEpochMs, query.nowEpochMs);
	if (whole.startEpochMs < pastEndMs) {
		const past = { startEpochMs: whole.startEpochMs, endEpochMs: pastEndMs };
		items.push(...(await fetchPast(client, query, past)));
	}
	// The past may end an hour or two before now.
	const span = { startEpochMs: query.startEpochMs, endEpochMs: query.endEpochMs };
	if (query.endEpochMs > query.nowEpochMs && hasGap(items, span)) {
		const future = await fetchFuture(client, query);
		items.push(...future.points);
		if (future.isLatest) return holdLatest(items, span);
	}
	const points = arrange(items, span);
	checkNoGap(`${ELECTRICITY_MAPS_NAME} zone "${query.zone}"`, points, span, HOUR_MS);
	return { points, notes: [] };
}

function hasGap(items: readonly SeriesPoint[], span: CivilSpan): boolean {
	return firstGap(arrange(items, span), span, HOUR_MS) !== null;
}

async function fetchPast(
	client: FeedClient,
	query: ElectricityMapsQuery,
	past: CivilSpan,
): Promise<SeriesPoint[]> {
	const points: SeriesPoint[] = [];
	try {
		for (const part of chunks(past, WINDOW_MS)) {
			const range = `start=${isoInstant(part.startEpochMs)}&end=${isoInstant(part.endEpochMs)}`;
			const { data } = await fetchJson(client, urlOf(query, 'past-range', range), PastRange);
			points.push(...known(data));
		}
		return points;
	} catch (error) {
		const isRecent = past.startEpochMs >= query.nowEpochMs - HISTORY_MS;
		if (!isRefusal(error) || !isRecent) throw error;
		const { history } = await fetchJson(client, urlOf(query, 'history'), History);
		return known(history);
	}
}

async function fetchFuture(
	client: FeedClient,
	query: ElectricityMapsQuery,
): Promise<{ points: SeriesPoint[]; isLatest: boolean }> {
	try {
		const { forecast } = await fetchJson(client, urlOf(query, 'forecast'), Forecast);
		return { points: known(forecast), isLatest: false };
	} catch (error) {
		if (!isRefusal(error)) throw error;
		const latest = await fetchJson(client, urlOf(query, 'latest'), Item);
		return { points: known([latest]), isLatest: true };
	}
}

/** The plan does not include the endpoint, or the zone has no such data; a wrong token fails again on the next. */
function isRefusal(error: unknown): boolean {
	return error instanceof FeedError && [401, 403, 404].includes(error.status ?? 0);
}

/** Holds the last value known over the rest of the span. */
function holdLatest(items: readonly SeriesPoint[], span: CivilSpan): ElectricityMapsAnswer {
	const latestMs = items.reduce(
		(last, point) => Math.max(last, point.epochMs),
		Number.NEGATIVE_INFINITY,
	);
	if (items.length === 0) {
		throw new ConfigError(
			`Cannot use ${ELECTRICITY_MAPS_NAME}: it has neither a forecast nor a latest value; use a profile or a trace`,
		);
	}
	const knownSpan = { ...span, endEpochMs: Math.min(span.endEpochMs, latestMs) };
	const points = arrange(items, span);
	checkNoGap(ELECTRICITY_MAPS_NAME, points, knownSpan, HOUR_MS);
	const note = `no forecast in this plan: the latest value, of ${isoInstant(latestMs)}, is held`;
	return { points, notes: [note] };
}

function known(items: readonly z.infer<typeof Item>[]): SeriesPoint[] {
	return items.flatMap(({ datetime, carbonIntensity }) =>
		carbonIntensity === null ? [] : [{ epochMs: Date.parse(datetime), value: carbonIntensity }],
	);
}

/** Always with the zone: without one the API answers for the caller's own place. */
function urlOf(query: ElectricityMapsQuery, endpoint: string, more?: string): string {
	const parameters = [`zone=${encodeURIComponent(query.zone)}`, 'emissionFactorType=lifecycle'];
	if (more !== undefined) parameters.push(more);
	return `${query.baseUrl}/carbon-intensity/${endpoint}?${parameters.join('&')}`;
}
