import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
	averaging,
	eventful,
	runTopology,
	type StepLog,
	type Topology,
	timed,
	wire,
} from './topology.ts';

/**
 * Topologies of a few actors with the execution they must have, as literals: which steps happen, and which
 * steps of others each of them saw. Each runs in one host, in one host per actor, with windows of one tick
 * and of the whole run: the execution must be the same.
 */
const test = suite('step graphs');

const T = (name: string, stepUs: number) => (log: StepLog) => timed(name, stepUs, log);
const E =
	(name: string, ...times: number[]) =>
	(log: StepLog) =>
		eventful(name, times, log);
const S = (name: string, alignUs: number) => (log: StepLog) => averaging(name, alignUs, log);

const GRAPHS: Record<string, Topology & { steps: string }> = {
	'a chain passes each step on at the same time': {
		actors: { A: T('A', 1), B: T('B', 1), C: T('C', 1) },
		wires: [wire('A.out -> B.in'), wire('B.out -> C.in')],
		untilUs: 2,
		steps: `A@0 / B@0 <- A@0 / C@0 <- B@0 / A@1 / B@1 <- A@1 / C@1 <- B@1`,
	},
	'a delay shows the step before, and the initial value first': {
		actors: { A: T('A', 1), B: T('B', 1) },
		wires: [wire('A.out -> B.in ~1')],
		untilUs: 3,
		steps: `A@0 / B@0 <- A@initial / A@1 / B@1 <- A@0 / A@2 / B@2 <- A@1`,
	},
	'a diamond joins readings of the same time': {
		actors: { A: T('A', 1), B: T('B', 1), C: T('C', 1), D: T('D', 1) },
		wires: [
			wire('A.out -> B.in'),
			wire('A.out -> C.in'),
			wire('C.out -> D.in'),
			wire('B.out -> D.in'),
		],
		untilUs: 2,
		steps: `A@0 / B@0 <- A@0 / C@0 <- A@0 / D@0 <- B@0 C@0 / A@1 / B@1 <- A@1 / C@1 <- A@1 / D@1 <- B@1 C@1`,
	},
	'a loop with one delay takes turns': {
		actors: { A: T('A', 1), B: T('B', 1) },
		wires: [wire('A.out -> B.in'), wire('B.out -> A.in ~1')],
		untilUs: 3,
		steps: `A@0 <- B@initial / B@0 <- A@0 / A@1 <- B@0 / B@1 <- A@1 / A@2 <- B@1 / B@2 <- A@2`,
	},
	'a loop with a delay on both wires steps side by side': {
		actors: { A: T('A', 1), B: T('B', 1) },
		wires: [wire('A.out -> B.in ~1'), wire('B.out -> A.in ~1')],
		untilUs: 2,
		steps: `A@0 <- B@initial / B@0 <- A@initial / A@1 <- B@0 / B@1 <- A@0`,
	},
	'different step sizes see the last step at or before their own': {
		actors: { A: T('A', 2), B: T('B', 3) },
		wires: [wire('A.out -> B.in')],
		untilUs: 7,
		steps: `A@0 / B@0 <- A@0 / A@2 / B@3 <- A@2 / A@4 / A@6 / B@6 <- A@6`,
	},
	'different step sizes in a loop with a delay of the longer': {
		actors: { A: T('A', 1), B: T('B', 2) },
		wires: [wire('A.out -> B.in'), wire('B.out -> A.in ~2')],
		untilUs: 4,
		steps: `A@0 <- B@initial / B@0 <- A@0 / A@1 <- B@initial / A@2 <- B@0 / B@2 <- A@2 / A@3 <- B@0`,
	},
	'events make an actor step at their time and at no other': {
		actors: { A: E('A', 1, 4), B: E('B') },
		wires: [wire('A.event -> B.on')],
		untilUs: 6,
		steps: `A@1 / B@1 <- !A@1 / A@4 / B@4 <- !A@4`,
	},
	'an event actor samples held values when it steps, and is not woken by them': {
		actors: { A: T('A', 2), B: E('B', 1, 5) },
		wires: [wire('A.out -> B.in')],
		untilUs: 6,
		steps: `A@0 / B@1 <- A@0 / A@2 / A@4 / B@5 <- A@4`,
	},
	'two events at one time make one step': {
		actors: { A: E('A', 2, 3), B: E('B', 3), C: E('C') },
		wires: [wire('A.event -> C.on'), wire('B.event -> C.on')],
		untilUs: 5,
		steps: `A@2 / C@2 <- !A@2 / A@3 / B@3 / C@3 <- !A@3 !B@3`,
	},
	'an event-based actor in a loop with a time-based one': {
		actors: { A: E('A', 1, 2, 5), B: T('B', 2) },
		wires: [wire('A.out -> B.in ~1'), wire('B.out -> A.in')],
		untilUs: 6,
		steps: `B@0 <- A@initial / A@1 <- B@0 / A@2 <- B@2 / B@2 <- A@1 / B@4 <- A@2 / A@5 <- B@4`,
	},
	'an event answered by an event after a delay': {
		actors: { A: E('A', 0, 6), B: E('B') },
		wires: [wire('A.event -> B.on ~2'), wire('B.event -> A.on ~1')],
		untilUs: 10,
		steps: `A@0 / B@2 <- !A@0 / A@3 <- !B@2 / B@5 <- !A@3 / A@6 <- !B@5 / B@8 <- !A@6 / A@9 <- !B@8`,
	},
	'an average over a step is seen in that very step': {
		actors: { A: E('A', 0, 1, 3), B: S('B', 2), C: T('C', 2) },
		wires: [wire('A.event -> B.on'), wire('B.out -> C.in')],
		untilUs: 4,
		steps: `A@0 / B@0 2 / C@0 <- B@2 / A@1 / B@2 1 / C@2 <- B@1 / A@3`,
	},
	'an average whose actor obeys from the next step': {
		actors: { A: E('A', 0, 1, 3, 4), B: S('B', 2), C: T('C', 2) },
		wires: [wire('A.event -> B.on'), wire('B.out -> C.in'), wire('C.out -> B.in ~2')],
		untilUs: 6,
		steps: `A@0 / B@0 2 <- C@initial / C@0 <- B@2 / A@1 / B@2 1 <- C@0 / C@2 <- B@1 / A@3 / A@4 / B@4 1 <- C@2 / C@4 <- B@1`,
	},
	'three loops, one inside the other': {
		actors: { A: T('A', 1), B: T('B', 1), C: T('C', 1), D: T('D', 1) },
		wires: [
			wire('A.out -> B.in'),
			wire('B.out -> C.in'),
			wire('C.out -> D.in'),
			wire('B.out -> A.in ~1'),
			wire('C.out -> A.in ~1'),
			wire('D.out -> A.in ~2'),
		],
		untilUs: 3,
		steps:
			`A@0 <- B@initial C@initial D@initial / B@0 <- A@0 / C@0 <- B@0 / D@0 <- C@0 / ` +
			`A@1 <- B@0 C@0 D@initial / B@1 <- A@1 / C@1 <- B@1 / D@1 <- C@1 / ` +
			`A@2 <- B@1 C@1 D@0 / B@2 <- A@2 / C@2 <- B@2 / D@2 <- C@2`,
	},
	'an idle actor holds nobody up': {
		actors: { A: E('A'), B: T('B', 2), C: E('C') },
		wires: [wire('A.event -> C.on'), wire('A.out -> B.in')],
		untilUs: 4,
		steps: `B@0 <- A@- / B@2 <- A@-`,
	},
	'actors without wires run by themselves': {
		actors: { A: T('A', 1), B: T('B', 2) },
		wires: [],
		untilUs: 3,
		steps: `A@0 / B@0 / A@1 / A@2 / B@2`,
	},
	'an actor may be wired to itself with a delay': {
		actors: { A: T('A', 1) },
		wires: [wire('A.out -> A.in ~1')],
		untilUs: 3,
		steps: `A@0 <- A@initial / A@1 <- A@0 / A@2 <- A@1`,
	},
};

for (const [title, { steps, ...topology }] of Object.entries(GRAPHS)) {
	const apart = Object.fromEntries(
		Object.keys(topology.actors).map((name) => [name, `host-${name}`]),
	);
	const even = Object.values(topology.actors).length > 0 && /averag/.test(title) ? 2 : 1;
	for (const [how, more] of [
		['in one host', {}],
		['in one host, windows of a tick', { windowUs: even }],
		['in a host each', { placement: apart }],
		['in a host each, windows of a tick', { placement: apart, windowUs: even }],
	] as const) {
		test(`${title}: ${how}`, async () => {
			const { log, end } = await runTopology({ ...topology, ...more });
			assert.is(end.error, null);
			assert.is(end.outcome, 'complete');
			assert.is(end.simulatedUntilUs, topology.untilUs);
			assert.is(log.join(' / '), steps.trim());
		});
	}
}

test.run();
