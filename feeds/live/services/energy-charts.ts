import * as z from 'zod';
import type { FeedEnv, FeedPoint, FeedSpan, FeedWanted, LiveFeed } from '../feed.ts';
import { makeHttpClient } from '../http-client.ts';
import { chunks, floorTo, minuteText, widen } from '../points.ts';
import {
	answerOf,
	DAY_MS,
	eachOf,
	HOUR_MS,
	MINUTE_MS,
	oneOf,
	rateOf,
	usdFactor,
} from './service.ts';

const BASE_URL = 'https://api.energy-charts.info';
const NAME = 'Energy-Charts';
/** Its values are of a quarter of an hour, and it asks not to be polled faster. */
const EVERY_MS = 15 * MINUTE_MS;
const WINDOW_MS = 30 * DAY_MS;
const PAST_MS = 3 * HOUR_MS;
const AHEAD_MS = 2 * DAY_MS;

const Numbers = z.array(z.number().nullable());
/** `/co2eq`: g/kWh of the average mix, and from the last known value on what is expected. */
const Carbon = z
	.object({
		unix_seconds: z.array(z.int()),
		co2eq: Numbers,
		co2eq_forecast: Numbers.optional(),
	})
	.refine(
		({ unix_seconds: times, co2eq, co2eq_forecast: ahead = co2eq }) =>
			co2eq.length === times.length && ahead.length === times.length,
		{ error: 'it has not one value for each time' },
	);
/** `/price`: day-ahead prices, EUR / MWh. */
const Price = z
	.object({ unix_seconds: z.array(z.int()), price: Numbers, unit: z.string() })
	.refine(({ unix_seconds: times, price }) => price.length === times.length, {
		error: 'it has not one value for each time',
	});

export interface EnergyChartsConfig {
	readonly zone: string;
	readonly usdPerUnit: number | null;
	readonly baseUrl?: string | undefined;
}

/** Fraunhofer ISE’s figures for European countries: average intensity with a forecast, and day-ahead prices of bidding zones. No key. */
export function energyCharts(
	config: EnergyChartsConfig,
	wanted: FeedWanted,
	env: FeedEnv,
): LiveFeed {
	const quantity = oneOf(wanted.quantity, NAME, ['carbon', 'price']);
	const read = quantity === 'carbon' ? carbonReader(config, env) : priceReader(config, env);
	return {
		name: `${NAME} ${quantity} of "${config.zone}"`,
		everyMs: EVERY_MS,
		stepMs: null,
		poll: (nowMs, signal) => {
			// Whole hours: the same address within one, so that what it marks as unchanged is known.
			const hourMs = floorTo(nowMs, HOUR_MS);
			return read([{ fromMs: hourMs - PAST_MS, untilMs: hourMs + AHEAD_MS }], signal);
		},
		range: async (span, signal) => ({
			...(await read(chunks(widen(span, HOUR_MS), WINDOW_MS), signal)),
			heldFromMs: null,
		}),
	};
}

function clientOf(env: FeedEnv) {
	return makeHttpClient(
		{
			name: NAME,
			headers: {},
			secrets: [],
			advice: { 404: 'check the zone, see api.energy-charts.info', 429: 'wait a while' },
		},
		env,
	);
}

function urlOf(
	{ baseUrl = BASE_URL }: EnergyChartsConfig,
	what: string,
	{ fromMs, untilMs }: FeedSpan,
) {
	const [start, end] = [minuteText(fromMs), minuteText(untilMs)].map(encodeURIComponent);
	return `${baseUrl}/${what}&start=${start}&end=${end}`;
}

function carbonReader(config: EnergyChartsConfig, env: FeedEnv) {
	const client = clientOf(env);
	const country = encodeURIComponent(config.zone.trim().toLowerCase());
	return async (spans: readonly FeedSpan[], signal: AbortSignal) => {
		const answers = await eachOf(spans, (span) =>
			client.json(urlOf(config, `co2eq?country=${country}`, span), Carbon, { signal }),
		);
		const points = answers.flatMap(
			({ data: { unix_seconds: times, co2eq, co2eq_forecast: ahead } }) => {
				const lastKnown = co2eq.findLastIndex((value) => value !== null);
				return times.flatMap((second, i) => {
					const isForecast = i > lastKnown;
					return pointOf(second, isForecast ? ahead?.[i] : co2eq[i], isForecast);
				});
			},
		);
		const attribution = 'energy-charts.info, Fraunhofer ISE, CC BY 4.0';
		return answerOf(answers, { quantity: 'carbon', unit: 'g/kWh', points, attribution });
	};
}

function priceReader(config: EnergyChartsConfig, env: FeedEnv) {
	const rate = rateOf(NAME, 'EUR', config.usdPerUnit);
	const client = clientOf(env);
	const zone = encodeURIComponent(config.zone.trim());
	return async (spans: readonly FeedSpan[], signal: AbortSignal) => {
		const answers = await eachOf(spans, (span) =>
			client.json(urlOf(config, `price?bzn=${zone}`, span), Price, { signal }),
		);
		const units = [...new Set(answers.map(({ data }) => data.unit))];
		const [unit = ''] = units;
		const factor = usdFactor(units.join(' and '), rate);
		if (typeof factor === 'string') throw client.error(answers[0]?.from ?? '', factor);
		const points = answers.flatMap(({ data: { unix_seconds: times, price } }) =>
			times.flatMap((second, i) => pointOf(second, price[i], false)),
		);
		return answerOf(answers, {
			...{ quantity: 'price', unit: 'USD/kWh', points, given: { unit, factor } },
			attribution:
				'energy-charts.info, Fraunhofer ISE; prices: Bundesnetzagentur | SMARD.de, ENTSO-E, EPEX SPOT',
		});
	};
}

function pointOf(
	second: number,
	value: number | null | undefined,
	isForecast: boolean,
): FeedPoint[] {
	return value === null || value === undefined
		? []
		: [{ fromMs: second * 1000, value, isForecast }];
}
