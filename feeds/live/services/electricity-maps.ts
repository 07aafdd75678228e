import * as z from 'zod';
import { ConfigError } from '../../../protocol/errors.ts';
import type { EmissionFactors } from '../../../protocol/signals.ts';
import type {
	FeedAnswer,
	FeedEnv,
	FeedPoint,
	FeedSpan,
	FeedWanted,
	LiveFeed,
	RangeAnswer,
} from '../feed.ts';
import { type HttpAnswer, type HttpClient, makeHttpClient } from '../http-client.ts';
import { chunks, widen } from '../points.ts';
import {
	answerOf,
	DAY_MS,
	HOUR_MS,
	isRefusal,
	keyOf,
	MINUTE_MS,
	oneOf,
	orRefused,
	perhaps,
} from './service.ts';

const BASE_URL = 'https://api.electricitymaps.com/v3';
const NAME = 'Electricity Maps';
/** Values are hourly and revised within the hour; the limits of the plans are not published, so this is gentle. */
const EVERY_MS = 10 * MINUTE_MS;
const HISTORY_MS = DAY_MS;
/** Hourly values are given for at most ten days a request. */
const WINDOW_MS = 10 * DAY_MS;

/** An hour; carbonIntensity is g CO2eq/kWh of the average mix, null if unknown. */
const Item = z.object({
	datetime: z.iso.datetime({ offset: true }),
	carbonIntensity: z.number().nonnegative().nullable(),
	emissionFactorType: z.string().nullish(),
	isEstimated: z.boolean().nullish(),
});
type Item = z.infer<typeof Item>;
const PastRange = z.object({ data: z.array(Item) });
const History = z.object({ history: z.array(Item) });
const Forecast = z.object({ forecast: z.array(Item) });

export interface ElectricityMapsConfig {
	readonly zone: string;
	readonly emissionFactors: EmissionFactors;
	readonly baseUrl?: string | undefined;
}

interface Service {
	readonly client: HttpClient;
	readonly env: FeedEnv;
	readonly signal: AbortSignal;
	/** The address of an endpoint. */
	url(endpoint: string, more?: string): string;
}

/** The average intensity of a zone, hour by hour, life-cycle or direct. Key: ELECTRICITYMAPS_TOKEN. */
export function electricityMaps(
	config: ElectricityMapsConfig,
	wanted: FeedWanted,
	env: FeedEnv,
): LiveFeed {
	oneOf(wanted.quantity, NAME, ['carbon']);
	const zone = config.zone.trim();
	if (zone === '')
		throw new ConfigError(
			`Cannot fetch carbon intensity from ${NAME}: the zone is empty; name one such as "DE" or "US-CAL-CISO"`,
		);
	const client = makeClient(env);
	// Always with the zone: without one the API answers for the caller's own place.
	const query = `zone=${encodeURIComponent(zone)}&emissionFactorType=${config.emissionFactors}`;
	const at = `${config.baseUrl ?? BASE_URL}/carbon-intensity`;
	const url = (endpoint: string, more?: string) =>
		`${at}/${endpoint}?${query}${more === undefined ? '' : `&${more}`}`;
	const perhapsForecast = perhaps();
	const serviceOf = (signal: AbortSignal): Service => ({ client, env, signal, url });
	return {
		name: `${NAME} zone "${zone}"`,
		everyMs: EVERY_MS,
		stepMs: HOUR_MS,
		poll: async (nowMs, signal) => {
			const service = serviceOf(signal);
			const history = await ask(service, 'history', History);
			const forecast = await perhapsForecast(nowMs, () => ask(service, 'forecast', Forecast));
			const items = history.data.history;
			const points = [
				...known(items, isMeasured),
				...known(forecast?.data.forecast ?? [], () => true),
			];
			const notes = [
				...(forecast === null ? ['no forecast in this plan'] : []),
				...(latestOf(items)?.isEstimated === true ? ['the latest value is an estimate'] : []),
			];
			return averageOf(points, forecast === null ? [history] : [history, forecast], notes);
		},
		range: (span, signal) => rangeOf(serviceOf(signal), span),
	};
}

