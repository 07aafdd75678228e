import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { Summary } from '../protocol/run-folder/summary.ts';
import {
	type Env,
	gridbeat,
	numberIn,
	type Row,
	readRows,
	startTestServer,
	tempFolder,
} from './cli.ts';

/** Whole runs whose requests do not all complete: where they are at the end is told, and adds up. */
const BARE = { until: '10min', carbon: null, solar: [], batteries: [], cap: [] };
const OVERLOADED = {
	...BARE,
	serving: { replicas: 1, numBlocks: 100 },
	requests: {
		...{ qps: 200, maxRequests: 2000 },
		lengths: { type: 'fixed', prefillTokens: 512, decodeTokens: 256 },
	},
};
const COUNTED = ['arrived', 'completed', 'waiting', 'running', 'rejected', 'underway'] as const;
type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());

interface Outcome {
	readonly folder: string;
	readonly counts: Counts;
	readonly summary: Summary & { readonly sites?: Readonly<Record<string, Summary>> };
}

async function run(scenario: object, args = ['--in-process'], env?: Env): Promise<Outcome> {
	const folder = join(tempFolder(), 'run');
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify(scenario));
	const { code, stderr, stdout } = await gridbeat(
		['run', path, '--json', '--out', folder, ...args],
		env,
	);
	assert.is(code, 0, stderr);
	const { summary } = JSON.parse(stdout);
	return { folder, counts: countsOf(summary), summary };
}

function countsOf({ serving }: Summary): Counts {
	const counts = COUNTED.map((name) => [name, serving?.[name] ?? Number.NaN] as const);
	return Object.fromEntries(counts) as Counts;
}

function addUp({ arrived, ...parts }: Counts): void {
	assert.is(
		Object.values(parts).reduce((sum, part) => sum + part, 0),
		arrived,
		JSON.stringify(parts),
	);
}

const recorded = (folder: string): unknown =>
	parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')).gridbeat.requests;

/** Every row of usage.csv of one pool, with the requests that had completed by the end of its step. */
function everyRowAddsUp(folder: string, stepS: number): void {
	const completed = readRows(folder, 'request_metrics.csv').map((row) => ({
		replica: row['replica'],
		atS: numberIn(row, 'arrived_at') + numberIn(row, 'request_e2e_time'),
	}));
	for (const row of readRows(folder, 'usage.csv')) {
		const count = (name: string) => numberIn(row, name);
		const endS = count('time_s') + stepS;
		const done = completed.filter(({ replica, atS }) => replica === row['replica'] && atS < endS);
		const rest = count('waiting') + count('running') + count('rejected');
		assert.is(count('arrived'), done.length + rest, `at ${endS} s`);
		assert.is(count('outstanding'), count('waiting') + count('running'));
	}
}

test('an overloaded replica tells of all requests that arrived, not of the survivors alone', async () => {
	const { folder, counts, summary } = await run(OVERLOADED);
	assert.is(counts.arrived, 2000);
	assert.ok(counts.completed < 500 && counts.waiting > 1000 && counts.running > 0);
	addUp(counts);
	assert.equal(recorded(folder), counts);
	everyRowAddsUp(folder, 60);
	assert.is(summary.serving?.requestsPerS, counts.completed / 600);
	const page = readFileSync(join(folder, 'report.html'), 'utf8');
	const text = readFileSync(join(folder, 'simulation_metrics.txt'), 'utf8');
	for (const line of [
		/requests arrived +2,000\n/,
		new RegExp(`waiting at the end +${counts.waiting.toLocaleString('en')}\n`),
		new RegExp(`running at the end +${counts.running}\n`),
		new RegExp(`TTFT p50 / p90 / p99, of the ${counts.completed} completed `),
		new RegExp(`end to end p50 / p90 / p99, of the ${counts.completed} completed `),
	])
		assert.match(text, line);
	assert.match(page, 'requests completed, of 2,000 that arrived');
	assert.match(page, `of the ${counts.completed} completed`);
});

