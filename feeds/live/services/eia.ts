import * as z from 'zod';
import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedEnv, FeedPoint, FeedSpan, FeedWanted, LiveFeed } from '../feed.ts';
import { type HttpAnswer, type HttpClient, makeHttpClient } from '../http-client.ts';
import { chunks, floorTo, widen } from '../points.ts';
import { answerOf, eachOf, HOUR_MS, keyOf, MINUTE_MS, oneOf } from './service.ts';

const BASE_URL = 'https://api.eia.gov';
const NAME = 'EIA';
/** An hour's figures come one to two hours later; a key may ask some thousand times an hour. */
const EVERY_MS = 15 * MINUTE_MS;
/** An answer has at most so many rows. */
const ROWS_MAX = 5000;
/** Up to 18 fuels an hour. */
const WINDOW_MS = 240 * HOUR_MS;
const PAST_MS = 36 * HOUR_MS;

/**
 * Life-cycle g CO2eq/kWh by fuel: medians of IPCC AR5 WG III Annex III, table A.III.2 (2014); oil, which it lacks, from the UK
 * Parliamentary Office of Science and Technology, POSTnote 268 (2006). Fuels that are not here (other, unknown) count as the rest does;
 * storage (PS, BAT, OES, UES) was counted when it was charged.
 */
const G_PER_KWH: Readonly<Record<string, number>> = {
	COL: 820,
	NG: 490,
	OIL: 650,
	NUC: 12,
	WAT: 24,
	WND: 11,
	SUN: 48,
	GEO: 38,
	SNB: 48,
	WNB: 11,
};

const Row = z.object({
	/** The end of an hour, UTC. */
	period: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}$/),
	fueltype: z.string().optional(),
	value: z
		.union([
			z.number(),
			z
				.string()
				.regex(/^-?\d+(\.\d+)?$/)
				.transform(Number),
		])
		.nullable(),
	'value-units': z.string(),
});
type Row = z.infer<typeof Row>;
const Answer = z.object({
	response: z.object({
		total: z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]),
		data: z.array(Row),
	}),
});

export interface EiaConfig {
	readonly respondent: string;
	readonly baseUrl?: string | undefined;
}

interface Service {
	readonly client: HttpClient;
	readonly respondent: string;
	url(route: string, span: FeedSpan): string;
}

/**
 * The hourly grid monitor of the US (form EIA-930): the average intensity of a balancing authority's own generation by its fuels, or
 * its demand. No forecast. Key: EIA_API_KEY.
 */
export function eia(config: EiaConfig, wanted: FeedWanted, env: FeedEnv): LiveFeed {
	const quantity = oneOf(wanted.quantity, NAME, ['carbon', 'power']);
	const service = serviceOf(config, env);
	const read = async (spans: readonly FeedSpan[], signal: AbortSignal) => {
		const route = quantity === 'carbon' ? 'fuel-type-data' : 'region-data';
		const answers = await eachOf(spans, (span) => ask(service, service.url(route, span), signal));
		const rows = answers.flatMap(({ data }) => data);
		return answerOf(answers, {
			...{ quantity, ...(quantity === 'carbon' ? intensities(rows) : demand(rows)) },
			attribution: 'U.S. Energy Information Administration, EIA-930',
		});
	};
	return {
		name: `${NAME} ${quantity} of "${service.respondent}"`,
		everyMs: EVERY_MS,
		stepMs: HOUR_MS,
		poll: (nowMs, signal) => {
			const hourMs = floorTo(nowMs, HOUR_MS);
			return read([{ fromMs: hourMs - PAST_MS, untilMs: hourMs + HOUR_MS }], signal);
		},
		range: async (span, signal) => ({
			...(await read(chunks(widen(span, HOUR_MS), WINDOW_MS), signal)),
			heldFromMs: null,
		}),
	};
}

