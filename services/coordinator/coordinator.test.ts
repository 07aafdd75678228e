import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Bus, NoResponderError, RequestTimeoutError } from '../../kernel/bus/bus.ts';
import { controlKey, placeKey } from '../../kernel/bus/keys.ts';
import { Seal } from '../../kernel/bus/seal.ts';
import { sealBus } from '../../kernel/bus/sealed-bus.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import { type Hello, PROTOCOL_VERSION, type Refused } from '../../protocol/messages.ts';
import { JOIN_SUBJECT } from '../../protocol/subjects.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { Failed, Grant } from '../../protocol/window-messages.ts';
import {
	fakeHost,
	greet,
	greetAsWorker,
	hello,
	planOf,
	refusals,
	report,
	start,
	subjects,
	trust,
} from './fake-hosts.test-support.ts';

/** The coordinator against hosts that are made of messages alone, with a clock that moves only while everybody waits. */
const test = suite('coordinator');

test('run() grants window after window to every host and completes', async () => {
	const { broker, end } = start(planOf(['a', 'b']));
	const windows: string[] = [];
	const onGrant = (host: string) => (grant: Grant) => {
		windows.push(`${host} ${grant.fromUs / SECOND_US}-${grant.untilUs / SECOND_US}`);
		return encode({
			type: 'done',
			host,
			attempt: 0,
			window: grant.window,
			steps: 1,
			kept: null,
			refusals,
		});
	};
	await fakeHost(broker, 'a', { onGrant: onGrant('a') });
	await fakeHost(broker, 'b', { onGrant: onGrant('b') });
	const { outcome, simulatedUntilUs, error } = await end;
	assert.is(error, null);
	assert.is(outcome, 'complete');
	assert.is(simulatedUntilUs, 4 * SECOND_US);
	assert.is(windows.join(', '), 'a 0-1, b 0-1, a 1-2, b 1-2, a 2-3, b 2-3, a 3-4, b 3-4');
});

test('run() says who is missing at 1, 3 and 6 times the limit, then gives up', async () => {
	const { broker, outside, end } = start(planOf(['a', 'b', 'c']));
	await fakeHost(broker, 'b');
	const { outcome, error } = await end;
	assert.is(outcome, 'failed');
	assert.equal(
		outside.notices.map((text) => /^Waiting since (\d+) s/.exec(text)?.[1]),
		['10', '30'],
	);
	assert.match(
		outside.notices[0] as string,
		'for 2 of 3 hosts: a has not joined; c has not joined',
	);
	assert.match(error?.message ?? '', /^Waiting since 60 s for 2 of 3 hosts/);
	assert.instance(error, SimulationError);
	assert.is((error as SimulationError).actor, 'a');
});

test('run() waits for external hosts as long as it takes, and says how to start them', async () => {
	const { broker, outside, end } = start(
		planOf(['replica-1'], { external: new Set(['replica-1']) }),
	);
	while (outside.nowMs() < 500_000) await new Promise((resolve) => setImmediate(resolve));
	assert.is(outside.notices.length, 3);
	assert.match(outside.notices[0] as string, 'make worker NATS_URL=');
	await fakeHost(broker, 'replica-1', { isWorker: true });
	assert.is((await end).outcome, 'complete');
});

test('a worker of any name takes an external place, also if it asks twice; nobody is asked once it is ready', async () => {
	const { broker, coordinator, end } = start(
		planOf(['replica-1'], { external: new Set(['replica-1']) }),
	);
	const bus = broker.connect();
	const ask = (one: Hello) => greetAsWorker(bus, one);
	const other = await ask(hello('w1', { kinds: ['solar'] }));
	assert.is(other.type === 'refused' && other.retry, true);
	const first = await ask(hello('w1'));
	assert.is(first.type === 'welcome' && first.host, 'replica-1');
	const again = await ask(hello('w1'));
	assert.is(again.type === 'welcome' && again.host, 'replica-1');
	const second = await ask(hello('w2'));
	assert.is(second.type === 'refused' && second.retry, true);
	const actors = [{ name: 'replica-1', alignUs: 0, alignedPorts: [], inputs: [], outputs: [] }];
	const ready = encode({ type: 'ready', host: 'replica-1', seat: 0, actors });
	await bus.request(subjects.ready, ready, 1000);
	const late = await ask(hello('w2')).catch((error: unknown) => error);
	assert.instance(late, NoResponderError);
	coordinator.interrupt();
	coordinator.interrupt();
	await end;
});

