import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encode } from '../../protocol/codec.ts';
import type { Command } from '../../protocol/commands.ts';
import type { RunEvent } from '../../protocol/run-events.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import type { Grant } from '../../protocol/window-messages.ts';
import { fakeHost, planOf, refusals, start, subjects } from './fake-hosts.test-support.ts';
import { VirtualTime } from './virtual-time.test-support.ts';

/** What users, programs and hosts want of a run while it goes on, with a clock that moves only while everybody waits. */
const test = suite('steering');

const done = ({ attempt, window }: Grant) =>
	encode({ type: 'done', host: 'a', attempt, window, steps: 1, kept: null, refusals });

const turns = async (count = 30) => {
	for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

const HOUR = { untilUs: HOUR_US, windowUs: 30 * MINUTE_US, stepUs: MINUTE_US };

test('one that is paused before it begins goes step by step, and on in windows', async () => {
	const events: RunEvent[] = [];
	const { broker, coordinator, end } = start(planOf(['a'], HOUR), {
		event: (event) => void events.push(event),
	});
	const { steering } = coordinator;
	steering.pause();
	const ends: number[] = [];
	const onGrant = (grant: Grant) => {
		ends.push(grant.untilUs / MINUTE_US);
		return done(grant);
	};
	await fakeHost(broker, 'a', { onGrant });
	await turns();
	assert.equal(ends, []);
	assert.is((await steering.state()).phase, 'paused');
	await steering.step(2);
	await turns();
	assert.equal(ends, [1, 2]);
	await steering.step(1);
	steering.resume();
	await end;
	assert.equal(ends, [1, 2, 3, 33, 60]);
	assert.equal(
		events.flatMap(({ event }) => (event === 'paused' || event === 'resumed' ? event : [])),
		['paused', 'resumed'],
	);
});

test('steps that nobody can take any more are over when the run is', async () => {
	const { broker, coordinator, end } = start(planOf(['a'], HOUR));
	coordinator.steering.pause();
	await fakeHost(broker, 'a', { onGrant: done });
	await turns();
	const steps = coordinator.steering.step(1_000);
	await steps;
	coordinator.steering.resume();
	const { error } = await end;
	assert.is(error?.message ?? null, null);
	// Its report may still be written: whoever wants a step of it meanwhile does not wait for ever.
	await coordinator.steering.step(1);
});

test('a pace goes step by step, or in windows of some milliseconds where steps are shorter', async () => {
	const lengths = async (pace: number) => {
		const { broker, end } = start(planOf(['a'], { ...HOUR, pace }));
		const spans = new Set<number>();
		const onGrant = (grant: Grant) => {
			spans.add((grant.untilUs - grant.fromUs) / MINUTE_US);
			return done(grant);
		};
		await fakeHost(broker, 'a', { onGrant });
		await end;
		return [...spans];
	};
	assert.equal(await lengths(60), [1]);
	assert.equal(await lengths(30_000), [10]);
	assert.equal(await lengths(1e9), [30]);
});

/** At these minutes of simulated time the process is killed. */
const STRIKES = new Set([50, 400, 950, 3_000]);

test('one hour at speed 60 with stalls and setbacks ends when it should, and says how far it was behind', async () => {
	const time = new VirtualTime();
	const untilUs = 60 * HOUR_US;
	const plan = planOf(['a'], { untilUs, windowUs: HOUR_US, stepUs: MINUTE_US, pace: 60 });
	const { broker, coordinator, end } = start(plan, {
		...{ nowMs: time.nowMs, sleep: time.sleep },
		setTimer: time.setTimer,
		replaceHost: () => void fakeHost(broker, 'a', { onGrant }),
	});
	let startedMs = 0;
	let begun = 0;
	const late: number[] = [];
	const lags: (number | null)[] = [];
	const struck = new Set<number>();
	const onGrant = async (grant: Grant) => {
		if (begun++ === 0) startedMs = time.nowMs();
		const minute = grant.fromUs / MINUTE_US;
		const dueMs = startedMs + minute * 1_000;
		late.push(time.nowMs() - dueMs);
		// A disk that is slow, a machine that stands still, a process that is killed.
		if (minute % 900 === 100) await time.sleep(20_000);
		else if (STRIKES.has(minute) && !struck.has(minute)) {
			struck.add(minute);
			coordinator.hostDied('a', 'it was killed');
			return undefined as never;
		} else await time.sleep(3);
		if (minute === 1001) lags.push((await coordinator.steering.state()).lagMs);
		return done(grant);
	};
	await fakeHost(broker, 'a', { onGrant });
	const { outcome, setbacks } = await end;
	assert.is(outcome, 'complete');
	assert.is(setbacks, 4);
	assert.is(struck.size, 4);
	const driftMs = time.nowMs() - (startedMs + 3_600_000);
	assert.ok(driftMs >= 0 && driftMs < 50, `drift ${driftMs} ms`);
	assert.ok((lags[0] ?? 0) > 15_000, `${lags}`);
	assert.ok((late.at(-1) ?? 0) < 50, 'it catches up');
	assert.ok(
		late.every((ms) => ms > -1e-3),
		'nothing comes before its time',
	);
	time.stop();
});

const signal = (more: object = {}): Command =>
	({
		...{ type: 'signal', actor: 'a', quantity: 'carbon', unit: 'g/kWh', from: 'x' },
		...{ receivedAtMs: 5, points: [{ fromMs: 1, value: 2, isForecast: false }] },
		...more,
	}) as Command;

test('what a host proposes is logged, and acts with the next grant; what does not fit is refused and counted', async () => {
	const log: LoggedCommand[] = [];
	const { broker, coordinator, end } = start(planOf(['a', 'b'], HOUR), {
		...{ logCommand: (command) => void log.push(command), wallMs: () => 1_000 },
	});
	coordinator.steering.pause();
	const acting: (readonly Command[])[] = [];
	const onGrant = (grant: Grant) => {
		acting.push(grant.commands ?? []);
		return done(grant);
	};
	await fakeHost(broker, 'a', { onGrant, takes: { signals: ['carbon'] } });
	await fakeHost(broker, 'b', { onGrant: (grant) => encode({ ...doneOf(grant), host: 'b' }) });
	await turns();
	const bus = broker.connect();
	const propose = (command: Command, more: object = {}) =>
		bus.publish(
			subjects.proposals,
			encode({ type: 'proposal', host: 'a', seat: 0, actor: 'a', command, ...more }),
		);
	propose(signal());
	propose(signal(), { seat: 1 });
	propose(signal(), { host: 'c' });
	propose(signal(), { actor: 'b' });
	propose(signal({ quantity: 'price' }));
	propose({ type: 'replicas', replicas: 2 });
	await turns();
	coordinator.steering.resume();
	const { refusals: tally, error } = await end;
	assert.is(error?.message ?? null, null);
	assert.equal(acting, [[signal()], []]);
	assert.equal(log, [{ fromUs: 0, by: 'feed', at: '1970-01-01T00:00:01.000Z', command: signal() }]);
	assert.is(tally.count, 5);
});

const doneOf = ({ attempt, window }: Grant) =>
	({ type: 'done', attempt, window, steps: 1, kept: null, refusals }) as const;

test('a window ends where a command acts that was logged before', async () => {
	const command: Command = { type: 'replicas', replicas: 2 };
	const at = '1970-01-01T00:00:01.000Z';
	const commands: LoggedCommand[] = [7, 9, 40].map((minute) => ({
		...{ fromUs: minute * MINUTE_US, by: 'user', at, command },
	}));
	const from = {
		checkpoint: { attempt: 0, window: 0, fromUs: 0, objects: [] },
		...{ setbacks: 0, checkpoints: 0, commands },
		read: async () => new Uint8Array(),
	};
	const { broker, end } = start(planOf(['a'], { ...HOUR, from }));
	const seen: [number, number][] = [];
	const onGrant = (grant: Grant) => {
		seen.push([grant.fromUs / MINUTE_US, grant.commands?.length ?? 0]);
		return done(grant);
	};
	await fakeHost(broker, 'a', { onGrant });
	await end;
	assert.equal(seen, [
		[0, 0],
		[7, 1],
		[9, 1],
		[39, 0],
		[40, 1],
	]);
});

test.run();
