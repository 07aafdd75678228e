import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import type { OutputsMessage } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { Grant } from '../../protocol/window-messages.ts';
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

test('a host is done when all is there that others say of the window, also what counts later', async () => {
	const sink = makeSink();
	const delayed = { ...WIRE, delayUs: 4, initial: [7] };
	const { wire, ask, bus } = await startHost(sink, { wires: [delayed] });
	await wire();
	const { grant, publish } = speaker({ ask, bus }, 0);
	const granted = grant(0, 0, 4);
	await bus.flush();
	assert.equal(sink.seen, [7, 7, 7, 7]);
	const report = decode(await ask({ type: 'status' }), 'status-report');
	assert.equal(report.actors, [
		{ name: 'b', progressUs: 4, waits: [{ from: 'a.out', actor: 'a', knownUntilUs: 4 }] },
	]);
	publish(0, 0, 8, 4);
	decode(await granted, 'done');
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

test('a wire begins a window without what others said of it already', () => {
	const queue = new WireQueue(WIRE, 1);
	for (let timeUs = 0; timeUs < 6; timeUs++) queue.push(timeUs, [10 * timeUs], 0, 1);
	queue.promise(6);
	queue.seek(3);
	const other = new WireQueue(WIRE, 1);
	other.beginAt(structuredClone(queue.takeMoment()), 4);
	assert.equal([other.timeUs, other.knownUntilUs, other.nextUs()], [3, 4, Infinity]);
	other.push(4, [40], 0, 1);
	assert.is(other.nextUs(), 4);
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