test('a place whose worker never came is free again for the next', async () => {
	const { broker, outside, end } = start(
		planOf(['replica-1'], { external: new Set(['replica-1']) }),
	);
	const bus = broker.connect();
	assert.is((await greetAsWorker(bus, hello('dead'))).type, 'welcome');
	while (outside.notices.length === 0) await new Promise((resolve) => setImmediate(resolve));
	assert.is(
		outside.notices[0],
		'Waiting for replica-1 again: the worker that took its place is gone',
	);
	await fakeHost(broker, 'replica-1', { isWorker: true });
	assert.is((await end).outcome, 'complete');
});

test('a worker with room takes several places as one host, of its labels alone; another has its place once it left', async () => {
	const names = ['replica-1', 'replica-2', 'replica-3'];
	const { broker, coordinator, end } = start(
		planOf(names, {
			external: new Set(names),
			placing: { needs: { 'replica-2': { zone: 'b' } }, arrange: 'packed', foreign: [] },
		}),
	);
	const bus = broker.connect();
	const taken = await greetAsWorker(bus, hello('w1', { capacity: 9, labels: { zone: 'a' } }));
	if (taken.type !== 'welcome') throw new Error('it was not welcomed');
	assert.is(taken.host, 'replica-1');
	assert.equal(
		taken.actors.map(({ name }) => name),
		['replica-1', 'replica-3'],
	);
	const zoned = await greetAsWorker(bus, hello('w2', { labels: { zone: 'b' } }));
	assert.is(zoned.type === 'welcome' && zoned.host, 'replica-2');

	const say = async (host: string, leaves: boolean) => {
		const message = encode({ type: 'presence', host, seat: 0, leaves });
		const answer = await bus.request(subjects.ready, message, 1e9);
		return decode(answer, 'ok', 'refused').type;
	};
	assert.is(await say('replica-1', false), 'ok');
	assert.is(await say('replica-3', false), 'refused', 'it is no host of its own');
	assert.is(await say('replica-1', true), 'ok');
	assert.is(await say('replica-1', false), 'refused', 'its place is free');
	const next = await greetAsWorker(bus, hello('w3'));
	if (next.type !== 'welcome') throw new Error('it was not welcomed');
	assert.equal([next.host, next.seat, next.actors.length], ['replica-1', 1, 1]);
	coordinator.interrupt(true);
	await end;
});

test('a hello that cannot be read is refused and does not end the run', async () => {
	const { broker, end } = start(planOf(['replica-1'], { external: new Set(['replica-1']) }));
	const bytes = new Uint8Array([1, 2, 3]);
	const answer = decode(await broker.connect().request(JOIN_SUBJECT, bytes, 1000), 'refused');
	assert.not(answer.retry);
	await fakeHost(broker, 'replica-1', { isWorker: true });
	assert.is((await end).outcome, 'complete');
});

test('a host of another protocol version is refused for good', async () => {
	const { broker, coordinator, end } = start(planOf(['a']));
	// Sealed as by a newer version, and open as by an older one, which knows no seals.
	const bus = broker.connect();
	const { message, isSealed } = await greet(bus, hello('a', { version: 99 }));
	assert.ok(isSealed);
	assert.match((message as Refused).reason, `protocol version 99, this run speaks`);
	const bytes = encode({ type: 'hello', version: 99, host: 'a' } as unknown as Hello);
	const answer = decode(await bus.request(subjects.hello, bytes, 1000), 'refused');
	assert.not(answer.retry);
	assert.match(answer.reason, `protocol version 99, this run speaks ${PROTOCOL_VERSION}`);
	coordinator.interrupt();
	await end;
});

