import * as z from 'zod';
import type { FeedAnswer, FeedEnv, FeedPoint, FeedWanted, LiveFeed } from '../feed.ts';
import { type HttpAnswer, type HttpClient, makeHttpClient } from '../http-client.ts';
import { chunks } from '../points.ts';
import {
	answerOf,
	DAY_MS,
	eachOf,
	factorOf,
	HOUR_MS,
	isRefusal,
	keyOf,
	MINUTE_MS,
	oneOf,
	perhaps,
} from './service.ts';

const BASE_URL = 'https://api.watttime.org';
const NAME = 'WattTime';
const STEP_MS = 5 * MINUTE_MS;
/** A request covers at most 32 days, both ends included. */
const WINDOW_MS = 30 * DAY_MS - STEP_MS;
/** A token is valid for half an hour. */
const TOKEN_MS = 25 * MINUTE_MS;
const PAST_MS = 2 * HOUR_MS;

/** What each signal is. The index is a percentile of the hours to come and no intensity, whatever it is made of. */
const SIGNALS = {
	co2_moer: { quantity: 'marginal-carbon', type: 'co2_moer' },
	co2_aoer: { quantity: 'carbon', type: 'co2_aoer' },
	index: { quantity: 'carbon-index', type: 'co2_moer' },
} as const;

/** The units that an intensity may come in, by the service's names. */
const INTENSITIES: Readonly<Record<string, string>> = {
	lbs_co2_per_mwh: 'lb/MWh',
	g_co2_per_kwh: 'g/kWh',
};

const Login = z.object({ token: z.string().min(1) });
const Signal = z.object({
	data: z.array(
		z.object({ point_time: z.iso.datetime({ offset: true }), value: z.number().nullable() }),
	),
	meta: z.object({
		region: z.string(),
		signal_type: z.string(),
		units: z.string(),
		warnings: z.array(z.object({ message: z.string() }).loose()).nullish(),
	}),
});
type Signal = z.infer<typeof Signal>;

export interface WattTimeConfig {
	readonly region: string;
	readonly signal: keyof typeof SIGNALS;
	readonly baseUrl?: string | undefined;
}

type Ask = (path: string, query: string, signal: AbortSignal) => Promise<HttpAnswer<Signal>>;

/**
 * The marginal or average intensity of a region, every five minutes, or the percentile of the marginal one. Keys: WATTTIME_USER and
 * WATTTIME_PASSWORD.
 */
export function wattTime(config: WattTimeConfig, wanted: FeedWanted, env: FeedEnv): LiveFeed {
	const { quantity, type } = SIGNALS[config.signal];
	const name = `${NAME} region "${config.region}"`;
	oneOf(wanted.quantity, `${name} with signal ${config.signal}`, [quantity]);
	const client = loggedIn(config, env);
	const query = `region=${encodeURIComponent(config.region)}&signal_type=${type}`;
	const ask: Ask = async (path, more, signal) => {
		const answer = await client.ask(`/v3/${path}?${query}${more}`, signal);
		const { signal_type: given } = answer.data.meta;
		if (given !== type) throw client.error(answer.from, `it answers with "${given}"`);
		return answer;
	};
	const read = (answers: readonly HttpAnswer<Signal>[], isForecast: boolean) =>
		readAnswers(answers, { isForecast, quantity, client });
	const about = { name, everyMs: STEP_MS, stepMs: STEP_MS };
	if (config.signal === 'index')
		return {
			...about,
			poll: async (_, signal) => read([await ask('signal-index', '', signal)], false),
		};
	const perhapsForecast = perhaps();
	const past = (fromMs: number, untilMs: number, signal: AbortSignal) =>
		ask('historical', `&start=${iso(fromMs)}&end=${iso(untilMs)}`, signal);
	return {
		...about,
		poll: async (nowMs, signal) => {
			const forecast = await perhapsForecast(nowMs, () =>
				ask('forecast', '&horizon_hours=24', signal),
			);
			if (forecast !== null) return read([forecast], true);
			const answer = read([await past(nowMs - PAST_MS, nowMs, signal)], false);
			return { ...answer, notes: [...answer.notes, 'no forecast in this plan'] };
		},
		range: async (span, signal) => {
			const answers = await eachOf(chunks(span, WINDOW_MS), ({ fromMs, untilMs }) =>
				past(fromMs - STEP_MS, untilMs, signal),
			);
			return { ...read(answers, false), heldFromMs: null };
		},
	};
}

