import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SignalCommand } from '../../protocol/commands.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import type { FeedQuantity } from '../../protocol/signals.ts';
import { MINUTE_US } from '../../protocol/time.ts';
import type { Follower } from '../resolve/first-answers.ts';
import { FeedNews } from './feed-news.ts';

const test = suite('news of feeds');

const follower = (quantity: FeedQuantity): Follower => ({
	actor: 'solar',
	followed: {
		...{ feed: Feed.parse({ type: 'open-meteo' }), quantity, place: null },
		following: {
			...{ times: 'own', staleAfterUs: 20 * MINUTE_US, whenStale: 'profile' },
			name: `the feed of ${quantity}`,
		},
	},
});

function word(
	minute: number,
	quantity: FeedQuantity,
	heard?: SignalCommand['heard'],
): LoggedCommand {
	return {
		...{ fromUs: minute * MINUTE_US, by: 'feed', at: '2026-11-30T12:00:00.000Z' },
		command: {
			...{ type: 'signal', actor: 'solar', quantity, unit: 'W/m2', points: [], receivedAtMs: 0 },
			...{ from: 'a feed', notes: ['Cannot fetch it: gone'] },
			...(heard === undefined ? {} : { heard }),
		},
	};
}

test('only that a feed fails, is silent and is back is said, once each, and in the end how often it was heard', () => {
	const said: string[] = [];
	const followers = [follower('irradiance'), follower('temperature')];
	const before = [word(0, 'irradiance'), word(0, 'temperature', 'failure')];
	const news = new FeedNews(followers, (text) => said.push(text), before);
	assert.equal(said, []);
	for (let minute = 1; minute <= 60; minute++) {
		if (minute <= 5 || minute > 50) news.heard(word(minute, 'irradiance', 'unchanged'));
		else news.heard(word(minute, 'irradiance', 'failure'));
		if (minute === 10) news.heard(word(minute, 'temperature'));
		if (minute > 10) news.heard(word(minute, 'temperature', 'unchanged'));
		news.windowDone(minute * MINUTE_US);
	}
	news.ended();
	assert.equal(said, [
		'From 00:00:00 on: solar: the feed of temperature is silent: the profile holds',
		'From 00:06:00 on: solar: the feed of irradiance fails: Cannot fetch it: gone',
		'From 00:10:00 on: solar: the feed of temperature is back',
		'From 00:25:00 on: solar: the feed of irradiance is silent: the profile holds',
		'From 00:51:00 on: solar: the feed of irradiance is back',
		'solar: the feed of irradiance: 1 answer, 15 unchanged, 45 failures',
		'solar: the feed of temperature: 1 answer, 50 unchanged, 1 failure',
	]);
});

test.run();
