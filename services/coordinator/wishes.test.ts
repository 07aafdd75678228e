import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encode } from '../../protocol/codec.ts';
import type { Command } from '../../protocol/commands.ts';
import type { ClockAnchor } from '../../protocol/pace.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import type { Grant } from '../../protocol/window-messages.ts';
import { fakeHost, planOf, refusals, start } from './fake-hosts.test-support.ts';
import type { Origin, Wishes } from './run-plan.ts';
import { VirtualTime } from './virtual-time.test-support.ts';

/** What is wanted of a run outlives the bus that it was led over, and with it who led it. */
const test = suite('wishes of a run');

const done = ({ attempt, window }: Grant) =>
	encode({ type: 'done', host: 'a', attempt, window, steps: 1, kept: null, refusals });

const PACED = { untilUs: 10 * HOUR_US, windowUs: HOUR_US, stepUs: MINUTE_US, pace: 60 };

/** From minute `minute` on, as a checkpoint has it. */
const goingOn = (minute: number, wishes: Wishes): Origin => ({
	checkpoint: { attempt: 0, window: minute - 1, fromUs: minute * MINUTE_US, objects: [] },
	...{ setbacks: 1, checkpoints: 1, commands: [], wishes },
	read: async () => new Uint8Array(),
});

/** Loses the bus in the window from minute `minute` on, or soon after it; `before` is done there first. */
async function untilLost(
	time: VirtualTime,
	minute: number,
	before: (run: ReturnType<typeof start>) => void = () => {},
	isAfter = false,
) {
	const run = start(planOf(['a'], PACED), { ...time, wallMs: () => 0 });
	const granted: number[] = [];
	const onGrant = (grant: Grant) => {
		granted.push(time.nowMs());
		if (grant.fromUs < minute * MINUTE_US) return done(grant);
		before(run);
		const lose = () => run.bus.end(new Error('the server is gone'));
		if (!isAfter) lose();
		else void time.sleep(5_000).then(lose);
		return isAfter ? done(grant) : undefined;
	};
	await fakeHost(run.broker, 'a', { onGrant, takes: { signals: ['carbon'] } });
	const end = await run.end;
	assert.ok(end.isBusLost, end.reason);
	return { end, startedMs: granted[0] as number };
}

/** The first grants of a run that another one goes on with. */
async function goneOn(time: VirtualTime, from: Origin, more: { readonly count: number }) {
	const anchors: (ClockAnchor | null)[] = [];
	const granted: { minute: number; atMs: number; commands: readonly Command[] }[] = [];
	const run = start(planOf(['a'], { ...PACED, from }), {
		...{ ...time, wallMs: () => 0 },
		anchored: (anchor) => void anchors.push(anchor),
	});
	const onGrant = (grant: Grant) => {
		const { fromUs, commands = [] } = grant;
		granted.push({ minute: fromUs / MINUTE_US, atMs: time.nowMs(), commands });
		if (granted.length === more.count) run.coordinator.interrupt();
		return done(grant);
	};
	await fakeHost(run.broker, 'a', { onGrant, takes: { signals: ['carbon'] } });
	return { ...run, granted, anchors };
}

test('a paced run that lost its bus goes on by the schedule that it had', async () => {
	const time = new VirtualTime();
	const { end, startedMs } = await untilLost(time, 100);
	await time.sleep(20_000);
	const next = await goneOn(time, goingOn(40, end.wishes), { count: 120 });
	await next.end;
	const dueMs = (minute: number) => startedMs + minute * 1_000;
	const { granted } = next;
	assert.is(granted[0]?.minute, 40);
	// It simulates 80 minutes at once, since they are due, and is where it should be from then on.
	const last = granted.at(-1);
	assert.is(last?.minute, 159);
	assert.is(last?.atMs, dueMs(159));
	assert.ok(granted.every(({ minute, atMs }) => atMs >= dueMs(minute)));
	assert.equal(next.anchors[0], { realMs: startedMs, simUs: 0, speed: 60 });
	time.stop();
});

test('another pace, and a command that was taken and did not act, are kept as well', async () => {
	const time = new VirtualTime();
	const command: Command = {
		...{ type: 'signal', actor: 'a', quantity: 'carbon', unit: 'g/kWh', from: 'x' },
		...{ receivedAtMs: 5, points: [{ fromMs: 1, value: 2, isForecast: false }] },
	};
	const { end } = await untilLost(time, 10, ({ coordinator }) => {
		coordinator.steering.setSpeed(120);
		assert.is(coordinator.steering.command(command, 'feed'), null);
	});
	const next = await goneOn(time, goingOn(5, end.wishes), { count: 30 });
	await next.end;
	const { granted } = next;
	assert.equal(granted[0]?.commands, [command]);
	assert.is(granted.flatMap(({ commands }) => commands).length, 1);
	const [before, last] = granted.slice(-2);
	assert.is((last?.atMs ?? 0) - (before?.atMs ?? 0), 500);
	time.stop();
});

test('one that pauses pauses on, and goes on from where it stood still', async () => {
	const time = new VirtualTime();
	const pause: Parameters<typeof untilLost>[2] = ({ coordinator }) => coordinator.steering.pause();
	const { end } = await untilLost(time, 30, pause, true);
	assert.ok(end.wishes.isPaused);
	await time.sleep(600_000);
	const next = await goneOn(time, goingOn(20, end.wishes), { count: 40 });
	await time.sleep(5_000);
	assert.equal(next.granted, []);
	assert.is((await next.coordinator.steering.state()).phase, 'paused');
	const resumedMs = time.nowMs();
	next.coordinator.steering.resume();
	await next.end;
	const last = next.granted.at(-1);
	assert.is(last?.minute, 59);
	const lateMs = (last?.atMs ?? 0) - (resumedMs + (59 - 31) * 1_000);
	assert.ok(lateMs >= 0 && lateMs <= 1_000, `late by ${lateMs} ms`);
	time.stop();
});

test('one that is let go on while its hosts gather does not stand still', async () => {
	const time = new VirtualTime();
	const { end } = await untilLost(time, 30, ({ coordinator }) => coordinator.steering.pause());
	const run = start(planOf(['a'], { ...PACED, from: goingOn(20, end.wishes) }), { ...time });
	run.coordinator.steering.resume();
	const granted: number[] = [];
	const onGrant = (grant: Grant) => {
		granted.push(time.nowMs());
		if (granted.length === 40) run.coordinator.interrupt();
		return done(grant);
	};
	await fakeHost(run.broker, 'a', { onGrant });
	await run.end;
	assert.is((granted.at(-1) ?? 0) - (granted.at(-2) ?? 0), 1_000);
	time.stop();
});

test.run();