test('a run in which no request completes says so', async () => {
	const { folder, counts } = await run({ ...OVERLOADED, until: '1s', step: '1s' });
	assert.is(counts.completed, 0);
	addUp(counts);
	const text = readFileSync(join(folder, 'simulation_metrics.txt'), 'utf8');
	assert.match(text, /latencies +none: no request completed\n/);
});

for (const policy of ['round_robin', 'least_outstanding'])
	test(`requests that can never fit are rejected, and the run goes on (${policy})`, async () => {
		const { folder, counts } = await run({
			...BARE,
			serving: { replicas: 2, numBlocks: 100 },
			requests: {
				...{ qps: 2, maxRequests: 600, policy },
				lengths: { type: 'uniform', minTokens: 16, maxTokens: 2000, prefillToDecodeRatio: 20 },
			},
		});
		// 100 blocks of 16 hold 1,600 tokens: 400 of 1,985 lengths do not fit, and 600 draws have 121 +- 10 of them.
		assert.ok(Math.abs(counts.rejected - 121) < 50, `${counts.rejected}`);
		assert.is(counts.arrived, 600);
		addUp(counts);
		everyRowAddsUp(folder, 60);
		const lengths = readRows(folder, 'request_metrics.csv').map((row) =>
			numberIn(row, 'request_num_tokens'),
		);
		assert.is(Math.max(...lengths) > 1500 && Math.max(...lengths) <= 1602, true);
	});

const ORIGIN = { name: 'west', location: 'San Francisco', latencyMs: { near: 5000, far: 5000 } };
const APART: Readonly<Record<string, object>> = {
	'two pools': {
		...BARE,
		...{ until: '20s', step: '1s' },
		serving: {
			disaggregation: {
				...{ prefillReplicas: 2, decodeReplicas: 1 },
				kvTransfer: { bandwidthGBps: 0.2 },
			},
		},
		requests: {
			...{ qps: 5 },
			lengths: { type: 'fixed', prefillTokens: 1000, decodeTokens: 100 },
		},
	},
	'two sites far away': {
		...{ until: '20s', step: '1s' },
		requests: {
			...{ qps: 4, origins: [ORIGIN], geo: { policy: 'nearest' } },
			lengths: { type: 'fixed', prefillTokens: 1000, decodeTokens: 100 },
		},
		sites: ['near', 'far'].map((name) => ({
			name,
			location: 'San Francisco',
			...BARE,
			until: undefined,
		})),
	},
};

for (const [title, scenario] of Object.entries(APART)) {
	test(`requests on their way at the end are counted: ${title}`, async () => {
		const { counts, summary, folder } = await run(scenario);
		assert.ok(counts.underway > 0, JSON.stringify(counts));
		assert.ok(counts.completed > 0, JSON.stringify(counts));
		addUp(counts);
		for (const [name, site] of Object.entries(summary.sites ?? {})) {
			addUp(countsOf(site));
			assert.equal(recorded(join(folder, 'sites', name)), countsOf(site));
		}
		if (server === null) return;
		const other = await run(scenario, [], { NATS_URL: server.url });
		assert.equal(other.counts, counts);
	});
}

test('a row of usage.csv adds up in each of two pools', async () => {
	const { folder } = await run(APART['two pools'] as object);
	const done = readRows(folder, 'request_metrics.csv');
	const count = (row: Row, name: string) => numberIn(row, name);
	for (const row of readRows(folder, 'usage.csv')) {
		const endS = count(row, 'time_s') + 1;
		const completed = done.filter(
			(one) =>
				one['replica'] === row['replica'] &&
				count(one, 'arrived_at') + count(one, 'request_e2e_time') < endS,
		).length;
		assert.is(
			count(row, 'arrived') + count(row, 'taken_over'),
			completed +
				count(row, 'handed_over') +
				count(row, 'waiting') +
				count(row, 'running') +
				count(row, 'rejected'),
		);
	}
});

test.run();
