import type { FeedAnswer, LiveFeed } from './feed.ts';

/**
 * The feed, answering `unchanged` where it would say again what it said last. What it says is compared and not what the source marks as
 * unchanged: most mark nothing, and of an answer made of several, one may have come before the others failed.
 */
export function onlyNews(feed: LiveFeed): LiveFeed {
	let last: string | null = null;
	return {
		...feed,
		poll: async (nowMs, signal) => {
			const answer = await feed.poll(nowMs, signal);
			if (answer === 'unchanged') return answer;
			const said = contentOf(answer);
			if (said === last) return 'unchanged';
			last = said;
			return answer;
		},
	};
}

function contentOf({ quantity, unit, points, notes }: FeedAnswer): string {
	return JSON.stringify([quantity, unit, points, notes]);
}
