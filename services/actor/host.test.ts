import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as z from 'zod';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Done, Outputs, Welcome } from '../../protocol/messages.ts';
import { NOTHING_REFUSED } from '../../protocol/refusals.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import type { Bus } from '../bus/bus.ts';
import { MemoryBroker } from '../bus/memory-bus.ts';
import type { ActorKind, RunEnding, TimeActor } from './contract.ts';
import { Host } from './host.ts';
import { joinRun } from './join.ts';

/** A host against a coordinator and a producer that are made of messages alone. */
const test = suite('host');

const subjects = runSubjects('r');
const refusals = NOTHING_REFUSED;
const FIELDS = [{ name: 'x', unit: 'W' as const }];

const welcome: Welcome = {
	type: 'welcome',
	version: 1,
	run: 'r',
	host: 'h',
	seed: '1',
	untilUs: 10,
	actors: [{ name: 'b', kind: 'sink', host: 'h', config: { limit: 100 } }],
	wires: [
		{
			from: { actor: 'a', port: 'out' },
			to: { actor: 'b', port: 'in' },
			delayUs: 0,
			initial: null,
		},
	],
};

interface Sink {
	readonly seen: number[];
	ended: RunEnding | null;
	readonly kind: ActorKind<{ limit: number }>;
}

function makeSink(fail?: Error): Sink {
	const seen: number[] = [];
	const sink: Sink = {
		seen,
		ended: null,
		kind: {
			kind: 'sink',
			config: z.strictObject({ limit: z.number() }),
			create: ({ limit }): TimeActor<null> => ({
				timing: 'time',
				stepUs: 1,
				inputs: [{ name: 'in', kind: 'interval', fields: FIELDS }],
				outputs: [],
				init: () => null,
				step(state, _span, inputs) {
					const value = inputs[0]?.[0]?.value(0) as number;
					if (fail !== undefined) throw fail;
					if (value > limit) throw new Error(`${value} is above ${limit}`);
					seen.push(value);
					return state;
				},
				async finish(_state, end) {
					sink.ended = end;
				},
			}),
		},
	};
	return sink;
}

async function startHost(sink: Sink, changed: Partial<Welcome> = {}) {
	const broker = new MemoryBroker();
	const bus: Bus = broker.connect();
	const ready: unknown[] = [];
	bus.subscribe(subjects.ready, (bytes) => {
		ready.push(decode(bytes, 'ready', 'failed'));
		return encode({ type: 'ok' });
	});
	const host = new Host(broker.connect(), { ...welcome, ...changed });
	await host.start(async (kind) => {
		if (kind !== 'sink') throw new ConfigError(`Cannot run an actor of kind "${kind}"`);
		return sink.kind as ActorKind;
	});
	const ask = async (message: Parameters<typeof encode>[0]) =>
		bus.request(subjects.host('h'), encode(message), 500);
	const wire = async () => decode(await ask({ type: 'wired', components: [['a'], ['b']] }), 'ok');
	const grant = async (untilUs: number) =>
		decode(
			await ask({ type: 'grant', attempt: 0, window: 0, fromUs: 0, untilUs }),
			'done',
			'failed',
		);
	const publish = (seq: number, rows: readonly number[], untilUs: number) => {
		const columns = columnsToBytes(new Float64Array([...rows, ...rows.map((time) => 10 * time)]));
		const message: Outputs = {
			type: 'outputs',
			attempt: 0,
			actor: 'a',
			seq,
			ports: [{ port: 'out', untilUs, columns }],
		};
		bus.publish(subjects.block('a', 'out'), encode(message));
	};
	return { broker, bus, host, ready, ask, wire, grant, publish };
}

test('a host executes a window when its inputs have come, whichever comes first', async () => {
	const sink = makeSink();
	const { wire, grant, publish } = await startHost(sink);
	await wire();
	publish(0, [0, 1], 2);
	const granted = grant(4);
	publish(1, [2], 3);
	publish(2, [], 4);
	assert.equal(await granted, {
		type: 'done',
		host: 'h',
		attempt: 0,
		window: 0,
		steps: 4,
		refusals,
	});
	assert.equal(sink.seen, [0, 10, 20, 20]);
});

