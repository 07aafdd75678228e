import * as z from 'zod';
import { ConfigError } from '../../../protocol/errors.ts';
import { type FeedAnswer, type FeedEnv, FeedError, type LiveFeed } from '../feed.ts';
import { type HttpAnswer, makeHttpClient } from '../http-client.ts';
import { answerOf, garbled, type SourceAbout } from './answer.ts';
import { type Auth, authHeaders } from './auth.ts';
import { type Reading, readingsOf, timeReader } from './readings.ts';

/** What a scenario says of a Prometheus. */
export interface PrometheusKeys {
	readonly url: string;
	readonly query: string;
	/** So long a past each time, ms; null: the present value. */
	readonly rangeMs: number | null;
	readonly stepMs: number;
	readonly auth: Auth;
}

const EVERY_MS = 15_000;
/** It is the user's own server, which bears what they ask of it. */
const LEAST_EVERY_MS = 1_000;
/** Prometheus refuses more than 11,000 points a series. */
const POINTS_MAX = 10_000;

/** Seconds since 1970, and a value as text: `NaN` and `+Inf` are some. */
const Sample = z.tuple([z.number(), z.string()]);
const Labels = z.record(z.string(), z.string());
/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
const Result = z.object({
	status: z.literal('success'),
	data: z.discriminatedUnion('resultType', [
		z.object({ resultType: z.literal('scalar'), result: Sample }),
		z.object({
			resultType: z.literal('vector'),
			result: z.array(z.object({ metric: Labels, value: Sample.optional() })),
		}),
		z.object({
			resultType: z.literal('matrix'),
			result: z.array(z.object({ metric: Labels, values: z.array(Sample).optional() })),
		}),
		z.object({ resultType: z.literal('string'), result: z.unknown() }),
	]),
	warnings: z.array(z.string()).optional(),
	infos: z.array(z.string()).optional(),
});
type Result = z.infer<typeof Result>;

/**
 * A query of a Prometheus that gives one series. A value holds from the time for which it was computed.
 *
 * @throws ConfigError for a range of too many steps, and where a variable is not set
 */
export function prometheusFeed(
	about: Omit<SourceAbout, 'from'>,
	keys: PrometheusKeys,
	env: FeedEnv,
): LiveFeed {
	const { name } = about;
	const { rangeMs, stepMs, query } = keys;
	if (rangeMs !== null && rangeMs / stepMs > POINTS_MAX)
		throw new ConfigError(
			`Cannot use ${name}: its range has ${Math.ceil(rangeMs / stepMs)} steps, more than ${POINTS_MAX}; make step longer`,
		);
	const client = makeHttpClient(
		{ name, ...authHeaders(keys.auth, env, name), advice: { 401: 'check auth' } },
		env,
	);
	const base = `${keys.url.replace(/\/+$/, '')}/api/v1`;
	const ask = async (path: string, more: Readonly<Record<string, string>>, signal: AbortSignal) => {
		const url = `${base}/${path}?${new URLSearchParams({ query, ...more })}`;
		return client.json(url, Result, { signal });
	};
	const between = (fromMs: number, untilMs: number, signal: AbortSignal) =>
		ask(
			'query_range',
			{ start: String(fromMs / 1000), end: String(untilMs / 1000), step: `${stepMs / 1000}` },
			signal,
		);
	const answer = (found: readonly HttpAnswer<Result>[], nowMs: number): FeedAnswer => {
		const samples = found.flatMap(({ data }) => samplesOf(name, data));
		const readTime = timeReader({ timeUnit: 's', timezone: null });
		const readings = readingsOf(samples, about.rule, readTime, nowMs);
		const last = found.at(-1) as HttpAnswer<Result>;
		const notes = new Set(found.flatMap(({ data }) => [...(data.warnings ?? [])]));
		return answerOf({ ...about, from: last.from }, readings, { ...last, notes: [...notes] });
	};
	return {
		name,
		everyMs: EVERY_MS,
		leastEveryMs: LEAST_EVERY_MS,
		stepMs,
		async poll(nowMs, signal) {
			// By its own clock, unless times are asked for.
			if (rangeMs === null)
				return answer([await ask('query', {}, signal)], Number.POSITIVE_INFINITY);
			// Whole steps, so that the same times are asked for again.
			const untilMs = Math.floor(nowMs / stepMs) * stepMs;
			return answer([await between(untilMs - rangeMs, untilMs, signal)], nowMs);
		},
		async range({ fromMs, untilMs }, signal) {
			const firstMs = Math.floor(fromMs / stepMs) * stepMs;
			const lastMs = Math.ceil(untilMs / stepMs) * stepMs - stepMs;
			const found: HttpAnswer<Result>[] = [];
			const partMs = (POINTS_MAX - 1) * stepMs;
			for (let atMs = firstMs; atMs <= lastMs; atMs += partMs + stepMs)
				found.push(await between(atMs, Math.min(atMs + partMs, lastMs), signal));
			return { ...answer(found, Number.POSITIVE_INFINITY), heldFromMs: null };
		},
	};
}

/** The samples of the one series that an answer holds. */
function samplesOf(name: string, { data }: Result): Reading[] {
	const reading = ([time, value]: z.infer<typeof Sample>) => ({
		time,
		// It has no value where others divide by nothing: that is no value, not a broken one.
		value: value === 'NaN' ? null : value,
	});
	if (data.resultType === 'scalar') return [reading(data.result)];
	if (data.resultType === 'string')
		throw new FeedError(`Cannot use what ${name} gave: its query gives a text`, {
			kind: 'refused',
		});
	const [series, another] = data.result;
	if (series === undefined)
		throw new FeedError(
			`Cannot use what ${name} gave: its query gives nothing, as if nothing measures it now`,
			{ kind: 'failed' },
		);
	if (another !== undefined)
		throw new FeedError(
			`Cannot use what ${name} gave: its query gives ${data.result.length} series, such as ${labelsOf(series.metric)} and ${labelsOf(another.metric)}; make them one by sum(...) or by labels`,
			{ kind: 'refused' },
		);
	const samples = 'values' in series ? series.values : 'value' in series ? [series.value] : [];
	const found = (samples ?? []).flatMap((sample) => (sample === undefined ? [] : [sample]));
	if (found.length === 0) throw garbled(name, 'its series has histograms and no numbers');
	return found.map(reading);
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
	return `{${Object.entries(labels)
		.map(([label, value]) => `${label}="${value}"`)
		.join(', ')}}`;
}
