import type { FeedSpan, FeedWanted } from '../../feeds/live/feed.ts';
import type { Followed } from '../../feeds/signal/followed.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import type { Feed } from '../../protocol/scenario/feed.ts';
import type { FeedQuantity, IntensityKind } from '../../protocol/signals.ts';
import { formatSimTime, MINUTE_US } from '../../protocol/time.ts';
import type { WantedFeed } from '../../services/declaration.ts';
import type { KeptSeries } from './past-feed.ts';
import type { Frame } from './plan.ts';

const POLLS = 3;
const LEAST_US = 15 * MINUTE_US;

/** A feed as an actor follows it, and what there is to say of it. */
export interface ResolvedFeed {
	readonly followed: Followed;
	/** Where the values are from and how they are taken, for people. */
	readonly describe: string;
	/** When somebody was asked for them. */
	readonly label: 'live' | 'fetched';
}

/**
 * Makes a scenario's feed explicit. Nobody is asked.
 *
 * @param hasProfile whether something is known that holds without it
 * @throws ConfigError for one that does not give such values, or whose key is not there
 */
export async function resolveFeed(
	feed: Feed,
	quantity: FeedQuantity,
	frame: Frame,
	{ where, hasProfile, bounds }: Pick<WantedFeed, 'where' | 'hasProfile' | 'bounds'>,
): Promise<ResolvedFeed> {
	const { times, pace, untilUs, location } = frame;
	const { latitude, longitude } = location;
	const place = { latitude, longitude };
	const wanted = { quantity, place };
	// Only where one is followed.
	const [{ openFeed }, { systemFeedEnv }, { isOver, keptFor, notKept, spanOf }] = await Promise.all(
		[
			import('../../feeds/live/open-feed.ts'),
			import('../../feeds/live/system-env.ts'),
			import('./past-feed.ts'),
		],
	);
	const past = isOver(frame) ? spanOf(frame) : null;
	const kept = past === null ? null : keptFor(feed, wanted, past);
	if (past !== null && kept !== null) return ofPast(feed, wanted, past, kept);
	const opened = await openFeed(feed, { quantity, place }, systemFeedEnv());
	const { name, everyMs } = opened;
	await opened.close?.();
	if (past !== null && opened.range !== undefined) throw notKept(name, feed, wanted, past);
	const { after, then } = feed.staleness;
	if (then === 'profile' && !hasProfile)
		throw new ConfigError(
			`Cannot use ${name} with staleness.then "profile": ${where}.profile does not say what holds without it`,
		);
	const pollsUs = Math.max(LEAST_US, POLLS * everyMs * 1000 * Math.max(1, pace ?? 1));
	const staleAfterUs =
		after !== null
			? parseDuration(after, `${where}.feed.staleness.after`)
			: pace === null
				? // Nobody asks again before such a run is over.
					untilUs + 1
				: pollsUs;
	const following = { times, staleAfterUs, whenStale: then, name };
	const held = {
		hold: 'its last value holds',
		profile: 'the profile holds',
		fail: 'the run fails',
	};
	return {
		label: 'live',
		followed: { feed: withBounds(feed, bounds), quantity, place, following },
		describe: `${name}, asked every ${seconds(everyMs)} of clocks; ${TIMES[times]}; silent for ${formatSimTime(staleAfterUs)} of simulated time: ${held[then]}`,
	};
}

/** All of it is known before: it holds at its own times, and nobody is silent. */
function ofPast(
	feed: Feed,
	{ quantity, place }: FeedWanted,
	past: FeedSpan,
	{ word, fetchedAt, attribution }: KeptSeries,
): ResolvedFeed {
	const name = `${word} (${quantity})`;
	const staleAfterUs = (past.untilMs - past.fromMs) * 1000 + 1;
	const following = { times: 'own', staleAfterUs, whenStale: 'fail', name } as const;
	return {
		label: 'fetched',
		followed: { feed, quantity, place, following, past: { ...past } },
		describe: `${name} as it was, from the cache, fetched ${fetchedAt}${attribution === '' ? '' : ` (${attribution})`}`,
	};
}

function withBounds(feed: Feed, bounds: WantedFeed['bounds']): Feed {
	const { least, most } = feed.bounds;
	if (bounds === undefined) return feed;
	return { ...feed, bounds: { least: least ?? bounds.least, most: most ?? bounds.most } };
}

const TIMES = {
	own: 'values hold at their own times',
	arrival:
		'the latest value holds from when it comes, since simulated time is not that of clocks (start: now and pace: 1)',
} as const;

function seconds(ms: number): string {
	return formatSimTime(ms * 1000);
}

/** Which of the two a feed's intensities are. @throws ConfigError where it does not say, or has none */
export function intensityOf(feed: Feed, where: string): IntensityKind {
	switch (feed.type) {
		case 'electricitymaps':
		case 'uk':
		case 'energy-charts':
		case 'eia':
			return 'average';
		case 'watttime':
			if (feed.signal === 'index')
				throw new ConfigError(
					`Cannot use the index of WattTime as "${where}": it is a percentile, and no intensity; use signal co2_moer`,
				);
			return feed.signal === 'co2_moer' ? 'marginal' : 'average';
		case 'entsoe':
		case 'open-meteo':
			throw new ConfigError(
				`Cannot use the feed ${feed.type} as "${where}": it has no intensities`,
			);
		default:
			if (feed.kind !== null) return feed.kind;
			throw new ConfigError(
				`Cannot use the feed ${feed.type} as "${where}": say by ${where}.feed.kind whether its values are average or marginal`,
			);
	}
}