test('a place that is not external goes to its own process and to nobody else', async () => {
	const { broker, coordinator, end } = start(
		planOf(['a', 'b', 'replica-1'], { external: new Set(['replica-1']) }),
	);
	const bus = broker.connect();
	const thief = async (secret: Uint8Array, host: string) =>
		(await greet(bus, hello(host, { pid: 2 }), { secret })).message as Refused;
	// Another place's key, none at all, the secret of workers, a made-up key: none opens the place "a".
	for (const secret of [
		placeKey(trust.runKey, 'b'),
		trust.joinSecret,
		new Uint8Array(32).fill(7),
	]) {
		const { type, reason } = await thief(secret, 'a');
		assert.is(type, 'refused');
		assert.is(reason, 'it is not the process that was started for "a"');
	}
	// The process of "b" gets "b" alone, and a worker never a place that is not external.
	const own = (await greet(bus, hello('b'))).message;
	assert.is(own.type === 'welcome' && own.host, 'b');
	const worker = await greetAsWorker(bus, hello('w'));
	assert.is(worker.type === 'welcome' && worker.host, 'replica-1');
	const second = await greetAsWorker(bus, hello('w2'));
	assert.match(second.type === 'refused' ? second.reason : '', 'no place is free');
	assert.is(coordinator.refusals.tally().count, 3);
	assert.match(
		coordinator.refusals.tally().named.join(),
		'not the process that was started for "a"',
	);
	coordinator.interrupt();
	coordinator.interrupt();
	await end;
});

test('a hello that was recorded is worth nothing, in its own run and in another', async () => {
	const { broker, coordinator, end } = start(
		planOf(['replica-1'], { external: new Set(['replica-1']) }),
	);
	const bus = broker.connect();
	const seal = new Seal(trust.joinSecret);
	const recorded = seal.close(
		subjects.hello,
		encode(hello('w', { challenge: new Uint8Array(16) })),
	);
	const first = await bus.request(subjects.hello, recorded, 1000);
	// The nonce is another run's: it is asked to say the one of this run.
	const tag = recorded.subarray(recorded.length - 16);
	assert.is(decode(seal.openAnswer(tag, first) ?? first, 'challenge').run, 'r');
	const again = await bus.request(subjects.hello, recorded, 1000).catch((error: unknown) => error);
	assert.instance(again, RequestTimeoutError);
	assert.is(coordinator.refusals.tally().duplicates, 1);
	coordinator.interrupt();
	coordinator.interrupt();
	await end;
});

test('a worker of another program is refused for good, by name, and told to the user once', async () => {
	const { broker, outside, coordinator, end } = start(
		planOf(['replica-1'], { external: new Set(['replica-1']) }),
	);
	const bus = broker.connect();
	const program = { name: 'gridbeat', version: '0.0.9+other' };
	for (let i = 0; i < 3; i++) {
		const answer = await greetAsWorker(bus, hello('old', { program }));
		assert.is(answer.type === 'refused' && answer.retry, false);
		assert.is(
			(answer as Refused).reason,
			'this is gridbeat 0.0.9+other, the run is test; install the same version of Gridbeat on both sides',
		);
	}
	assert.equal(outside.notices, [
		'Refused old (process 1 on test): it is gridbeat 0.0.9+other, this run test; install the same version on both sides',
	]);
	// A host in another language has a program of its own.
	const python = { name: 'my-actor.py', version: '1' };
	const foreign = await greetAsWorker(bus, hello('python', { program: python }));
	assert.is(foreign.type, 'welcome');
	coordinator.interrupt();
	coordinator.interrupt();
	await end;
});

