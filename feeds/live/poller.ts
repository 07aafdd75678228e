import { messageOf } from '../../protocol/errors.ts';
import { type FeedAnswer, type FeedEnv, FeedError, type LiveFeed } from './feed.ts';

/** How a feed has fared since it was first polled. */
export interface PollerStatus {
	readonly polls: number;
	/** Polls that gave something new. */
	readonly answers: number;
	readonly unchanged: number;
	readonly failures: number;
	/** Failures since the last poll that did not fail. */
	readonly failuresInARow: number;
	/** Of the last failure; null once a poll has not failed. */
	readonly lastError: string | null;
	/** When the source last confirmed what it gave, epoch ms; null before that. */
	readonly confirmedAtMs: number | null;
	/** When the next poll is due, epoch ms; null while one is under way or when stopped. */
	readonly nextAtMs: number | null;
	/** The source's clock less ours, ms, to about a second; null where it does not say. */
	readonly skewMs: number | null;
}

export interface PollerOptions {
	readonly feed: LiveFeed;
	readonly env: Pick<FeedEnv, 'nowMs' | 'sleep' | 'random'>;
	/** Between polls, ms; never less than the feed allows. Default: that. */
	readonly everyMs?: number;
	/** Each answer that is new, before the next poll. What it throws is counted as a failure of the poll. */
	readonly onAnswer: (answer: FeedAnswer) => void | Promise<void>;
	/** After each poll. */
	readonly onStatus?: (status: PollerStatus) => void;
}

export interface Poller {
	status(): PollerStatus;
	/** Ends the poll under way and lets the feed go. */
	stop(): Promise<void>;
}

/** Polls of many runs spread over this part of the time between two. */
const JITTER = 0.1;
const BACKOFF_BASE_MS = 5_000;
/** A refused feed is asked now and then all the same: keys are renewed, zones come back. */
const REFUSED_MS_MAX = 60 * 60_000;
/** Within this the date of an answer, which has whole seconds and travelled, says nothing. */
const SKEW_MS_MIN = 3_000;

/**
 * Polls a feed from now on until it is stopped, first at once. The next poll is due `everyMs` after the start of the one before,
 * plus up to a tenth by chance; after a failure sooner, with pauses that double up to that, or as late as the source asks. A
 * stall is followed by one poll, not by all that were missed.
 */
export function startPoller(options: PollerOptions): Poller {
	const { feed, env } = options;
	const stopper = new AbortController();
	const everyMs = Math.max(options.everyMs ?? feed.everyMs, feed.everyMs);
	let status: PollerStatus = {
		...{ polls: 0, answers: 0, unchanged: 0, failures: 0, failuresInARow: 0 },
		...{ lastError: null, confirmedAtMs: null, nextAtMs: null, skewMs: null },
	};
	const run = async () => {
		while (!stopper.signal.aborted) {
			const startedMs = env.nowMs();
			status = { ...status, nextAtMs: null };
			const [after, error] = await pollOnce(options, status, stopper.signal);
			if (stopper.signal.aborted) break;
			const pauseMs =
				error === null
					? startedMs + everyMs * (1 + JITTER * env.random()) - env.nowMs()
					: backoffMs(error, after.failuresInARow, everyMs, env.random());
			status = { ...after, nextAtMs: env.nowMs() + Math.max(pauseMs, 0) };
			options.onStatus?.(status);
			// Rejects when it is stopped.
			await env.sleep(Math.max(pauseMs, 0), stopper.signal).catch(() => {});
		}
		status = { ...status, nextAtMs: null };
	};
	const done = run();
	return {
		status: () => status,
		stop: async () => {
			stopper.abort();
			await done;
			await feed.close?.();
		},
	};
}

/** What is then known of the feed, and why it failed if it did. */
async function pollOnce(
	{ feed, env, onAnswer }: PollerOptions,
	before: PollerStatus,
	signal: AbortSignal,
): Promise<[PollerStatus, unknown]> {
	const status = { ...before, polls: before.polls + 1 };
	try {
		const answer = await feed.poll(env.nowMs() + (before.skewMs ?? 0), signal);
		const fine = { ...status, failuresInARow: 0, lastError: null, confirmedAtMs: env.nowMs() };
		if (answer === 'unchanged') return [{ ...fine, unchanged: before.unchanged + 1 }, null];
		await onAnswer(answer);
		const skewMs = skewOf(answer);
		return [{ ...fine, answers: before.answers + 1, skewMs }, null];
	} catch (error) {
		const failures = before.failures + 1;
		const failuresInARow = before.failuresInARow + 1;
		return [{ ...status, failures, failuresInARow, lastError: messageOf(error) }, error];
	}
}

function skewOf({ serverDateMs, receivedAtMs }: FeedAnswer): number | null {
	if (serverDateMs === null) return null;
	const skewMs = serverDateMs - receivedAtMs;
	return Math.abs(skewMs) < SKEW_MS_MIN ? 0 : skewMs;
}

function backoffMs(error: unknown, inARow: number, everyMs: number, random: number): number {
	const spread = 0.5 + random / 2;
	const doubled = 2 ** Math.min(inARow - 1, 30);
	if (!(error instanceof FeedError)) return Math.min(BACKOFF_BASE_MS * doubled, everyMs) * spread;
	if (error.kind === 'refused')
		return Math.max(Math.min(everyMs * doubled, REFUSED_MS_MAX), everyMs) * (1 + JITTER * random);
	const pauseMs =
		error.kind === 'limited' && error.retryAfterMs === null
			? everyMs
			: Math.min(BACKOFF_BASE_MS * doubled, everyMs) * spread;
	// What the source asks for is the least, also of a broken one; beyond it by chance, so that not all come back at once.
	return Math.max(pauseMs, (error.retryAfterMs ?? 0) * (1 + JITTER * random));
}