test('a lost message fails the window and says how many are missing', async () => {
	const { wire, grant, publish } = await startHost(makeSink());
	await wire();
	publish(0, [0], 1);
	const granted = grant(4);
	publish(3, [3], 4);
	const answer = await granted;
	assert.is(answer.type === 'failed' && answer.actor, 'a');
	assert.match(
		answer.type === 'failed' ? answer.message : '',
		'message 3 came next, so 2 were lost',
	);
	assert.is((await grant(5)).type, 'failed', 'the failure stands');
});

test('a message that comes again is dropped and counted, and does not read as one that was lost', async () => {
	const { wire, grant, publish } = await startHost(makeSink());
	await wire();
	publish(0, [0], 1);
	publish(0, [0], 1);
	publish(1, [1], 2);
	publish(0, [0], 1);
	publish(1, [1], 2);
	const granted = grant(4);
	publish(2, [2], 4);
	const answer = await granted;
	assert.is(answer.type, 'done');
	const { duplicates, count } = (answer as Done).refusals;
	assert.equal([duplicates, count], [3, 0]);
});

test('bytes that are no message change nothing on any subject of a host, and are counted', async () => {
	const { bus, wire, grant, publish } = await startHost(makeSink());
	await wire();
	publish(0, [0], 1);
	const garbage = new Uint8Array([0xc1, 1, 2, 3, 4, 5, 6]);
	for (const subject of [subjects.host('h'), subjects.block('a', 'out')])
		for (let i = 0; i < 3; i++) bus.publish(subject, garbage);
	publish(1, [1], 4);
	const answer = await grant(4);
	assert.is(answer.type, 'done');
	const { count, named } = (answer as Done).refusals;
	assert.is(count, 6);
	assert.is(named.length, 2);
	assert.match(named.join('; '), 'a message on gridbeat.run.r.host.h: Cannot ');
});

test('a step that throws fails the window, naming actor and time', async () => {
	const { wire, grant, publish } = await startHost(makeSink());
	await wire();
	publish(0, [0, 50], 100);
	const answer = await grant(60);
	assert.equal(answer, {
		type: 'failed',
		host: 'h',
		actor: 'b',
		timeUs: 50,
		cause: 'simulation',
		message: 'Cannot step "b" at 00:00:00.00005: 500 is above 100',
	});
});

test('a wrong configuration is a failure of the configuration, before the run', async () => {
	const { ready } = await startHost(makeSink(), {
		actors: [{ name: 'b', kind: 'sink', host: 'h', config: { limit: 'x' } }],
	});
	const [answer] = ready as { type: string; cause: string; actor: string; message: string }[];
	assert.is(answer?.cause, 'configuration');
	assert.is(answer?.actor, 'b');
	assert.match(answer?.message ?? '', 'Cannot configure "b" at "limit"');
});

test('a status request is answered with what each actor waits for', async () => {
	const { bus, wire, grant, publish, ask } = await startHost(makeSink());
	await wire();
	void grant(5).catch(() => {});
	publish(0, [0], 2);
	await bus.flush();
	const report = decode(await ask({ type: 'status' }), 'status-report');
	assert.equal(report.actors, [
		{ name: 'b', progressUs: 2, waits: [{ from: 'a.out', actor: 'a', knownUntilUs: 2 }] },
	]);
});

test('stop tells the actors how the run ended, and ends the host', async () => {
	const sink = makeSink();
	const { host, ask, wire } = await startHost(sink);
	await wire();
	const stop = {
		type: 'stop',
		outcome: 'interrupted',
		reason: 'why',
		simulatedUntilUs: 7,
	} as const;
	decode(await ask(stop), 'stopped');
	assert.equal(sink.ended, stop);
	assert.equal(await host.ended, stop);
});

test('joinRun() asks again while there is no place, and gives up when told so', async () => {
	const broker = new MemoryBroker();
	const bus = broker.connect();
	const hello = {
		type: 'hello',
		version: 1,
		host: 'h',
		kinds: ['x'],
		machine: 'm',
		pid: 1,
	} as const;
	const reasons: string[] = [];
	const options = {
		subject: 's',
		again: async (reason: string) => {
			reasons.push(reason);
			if (reasons.length === 1) {
				bus.subscribe('s', () => encode({ type: 'refused', reason: 'full', retry: true }));
			}
			return reasons.length < 3;
		},
	};
	try {
		await joinRun(broker.connect(), { ...hello, kinds: [...hello.kinds] }, options);
		assert.unreachable();
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, 'Cannot join a run as "h": full');
	}
	assert.equal(reasons, ['no run is waiting', 'full', 'full']);
});

test.run();
