import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { PortSpec, Wire } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';
import { TIRELESS } from '../bus/breather.ts';
import { ActorGroup } from './actor-group.ts';
import type { Actor, EventActor, LiveSource } from './contract.ts';
import { LiveClock } from './live-clock.ts';
import { pump } from './loop.ts';
import { SILENT } from './silent-outlet.test-support.ts';

/** Actors that hear of what is outside, alone in a group: how far they go, and when others elsewhere hear of it. */
const test = suite('live actors');

const PORT: PortSpec = { name: 'out', kind: 'event', fields: [{ name: 'at', unit: 'us' }] };

/** Says what comes at `times`, all of which are before what is known. */
function caller(times: readonly SimTime[], live: LiveSource): EventActor<{ next: number }> {
	return {
		timing: 'event',
		live,
		inputs: [],
		outputs: [PORT],
		init: () => ({ next: 0 }),
		nextUs: ({ next }) => times[next] ?? Number.POSITIVE_INFINITY,
		step(state, timeUs, _inputs, outputs) {
			outputs[0]?.append(timeUs, [timeUs]);
			return { next: state.next + 1 };
		},
	};
}

function groupOf(times: SimTime[], wire: Pick<Wire, 'live'>) {
	let knownUs = 0;
	const live: LiveSource = { knownUntilUs: () => knownUs, onMore: () => {} };
	const actors = new Map<string, Actor>([['a', caller(times, live)]]);
	const wires: Wire[] = [
		{
			from: { actor: 'a', port: 'out' },
			to: { actor: 'b', port: 'in' },
			...{ delayUs: 0, initial: null, ...wire },
		},
	];
	const graph = { components: [['a'], ['b']], componentOf: new Map(), alignUs: 1 };
	graph.componentOf.set('a', 0).set('b', 1);
	const sent: { rows: number[]; untilUs: SimTime }[] = [];
	const outlet = {
		...SILENT,
		block: (_: unknown, port: ActorGroup['runtimes'][number]['outputs'][number]) => {
			const columns = port.block?.drain() ?? new Float64Array();
			sent.push({ rows: [...columns.subarray(0, columns.length / 2)], untilUs: port.saidUs });
		},
	};
	const group = new ActorGroup(actors, wires, graph, { outlet, breather: TIRELESS });
	return {
		group,
		sent,
		goTo(untilUs: SimTime) {
			knownUs = untilUs;
			return pump(group, 100);
		},
	};
}

test('a live actor goes as far as is known, and what it says at once over a live wire', () => {
	const times = [10];
	const { sent, goTo } = groupOf(times, { live: true });
	assert.is(goTo(5), 'waits');
	assert.is(goTo(5), 'waits');
	times.push(12, 40);
	assert.is(goTo(20), 'waits');
	assert.is(goTo(100), 'done');
	assert.equal(sent, [
		{ rows: [], untilUs: 5 },
		{ rows: [10, 12], untilUs: 20 },
		{ rows: [40], untilUs: 100 },
	]);
});

test('over any other wire it is heard in a block at the end of the window', () => {
	const { sent, goTo } = groupOf([10, 40], {});
	assert.is(goTo(20), 'waits');
	assert.is(goTo(100), 'done');
	assert.equal(sent, [{ rows: [10, 40], untilUs: 100 }]);
});

test('a moment of a live actor goes on in another one, and says again what was known by then', () => {
	const one = groupOf([10, 40, 60], { live: true });
	one.goTo(50);
	const other = groupOf([10, 40, 60], { live: true });
	other.group.putMoment(structuredClone(one.group.takeMoment()));
	other.goTo(50);
	assert.equal(other.sent, []);
	other.goTo(100);
	assert.equal(other.sent, [{ rows: [60], untilUs: 100 }]);
});

test('the clock outside follows real time by the anchors of the run, and stands where that is paused', () => {
	let nowMs = 1_000;
	const clock = new LiveClock(() => nowMs);
	assert.equal([clock.nowUs(), clock.hasBegun, clock.isPaused], [0, false, false]);
	clock.set({ realMs: 1_000, simUs: 5_000_000, speed: 2 });
	nowMs += 1.5;
	assert.equal([clock.nowUs(), clock.untilMs(5_013_000)], [5_003_000, 5]);
	clock.set(null);
	assert.ok(clock.isPaused);
	clock.set({ realMs: nowMs, simUs: 6_000_000, speed: null });
	assert.equal([clock.isPaused, clock.nowUs()], [false, Number.POSITIVE_INFINITY]);
});

test.run();
