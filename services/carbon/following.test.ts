import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LiveState } from '../../feeds/signal/live.ts';
import type { ActorEnv, TimeActor } from '../../kernel/actor/contract.ts';
import type { SignalCommand } from '../../protocol/commands.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import type { LiveTimes, WhenStale } from '../../protocol/signals.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { CarbonConfig } from './config.ts';
import { carbonKind } from './kind.ts';

const test = suite('carbon of a feed');

const startEpochMs = Date.UTC(2026, 10, 30, 12);

function makeActor(
	more: {
		readonly times?: LiveTimes;
		readonly whenStale?: WhenStale;
		readonly sampling?: 'mean' | 'start';
		readonly hours?: number;
	} = {},
): TimeActor<LiveState> {
	const { times = 'own', whenStale = 'hold', sampling = 'mean', hours } = more;
	const config = CarbonConfig.parse({
		...{ stepUs: 10 * MINUTE_US, startEpochMs, timezone: 'Europe/Berlin' },
		forecast: hours === undefined ? null : { hours, source: { type: 'feed' } },
		source: {
			...{ type: 'feed', kind: 'average', sampling },
			followed: {
				...{ feed: Feed.parse({ type: 'uk' }), quantity: 'carbon', place: null },
				following: { times, staleAfterUs: HOUR_US, whenStale, name: 'UK Carbon Intensity' },
			},
			fallback: { type: 'constant', kind: 'average', valueGPerKwh: 500 },
		},
	});
	const env = { name: 'carbon', random: () => assert.unreachable() } as unknown as ActorEnv;
	return carbonKind.create(config, env) as TimeActor<LiveState>;
}

/** What a feed gave at a minute since the start: values of minutes. */
function signal(
	at: number,
	points: readonly (readonly [minute: number, value: number])[],
	heard?: 'unchanged' | 'failure',
): SignalCommand {
	return {
		...{ type: 'signal', actor: 'carbon', quantity: 'carbon', unit: 'g/kWh', from: 'the feed' },
		...(heard === undefined ? {} : { heard }),
		receivedAtMs: startEpochMs + at * 60_000,
		points: points.map(([minute, value]) => ({
			...{ fromMs: startEpochMs + minute * 60_000, value, isForecast: minute > at },
		})),
	};
}

/** The values of steps of ten minutes, with what came before some of them; by port. */
function live(
	actor: TimeActor<LiveState>,
	steps: number,
	commands: Readonly<Record<number, SignalCommand>>,
): number[][] {
	let state = actor.init() as LiveState;
	const ports = actor.outputs.map(() => [] as number[]);
	const outputs = ports.map((values) => ({
		append: (_timeUs: number, row: ArrayLike<number>) => void values.push(...Array.from(row)),
	}));
	for (let step = 0; step < steps; step++) {
		const fromUs = step * actor.stepUs;
		const command = commands[step];
		// A new actor goes on from a copy.
		state = structuredClone(state);
		if (command !== undefined) actor.command?.(state, fromUs, command);
		state = actor.step(state, { fromUs, untilUs: fromUs + actor.stepUs }, [], outputs);
	}
	return ports;
}

test('steps have the means of what the feed gave for them, and what it foretold until it says better', () => {
	const [values] = live(makeActor(), 6, {
		0: signal(0, [
			[-30, 90],
			[5, 100],
			[30, 300],
		]),
		4: signal(40, [[30, 200]]),
	});
	assert.equal(values, [95, 100, 100, 300, 200, 200]);
});

test('in a run elsewhere in time the value of now holds from when it came', () => {
	const [values] = live(makeActor({ times: 'arrival' }), 3, {
		0: signal(1000, [
			[990, 100],
			[1020, 900],
		]),
		2: signal(1030, [
			[990, 100],
			[1020, 800],
		]),
	});
	assert.equal(values, [100, 100, 800]);
});

test('a failure changes nothing, and that nothing is new keeps the feed from counting as silent', () => {
	const commands = { 0: signal(0, [[0, 100]]), 3: signal(30, [], 'unchanged') };
	const profile = makeActor({ whenStale: 'profile' });
	const [kept] = live(profile, 11, commands);
	assert.equal(kept?.slice(7), [100, 100, 500, 500]);
	const [failed] = live(profile, 11, { ...commands, 8: signal(80, [], 'failure') });
	assert.equal(failed, kept);
	assert.throws(
		() => live(makeActor({ whenStale: 'fail' }), 11, commands),
		/staleness.then is fail/,
	);
	const [held] = live(makeActor(), 11, commands);
	assert.equal(held, new Array(11).fill(100));
});

test('sampling: start takes what holds when the step begins; the profile where nothing came yet', () => {
	const actor = makeActor({ whenStale: 'profile', sampling: 'start' });
	const [values] = live(actor, 4, {
		1: signal(10, [
			[10, 100],
			[25, 300],
		]),
	});
	assert.equal(values, [500, 100, 100, 300]);
});

test('a forecast is what the feed foretells', () => {
	const [, hours] = live(makeActor({ hours: 2 }), 1, {
		0: signal(0, [
			[0, 100],
			[30, 200],
			[60, 400],
			[90, 600],
		]),
	});
	assert.equal(hours, [150, 500]);
});

test('it says which signals it takes, and has something that runs beside it', () => {
	const { takes, attend } = makeActor();
	assert.equal(takes, { signals: ['carbon'] });
	assert.type(attend, 'function');
});

test.run();
