import { pack, unpack } from 'msgpackr';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ActorGroup } from '../kernel/actor/actor-group.ts';
import { buildGraph, nodeOf } from '../kernel/actor/graph.ts';
import { pump } from '../kernel/actor/loop.ts';
import type { HostMoment } from '../kernel/actor/moment.ts';
import { SILENT } from '../kernel/actor/silent-outlet.test-support.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { startPrivate } from '../kernel/nats-server/private-server.ts';
import * as fc from './properties.test-support.ts';
import {
	type Case,
	caseOf,
	oracle,
	scattered,
	topologyOf,
	weary,
} from './random-graphs.test-support.ts';
import type { Replacing } from './seats.test-support.ts';
import { runTopology, type StepLog } from './topology.ts';

/** What actors and hosts are at a moment is a value: taken, carried elsewhere and put into new ones, they go on as before. */
const test = suite('moments');

const RUNS = 150;
const UNTIL_US = 12;

const CARRIERS = {
	structuredClone: <T>(moment: T): T => structuredClone(moment),
	MessagePack: <T>(moment: T): T => unpack(pack(moment)) as T,
} as const;
const carrier = fc.constantFrom(...Object.values(CARRIERS));

/** A run in one group of actors; wherever work is put down and at the ends of windows all go on in a new group. */
async function runInPieces(one: Case, every: number, carry: <T>(moment: T) => T) {
	const log: StepLog = [];
	const { breather } = weary(every);
	const { actors, wires } = topologyOf(one);
	const makeGroup = () => {
		const made = new Map(Object.entries(actors).map(([name, make]) => [name, make(log)]));
		const nodes = [...made].map(([name, actor]) => nodeOf(name, actor));
		return new ActorGroup(made, wires, buildGraph(nodes, wires), { outlet: SILENT, breather });
	};
	let group = makeGroup();
	let taken = 0;
	for (let endUs = 0; endUs < UNTIL_US; ) {
		endUs += one.windowUs;
		for (let how = 'tired'; how !== 'done'; ) {
			how = pump(group, endUs);
			assert.is.not(how, 'waits');
			const moment = carry(group.takeMoment());
			group = makeGroup();
			group.putMoment(moment);
			taken++;
		}
	}
	return { log, taken };
}

const sorted = (log: readonly string[]) => [...log].sort();

test('actors go on in new ones from any moment between two steps', async () => {
	let most = 0;
	await fc.assert(
		fc.asyncProperty(
			caseOf(['timed', 'eventful']),
			fc.constantFrom(1, 2, 3),
			carrier,
			async (one, every, carry) => {
				const { log, taken } = await runInPieces(one, every, carry);
				assert.equal(sorted(log), sorted(oracle(one)));
				most = Math.max(most, taken);
			},
		),
		{ numRuns: RUNS },
	);
	assert.ok(most > 20, `${most} moments`);
});

/** Hosts that are replaced before a window, drawn for each. */
const replacing: fc.Arbitrary<Replacing> = fc
	.record({ draws: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), carry: carrier })
	.map(({ draws, carry }) => {
		let at = 0;
		return { chooses: () => draws[at++ % draws.length] === true, carry };
	});

test('hosts go on in new ones between two windows, under any placement, window and message order', async () => {
	await fc.assert(
		fc.asyncProperty(caseOf(['timed', 'eventful']), replacing, async (one, which) => {
			const parts = { ...topologyOf(one), ...scattered(one), replacing: which };
			const { log, end } = await runTopology(parts);
			assert.is(end.error, null);
			assert.equal(log, oracle(one));
			assert.equal([end.refusals.count, end.refusals.duplicates], [0, 0]);
		}),
		{ numRuns: RUNS },
	);
});

test('averages go on in new hosts, wherever work is put down for a rest', async () => {
	await fc.assert(
		fc.asyncProperty(
			caseOf(['timed', 'eventful', 'averaging']),
			replacing,
			fc.constantFrom(1, 2, 3),
			async (one, which, every) => {
				const whole = await runTopology(topologyOf(one));
				const where = scattered(one);
				const broker = { ...where.broker, breather: weary(every).breather };
				const parts = { ...topologyOf(one), ...where, broker, replacing: which };
				const { log, end } = await runTopology(parts);
				assert.is(end.error, null);
				assert.equal(log, whole.log);
			},
		),
		{ numRuns: RUNS },
	);
});

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('hosts go on in new ones over a real nats-server', async () => {
		const server = await startPrivate(binary);
		const every = { chooses: () => true, carry: (one: HostMoment) => CARRIERS.MessagePack(one) };
		const draws = fc.sample(caseOf(['timed', 'eventful']), { seed: 1, numRuns: 3 });
		try {
			for (const one of draws) {
				const { placement = {}, windowUs = 1 } = scattered(one);
				const { log, end } = await runTopology({
					...{ ...topologyOf(one), placement, windowUs, replacing: every },
					connect: () => connectNats(server.access, 'moments'),
				});
				assert.is(end.error, null);
				assert.equal(log, oracle(one));
			}
		} finally {
			await server.stop();
		}
	});
}

test.run();
