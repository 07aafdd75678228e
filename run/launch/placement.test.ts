import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { Scenario } from '../resolve/scenario.ts';
import { actorCosts } from './actor-costs.ts';
import { type Machine, mostProcesses } from './machine.ts';
import { packActors } from './pack-actors.ts';
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

test('place() puts whoever meets what is outside into the host of the leading process, and no place is shared for it', () => {
	const served = [actor('arrivals', 'arrivals'), ...roster(1, 2), actor('monitor', 'monitor')];
	const placed = place(served, placement(), unasked);
	assert.equal(
		placed.roster.flatMap(({ name, host }) => (host === 'gateway' ? [name] : [])),
		['arrivals', 'monitor'],
	);
	assert.equal(
		placed.roster.filter(({ host }) => host !== 'gateway'),
		place(roster(1, 2), placement(), unasked).roster,
	);
	const inOne = place(served, placement({ processes: 1 }), unasked);
	assert.is(hostsOf(inOne).size, 2);
	assert.throws(
		() => place([...served, actor('gateway', 'load')], placement(), unasked),
		/^Cannot call an actor or a host "gateway" in a run that is served: its gateway is called so$/,
	);
});

test('place() packs 1,000 replicas into a process for each core, about as much work in each, told in a line', () => {
	const placed = place(roster(1, 1000), placement(), () => ({ ...SMALL, cores: 4 }));
	const counts = [...hostsOf(placed)].map(
		(host) => placed.roster.filter((one) => one.host === host && one.kind === 'replica').length,
	);
	assert.is(counts.length, 4);
	assert.ok(Math.max(...counts) < 1.1 * Math.min(...counts), counts.join(' '));
	assert.match(
		placed.sharing ?? '',
		/^1006 actors share 4 processes, at most one for each core \(4 cores, 24 GiB of free memory\); --processes N sets another number$/,
	);
});

test('place() keeps sites together: only those at a border between two processes are in both', () => {
	const placed = place(roster(100, 2), placement(), () => SMALL);
	assert.is(hostsOf(placed).size, 2);
	const border = new Map<string, Set<string>>();
	for (const { name, host } of placed.roster) {
		const site = name.split('-')[0] as string;
		border.set(site, (border.get(site) ?? new Set()).add(host));
	}
	assert.ok([...border.values()].filter(({ size }) => size > 1).length <= 1);
});

test('place() in mode auto has no more processes than cores for few actors either, with those the scenario names', () => {
	const auto = place(roster(1, 2), placement({ mode: 'auto' }), () => SMALL);
	assert.is(hostsOf(auto).size, 2);
	const named = { mode: 'auto' as const, hosts: { grid: ['controller', 'battery'] } };
	assert.is(hostsOf(place(roster(1, 2), placement(named), () => SMALL)).size, 2);
	assert.is(
		hostsOf(place(roster(1, 2), placement({ mode: 'auto' }), () => ({ ...SMALL, cores: 1 }))).size,
		1,
	);
});

test('packActors() makes the heaviest process as light as any cut of neighbours can', () => {
	const costs = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 });
	void fc.assert(
		fc.property(costs, fc.integer({ min: 1, max: 4 }), (list, processes) => {
			const actors = list.map((cost, i) => ({ name: `a${i}`, cost }));
			const hostOf = packActors(actors, processes);
			const hosts = actors.map(({ name }) => hostOf.get(name) as string);
			assert.ok(new Set(hosts).size <= processes);
			const sums = [...new Set(hosts)].map((host) =>
				actors.reduce((sum, { cost }, i) => sum + (hosts[i] === host ? cost : 0), 0),
			);
			assert.is(hosts.filter((host, i) => host !== hosts[i - 1]).length, sums.length);
			assert.is(Math.max(...sums), leastOf(list, processes));
		}),
		RUNS,
	);
});

/** The same by trying every cut. */
function leastOf(list: readonly number[], parts: number): number {
	const all = list.reduce((sum, cost) => sum + cost, 0);
	if (parts === 1) return all;
	let least = all;
	for (let at = 1, head = 0; at < list.length; at++) {
		head += list[at - 1] as number;
		least = Math.min(least, Math.max(head, leastOf(list.slice(at), parts - 1)));
	}
	return least;
}

test('actorCosts() follow the rate: a replica of a busy site weighs more, and most of all', () => {
	const busy = { qps: 4, replicas: ['replica-1'] };
	const costs = actorCosts([
		{ name: 'router', kind: 'router', config: busy },
		actor('replica-1', 'replica'),
		actor('replica-2', 'replica'),
		actor('solar', 'solar'),
	]);
	const [router, first, second, solar] = costs.map(({ cost }) => cost) as [
		number,
		number,
		number,
		number,
	];
	assert.ok(first > second && second > solar && first > router);
});

test('place() keeps neighbours of a site together where there are fewer processes than kinds', () => {
	const placed = place(roster(20, 2), placement({ processes: 32 }), unasked);
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

test('mostProcesses() is bound by cores, memory and threads, and never below one', () => {
	assert.is(mostProcesses(SMALL), 2);
	assert.is(
		mostProcesses({ ...SMALL, cores: 640 }),
		Math.floor((0.75 * 24 * GIB) / (80 * 2 ** 20)),
	);
	assert.is(mostProcesses({ ...SMALL, cores: 64, freeBytes: GIB }), 9);
	assert.is(mostProcesses({ ...SMALL, cores: 64, freeThreads: 100 }), 8);
	assert.is(mostProcesses({ cores: 1, freeBytes: 0, freeThreads: 0 }), 1);
});

test.run();
