import type { FeedWord } from '../../feeds/live/attend-feed.ts';
import { Followed } from '../../feeds/signal/followed.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { SimTime } from '../../protocol/time.ts';

/** For the first answer of a feed; of one that sends when it likes, for its first message. */
const FIRST_MS = 20_000;

/** An actor that follows a feed. */
export interface Follower {
	readonly actor: string;
	readonly followed: Followed;
}

/** The actors of a run that follow feeds. */
export function followersOf(
	actors: readonly Pick<RosterEntry, 'name' | 'config'>[],
): readonly Follower[] {
	return actors.flatMap(({ name, config }) =>
		Object.values((config ?? {}) as object).flatMap((part: unknown) => {
			const { followed = [] } = (part ?? {}) as { readonly followed?: unknown };
			return [followed].flat().map((one) => ({ actor: name, followed: Followed.parse(one) }));
		}),
	);
}

/**
 * Asks the feeds that a run follows for what holds when it begins, as commands that act from its start on; of those whose values are known
 * before, all of them, as commands that act in its course.
 *
 * @throws ConfigError for one that does not answer, unless something is known that holds without it
 */
export async function firstAnswers(
	followers: readonly Follower[],
	stepUs: SimTime,
	say: (line: string) => void,
): Promise<LoggedCommand[]> {
	const live = followers.filter(({ followed }) => followed.past === undefined);
	const words = await Promise.all(
		live.map(async ({ actor, followed }) => ({ actor, word: await firstWord(followed) })),
	);
	const first = words.map(({ actor, word }): LoggedCommand => {
		if (word.heard === 'failure') say(`${actor}: ${word.notes?.[0] ?? 'no answer yet'}`);
		const command = { type: 'signal', actor, ...word } as const;
		return { fromUs: 0, by: 'feed', at: new Date(word.receivedAtMs).toISOString(), command };
	});
	if (live.length === followers.length) return first;
	const { pastWords } = await import('./past-feed.ts');
	const past = followers.flatMap((follower) => pastWords(follower, stepUs));
	return [...first, ...past].sort((a, b) => a.fromUs - b.fromUs);
}

async function firstWord({ feed, quantity, place, following }: Followed): Promise<FeedWord> {
	// Most runs follow no feed, and need not know how that is done.
	const [{ wordOf }, { openFeed }, { systemFeedEnv }] = await Promise.all([
		import('../../feeds/live/attend-feed.ts'),
		import('../../feeds/live/open-feed.ts'),
		import('../../feeds/live/system-env.ts'),
	]);
	const env = systemFeedEnv();
	const live = await openFeed(feed, { quantity, place }, env);
	const endMs = env.nowMs() + FIRST_MS;
	try {
		for (;;) {
			const answer = await live.poll(env.nowMs(), AbortSignal.timeout(FIRST_MS));
			if (answer !== 'unchanged') return wordOf(answer);
			if (env.nowMs() > endMs)
				throw new ConfigError(
					`Cannot begin with ${live.name}: it gave nothing for ${FIRST_MS / 1000} s`,
				);
			await env.sleep(Math.min(live.everyMs, FIRST_MS / 10));
		}
	} catch (error) {
		if (following.whenStale !== 'profile') throw error;
		const nothing = { quantity, unit: '', points: [], receivedAtMs: env.nowMs(), from: live.name };
		return { ...nothing, heard: 'failure', notes: [messageOf(error)] };
	} finally {
		await live.close?.();
	}
}
