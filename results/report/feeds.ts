import type { SignalCommand } from '../../protocol/commands.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { FollowedFeed } from '../../protocol/run-folder/feeds.ts';
import { SECOND_US, type SimTime, usToSeconds } from '../../protocol/time.ts';

/** What a run heard of a feed, and the simulated time from which on it acted. */
export interface Heard {
	readonly fromUs: SimTime;
	readonly command: SignalCommand;
}

/** All that a run heard of its feeds, in the order in which it acted. */
export function heardOf(told: readonly LoggedCommand[]): Heard[] {
	return told.flatMap(({ fromUs, command }) =>
		command.type === 'signal' ? [{ fromUs, command }] : [],
	);
}

/** A time over which a feed was silent for longer than it may be. */
export interface Silence {
	readonly fromS: number;
	readonly untilS: number;
	/** What it said of why, as far as somebody asked; null: nothing. */
	readonly why: string | null;
}

/** How a feed did in a run. */
export interface FeedAccount {
	readonly feed: FollowedFeed;
	/** Answers with values, those that the old ones still held, and times that it fell silent. */
	readonly values: number;
	readonly unchanged: number;
	readonly failures: number;
	/** The longest time between two words of it, s. */
	readonly longestS: number;
	readonly silences: readonly Silence[];
	/** All of them, s. */
	readonly silentS: number;
	/** Whom to name. */
	readonly attribution: string | null;
}

/** @param untilS end of the run, s */
export function feedAccount(
	feed: FollowedFeed,
	all: readonly Heard[],
	untilS: number,
): FeedAccount {
	const heard = all.filter(
		({ command }) => command.actor === feed.actor && command.quantity === feed.quantity,
	);
	const failures = heard.filter(({ command }) => command.heard === 'failure');
	const words = heard.filter(({ command }) => command.heard !== 'failure');
	// Nothing before the first word: then the feed is silent from the start on.
	const times = [...words.map(({ fromUs }) => usToSeconds(fromUs)), untilS];
	const silences: Silence[] = [];
	let longestS = 0;
	let beforeS = Number.NEGATIVE_INFINITY;
	for (const timeS of times.filter((one) => one <= untilS)) {
		const silentS = Math.max(0, beforeS + feed.stale_after_s);
		if (silentS < timeS) {
			const [why] = failures
				.filter(({ fromUs }) => fromUs > beforeS * SECOND_US && fromUs <= timeS * SECOND_US)
				.flatMap(({ command }) => command.notes ?? []);
			silences.push({ fromS: silentS, untilS: timeS, why: why ?? null });
		}
		longestS = Math.max(longestS, timeS - Math.max(0, beforeS));
		beforeS = timeS;
	}
	const unchanged = words.filter(({ command }) => command.heard === 'unchanged').length;
	return {
		...{ feed, unchanged, failures: failures.length, values: words.length - unchanged },
		...{ longestS, silences },
		silentS: silences.reduce((sum, one) => sum + one.untilS - one.fromS, 0),
		attribution: words.find(({ command }) => command.attribution)?.command.attribution ?? null,
	};
}