test('control without the key of the run changes nothing', async () => {
	const { broker, coordinator, end } = start(planOf(['a']));
	const bus = broker.connect();
	const stop = encode({ type: 'control', command: 'stop' });
	const keys = [trust.joinSecret, placeKey(trust.runKey, 'a')];
	for (const one of [bus, ...keys.map((key) => sealBus(bus, key))]) {
		const answer = await one.request(subjects.control, stop, 1000).catch((error: unknown) => error);
		assert.instance(answer, RequestTimeoutError);
	}
	assert.is(coordinator.refusals.tally().count, 3);
	await fakeHost(broker, 'a');
	assert.is((await end).outcome, 'complete');
});

test('a window that takes long is explained by the wait-for graph at 1, 3, 6 and 12 times the limit', async () => {
	const { broker, outside, coordinator, end } = start(planOf(['a', 'b']));
	await fakeHost(broker, 'a', { onGrant: () => undefined, onStatus: () => report('a', 0) });
	await fakeHost(broker, 'b', { onGrant: () => undefined, onStatus: () => report('b', 5, 'a') });
	while (outside.nowMs() < 200_000) await new Promise((resolve) => setImmediate(resolve));
	assert.equal(
		outside.notices.map((text) => /^Waiting since (\d+) s/.exec(text)?.[1]),
		['10', '30', '60', '120'],
	);
	assert.is(
		outside.notices[0],
		'Waiting since 10 s for the window to 00:00:01: a at 00:00:00 is at work; ' +
			'b at 00:00:00.000005 waits for a.out (known until 00:00:00.000005)',
	);
	coordinator.interrupt();
	coordinator.interrupt();
	assert.is((await end).outcome, 'interrupted');
});

test('actors that wait for each other end the run with the wait-for graph', async () => {
	const { broker, end } = start(planOf(['a', 'b']));
	await fakeHost(broker, 'a', { onGrant: () => undefined, onStatus: () => report('a', 0, 'b') });
	await fakeHost(broker, 'b', { onGrant: () => undefined, onStatus: () => report('b', 0, 'a') });
	const { error } = await end;
	assert.match(error?.message ?? '', 'nobody can go on: a at 00:00:00 waits for b.out');
});

test('a silent host whose process works is slow: it is waited for, and the notices say so', async () => {
	const { broker, outside, coordinator, end } = start(planOf(['a', 'b']), {
		isAtWork: (host) => host === 'b',
	});
	await fakeHost(broker, 'a');
	await fakeHost(broker, 'b', { onGrant: () => undefined });
	while (outside.nowMs() < 1_000_000) await new Promise((resolve) => setImmediate(resolve));
	assert.ok(outside.notices.length >= 5);
	assert.match(outside.notices.at(-1) as string, 'b: no answer (its process is at work)');
	coordinator.interrupt();
	coordinator.interrupt();
	assert.is((await end).outcome, 'interrupted');
});

test('a run tells how far a long window is: the mean of its actors', async () => {
	const told: number[] = [];
	const { broker, outside, coordinator, end } = start(planOf(['a', 'b']), {
		underWay: (us) => told.push(us),
	});
	await fakeHost(broker, 'a');
	await fakeHost(broker, 'b', {
		onGrant: () => undefined,
		onStatus: () => report('b', SECOND_US / 2),
	});
	while (outside.nowMs() < 20_000) await new Promise((resolve) => setImmediate(resolve));
	assert.is(told.at(-1), (3 * SECOND_US) / 4);
	coordinator.interrupt();
	coordinator.interrupt();
	await end;
});

test('hosts whose processes wait for their turn to start are not missed', async () => {
	const waiting = new Set(['b']);
	const { broker, outside, end } = start(planOf(['a', 'b']), {
		isWaiting: (host) => waiting.has(host),
	});
	await fakeHost(broker, 'a');
	while (outside.nowMs() < 500_000) await new Promise((resolve) => setImmediate(resolve));
	for (const text of outside.notices) assert.not.match(text, 'b has not joined');
	waiting.clear();
	await fakeHost(broker, 'b');
	assert.is((await end).outcome, 'complete');
});

