import * as z from 'zod';
import type { Feed } from '../../protocol/scenario/feed.ts';
import { FeedKeys } from '../../protocol/scenario/feed-keys.ts';
import { givenMembers } from '../../protocol/scenario/given.ts';
import { Latitude, Longitude } from '../../protocol/scenario/location.ts';
import { FeedQuantity } from '../../protocol/signals.ts';
import { Following } from './live.ts';

/** A feed that an actor follows while the run goes on: whom its process asks, and how what comes is taken. */
export const Followed = z.strictObject({
	feed: z.discriminatedUnion('type', givenMembers(FeedKeys.options)),
	/** What its values are; others are refused. */
	quantity: FeedQuantity,
	/** Where, for feeds that know every place; null: nowhere in particular. */
	place: z.strictObject({ latitude: Latitude, longitude: Longitude }).nullable(),
	following: Following,
	/** The span of the run, epoch ms, where it is over and all of it is known before: nobody is asked. Left out: it is asked. */
	past: z.strictObject({ fromMs: z.int(), untilMs: z.int() }).exactOptional(),
});
export type Followed = z.infer<typeof Followed>;

/** The feeds of a scenario as actors follow them, by what the scenario has of each. */
export type FollowedFeeds = ReadonlyMap<Feed, Followed>;

/** A feed of a scenario as an actor follows it: whoever makes configurations has resolved it. */
export function followedFeed(feeds: FollowedFeeds, feed: Feed): Followed {
	const followed = feeds.get(feed);
	if (followed === undefined) throw new TypeError(`the feed ${feed.type} was not resolved`);
	return followed;
}
