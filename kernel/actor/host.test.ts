import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode } from '../../protocol/codec.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/messages.ts';
import { NOTHING_REFUSED } from '../../protocol/refusals.ts';
import { makeRunKey } from '../bus/keys.ts';
import { MemoryBroker } from '../bus/memory-bus.ts';
import { Seal } from '../bus/seal.ts';
import { type ActorKind, NotYetError, type TimeActor } from './contract.ts';
import { makeSink, startHost } from './host.test-support.ts';
import { type Applicant, joinRun } from './join.ts';

const test = suite('host');
const refusals = NOTHING_REFUSED;

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
		kept: null,
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
	assert.is((await grant(4)).type, 'failed', 'the failure stands');
});

test('a step that throws fails the window, naming actor and time', async () => {
	const { wire, grant, publish } = await startHost(makeSink(), { untilUs: 100 });
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

test('an actor that cannot be made yet is tried again while the host can wait', async () => {
	const sink = makeSink();
	let [tries, waits] = [0, 0];
	const create: ActorKind<{ limit: number }>['create'] = (config, env) => {
		if (++tries % 3 !== 0) throw new NotYetError('the disk is full');
		return sink.kind.create(config, env);
	};
	const late = { ...sink, kind: { ...sink.kind, create } };
	const sleep = async () => void waits++;
	const { ready } = await startHost(late, {}, { sleep });
	assert.equal([(ready[0] as { type: string }).type, tries, waits], ['ready', 3, 2]);
	const impatient = await startHost(late);
	const [answer] = impatient.ready as { type: string; message: string }[];
	assert.equal([answer?.type, answer?.message, tries], ['failed', 'the disk is full', 4]);
});

test('an actor that cannot begin fails its host, by name, and the others still hear of the end', async () => {
	const ended: string[] = [];
	const sink = makeSink(undefined, () => {
		throw new Error('no state');
	});
	const steady = makeSink();
	const create: ActorKind['create'] = (config, env) => {
		const { kind } = env.name === 'b' ? sink : steady;
		const actor = kind.create(config as { limit: number }, env) as TimeActor<null>;
		const finish = async () => void ended.push(env.name);
		return env.name === 'b' ? actor : { ...actor, finish };
	};
	const names = ['b', 'c'];
	const { ask, ready } = await startHost(
		{ ...sink, kind: { ...sink.kind, create } },
		{
			actors: names.map((name) => ({ name, kind: 'sink', host: 'h', config: { limit: 100 } })),
		},
	);
	assert.is((ready[0] as { type: string }).type, 'ready');
	const wired: Message = { type: 'wired', components: [['a'], ['b'], ['c']] };
	const answer = decode(await ask(wired), 'ok', 'failed');
	const failed = {
		...{ type: 'failed', host: 'h', actor: 'b', timeUs: 0, cause: 'simulation' },
		message: 'Cannot begin "b": no state',
	};
	assert.equal(answer, failed);
	assert.equal(decode(await ask(wired), 'ok', 'failed'), failed, 'the same answer again');
	const stop = { type: 'stop', outcome: 'failed', reason: '', simulatedUntilUs: 0 } as const;
	assert.match(decode(await ask(stop), 'failed').message, 'Cannot begin "b"');
	assert.equal(ended, ['c']);
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
		simulatedUntilUs: 0,
	} as const;
	decode(await ask(stop), 'stopped');
	assert.equal(sink.ended, stop);
	assert.equal(await host.ended, stop);
});

test('joinRun() asks again while there is no place, and gives up when told so', async () => {
	const broker = new MemoryBroker();
	const bus = broker.connect();
	const secret = makeRunKey();
	const who: Applicant = {
		...{ type: 'hello', version: 1, host: 'h', kinds: ['x'], machine: 'm', pid: 1 },
		program: { name: 'gridbeat', version: 'test' },
	};
	const reasons: string[] = [];
	const seal = new Seal(secret);
	const refuse = (bytes: Uint8Array) => {
		const tag = seal.open('s', bytes)?.tag ?? new Uint8Array();
		return seal.closeAnswer(tag, encode({ type: 'refused', reason: 'full', retry: true }));
	};
	const options = {
		...{ subject: 's', secret, isSecret: true },
		again: async (reason: string) => {
			reasons.push(reason);
			if (reasons.length === 1) {
				bus.subscribe('s', refuse);
			}
			return reasons.length < 3;
		},
	};
	try {
		await joinRun(broker.connect(), who, options);
		assert.unreachable();
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, 'Cannot join a run as "h": full');
	}
	assert.equal(reasons, ['no run is waiting', 'full', 'full']);
});

test.run();