function serviceOf({ respondent: given, baseUrl = BASE_URL }: EiaConfig, env: FeedEnv): Service {
	const respondent = given.trim().toUpperCase();
	if (!/^[A-Z0-9]{2,5}$/.test(respondent))
		throw new ConfigError(
			`Cannot use respondent "${given}" of ${NAME}: give a balancing authority such as CISO, ERCO or PJM`,
		);
	const key = keyOf(env, 'EIA_API_KEY', NAME, 'register at eia.gov/opendata');
	const client = makeHttpClient(
		{
			name: NAME,
			headers: {},
			secrets: [key],
			advice: { 403: 'check EIA_API_KEY', 429: 'wait an hour' },
		},
		env,
	);
	const url: Service['url'] = (route, { fromMs, untilMs }) => {
		const query = new URLSearchParams({
			api_key: key,
			frequency: 'hourly',
			'data[0]': 'value',
			'facets[respondent][]': respondent,
			...(route === 'region-data' ? { 'facets[type][]': 'D' } : {}),
			// The first hour of the span ends an hour later, the last one at its end.
			start: hour(fromMs + HOUR_MS),
			end: hour(untilMs),
			'sort[0][column]': 'period',
			'sort[0][direction]': 'asc',
			offset: '0',
			length: String(ROWS_MAX),
		});
		return `${baseUrl}/v2/electricity/rto/${route}/data/?${query}`;
	};
	return { client, respondent, url };
}

async function ask(
	{ client, respondent }: Service,
	url: string,
	signal: AbortSignal,
): Promise<HttpAnswer<readonly Row[]>> {
	const answer = await client.json(url, Answer, { signal });
	const { total, data } = answer.data.response;
	if (data.length === 0)
		throw client.error(
			url,
			`it has no rows of "${respondent}"; check the respondent, see eia.gov/electricity/gridmonitor`,
			'refused',
		);
	if (total > data.length) throw client.error(url, `it gave ${data.length} of ${total} rows`);
	const unit = data.find((row) => row['value-units'] !== 'megawatthours')?.['value-units'];
	if (unit !== undefined)
		throw client.error(url, `its values are in "${unit}"; megawatthours can be read`);
	return { ...answer, data };
}

/** The energy of an hour in MWh is its mean power in MW. */
function demand(rows: readonly Row[]) {
	const points = rows.flatMap((row): FeedPoint[] =>
		row.value === null ? [] : [{ fromMs: startOf(row), value: row.value, isForecast: false }],
	);
	return { unit: 'W', points, given: { unit: 'MWh', factor: 1e6 } };
}

function intensities(rows: readonly Row[]) {
	const hours = new Map<number, Map<string, number>>();
	for (const row of rows) {
		if (row.value === null) continue;
		const fuels = hours.get(startOf(row)) ?? new Map<string, number>();
		hours.set(startOf(row), fuels.set(row.fueltype ?? '', row.value));
	}
	const ordered = [...hours].sort(([a], [b]) => a - b);
	const whole = withoutUnfinished(ordered);
	const points = whole.flatMap(([fromMs, fuels]): FeedPoint[] => {
		const value = intensity(fuels);
		return value === null ? [] : [{ fromMs, value, isForecast: false }];
	});
	const left = ordered.length - whole.length;
	const notes = [
		'from the fuels of its own generation, life-cycle; imports and storage left out',
		...(left === 0 ? [] : ['hours for which fuels are missing left out']),
	];
	return { unit: 'g/kWh', points, notes };
}

/** Fuels of the last hours come one after another: an hour that lacks one of the day before it is not whole yet. */
function withoutUnfinished(
	hours: readonly (readonly [number, ReadonlyMap<string, number>])[],
): typeof hours {
	let count = hours.length;
	for (; count > 1; count--) {
		const last = hours[count - 1]?.[1];
		const before = hours.slice(Math.max(count - 1 - 24, 0), count - 1);
		if (before.every(([, fuels]) => [...fuels.keys()].every((fuel) => last?.has(fuel)))) break;
	}
	return hours.slice(0, count);
}

/** Null where no fuel is known. */
function intensity(fuels: ReadonlyMap<string, number>): number | null {
	let [grams, energy] = [0, 0];
	for (const [fuel, mwh] of fuels) {
		const factor = G_PER_KWH[fuel];
		// Auxiliaries of plants that stand still count as negative generation.
		if (factor === undefined || mwh <= 0) continue;
		grams += factor * mwh;
		energy += mwh;
	}
	return energy === 0 ? null : grams / energy;
}

function startOf({ period }: Row): number {
	return Date.parse(`${period}:00:00Z`) - HOUR_MS;
}

/** `2026-11-20T12`, UTC. */
function hour(atMs: number): string {
	return new Date(atMs).toISOString().slice(0, 13);
}
