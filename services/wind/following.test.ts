import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../protocol/scenario/feed.ts';
import type { WhenStale } from '../../protocol/signals.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import type { WindConfig } from './config.ts';
import type { TurbineState } from './kind.ts';
import { actorOf, BREEZE, type Row, rowsOf, stepAll, TURBINE } from './turbine.test-support.ts';

const test = suite('a turbine that follows a feed');

/** A turbine that follows a feed, step by step, each by a new copy of the state. */
function followingRows(
	whenStale: WhenStale,
	fallback: Extract<WindConfig['source'], { type: 'feed' }>['fallback'],
	commands: Readonly<Record<number, readonly (readonly [minute: number, speedMs: number])[]>>,
): Row[] {
	const followed = {
		...{ feed: Feed.parse({ type: 'open-meteo' }), quantity: 'wind-speed' as const, place: null },
		following: { times: 'own' as const, staleAfterUs: 2 * HOUR_US, whenStale, name: 'the feed' },
	};
	const actor = actorOf({ ...TURBINE, source: { type: 'feed', followed, fallback } });
	assert.equal(actor.takes, { signals: ['wind-speed'] });
	let state = actor.init() as TurbineState;
	const rows: Row[] = [];
	for (let fromUs = 0; fromUs < 6 * HOUR_US; fromUs += actor.stepUs) {
		state = structuredClone(state);
		const minute = fromUs / MINUTE_US;
		const values = commands[minute];
		if (values !== undefined)
			actor.command?.(state, fromUs, {
				...{ type: 'signal', actor: 'wind', quantity: 'wind-speed', unit: 'm/s', from: 'the feed' },
				receivedAtMs: TURBINE.startEpochMs + minute * 60_000,
				points: values.map(([at, value]) => ({
					...{ fromMs: TURBINE.startEpochMs + at * 60_000, value, isForecast: at > minute },
				})),
			});
		rows.push(...stepAll(actor, state, { fromUs, untilUs: fromUs + actor.stepUs }));
	}
	return rows;
}

test('wind of a feed makes power value by value, not that of the mean, until it says better', () => {
	const rows = followingRows('hold', null, {
		0: [
			[0, 12],
			[15, 2],
			[60, 6],
		],
		120: [[120, 30]],
	});
	const powers = rows.map(({ powerW }) => powerW);
	assert.is(powers[0], 1000);
	// Half the second step at rated power, half below cut-in; of the mean of 7 m/s it would be 186 W.
	assert.is(powers[1], 500);
	assert.is(rows[1]?.wind[0], 7);
	assert.is(powers[2], 0);
	assert.ok(Math.abs((powers[6] ?? 0) - (6 ** 3 - 3 ** 3) / 1.701) < 1e-9, `${powers[6]}`);
	assert.equal(powers.slice(12), new Array(24).fill(0), 'cut out');
});

test('while the feed is silent the drawn wind of the profile holds, as it would have been', () => {
	const rows = followingRows('profile', BREEZE, { 0: [[0, 12]], 240: [[240, 12]] });
	const drawn = rowsOf({}, 6 * HOUR_US);
	const profile = rows.slice(12, 24);
	assert.equal(profile, drawn.slice(12, 24));
	assert.ok([...rows.slice(0, 12), ...rows.slice(24)].every(({ powerW }) => powerW === 1000));
	assert.throws(
		() => followingRows('fail', null, { 0: [[0, 12]] }),
		/^Cannot go on at .*: the feed was last heard at/,
	);
});

test.run();