test('a host that takes long to end is waited for while it is alive, and one that is gone is not missed any more', async () => {
	const { broker, outside, end } = start(planOf(['a']));
	const bus = await fakeHost(broker, 'a', {
		onStatus: () => report('a', 0),
		onStop: () => undefined,
	});
	while (!outside.notices.some((text) => /^Waiting since 120 s for a to end/.test(text)))
		await new Promise((resolve) => setImmediate(resolve));
	await bus.close();
	assert.is((await end).outcome, 'complete');
	assert.match(outside.notices.at(-1) ?? '', /^Lost "a" after .*: its process is gone/);
});

test('what keeps a host from its work pauses the run, is said once, and ends it at once when it is interrupted', async () => {
	for (const isAtEnd of [false, true]) {
		const { broker, outside, coordinator, end } = start(planOf(['a']));
		const held = { ...report('a', 0), held: 'the disk is full' };
		await fakeHost(broker, 'a', {
			onStatus: () => held,
			...(isAtEnd ? { onStop: () => undefined } : { onGrant: () => undefined }),
		});
		while (outside.nowMs() < 300_000) await new Promise((resolve) => setImmediate(resolve));
		assert.is(outside.notices.length, 1, outside.notices.join('; '));
		assert.match(outside.notices[0] ?? '', /^Paused (after|at) .*: a: the disk is full/);
		coordinator.interrupt();
		const { outcome, reason } = await end;
		assert.equal([outcome, reason], ['interrupted', 'interrupted by the user']);
	}
});

test('a host that has not heard the word to stop hears it again', async () => {
	const { broker, outside, end } = start(planOf(['a']));
	let asked = 0;
	const stopped = encode({ type: 'stopped', host: 'a', refusals });
	await fakeHost(broker, 'a', {
		onStatus: () => report('a', 0),
		onStop: () => (++asked === 1 ? undefined : stopped),
	});
	assert.is((await end).outcome, 'complete');
	assert.is(asked, 2);
	assert.ok(outside.nowMs() <= 20_000);
});

test('a silent host ends the run at 6 times the limit and is named', async () => {
	const { broker, outside, end } = start(planOf(['a', 'b']));
	let window = 0;
	const silentFrom = 2;
	const onGrant = (grant: Grant) => {
		window = grant.window;
		return window >= silentFrom
			? undefined
			: encode({ type: 'done', host: 'b', attempt: 0, window, steps: 1, kept: null, refusals });
	};
	await fakeHost(broker, 'a');
	await fakeHost(broker, 'b', { onGrant });
	const { error, outcome, simulatedUntilUs } = await end;
	assert.is(outcome, 'failed');
	assert.is(simulatedUntilUs, silentFrom * SECOND_US);
	assert.is(outside.notices.length, 2);
	assert.match(error?.message ?? '', 'after 00:00:02 of simulated time, no sign of life');
	assert.is((error as SimulationError).actor, 'b');
	assert.is((error as SimulationError).timeUs, silentFrom * SECOND_US);
});

test('a host that is gone ends the run at once and is named', async () => {
	const { broker, end } = start(planOf(['a', 'b']));
	await fakeHost(broker, 'a');
	const bus: Bus = await fakeHost(broker, 'b', {
		onGrant: (grant) => {
			if (grant.window === 1) void bus.close();
			return grant.window === 1
				? undefined
				: encode({
						type: 'done',
						host: 'b',
						attempt: 0,
						window: grant.window,
						steps: 1,
						kept: null,
						refusals,
					});
		},
	});
	const { error } = await end;
	assert.is(error?.message, 'Lost "b" after 00:00:01 of simulated time: its process is gone');
});

test('a failed actor ends the run with its own words', async () => {
	const { broker, end } = start(planOf(['a']));
	const failed = { host: 'a', actor: 'a', timeUs: 7, message: 'it broke' } as const;
	await fakeHost(broker, 'a', {
		onGrant: () => encode({ type: 'failed', cause: 'simulation', ...failed }),
	});
	const { error, outcome } = await end;
	assert.is(outcome, 'failed');
	assert.is(error?.message, 'it broke');
	assert.is((error as SimulationError).timeUs, 7);
});

