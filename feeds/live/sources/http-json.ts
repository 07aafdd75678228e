import * as z from 'zod';
import type { FeedEnv, LiveFeed } from '../feed.ts';
import { makeHttpClient } from '../http-client.ts';
import { answerOf, type Places, pointsIn, type SourceAbout } from './answer.ts';
import { type Auth, authHeaders, secretIn } from './auth.ts';
import { type TimeKeys, timeReader } from './readings.ts';

/** What a scenario says of JSON at an address. */
export interface HttpJsonKeys extends TimeKeys {
	readonly url: string;
	readonly auth: Auth;
	readonly headersEnv: Readonly<Record<string, string>>;
}

const EVERY_MS = 60_000;
/** It is the user's own server, which bears what they ask of it. */
const LEAST_EVERY_MS = 1_000;

/**
 * JSON at an address: a value, or a list of values with their times.
 *
 * @throws ConfigError where a variable is not set, or a zone is none
 */
export function httpJsonFeed(
	about: Omit<SourceAbout, 'from'>,
	places: Places,
	keys: HttpJsonKeys,
	env: FeedEnv,
): LiveFeed {
	const { name } = about;
	const login = authHeaders(keys.auth, env, name);
	const own = Object.entries(keys.headersEnv).map(
		([header, variable]) => [header.toLowerCase(), secretIn(env, variable, name)] as const,
	);
	const client = makeHttpClient(
		{
			name,
			headers: { ...login.headers, ...Object.fromEntries(own) },
			secrets: [...login.secrets, ...own.map(([, secret]) => secret)],
			advice: {},
		},
		env,
	);
	timeReader(keys);
	return {
		name,
		everyMs: EVERY_MS,
		leastEveryMs: LEAST_EVERY_MS,
		stepMs: null,
		async poll(nowMs, signal) {
			const found = await client.json(keys.url, z.json(), { signal });
			// The times of a document are in an order of their own each time it is read.
			const when = { readTime: timeReader(keys), nowMs };
			const readings = pointsIn(found.data, about as SourceAbout, places, when);
			return answerOf({ ...about, from: found.from }, readings, found);
		},
	};
}
