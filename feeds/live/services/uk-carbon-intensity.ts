import * as z from 'zod';
import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedAnswer, FeedEnv, FeedPoint, FeedWanted, LiveFeed } from '../feed.ts';
import { type HttpAnswer, makeHttpClient } from '../http-client.ts';
import { chunks, floorTo, minuteText, widen } from '../points.ts';
import { answerOf, DAY_MS, eachOf, MINUTE_MS, oneOf } from './service.ts';

const BASE_URL = 'https://api.carbonintensity.org.uk';
const NAME = 'UK Carbon Intensity';
const HALF_HOUR_MS = 30 * MINUTE_MS;
/** Forecasts and actual values are renewed every half-hour; the limits are not published. */
const EVERY_MS = 5 * MINUTE_MS;
/** A request covers at most 14 days. */
const WINDOW_MS = 14 * DAY_MS;
/** How much of the past a poll asks for: actual values come up to an hour late. */
const PAST_MS = 4 * HALF_HOUR_MS;

const Instant = z.iso.datetime({ precision: -1 }).or(z.iso.datetime());
const Value = z.number().nonnegative().nullable();

/** `/intensity/{from}/{to}`: half-hours, g CO2 per kWh. Regions have no actual values. */
const HalfHours = z.array(
	z.object({
		from: Instant,
		intensity: z.object({ forecast: Value, actual: Value.optional() }),
	}),
);
const National = z.object({ data: HalfHours });
/** `/regional/intensity/…/postcode/{p}` and `…/regionid/{id}`. */
const Region = z.object({ shortname: z.string().optional(), data: HalfHours });
const Regional = z.object({ data: z.union([Region, z.tuple([Region])]) });

export interface UkConfig {
	/** The first half of a postcode, or the number of a region, 1 to 17; null: all of Great Britain. */
	readonly region: string | null;
	readonly baseUrl?: string | undefined;
}

/** The average intensity of Great Britain or of one of its regions: measured where there is a measurement, else the forecast of 48 hours. */
export function ukCarbonIntensity(config: UkConfig, wanted: FeedWanted, env: FeedEnv): LiveFeed {
	oneOf(wanted.quantity, NAME, ['carbon']);
	const region = config.region === null ? null : regionPath(config.region);
	const client = makeHttpClient(
		{
			name: NAME,
			headers: {},
			secrets: [],
			advice: { 429: 'wait a while', ...(region === null ? {} : { 400: 'check the region' }) },
		},
		env,
	);
	const ask = async (fromMs: number, to: string, signal: AbortSignal) => {
		const base = `${config.baseUrl ?? BASE_URL}${region === null ? '' : '/regional'}`;
		const url = `${base}/intensity/${minuteText(fromMs)}/${to}${region ?? ''}`;
		if (region === null) {
			const answer = await client.json(url, National, { signal });
			return { ...answer, data: answer.data.data };
		}
		const answer = await client.json(url, Regional, { signal });
		const { data } = answer.data;
		return { ...answer, data: (Array.isArray(data) ? data[0] : data).data };
	};
	const notes = region === null ? [] : ['regions have estimates and no measurements'];
	return {
		name: config.region === null ? NAME : `${NAME} region "${config.region}"`,
		everyMs: EVERY_MS,
		stepMs: HALF_HOUR_MS,
		poll: async (nowMs, signal) => {
			const fromMs = floorTo(nowMs, HALF_HOUR_MS) - PAST_MS;
			return averageOf([await ask(fromMs, 'fw48h', signal)], notes);
		},
		range: async (span, signal) => {
			const parts = chunks(widen(span, HALF_HOUR_MS), WINDOW_MS);
			const answers = await eachOf(parts, ({ fromMs, untilMs }) =>
				ask(fromMs, minuteText(untilMs), signal),
			);
			return { ...averageOf(answers, notes), heldFromMs: null };
		},
	};
}

function regionPath(region: string): string {
	const text = region.trim();
	if (/^([1-9]|1[0-7])$/.test(text)) return `/regionid/${text}`;
	const [outward = ''] = text.toUpperCase().split(/\s+/);
	if (/^[A-Z]{1,2}\d[A-Z\d]?$/.test(outward)) return `/postcode/${outward}`;
	throw new ConfigError(
		`Cannot fetch carbon intensity of region "${region}" from ${NAME}: give a number from 1 to 17 or the first half of a postcode such as RG10`,
	);
}

function averageOf(
	answers: readonly HttpAnswer<z.infer<typeof HalfHours>>[],
	notes: readonly string[],
): FeedAnswer {
	const points = answers.flatMap(({ data }) =>
		data.flatMap(({ from, intensity }): FeedPoint[] => {
			const actual = intensity.actual ?? null;
			const value = actual ?? intensity.forecast;
			return value === null
				? []
				: [{ fromMs: Date.parse(from), value, isForecast: actual === null }];
		}),
	);
	const attribution = 'carbonintensity.org.uk, National Grid ESO, CC BY 4.0';
	return answerOf(answers, { quantity: 'carbon', unit: 'g/kWh', points, attribution, notes });
}