interface LoggedIn {
	ask(path: string, signal: AbortSignal): Promise<HttpAnswer<Signal>>;
	error: HttpClient['error'];
}

/** Logs in when it has no token, the last one grows old, or is refused. */
function loggedIn({ baseUrl = BASE_URL }: WattTimeConfig, env: FeedEnv): LoggedIn {
	const user = keyOf(env, 'WATTTIME_USER', NAME, 'register at watttime.org');
	const password = keyOf(env, 'WATTTIME_PASSWORD', NAME, 'register at watttime.org');
	const basic = Buffer.from(`${user}:${password}`).toString('base64');
	const secrets = [password, basic];
	const client = makeHttpClient(
		{
			name: NAME,
			headers: {},
			secrets,
			advice: {
				401: 'check WATTTIME_USER and WATTTIME_PASSWORD',
				403: 'check WATTTIME_USER and WATTTIME_PASSWORD and that the plan includes the region; every plan has signal: index',
				404: 'check the region, see watttime.org',
			},
		},
		env,
	);
	let session: { readonly token: string; readonly untilMs: number } | null = null;
	const tokenOf = async (signal: AbortSignal) => {
		if (session !== null && env.nowMs() < session.untilMs) return session.token;
		const headers = { authorization: `Basic ${basic}` };
		const { data } = await client.json(`${baseUrl}/login`, Login, { signal, headers });
		// The last token may stand in an answer too; the ones before it are worth nothing.
		secrets.splice(2, secrets.length, data.token);
		session = { token: data.token, untilMs: env.nowMs() + TOKEN_MS };
		return data.token;
	};
	const ask = async (path: string, signal: AbortSignal) => {
		const headers = { authorization: `Bearer ${await tokenOf(signal)}` };
		return client.json(`${baseUrl}${path}`, Signal, { signal, headers });
	};
	return {
		error: client.error,
		ask: async (path, signal) => {
			const isFresh = session === null || env.nowMs() >= session.untilMs;
			try {
				return await ask(path, signal);
			} catch (error) {
				if (isFresh || !isRefusal(error)) throw error;
				session = null;
				return await ask(path, signal);
			}
		},
	};
}

function readAnswers(
	answers: readonly HttpAnswer<Signal>[],
	about: {
		readonly isForecast: boolean;
		readonly quantity: FeedAnswer['quantity'];
		readonly client: LoggedIn;
	},
): FeedAnswer {
	const { isForecast, quantity, client } = about;
	const unit = quantity === 'carbon-index' ? 'percentile' : 'g/kWh';
	const units = [...new Set(answers.map(({ data }) => data.meta.units))];
	const [given = ''] = units;
	const known = unit === 'percentile' ? { percentile: unit } : INTENSITIES;
	const name = known[given as keyof typeof known];
	if (name === undefined || units.length > 1)
		throw client.error(
			answers[0]?.from ?? '',
			`its values are in "${units.join('" and "')}"; only ${Object.keys(known).join(' and ')} can be read as ${quantity}`,
		);
	const factor = unit === 'percentile' ? 1 : factorOf(name);
	const points = answers.flatMap(({ data }) =>
		data.data.flatMap(({ point_time: time, value }): FeedPoint[] =>
			value === null ? [] : [{ fromMs: Date.parse(time), value, isForecast }],
		),
	);
	const warnings = answers.flatMap(({ data }) => data.meta.warnings ?? []);
	return answerOf(answers, {
		...{ quantity, unit, points, given: { unit: given, factor }, attribution: 'watttime.org' },
		notes: [...new Set(warnings.map(({ message }) => message))],
	});
}

function iso(atMs: number): string {
	return encodeURIComponent(`${new Date(atMs).toISOString().slice(0, 19)}Z`);
}
