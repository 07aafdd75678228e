import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { natsBinaryForTests } from '../nats-server/nats-binary-for-tests.ts';
import type { Summary } from '../report/summary.ts';
import { type Env, gridbeat, numberIn, readRows, startTestServer, tempFolder } from './cli.ts';

/** Whole runs with several sites. */
const ORIGINS = [
	{ name: 'west', location: 'San Francisco', share: 2, latencyMs: { sun: 2, snow: 80 } },
	{ name: 'east', location: 'Stockholm', latencyMs: { sun: 80.25, snow: 3 } },
];
const SCENARIO = {
	until: '10min',
	serving: { replicas: 1 },
	carbon: { source: 'constant', valueGPerKwh: 400, kind: 'average' },
	sites: [
		{ name: 'sun', location: 'San Francisco', serving: { replicas: 2 } },
		{
			...{ name: 'snow', location: 'Stockholm', solar: [], batteries: [] },
			carbon: { source: 'constant', valueGPerKwh: 30, kind: 'average' },
		},
	],
};
const SITES = ['sun', 'snow'];

interface Outcome {
	readonly folder: string;
	readonly summary: Summary & { readonly sites: Readonly<Record<string, Summary>> };
}

async function run(changes: object, more: readonly string[] = ['--in-process'], env: Env = {}) {
	const folder = join(tempFolder(), 'run');
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify({ ...SCENARIO, ...changes }));
	const args = ['run', path, '--json', '--out', folder, ...more];
	const { code, stderr, stdout } = await gridbeat(args, env);
	assert.is(code, 0, stderr);
	return { folder, summary: JSON.parse(stdout).summary } as Outcome;
}

const requestsAt = ({ folder }: Outcome, site: string) =>
	readRows(join(folder, 'sites', site), 'request_metrics.csv');

const nearest = { qps: 1, maxRequests: 300, origins: ORIGINS, geo: { policy: 'nearest' } };
let near: Outcome;
test.before(async () => {
	near = await run({ requests: nearest });
});

test('no request is lost: every one is served once, at the site nearest to its origin', () => {
	const served = SITES.flatMap((site) => requestsAt(near, site).map((row) => ({ site, row })));
	const ids = served.map(({ row }) => numberIn(row, 'Request Id')).sort((a, b) => a - b);
	assert.equal(
		ids,
		Array.from({ length: 300 }, (_, id) => id),
	);
	for (const { site, row } of served) {
		assert.is(site, row['origin'] === 'west' ? 'sun' : 'snow');
		assert.is(numberIn(row, 'network_latency'), site === 'sun' ? 0.004 : 0.006);
	}
	// A third of 300 comes from the east: within five standard deviations, 8.2 each.
	assert.ok(Math.abs((requestsAt(near, 'snow').length - 100) / 8.2) < 5);
});

test('the figures of the whole are those of its sites together', () => {
	const { sites, ...total } = near.summary;
	const parts = SITES.map((site) => sites[site] as Summary);
	const add = (of: (part: Summary) => number) => parts.reduce((sum, part) => sum + of(part), 0);
	assert.is(total.serving?.completed, 300);
	assert.is(
		total.energy.importKwh,
		add(({ energy }) => energy.importKwh),
	);
	assert.is(
		total.emissions?.importG,
		add(({ emissions }) => emissions?.importG ?? Number.NaN),
	);
	assert.ok(total.energy.loadKwh > 0);
});

test('the books of each site balance, and name the site', () => {
	for (const site of SITES) {
		const rows = readRows(join(near.folder, 'sites', site), 'timeseries.csv');
		assert.is(rows.length, 10);
		for (const row of rows) {
			assert.is(row['microgrid'], site);
			const members = Object.keys(row).filter((name) => name.startsWith('actor_states.'));
			assert.ok(members.every((name) => name.startsWith(`actor_states.${site}-`)));
			const deltaW = members.reduce((sum, name) => sum + numberIn(row, name), 0);
			const battery = `dispatch_states.${site}-battery.power`;
			const storedW = battery in row ? numberIn(row, battery) : 0;
			const usedW = numberIn(row, 'p_grid') + storedW + numberIn(row, 'policy_state.curtailed');
			assert.ok(Math.abs(deltaW - usedW) < 1e-6, `${deltaW} = ${usedW}`);
		}
	}
});

