import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { Scenario } from '../resolve/scenario.ts';
import { type Machine, mostProcesses } from './machine.ts';
import { place } from './placement.ts';

const test = suite('placement');

const RUNS = { numRuns: 200 };
const GIB = 2 ** 30;
const SMALL: Machine = { cores: 2, freeBytes: 24 * GIB, freeThreads: Number.POSITIVE_INFINITY };

const unasked = (): Machine => {
	throw new Error('the machine was asked');
};

const placement = (given: Partial<Scenario['placement']> = {}) =>
	({ ...Scenario.parse({}).placement, ...given }) as Scenario['placement'];
const actor = (name: string, kind: string) => ({ name, kind, config: null });

/** The roster of a site with so many replicas, in its usual order. */
function site(replicas: number, prefix = ''): ReturnType<typeof actor>[] {
	const rest = ['solar', 'carbon', 'battery', 'controller', 'recorder'];
	return [
		...Array.from({ length: replicas }, (_, i) => actor(`${prefix}replica-${i + 1}`, 'replica')),
		...rest.map((kind) => actor(`${prefix}${kind}`, kind)),
	];
}
const roster = (sites: number, replicas: number) => [
	actor('router', 'router'),
	...Array.from({ length: sites }, (_, i) => site(replicas, sites === 1 ? '' : `s${i}-`)).flat(),
];
const hostsOf = (placed: ReturnType<typeof place>) =>
	new Set(placed.roster.map(({ host }) => host));

test('place() gives every actor of a small run a process of its own, without a look at the machine', () => {
	const placed = place(roster(1, 10), placement(), unasked);
	assert.equal(
		placed.roster.map(({ name, host }) => name === host),
		roster(1, 10).map(() => true),
	);
	assert.is(placed.sharing, null);
});

test('place() lets replicas share first: 200 of them in as many processes as a small machine bears, told in a line', () => {
	const placed = place(roster(1, 200), placement(), () => SMALL);
	assert.is(hostsOf(placed).size, mostProcesses(SMALL));
	for (const { name, kind, host } of placed.roster) if (kind !== 'replica') assert.is(host, name);
	assert.match(
		placed.sharing ?? '',
		/^206 actors share 32 processes, as many as this machine bears \(2 cores, 24 GiB of free memory\); --processes N sets another number$/,
	);
});

test('place() keeps neighbours of a site together where there are fewer processes than kinds', () => {
	const placed = place(roster(20, 2), placement(), () => SMALL);
	assert.is(hostsOf(placed).size, 32);
	const sitesOf = (host: string) =>
		new Set(placed.roster.filter((one) => one.host === host).map(({ name }) => name.split('-')[0]));
	for (const host of hostsOf(placed)) assert.ok(sitesOf(host).size <= 2, host);
});

test('place() follows from the number of processes alone, uses all of them, and loses nobody', () => {
	const cases = fc.record({
		sites: fc.integer({ min: 1, max: 6 }),
		replicas: fc.integer({ min: 0, max: 12 }),
		part: fc.double({ min: 0, max: 1, noNaN: true }),
	});
	void fc.assert(
		fc.property(cases, ({ sites, replicas, part }) => {
			const actors = roster(sites, replicas);
			const processes = 1 + Math.floor(part * (actors.length - 1));
			const placed = place(actors, placement({ processes }), unasked);
			assert.is(hostsOf(placed).size, processes);
			assert.equal(
				placed.roster.map(({ name }) => name),
				actors.map(({ name }) => name),
			);
			assert.is(placed.sharing, null);
			const names = new Set(actors.map(({ name }) => name));
			for (const { name, host } of placed.roster)
				assert.ok(host === name || !names.has(host), `${name} in ${host}`);
		}),
		RUNS,
	);
});

test('place() keeps hosts that the scenario names and those of workers, and counts them', () => {
	const given = { hosts: { grid: ['controller', 'battery'] }, external: ['carbon'] };
	const placed = place(roster(1, 8), placement({ ...given, processes: 3 }), () => SMALL);
	const own = new Set(
		placed.roster.map(({ host }) => host).filter((host) => !placed.external.has(host)),
	);
	assert.is(own.size, 3);
	assert.equal(
		placed.roster.filter(({ host }) => host === 'grid').map(({ name }) => name),
		['battery', 'controller'],
	);
	assert.equal([...placed.external], ['carbon']);
});

const refusals: readonly [string, Partial<Scenario['placement']>, RegExp][] = [
	[
		'one process and several',
		{ mode: 'in-process', processes: 3 },
		/^Cannot run in one process and in 3 processes: drop one of the two$/,
	],
	[
		'more processes than actors',
		{ processes: 9 },
		/^Cannot run in 9 processes: there are 8 actors to place and 0 named hosts; give 8 at most$/,
	],
	[
		'fewer than the scenario needs',
		{ processes: 1, hosts: { grid: ['controller', 'battery'] } },
		/^Cannot run in 1 process: the scenario needs 2 at least$/,
	],
];
for (const [what, given, message] of refusals) {
	test(`place() refuses ${what}`, () => {
		assert.throws(() => place(roster(1, 2), placement(given)), message);
	});
}

test('mostProcesses() is bound by cores, memory and threads, and never below two', () => {
	assert.is(mostProcesses(SMALL), 32);
	assert.is(mostProcesses({ ...SMALL, cores: 64 }), Math.floor((0.75 * 24 * GIB) / (80 * 2 ** 20)));
	assert.is(mostProcesses({ ...SMALL, freeBytes: GIB }), 9);
	assert.is(mostProcesses({ ...SMALL, freeThreads: 100 }), 8);
	assert.is(mostProcesses({ cores: 1, freeBytes: 0, freeThreads: 0 }), 2);
});

test.run();