test('a length that is no multiple of an averaging step is refused', async () => {
	const { broker, end } = start(planOf(['a'], { untilUs: 5, windowUs: 2 }));
	await fakeHost(broker, 'a', { alignUs: 2 });
	const { error } = await end;
	assert.instance(error, ConfigError);
	assert.match(error?.message ?? '', 'must be a multiple of the step of 00:00:00.000002');
});

test('windows are rounded to whole averaging steps', async () => {
	const { broker, end } = start(planOf(['a'], { untilUs: 12, windowUs: 4 }));
	const windows: number[] = [];
	const onGrant = ({ window, untilUs }: Grant) => {
		windows.push(untilUs);
		return encode({ type: 'done', host: 'a', attempt: 0, window, steps: 1, kept: null, refusals });
	};
	await fakeHost(broker, 'a', { alignUs: 3, onGrant });
	await end;
	assert.equal(windows, [3, 6, 9, 12]);
});

test('interrupt() lets the window that is being simulated end', async () => {
	const { broker, outside, coordinator, end } = start(planOf(['a']));
	const onGrant = async ({ window }: Grant) => {
		if (window === 1) coordinator.interrupt();
		await outside.sleep(500);
		return encode({ type: 'done', host: 'a', attempt: 0, window, steps: 1, kept: null, refusals });
	};
	await fakeHost(broker, 'a', { onGrant });
	const { outcome, simulatedUntilUs, error } = await end;
	assert.is(outcome, 'interrupted');
	assert.is(simulatedUntilUs, 2 * SECOND_US);
	assert.is(error, null);
});

test('control pauses, resumes and stops a run', async () => {
	const { broker, coordinator, end } = start(planOf(['a'], { untilUs: 1000 * SECOND_US, pace: 1 }));
	let granted = 0;
	await fakeHost(broker, 'a', {
		onGrant: ({ window }) => {
			granted++;
			return encode({
				type: 'done',
				host: 'a',
				attempt: 0,
				window,
				steps: 1,
				kept: null,
				refusals,
			});
		},
	});
	const bus = sealBus(broker.connect(), controlKey(trust.runKey));
	const control = async (command: 'pause' | 'resume' | 'stop') =>
		decode(await bus.request(subjects.control, encode({ type: 'control', command }), 1000), 'ok');
	const turns = async (count: number) => {
		for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
	};
	await turns(20);
	await control('pause');
	await turns(5);
	const before = granted;
	assert.ok(before > 0 && before < 1000);
	await turns(50);
	assert.is(granted, before);
	await control('resume');
	await turns(20);
	assert.ok(granted > before);
	await control('stop');
	assert.is((await end).outcome, 'interrupted');
	void coordinator;
});

test('a pace holds windows to an absolute schedule: a late one does not delay the next', async () => {
	const { broker, outside, end } = start(planOf(['a'], { pace: 0.5 }));
	const at: number[] = [];
	const onGrant = async ({ window }: Grant) => {
		at.push(outside.nowMs());
		if (window === 1) await outside.sleep(1_500);
		return encode({ type: 'done', host: 'a', attempt: 0, window, steps: 1, kept: null, refusals });
	};
	await fakeHost(broker, 'a', { onGrant });
	const startedMs = outside.nowMs();
	await end;
	// A window of one simulated second lasts two; the second took 1.5 s of its own two.
	assert.equal(
		at.map((ms) => Math.round((ms - startedMs) / 1000)),
		[0, 2, 4, 6],
	);
});

const failedOf = (message: string): Omit<Failed, 'host'> => ({
	...{ type: 'failed', actor: null, timeUs: null, cause: 'simulation', message },
});

