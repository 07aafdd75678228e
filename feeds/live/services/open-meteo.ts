import * as z from 'zod';
import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import { readUnit } from '../../signal/column-units.ts';
import {
	type FeedAnswer,
	type FeedEnv,
	FeedError,
	type FeedPoint,
	type FeedSpan,
	type FeedWanted,
	type LiveFeed,
} from '../feed.ts';
import { type HttpAnswer, type HttpClient, makeHttpClient } from '../http-client.ts';
import { floorTo } from '../points.ts';
import { answerOf, DAY_MS, HOUR_MS, MINUTE_MS, oneOf } from './service.ts';

const FORECAST_URL = 'https://api.open-meteo.com';
const ARCHIVE_URL = 'https://archive-api.open-meteo.com';
const CUSTOMER_URL = 'https://customer-api.open-meteo.com';
const CUSTOMER_ARCHIVE_URL = 'https://customer-archive-api.open-meteo.com';
const NAME = 'Open-Meteo';
/** Models are renewed every one to six hours; 10,000 requests a day are free. */
const EVERY_MS = 15 * MINUTE_MS;
/** The archive is some five days late; what is younger is asked of the forecast. */
const RECENT_MS = 7 * DAY_MS;

/** The variable of each quantity, and the unit in which it is asked for. */
const VARIABLES = {
	irradiance: { name: 'shortwave_radiation', unit: 'W/m2', isMean: true },
	temperature: { name: 'temperature_2m', unit: 'degC', isMean: false },
	'wind-speed': { name: 'wind_speed_10m', unit: 'm/s', isMean: false },
} as const;
type Variable = (typeof VARIABLES)[keyof typeof VARIABLES];

const Answer = z.object({
	hourly_units: z.record(z.string(), z.string()),
	hourly: z.record(z.string(), z.array(z.number().nullable())),
});
type Answer = z.infer<typeof Answer>;

export interface OpenMeteoConfig {
	/** Null: that of the place. */
	readonly latitude: number | null;
	readonly longitude: number | null;
	readonly baseUrl?: string | undefined;
}

interface Service {
	readonly client: HttpClient;
	readonly variable: Variable;
	readonly quantity: FeedQuantity;
	/** The address of `forecast` or `archive`, with what is the same in all. */
	url(what: 'forecast' | 'archive', more: string): string;
}

/**
 * Global horizontal irradiance, air temperature or wind at 10 m of a place: forecast, and archive (ERA5) for what is long past. No key;
 * OPEN_METEO_KEY for customers.
 */
export function openMeteo(config: OpenMeteoConfig, wanted: FeedWanted, env: FeedEnv): LiveFeed {
	const quantity = oneOf(wanted.quantity, NAME, ['irradiance', 'temperature', 'wind-speed']);
	const latitude = config.latitude ?? wanted.place?.latitude;
	const longitude = config.longitude ?? wanted.place?.longitude;
	if (latitude === undefined || longitude === undefined)
		throw new ConfigError(`Cannot use ${NAME}: no place is known; give latitude and longitude`);
	const service = serviceOf(config, { latitude, longitude }, quantity, env);
	return {
		name: `${NAME} ${quantity} at ${latitude}, ${longitude}`,
		everyMs: EVERY_MS,
		stepMs: HOUR_MS,
		poll: async (nowMs, signal) => {
			const url = service.url('forecast', '&past_days=1&forecast_days=3');
			return readAnswers(service, [await ask(service, url, signal)], nowMs);
		},
		range: async (span, signal) => {
			const nowMs = env.nowMs();
			const answers: HttpAnswer<Answer>[] = [];
			for (const [what, dates] of partsOf(span, nowMs))
				answers.push(await ask(service, service.url(what, dates), signal));
			return { ...readAnswers(service, answers, nowMs), heldFromMs: null };
		},
	};
}

function serviceOf(
	{ baseUrl }: OpenMeteoConfig,
	place: { readonly latitude: number; readonly longitude: number },
	quantity: keyof typeof VARIABLES,
	env: FeedEnv,
): Service {
	const key = env.keys['OPEN_METEO_KEY']?.trim() ?? '';
	const isCustomer = key !== '';
	const variable = VARIABLES[quantity];
	const hosts = isCustomer
		? { forecast: CUSTOMER_URL, archive: CUSTOMER_ARCHIVE_URL }
		: { forecast: FORECAST_URL, archive: ARCHIVE_URL };
	const client = makeHttpClient(
		{
			name: NAME,
			headers: {},
			secrets: isCustomer ? [key] : [],
			advice: {
				429: 'wait, or set OPEN_METEO_KEY',
				...(isCustomer ? { 403: 'check OPEN_METEO_KEY' } : {}),
			},
		},
		env,
	);
	const query = new URLSearchParams({
		latitude: String(place.latitude),
		longitude: String(place.longitude),
		hourly: variable.name,
		timezone: 'GMT',
		timeformat: 'unixtime',
		wind_speed_unit: 'ms',
		...(isCustomer ? { apikey: key } : {}),
	});
	const url: Service['url'] = (what, more) =>
		`${baseUrl ?? hosts[what]}/v1/${what}?${query}${more}`;
	return { client, variable, quantity, url };
}

