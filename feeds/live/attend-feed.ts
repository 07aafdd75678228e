import type { SignalCommand } from '../../protocol/commands.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import type { FeedAnswer, FeedEnv, FeedWanted } from './feed.ts';
import { openFeed } from './open-feed.ts';
import { type PollerStatus, startPoller } from './poller.ts';
import { systemFeedEnv } from './system-env.ts';

/** What is said of a feed, but for whom. */
export type FeedWord = Omit<SignalCommand, 'type' | 'actor'>;

/** Points that a word has room for: the newest. */
const POINTS_MAX = 2_000;
/** Of these nothing new says nothing: whoever sends to them may be gone. */
const SENT_TO_US: readonly Feed['type'][] = ['nats', 'mqtt', 'csv'];

interface Attending {
	readonly wanted: FeedWanted;
	/** Passes on what was heard of it; it may be lost. */
	say(word: FeedWord): void;
	/** Whether what was received at a time has come to act. */
	hasActed(receivedAtMs: number): boolean;
	/** Default: those of this process. */
	readonly env?: FeedEnv;
}

/**
 * Polls a feed until it is ended, and passes on what it gives, that it still says the same, and that it fell silent: once, until
 * it is back.
 *
 * @throws ConfigError where it cannot be asked at all, such as without its key
 */
export async function attendFeed(
	feed: Feed,
	{ wanted, say, hasActed, env = systemFeedEnv() }: Attending,
): Promise<{ end(): Promise<void> }> {
	const live = await openFeed(feed, wanted, env);
	const confirms = !SENT_TO_US.includes(feed.type);
	let last: FeedWord | null = null;
	let before: Pick<PollerStatus, 'unchanged' | 'failuresInARow'> = {
		unchanged: 0,
		failuresInARow: 0,
	};
	const quiet = (): FeedWord => ({
		...{ heard: 'unchanged', quantity: wanted.quantity, unit: last?.unit ?? '1', points: [] },
		...{ receivedAtMs: env.nowMs(), from: last?.from ?? live.name },
	});
	const poller = startPoller({
		...{ feed: live, env },
		onAnswer: (answer) => {
			last = wordOf(answer);
			say(last);
		},
		onStatus: (status) => {
			if (status.unchanged > before.unchanged) {
				if (last !== null && !hasActed(last.receivedAtMs)) say(last);
				else if (confirms) say(quiet());
			}
			if (status.failuresInARow === 1)
				say({ ...quiet(), heard: 'failure', notes: [status.lastError ?? 'it failed'] });
			before = status;
		},
	});
	return { end: () => poller.stop() };
}

/** An answer as it is logged. */
export function wordOf(answer: FeedAnswer): FeedWord {
	const { quantity, unit, points, receivedAtMs, from, given, attribution, notes } = answer;
	return {
		...{ quantity, unit, receivedAtMs, from },
		points: points.slice(-POINTS_MAX).map((point) => ({ ...point })),
		...(given === null ? {} : { given: { ...given } }),
		...(attribution === '' ? {} : { attribution }),
		...(notes.length === 0 ? {} : { notes: notes.slice(0, 16) }),
	};
}
