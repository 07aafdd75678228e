import * as z from 'zod';
import { FeedQuantity, LiveTimes, WhenStale } from '../signals.ts';
import { each, table, text, time } from './table.ts';

/** feeds.csv: a row for all that a run heard of its feeds, in the order in which it acted. */
export const FEEDS = table({
	file: 'feeds.csv',
	columns: [
		time('acts_from', 's', 'simulated time from which on it acted, from the start of the run'),
		text('actor', 'who follows the feed'),
		text('heard', '`values`, `unchanged` (those before still hold) or `failure` (nothing changes)'),
		time('received', 'UTC', 'when it came'),
		text('from', 'where it was asked, without secrets'),
		text('quantity', 'what the values are'),
		each('value', null, 'the one of when it came; empty where none came'),
		text('unit', 'of the value'),
		text('value_from', 'from when on the value held, UTC, as the feed says'),
		each('is_forecast', '1', '1 where the value was foretold and not measured'),
		each('points', '1', 'values that came in all; `commands.jsonl` has them', { isCount: true }),
		text('last_from', 'from when on the last of them holds, UTC'),
		each(
			'given',
			null,
			'the newest value as it was given, before conversion; empty where nothing was',
		),
		text('given_unit', 'of that'),
		text('note', 'what failed, or stands in for what was asked for'),
	],
});

/** A feed that an actor of a run follows, as metadata.yaml has it. */
export const FollowedFeed = z.looseObject({
	actor: z.string().describe('who follows it'),
	name: z.string().describe('what it is'),
	quantity: FeedQuantity.describe('what its values are'),
	times: LiveTimes.describe('own: values hold at their own times; arrival: from when they came'),
	stale_after_s: z.number().describe('it is silent when it was not heard for longer, s'),
	when_stale: WhenStale.describe('what holds then'),
});
export type FollowedFeed = z.infer<typeof FollowedFeed>;