test('a request far away takes as long as one at the site, and its way there and back', async () => {
	const alike = {
		...{ qps: 1, maxRequests: 1, lengths: { type: 'fixed', prefillTokens: 500, decodeTokens: 20 } },
		intervals: { type: 'static', gapS: 10 },
	};
	const row = async (latencyMs: number) => {
		const origins = [{ name: 'users', location: 'Berlin', latencyMs: { snow: latencyMs } }];
		const requests = { ...alike, origins };
		const outcome = await run({ requests, sites: SCENARIO.sites.slice(1), until: '2min' });
		return requestsAt(outcome, 'snow')[0] as Record<string, string>;
	};
	const [here, there] = [await row(0), await row(123.5)];
	for (const name of ['request_e2e_time', 'prefill_e2e_time']) {
		const extraS = numberIn(there, name) - numberIn(here, name);
		assert.ok(Math.abs(extraS - 0.247) < 1e-9, `${name}: ${extraS}`);
	}
	for (const name of ['arrived_at', 'request_num_tokens', 'request_inter_arrival_delay'])
		assert.is(there[name], here[name], name);
	assert.is(numberIn(here, 'arrived_at'), 10);
});

test('greenest leaves the dirty site alone until the clean one is full', async () => {
	const geo = { policy: 'greenest' };
	// Nobody has sun or a battery: the next watt is the grid's.
	const sites = SCENARIO.sites.map((site) => ({ ...site, solar: [], batteries: [] }));
	const free = await run({ sites, requests: { ...nearest, geo } });
	assert.is(requestsAt(free, 'sun').length, 0);
	assert.is(requestsAt(free, 'snow').length, 300);
	const crowded = { ...nearest, qps: 20, geo: { ...geo, maxOutstandingPerReplica: 8 } };
	const spilt = await run({ sites, requests: crowded });
	const clean = requestsAt(spilt, 'snow').map((row) => ({
		fromS: numberIn(row, 'arrived_at'),
		untilS: numberIn(row, 'arrived_at') + numberIn(row, 'request_e2e_time'),
	}));
	const dirty = requestsAt(spilt, 'sun');
	assert.ok(dirty.length > 20);
	for (const row of dirty) {
		const atS = numberIn(row, 'arrived_at');
		const there = clean.filter(({ fromS, untilS }) => fromS <= atS && atS < untilS).length;
		assert.ok(there >= 8, `${there} at the clean site when ${row['Request Id']} was sent away`);
	}
});

const FILES = ['timeseries.csv', 'request_metrics.csv', 'usage.csv'];
const bytesOf = ({ folder }: Outcome) =>
	SITES.flatMap((site) =>
		FILES.map((name) => readFileSync(join(folder, 'sites', site, name), 'utf8')),
	);
const asking = {
	requests: { ...nearest, policy: 'least_outstanding', geo: { policy: 'weighted' } },
	cap: [{ signal: 'carbon', above: 300, capWPerGpu: 250 }],
};

let reference: Outcome;
test('windows of a minute write what windows of an hour write', async () => {
	reference = await run(asking);
	assert.equal(
		bytesOf(await run(asking, ['--in-process', '--window', '1min'])),
		bytesOf(reference),
	);
});

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());
if (server !== null)
	test('sites in a process each write what one process writes', async () => {
		const names = ['controller', 'recorder', 'carbon', 'replica-1'];
		const hosts = {
			west: [...names, 'battery', 'solar', 'replica-2'].map((name) => `sun-${name}`),
			east: names.map((name) => `snow-${name}`),
		};
		const placed = await run({ ...asking, placement: { hosts } }, [], { NATS_URL: server.url });
		assert.equal(bytesOf(placed), bytesOf(reference));
	});

test.run();