async function ask(
	{ client }: Service,
	url: string,
	signal: AbortSignal,
): Promise<HttpAnswer<Answer>> {
	try {
		return await client.json(url, Answer, { signal });
	} catch (error) {
		if (error instanceof FeedError && error.kind === 'limited' && error.retryAfterMs === null)
			throw new FeedError(error.message, { ...error, retryAfterMs: waitMs(error.message) });
		throw error;
	}
}

/** The limit is of a minute, an hour or a day, which its reason says, and no header. */
function waitMs(message: string): number {
	if (/minutely api/i.test(message)) return MINUTE_MS;
	return /hourly api/i.test(message) ? HOUR_MS : DAY_MS / 4;
}

/** The days of a span: long past ones of the archive, others of the forecast. */
function partsOf(span: FeedSpan, nowMs: number): ['forecast' | 'archive', string][] {
	const firstMs = floorTo(span.fromMs, DAY_MS);
	// A value of an hour stands at its end, which may be the next day.
	const lastMs = floorTo(span.untilMs + HOUR_MS, DAY_MS);
	const recentMs = floorTo(nowMs - RECENT_MS, DAY_MS);
	const parts: ['forecast' | 'archive', string][] = [];
	if (firstMs < recentMs)
		parts.push(['archive', dates(firstMs, Math.min(lastMs, recentMs - DAY_MS))]);
	if (lastMs >= recentMs) parts.push(['forecast', dates(Math.max(firstMs, recentMs), lastMs)]);
	return parts;
}

function dates(firstMs: number, lastMs: number): string {
	const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
	return `&start_date=${day(firstMs)}&end_date=${day(lastMs)}`;
}

function readAnswers(
	{ client, variable, quantity }: Service,
	answers: readonly HttpAnswer<Answer>[],
	nowMs: number,
): FeedAnswer {
	const stamped = new Map(answers.flatMap((answer) => valuesOf(answer, variable, client)));
	return answerOf(answers, {
		...{ quantity, unit: variable.unit },
		points: variable.isMean ? ofHourBefore(stamped, nowMs) : betweenHours(stamped, nowMs),
		attribution: 'Weather data by Open-Meteo.com, CC BY 4.0',
	});
}

/** Values by the time of their stamp. */
function valuesOf(
	{ data: { hourly, hourly_units: units }, from }: HttpAnswer<Answer>,
	{ name, unit }: Variable,
	client: HttpClient,
): [number, number][] {
	const { time = [], [name]: values } = hourly;
	if (values === undefined || values.length !== time.length)
		throw client.error(
			from,
			`the answer has another shape: hourly.${name}: not one value for each time`,
		);
	const given = readUnit(units[name] ?? '');
	const factor = given?.type === 'unit' && readUnit(unit)?.type === 'unit' ? given.unit : null;
	const isKnown =
		factor !== null && factor.dimension === dimensionOf(unit) && !Number.isNaN(factor.factor);
	if (!isKnown || units['time'] !== 'unixtime')
		throw client.error(
			from,
			`its ${name} is in "${units[name] ?? ''}" at times in "${units['time'] ?? ''}"; ${unit} and unixtime were asked for`,
		);
	return values.flatMap((value, i): [number, number][] => {
		const second = time[i];
		return value === null || second === null || second === undefined
			? []
			: [[second * 1000, value * factor.factor]];
	});
}

function dimensionOf(unit: string): string | null {
	const read = readUnit(unit);
	return read?.type === 'unit' ? read.unit.dimension : null;
}

/** A mean stands at the end of its hour. */
function ofHourBefore(stamped: ReadonlyMap<number, number>, nowMs: number): FeedPoint[] {
	return Array.from(stamped, ([atMs, value]) => ({
		fromMs: atMs - HOUR_MS,
		value,
		isForecast: atMs > nowMs,
	}));
}

/** What is of an instant becomes the mean of an hour from both its ends. */
function betweenHours(stamped: ReadonlyMap<number, number>, nowMs: number): FeedPoint[] {
	return Array.from(stamped).flatMap(([atMs, value]): FeedPoint[] => {
		const next = stamped.get(atMs + HOUR_MS);
		return next === undefined
			? []
			: [{ fromMs: atMs, value: (value + next) / 2, isForecast: atMs + HOUR_MS > nowMs }];
	});
}