test('answers that cannot be those of the host are refused, and it is asked again', async () => {
	const { broker, outside, end } = start(planOf(['a', 'b']));
	const wrong: ((window: number) => Uint8Array)[] = [
		() => new Uint8Array([0xc1, 1, 2, 3, 4, 5, 6]),
		() => encode({ type: 'ok' }),
		(window) => encode({ ...done(window), host: 'b' }),
		(window) => encode({ ...done(window), window: window + 1 }),
		(window) => encode({ ...done(window), attempt: 1 }),
		() => encode({ ...failed, host: 'b' }),
		() => encode({ ...failed, host: 'a', actor: 'stranger' }),
	];
	const count = wrong.length;
	const done = (window: number) =>
		({ type: 'done', host: 'a', attempt: 0, window, steps: 1, kept: null, refusals }) as const;
	const failed = failedOf('forged');
	const onGrant = ({ window }: Grant) => wrong.shift()?.(window) ?? encode(done(window));
	await fakeHost(broker, 'a', { onGrant });
	await fakeHost(broker, 'b');
	const { outcome, refusals: tally, error } = await end;
	assert.is(error, null);
	assert.is(outcome, 'complete');
	assert.is(tally.count, count);
	assert.is(outside.notices.length, tally.named.length);
	assert.match(outside.notices[0] ?? '', /^Refused a message on gridbeat\.run\.r\.host\.a\.0: /);
});

test('a host that has no answer of its own ends the run by name', async () => {
	const { broker, end } = start(planOf(['a']));
	await fakeHost(broker, 'a', { onGrant: () => encode({ type: 'ok' }) });
	const { outcome, error } = await end;
	assert.is(outcome, 'failed');
	assert.match(error?.message ?? '', 'Cannot go on with "a": ');
});

test('a ready or failed that fits no host that has joined is refused', async () => {
	const { broker, end } = start(planOf(['a', 'b']));
	const bus = broker.connect();
	const failed = { ...failedOf(''), seat: 0 };
	const word = { type: 'ready', host: 'a', seat: 0 } as const;
	const actor = { name: 'a', alignUs: 0, alignedPorts: [], inputs: [], outputs: [] };
	const refused = async (message: Parameters<typeof encode>[0]) =>
		decode(await bus.request(subjects.ready, encode(message), 1000), 'refused').reason;
	assert.match(await refused({ ...word, actors: [actor] }), 'no host "a" has');
	assert.match(await refused({ ...failed, host: 'a' }), 'no host "a" has joined');
	await fakeHost(broker, 'a');
	assert.match(await refused({ ...failed, host: 'a' }), '"a" is ready already');
	assert.match(await refused({ ...word, actors: [] }), '"a" is ready already');
	for (const seat of [1, 2]) {
		const reason = 'another process has the place "a" by now';
		assert.match(await refused({ ...word, seat, actors: [actor] }), reason);
		assert.match(await refused({ ...failed, host: 'a', seat }), reason);
	}
	const again = encode({ ...word, actors: [actor] });
	decode(await bus.request(subjects.ready, again, 1000), 'ok');
	await fakeHost(broker, 'b');
	const { outcome, refusals: tally } = await end;
	assert.is(outcome, 'complete');
	assert.is(tally.count, 8);
});

test('a pace that would never end is refused, also with the key', async () => {
	const { broker, end } = start(planOf(['a']));
	const bus = sealBus(broker.connect(), controlKey(trust.runKey));
	for (const factor of [1e-300, 0, -1, 1e300]) {
		const message = encode({ type: 'control', command: 'pace', factor });
		const answer = decode(await bus.request(subjects.control, message, 1000), 'refused');
		assert.match(
			answer.reason,
			`from 0.001 to 1000000000 simulated seconds per second, not ${factor}`,
		);
	}
	await fakeHost(broker, 'a');
	assert.is((await end).outcome, 'complete');
});

test('what a failed host says reaches nobody but in visible characters', async () => {
	const { broker, end } = start(planOf(['a']));
	const message = 'gone\x1b[2J\nRun complete\u202e';
	const onGrant = () =>
		encode({
			...{ type: 'failed', host: 'a', actor: 'a', timeUs: 1 },
			cause: 'simulation',
			message,
		});
	await fakeHost(broker, 'a', { onGrant });
	const { error, reason } = await end;
	assert.is(error?.message, 'gone\\x1b[2J\\nRun complete\\u{202e}');
	assert.is(reason, error?.message);
});

test.run();
