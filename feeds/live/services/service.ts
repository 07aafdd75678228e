import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import { type FeedEnv, FeedError } from '../feed.ts';
import type { HttpAnswer } from '../http-client.ts';

/** What the services have in common. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * A key of the user's.
 *
 * @param how one gets it, as `get a token at example.org`
 * @throws ConfigError when it is not set
 */
export function keyOf(env: FeedEnv, name: string, service: string, how: string): string {
	const key = env.keys[name]?.trim() ?? '';
	if (key !== '') return key;
	throw new ConfigError(
		`Cannot fetch from ${service}: ${name} is not set; ${how} and set it, or use a profile or a trace`,
	);
}

/**
 * The quantity that is wanted, if the service has it.
 *
 * @throws ConfigError when it has not
 */
export function oneOf<Q extends FeedQuantity>(
	wanted: FeedQuantity,
	service: string,
	has: readonly Q[],
): Q {
	const found = has.find((each) => each === wanted);
	if (found !== undefined) return found;
	throw new ConfigError(`Cannot use ${service} as ${wanted}: it gives ${has.join(' or ')}`);
}

/** The plan does not include what was asked for, or there is no such data; a wrong key fails again on the next. */
export function isRefusal(error: unknown): boolean {
	return error instanceof FeedError && [401, 403, 404].includes(error.status ?? 0);
}

/** What an answer made of several says of when and whence. */
export function madeOf(answers: readonly HttpAnswer<unknown>[]): {
	readonly receivedAtMs: number;
	readonly serverDateMs: number | null;
	readonly from: string;
} {
	const last = answers.at(-1);
	if (last === undefined) throw new TypeError('nothing was asked');
	const { receivedAtMs, serverDateMs } = last;
	return { receivedAtMs, serverDateMs, from: answers.map(({ from }) => from).join(' ') };
}
