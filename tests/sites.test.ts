import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { Summary } from '../protocol/run-folder/summary.ts';
import { type Env, gridbeat, numberIn, readRows, startTestServer, tempFolder } from './cli.ts';
import { addsUp } from './energy-sums.test-support.ts';
import { inSlices } from './slices.ts';

const test = inSlices(3);

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

async function run(changes: object, more: readonly string[] = ['--in-process'], env?: Env) {
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
	for (const [site, summary] of Object.entries({ ...sites, whole: total })) {
		addsUp(summary as Summary, site);
		// All requests are done.
		const { inFlightDecodeWh = 1, kwh } = summary.servingEnergy ?? {};
		assert.ok(Math.abs(inFlightDecodeWh) <= 1e-6 * (kwh?.decode ?? 0), site);
	}
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
			const battery = `dispatch_states.${site}-battery.current_power`;
			const storedW = battery in row ? numberIn(row, battery) : 0;
			const usedW = numberIn(row, 'p_grid') + storedW + numberIn(row, 'policy_state.curtailed');
			const grossW = members.reduce((sum, name) => sum + Math.abs(numberIn(row, name)), 0);
			assert.ok(Math.abs(deltaW - usedW) <= 1e-12 * grossW, `${deltaW} = ${usedW}`);
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

test('cheapest pays the lower price, and fastest stays near until the queue is longer than the way', async () => {
	const bare = SCENARIO.sites.map((site) => ({ ...site, solar: [], batteries: [] }));
	const price = (valueUsdPerKwh: number) => ({ price: { source: 'constant', valueUsdPerKwh } });
	const priced = [
		{ ...bare[0], ...price(0.3) },
		{ ...bare[1], ...price(0.1) },
	];
	const geo = (policy: string) => ({ ...nearest, geo: { policy } });
	const cheap = await run({ sites: priced, requests: geo('cheapest') });
	assert.is(requestsAt(cheap, 'sun').length, 0);
	const [sun, snow] = SITES.map((site) => cheap.summary.sites[site] as Summary);
	assert.ok(Math.abs((snow?.bill.energyUsd ?? 0) - 0.1 * (snow?.energy.importKwh ?? 0)) < 1e-12);
	assert.is(cheap.summary.bill.energyUsd, (sun?.bill.energyUsd ?? 0) + (snow?.bill.energyUsd ?? 0));

	const alike = SCENARIO.sites.map((site) => ({ ...site, serving: { replicas: 1 } }));
	const westOnly = [{ name: 'west', location: 'San Francisco', latencyMs: { sun: 2, snow: 80 } }];
	const calm = { ...geo('fastest'), qps: 1, maxRequests: 600, origins: westOnly };
	const quiet = await run({ sites: alike, requests: calm });
	// A replica with room hardly slows down with a request more: few are worth 160 ms there and back.
	assert.ok(requestsAt(quiet, 'snow').length < 60, `${requestsAt(quiet, 'snow').length} went away`);
	const crowd = { ...calm, qps: 12, maxRequests: 1500 };
	const busy = await run({ sites: alike, requests: crowd });
	const near = await run({ sites: alike, requests: { ...crowd, geo: { policy: 'nearest' } } });
	assert.is(requestsAt(near, 'snow').length, 0);
	assert.ok(requestsAt(busy, 'snow').length > 300);
	const p99 = ({ summary }: Outcome) => summary.serving?.e2eS.p99 ?? Number.NaN;
	assert.ok(p99(busy) < p99(near), `${p99(busy)} < ${p99(near)}`);
});

test('a sweep over the policy has the figures of the whole, and its runs compare', async () => {
	const out = join(tempFolder(), 'sweep');
	const file = join(tempFolder(), 'sweep.yaml');
	const base = { ...SCENARIO, requests: { ...nearest, geo: { policy: 'nearest' } } };
	writeFileSync(
		file,
		stringify({ base, grid: { 'requests.geo.policy': ['nearest', 'greenest'] } }),
	);
	const swept = await gridbeat(['sweep', file, '--out', out, '--keep-runs']);
	assert.is(swept.code, 0, swept.stderr);
	const results = readRows(out, 'results.csv');
	assert.is(numberIn(results[0], 'emissions.importG'), near.summary.emissions?.importG);
	assert.is(numberIn(results[0], 'serving.completed'), 300);
	const runs = results.map((row) => join(out, 'runs', row['hash'] ?? ''));
	const { code, stdout, stderr } = await gridbeat(['compare', ...runs, '--json']);
	assert.is(code, 0, stderr);
	const { figures } = JSON.parse(stdout) as {
		figures: { name: string; cases: { mean: number; difference: number | null }[] }[];
	};
	const imported = figures.find(({ name }) => name === 'emissions.importG');
	assert.equal(
		imported?.cases.map(({ mean }) => mean),
		results.map((row) => numberIn(row, 'emissions.importG')),
	);
});

test('sites.csv has the steps of all sites, and the bound of the whole is that of its sites together', () => {
	const rows = readRows(near.folder, 'sites.csv');
	assert.is(rows.length, 20);
	for (const site of SITES) {
		const own = rows.filter((row) => row['site'] === site);
		const steps = readRows(join(near.folder, 'sites', site), 'timeseries.csv');
		for (const [i, step] of steps.entries()) {
			assert.is(own[i]?.['time_utc'], step['time_utc']);
			assert.is(own[i]?.['time'], step['time']);
			assert.is(numberIn(own[i], 'grid_power'), numberIn(step, 'p_grid'));
		}
	}
	const [of] = near.summary.hindsight;
	const parts = SITES.flatMap((site) => near.summary.sites[site]?.hindsight ?? []);
	// Snow has no battery: it counts with what it did.
	assert.is(parts.length, 1);
	const snowG = near.summary.sites['snow']?.emissions?.importG ?? Number.NaN;
	assert.ok(Math.abs((of?.optimum ?? 0) - (parts[0]?.optimum ?? 0) - snowG) < 1e-9);
	assert.is(of?.goal, 'emissions');
});

const POLICIES = ['nearest', 'greenest', 'fastest'];
for (const policy of POLICIES) {
	test(`docs/sites.md has the figures of the day of two sites, ${policy} first`, async () => {
		const page = readFileSync(projectFile('docs/sites.md'), 'utf8');
		const example = parse(readFileSync(projectFile('examples/two-sites.yaml'), 'utf8'));
		const rows = [
			...page.matchAll(
				/^\| `(\w+)` \| (\d+) ms \| (\d+) ms \| ([\d.]+) kWh \| (\d+) g \| (\d+) % \|$/gm,
			),
		];
		assert.equal(
			rows.map(([, policy]) => policy),
			POLICIES,
		);
		const [line] = rows.find(([, name]) => name === policy) ?? [];
		const path = join(tempFolder(), 'two-sites.yaml');
		const requests = { ...example.requests, geo: { ...example.requests.geo, policy } };
		writeFileSync(path, stringify({ ...example, requests }));
		const args = ['run', path, '--in-process', '--json', '--out', join(tempFolder(), 'run')];
		const { code, stdout, stderr } = await gridbeat(args);
		assert.is(code, 0, stderr);
		const { serving, energy, emissions, sites } = JSON.parse(stdout).summary;
		const ms = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`;
		const share = (100 * sites.sweden.serving.completed) / serving.completed;
		const cells = [
			...[ms(serving.ttftS.p50), ms(serving.ttftS.p99), `${energy.importKwh.toFixed(2)} kWh`],
			...[`${emissions.importG.toFixed(0)} g`, `${share.toFixed(0)} %`],
		];
		assert.is(line, `| \`${policy}\` | ${cells.join(' | ')} |`);
	});
}

const FILES = ['timeseries.csv', 'request_metrics.csv', 'usage.csv'];
const bytesOf = ({ folder }: Outcome) =>
	SITES.flatMap((site) =>
		FILES.map((name) => readFileSync(join(folder, 'sites', site, name), 'utf8')),
	);
const asking = {
	requests: { ...nearest, policy: 'least_outstanding', geo: { policy: 'weighted' } },
	cap: [{ signal: 'carbon', above: 300, capWPerGpu: 250 }],
};

let reference: Promise<Outcome> | null = null;
/** Made once by whichever test of the slice comes first. */
const inOneProcess = () => {
	reference ??= run(asking);
	return reference;
};

test('windows of a minute write what windows of an hour write', async () => {
	const whole = await inOneProcess();
	assert.equal(bytesOf(await run(asking, ['--in-process', '--window', '1min'])), bytesOf(whole));
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
		assert.equal(bytesOf(placed), bytesOf(await inOneProcess()));
	});

test.run();
