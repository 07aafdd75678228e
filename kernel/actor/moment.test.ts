import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import { SimulationError } from '../../protocol/errors.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { Done, Grant } from '../../protocol/window-messages.ts';
import { MemoryBroker } from '../bus/memory-bus.ts';
import type { ActorKind, SpanActor, TimeActor } from './contract.ts';
import { makeSink, startHost, subjects, welcome } from './host.test-support.ts';
import { Host } from './host.ts';
import { SILENT } from './silent-outlet.test-support.ts';
import { makeRuntime } from './timings.ts';
import { WireQueue } from './wire-queue.ts';

/** Taking what a host and its actors are at a moment, and putting it back. */
const test = suite('moment');

const WIRE: Wire = {
	...{ from: { actor: 'a', port: 'out' }, to: { actor: 'b', port: 'in' } },
	...{ delayUs: 0, initial: null },
};

type Ask = Awaited<ReturnType<typeof startHost>>;

function speaker({ ask, bus }: Pick<Ask, 'ask' | 'bus'>, attempt: number) {
	const grant = (window: number, fromUs: number, untilUs: number) =>
		ask({ type: 'grant', attempt, window, fromUs, untilUs, keep: false } satisfies Grant);
	const publish = (seq: number, timeUs: number, value: number, untilUs: number) => {
		const columns = columnsToBytes(new Float64Array([timeUs, value]));
		const ports = [{ port: 'out', untilUs, columns }];
		const message: OutputsMessage = { type: 'outputs', attempt, actor: 'a', seq, ports };
		bus.publish(subjects.block('a', 'out'), encode(message));
	};
	return { grant, publish };
}

test('a host goes back to a moment and runs its window again under the next attempt, deaf to the one before', async () => {
	const sink = makeSink();
	const { host, wire, ask, bus } = await startHost(sink);
	await wire();
	const [first, second] = [0, 1].map((attempt) => speaker({ ask, bus }, attempt));
	if (first === undefined || second === undefined) throw new Error('two attempts');
	first.publish(0, 0, 1, 4);
	decode(await first.grant(0, 0, 4), 'done');
	const moment = structuredClone(host.takeMoment());
	void first.grant(1, 4, 8).catch(() => {});
	first.publish(1, 4, 2, 6);
	await bus.flush();
	assert.equal(sink.seen, [1, 1, 1, 1, 2, 2]);
	assert.throws(() => host.takeMoment(), /Cannot take the moment of "h": it is stepping/);

	await host.putMoment(moment, 1);
	first.publish(2, 6, 3, 8);
	const refused = decode(await first.grant(1, 4, 8), 'refused');
	assert.match(refused.reason, 'it is for attempt 0, not 1');
	second.publish(1, 4, 2, 6);
	second.publish(2, 6, 3, 8);
	const done = decode(await second.grant(1, 4, 8), 'done') as Done;
	assert.is(done.attempt, 1);
	assert.equal(sink.seen.slice(6), [2, 2, 3, 3]);
	// The grant and the readings of the attempt before.
	assert.is(done.refusals.count, 2);
	assert.match(done.refusals.named.join(), 'it is of attempt 0, not 1');
});

test('a host that is put back answers what it was asked before as before', async () => {
	const { host, wire, ask, bus } = await startHost(makeSink());
	await wire();
	const { grant, publish } = speaker({ ask, bus }, 0);
	publish(0, 0, 1, 4);
	const done = decode(await grant(0, 0, 4), 'done');
	const other = await startHost(makeSink());
	await other.host.putMoment(structuredClone(host.takeMoment()));
	assert.equal(decode(await speaker(other, 0).grant(0, 0, 4), 'done'), done);
	await other.wire();
	decode(await other.ask({ type: 'wired', components: [['b'], ['a']] }), 'refused');
});

test('a moment is put into no other host, and into none before its actors are made or after its end', async () => {
	const { host, wire, ask } = await startHost(makeSink());
	assert.throws(() => host.takeMoment(), /it is made, not between two windows/);
	await wire();
	const moment = host.takeMoment();
	const reasonOf = async (act: Promise<void>) => {
		const error = await act.catch((caught: unknown) => caught);
		assert.instance(error, SimulationError);
		return (error as Error).message;
	};
	assert.match(await reasonOf(host.putMoment({ ...moment, host: 'x' })), 'of "x" into "h"');
	assert.match(
		await reasonOf(host.putMoment({ ...moment, actors: [] })),
		'Cannot go on with "b": there is no moment of it',
	);
	const [actor] = moment.actors;
	if (actor === undefined) throw new Error('one actor');
	const unwired = { ...moment, actors: [{ ...actor, inputs: [[]] }] };
	assert.match(
		await reasonOf(host.putMoment(unwired)),
		'Cannot put "b" into "b": it has inputs from [] and outputs [], not inputs from [a.out] and outputs []',
	);
	await ask({ type: 'stop', outcome: 'interrupted', reason: '', simulatedUntilUs: 0 });
	assert.match(await reasonOf(host.putMoment(moment)), 'it is ended');
	assert.throws(() => host.takeMoment(), /it is ended, not between two windows/);
});

