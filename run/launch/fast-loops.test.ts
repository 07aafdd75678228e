import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { Scenario as Schema } from '../resolve/scenario.ts';
import { type Crew, placeCrew } from './fast-loops.ts';

const test = suite('fast loops');

const STEP_US = 60_000_000;
const RUNS = { numRuns: 200 };

const wire = (from: string, to: string, delayUs: number): Crew['wires'][number] => ({
	from: { actor: from, port: 'x' },
	to: { actor: to, port: 'y' },
	delayUs,
	initial: null,
});

/** A router that asks replicas, which the controller caps a step later. */
function crewOf(replicas: number, answersUs = 1): Crew {
	const names = Array.from({ length: replicas }, (_, i) => `replica-${i + 1}`);
	return {
		actors: [
			{ name: 'router', kind: 'router', config: null },
			...names.map((name) => ({ name, kind: 'replica', config: null })),
			...['battery', 'controller', 'recorder'].map((kind) => ({ name: kind, kind, config: null })),
		],
		wires: [
			...names.flatMap((name) => [
				wire('router', name, 0),
				wire(name, 'router', answersUs),
				wire(name, 'controller', 0),
				wire('controller', name, STEP_US),
				wire(name, 'recorder', 0),
			]),
			wire('controller', 'battery', 0),
			wire('battery', 'controller', STEP_US),
		],
		stepUs: STEP_US,
	};
}

const placement = (given: Partial<Scenario['placement']> = {}): Scenario['placement'] => ({
	...Schema.parse({}).placement,
	...given,
});

const hostsBy = ({ roster }: ReturnType<typeof placeCrew>) =>
	Object.fromEntries(roster.map(({ name, host }) => [name, host]));

test('placeCrew() puts a router and the replicas that it asks into one host, and says so', () => {
	const placed = placeCrew(crewOf(2), placement());
	assert.equal(hostsBy(placed), {
		...{ router: 'loop-1', 'replica-1': 'loop-1', 'replica-2': 'loop-1' },
		...{ battery: 'battery', controller: 'controller', recorder: 'recorder' },
	});
	assert.is(
		placed.sharing,
		'router, replica-1 and replica-2 share a process, since they answer each other more often than once a step',
	);
});

test('placeCrew() leaves loops of a step, and answers that take a step, where they are', () => {
	const placed = placeCrew(crewOf(2, STEP_US), placement());
	for (const { name, host } of placed.roster) assert.is(host, name);
	assert.is(placed.sharing, null);
});

test('placeCrew() keeps what the user has placed, and says what the loop costs then', () => {
	const apart = placeCrew(crewOf(3), placement({ hosts: { router: ['router'] } }));
	assert.equal(hostsBy(apart)['router'], 'router');
	assert.is(
		apart.sharing,
		'router, replica-1 and 2 more are in 2 processes, but they answer each other more often than once a step: a round trip each time',
	);
	const elsewhere = placeCrew(crewOf(2), placement({ external: ['replica'] }));
	assert.equal([...elsewhere.external], ['replica-1', 'replica-2']);
	assert.match(elsewhere.sharing ?? '', /are in 3 processes/);
	const named = placeCrew(
		crewOf(2),
		placement({ hosts: { serving: ['router', 'replica-1', 'replica-2'] } }),
	);
	assert.is(hostsBy(named)['router'], 'serving');
	assert.is(named.sharing, null);
	const inProcess = placeCrew(crewOf(2), placement({ mode: 'in-process' }));
	assert.is(inProcess.sharing, null);
});

test('placeCrew() gives as many processes as are wanted, with the loop in one wherever that can be', () => {
	const cases = fc.record({ replicas: fc.integer({ min: 1, max: 12 }), part: fc.nat(1000) });
	void fc.assert(
		fc.property(cases, ({ replicas, part }) => {
			const crew = crewOf(replicas);
			const processes = 1 + (part % crew.actors.length);
			const placed = placeCrew(crew, placement({ processes }));
			const hosts = new Set(placed.roster.map(({ host }) => host));
			assert.is(hosts.size, processes);
			const loop = placed.roster.filter(({ kind }) => kind === 'router' || kind === 'replica');
			const loopHosts = new Set(loop.map(({ host }) => host)).size;
			// Battery, controller, recorder and the loop are four at most.
			if (processes <= 4) assert.is(loopHosts, 1);
			else assert.match(placed.sharing ?? '', /a round trip each time/);
			const order = crew.actors.map(({ name }) => name);
			assert.equal(
				placed.roster.map(({ name }) => name),
				order,
			);
		}),
		RUNS,
	);
});

test.run();
