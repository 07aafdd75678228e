import { setTimeout as wait } from 'node:timers/promises';
import type { FeedEnv } from './feed.ts';

const TIMEOUT_MS = 30_000;
const RETRY_BASE_MS = 1000;

/** The machine as it is, for feeds that are asked in earnest. */
export function systemFeedEnv(more: Partial<FeedEnv> = {}): FeedEnv {
	return {
		keys: process.env,
		nowMs: () => Date.now(),
		sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
		random: () => Math.random(),
		timeoutMs: TIMEOUT_MS,
		retryBaseMs: RETRY_BASE_MS,
		...more,
	};
}