test('a host is done when all is there that others say of the window, also what counts later', async () => {
	const sink = makeSink();
	const delayed = { ...WIRE, delayUs: 4, initial: [7] };
	const { host, wire, ask, bus } = await startHost(sink, { wires: [delayed] });
	await wire();
	const { grant, publish } = speaker({ ask, bus }, 0);
	const granted = grant(0, 0, 4);
	await bus.flush();
	assert.equal(sink.seen, [7, 7, 7, 7]);
	const report = decode(await ask({ type: 'status' }), 'status-report');
	assert.equal(report.actors, [
		{ name: 'b', progressUs: 4, waits: [{ from: 'a.out', actor: 'a', knownUntilUs: 4 }] },
	]);
	assert.throws(() => host.takeMoment(), /it is stepping/);
	publish(0, 0, 8, 4);
	decode(await granted, 'done');
	assert.is(host.takeMoment().links[0]?.seq, 1);
});

test('a host that hears of its end while it makes its actors makes no more of them, and is not ready', async () => {
	const sink = makeSink();
	const broker = new MemoryBroker();
	const bus = broker.connect();
	const actors = ['b', 'c'].map((name) => ({
		name,
		kind: 'sink',
		host: 'h',
		config: { limit: 1 },
	}));
	const host = new Host(broker.connect(), { ...welcome, actors });
	const made: string[] = [];
	const stop = { type: 'stop', outcome: 'failed', reason: '', simulatedUntilUs: 0 } as const;
	bus.subscribe(subjects.ready, () => assert.unreachable('it is ready') as never);
	await host.start(async (kind) => {
		made.push(kind);
		decode(await bus.request(subjects.host('h', 0), encode(stop), 500), 'stopped');
		return sink.kind as ActorKind;
	});
	assert.equal(made, ['sink']);
	assert.equal(await host.ended, stop);
});

test('the moment of a wire has the current row and those to come, however many there were', () => {
	const queue = new WireQueue(WIRE, 1);
	for (let timeUs = 0; timeUs < 1000; timeUs++) queue.push(timeUs, [10 * timeUs], 0, 1);
	queue.promise(1000);
	queue.seek(997);
	const moment = queue.takeMoment();
	assert.is(moment.columns.length, 3 * 2 * 8);
	const other = new WireQueue(WIRE, 1);
	other.putMoment(structuredClone(moment));
	assert.equal([other.timeUs, other.value(0), other.nextUs()], [997, 9970, 998]);
	assert.ok(other.take(999));
	assert.is(other.value(0), 9980);
	assert.is(other.knownUntilUs, 1000);
	assert.equal(other.takeMoment().columns.length, 2 * 2 * 8);
});

const HELD = { name: 'out', kind: 'interval', fields: [{ name: 'x', unit: 'W' }] } as const;
const TIRED_NEVER = { nowMs: () => 0, isDue: () => false, rest: () => Promise.resolve() };

test('a moment shares nothing with its actor, and an actor whose state is no plain data is named', () => {
	const counter: TimeActor<{ seen: number[]; what?: () => void }> = {
		...{ timing: 'time', stepUs: 1, inputs: [], outputs: [] },
		init: () => ({ seen: [] }),
		step(state, { fromUs }) {
			state.seen.push(fromUs);
			if (fromUs === 2) state.what = () => {};
			return state;
		},
	};
	const runtime = makeRuntime('counter', counter as TimeActor, TIRED_NEVER);
	runtime.step(0, 10);
	const moment = runtime.takeMoment();
	runtime.step(1, 10);
	assert.equal(moment.state, { seen: [0] });
	runtime.putMoment(moment);
	assert.is(runtime.nextUs(), 1);
	runtime.step(1, 10);
	assert.equal(moment.state, { seen: [0] });
	assert.equal(runtime.takeMoment().state, { seen: [0, 1] });
	runtime.step(2, 10);
	assert.throws(() => runtime.takeMoment(), /^Cannot copy the state of "counter": /);
});

test('an actor that leaves open what it says of a window fails at its end, by name', () => {
	const vague: SpanActor<null> = {
		...{ timing: 'span', inputs: [], outputs: [{ ...HELD, fields: [...HELD.fields] }] },
		init: () => null,
		step: (state) => state,
		promiseUs: (_state, _port, untilUs) => untilUs - 1,
	};
	const runtime = makeRuntime('vague', vague as SpanActor, TIRED_NEVER);
	runtime.connected();
	while (runtime.nextUs() < 4) runtime.step(runtime.nextUs(), 4);
	runtime.promise(4);
	assert.throws(
		() => runtime.publish(SILENT, 4),
		/Cannot end a window at 00:00:00.000004: "vague.out" is known until 00:00:00.000003 only/,
	);
	runtime.publish(SILENT, 8);
});

test.run();