function makeClient(env: FeedEnv): HttpClient {
	const token = keyOf(env, 'ELECTRICITYMAPS_TOKEN', NAME, 'get a token at electricitymaps.com');
	return makeHttpClient(
		{
			name: NAME,
			headers: { 'auth-token': token },
			secrets: [token],
			advice: {
				401: 'check ELECTRICITYMAPS_TOKEN and that its plan includes the zone',
				403: 'check that the plan of ELECTRICITYMAPS_TOKEN includes the zone',
				404: 'check the zone, see app.electricitymaps.com',
				429: 'wait a while, or use a profile or a trace',
			},
		},
		env,
	);
}

function ask<T>(
	{ client, url, signal }: Service,
	endpoint: string,
	schema: z.ZodType<T>,
	more?: string,
): Promise<HttpAnswer<T>> {
	return client.json(url(endpoint, more), schema, { signal });
}

/**
 * Hour by hour: `past-range` for what is past (`history` where the plan does not include it and a day is enough), `forecast` for
 * what is to come, and where the plan has no forecast the latest value, held, with a note.
 */
async function rangeOf(service: Service, span: FeedSpan): Promise<RangeAnswer> {
	const nowMs = service.env.nowMs();
	const whole = widen(span, HOUR_MS);
	const answers: HttpAnswer<unknown>[] = [];
	const points: FeedPoint[] = [];
	const pastEndMs = Math.min(whole.untilMs, nowMs);
	if (whole.fromMs < pastEndMs) {
		const past = await pastOf(service, { fromMs: whole.fromMs, untilMs: pastEndMs }, nowMs);
		answers.push(...past);
		points.push(...past.flatMap(({ data }) => known(data, isMeasured)));
	}
	// The past may end an hour or two before now.
	const knownUntilMs = Math.max(...points.map(({ fromMs }) => fromMs + HOUR_MS), whole.fromMs);
	if (span.untilMs <= nowMs || knownUntilMs >= span.untilMs)
		return { ...averageOf(points, answers, []), heldFromMs: null };
	const forecast = await orRefused(ask(service, 'forecast', Forecast));
	if (forecast !== null) {
		points.push(...known(forecast.data.forecast, () => true));
		return { ...averageOf(points, [...answers, forecast], []), heldFromMs: null };
	}
	const latest = await ask(service, 'latest', Item);
	points.push(...known([latest.data], isMeasured));
	const lastMs = Math.max(...points.map(({ fromMs }) => fromMs));
	if (points.length === 0)
		throw new ConfigError(
			`Cannot use ${NAME}: it has neither a forecast nor a latest value; use a profile or a trace`,
		);
	const note = `no forecast in this plan: the latest value, of ${new Date(lastMs).toISOString()}, is held`;
	return { ...averageOf(points, [...answers, latest], [note]), heldFromMs: lastMs };
}

async function pastOf(
	service: Service,
	past: FeedSpan,
	nowMs: number,
): Promise<HttpAnswer<readonly Item[]>[]> {
	const answers: HttpAnswer<readonly Item[]>[] = [];
	try {
		for (const { fromMs, untilMs } of chunks(past, WINDOW_MS)) {
			const iso = (ms: number) => new Date(ms).toISOString();
			const range = `start=${iso(fromMs)}&end=${iso(untilMs)}`;
			const answer = await ask(service, 'past-range', PastRange, range);
			answers.push({ ...answer, data: answer.data.data });
		}
		return answers;
	} catch (error) {
		const isRecent = past.fromMs >= nowMs - HISTORY_MS;
		if (!isRefusal(error) || !isRecent) throw error;
		const answer = await ask(service, 'history', History);
		return [{ ...answer, data: answer.data.history }];
	}
}

const isMeasured = () => false;

function known(items: readonly Item[], isForecast: (item: Item) => boolean): FeedPoint[] {
	return items.flatMap((item) =>
		item.carbonIntensity === null
			? []
			: [
					{
						fromMs: Date.parse(item.datetime),
						value: item.carbonIntensity,
						isForecast: isForecast(item),
					},
				],
	);
}

function latestOf(items: readonly Item[]): Item | undefined {
	return items.findLast(({ carbonIntensity }) => carbonIntensity !== null);
}

function averageOf(
	points: readonly FeedPoint[],
	answers: readonly HttpAnswer<unknown>[],
	notes: readonly string[],
): FeedAnswer {
	const attribution = 'electricitymaps.com';
	return answerOf(answers, { quantity: 'carbon', unit: 'g/kWh', points, attribution, notes });
}
