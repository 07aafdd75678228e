import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedEnv, FeedSpan, FeedWanted, LiveFeed } from '../feed.ts';
import { makeHttpClient } from '../http-client.ts';
import { chunks, floorTo, widen } from '../points.ts';
import { readPrices, reasonOf } from './entsoe-document.ts';
import {
	answerOf,
	DAY_MS,
	eachOf,
	HOUR_MS,
	keyOf,
	MINUTE_MS,
	oneOf,
	type Rate,
	rateOf,
	usdFactor,
} from './service.ts';

const BASE_URL = 'https://web-api.tp.entsoe.eu';
const NAME = 'ENTSO-E';
/** Prices of a day come once, early in the afternoon of the day before; the limit is 400 requests a minute. */
const EVERY_MS = 15 * MINUTE_MS;
/** A request covers at most a year. */
const WINDOW_MS = 360 * DAY_MS;
const EIC = /^\d{2}[A-Z][A-Z\d-]{13}$/;

export interface EntsoeConfig {
	readonly zone: string;
	readonly usdPerUnit: number | null;
	readonly baseUrl?: string | undefined;
}

/** Day-ahead prices of a European bidding zone. Key: ENTSOE_TOKEN. */
export function entsoe(config: EntsoeConfig, wanted: FeedWanted, env: FeedEnv): LiveFeed {
	oneOf(wanted.quantity, NAME, ['price']);
	const rate = rateOf(NAME, 'EUR', config.usdPerUnit);
	const zone = config.zone.trim();
	if (!EIC.test(zone))
		throw new ConfigError(
			`Cannot use zone "${zone}" of ${NAME}: give the EIC code of a bidding zone, such as 10Y1001A1001A82H for DE-LU`,
		);
	const read = reader(config, { zone, rate }, env);
	return {
		name: `${NAME} prices of "${zone}"`,
		everyMs: EVERY_MS,
		stepMs: null,
		poll: (nowMs, signal) => {
			const dayMs = floorTo(nowMs, DAY_MS);
			return read([{ fromMs: dayMs - DAY_MS, untilMs: dayMs + 3 * DAY_MS }], signal);
		},
		range: async (span, signal) => ({
			...(await read(chunks(widen(span, HOUR_MS), WINDOW_MS), signal)),
			heldFromMs: null,
		}),
	};
}

function reader(
	config: EntsoeConfig,
	{ zone, rate }: { readonly zone: string; readonly rate: Rate },
	env: FeedEnv,
) {
	const token = keyOf(env, 'ENTSOE_TOKEN', NAME, 'get a token at transparency.entsoe.eu');
	const client = makeHttpClient(
		{
			name: NAME,
			headers: {},
			secrets: [token],
			advice: { 401: 'check ENTSOE_TOKEN', 400: 'check the zone', 429: 'wait ten minutes' },
			said: reasonOf,
		},
		env,
	);
	const ask = ({ fromMs, untilMs }: FeedSpan, signal: AbortSignal) => {
		const query = new URLSearchParams({
			securityToken: token,
			documentType: 'A44',
			in_Domain: zone,
			out_Domain: zone,
			periodStart: stamp(fromMs),
			periodEnd: stamp(untilMs),
		});
		const url = `${config.baseUrl ?? BASE_URL}/api?${query}`;
		return client.text(
			url,
			(text) => readPrices(text, (reason, kind) => client.error(url, reason, kind)),
			{ signal },
		);
	};
	return async (spans: readonly FeedSpan[], signal: AbortSignal) => {
		const answers = await eachOf(spans, (span) => ask(span, signal));
		const units = [...new Set(answers.flatMap(({ data }) => data.unit ?? []))];
		const [unit = 'EUR/MWH'] = units;
		const factor = usdFactor(units.length > 1 ? units.join(' and ') : unit, rate);
		if (typeof factor === 'string') throw client.error(answers[0]?.from ?? '', factor);
		return answerOf(answers, {
			...{ quantity: 'price', unit: 'USD/kWh', given: { unit, factor } },
			points: answers.flatMap(({ data }) => data.points),
			attribution: 'ENTSO-E Transparency Platform, transparency.entsoe.eu',
		});
	};
}

/** `202611201200`, UTC. */
function stamp(atMs: number): string {
	return new Date(atMs).toISOString().replace(/\D/g, '').slice(0, 12);
}
