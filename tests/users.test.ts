import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, gridbeat, numberIn, readRows, startTestServer, tempFolder } from './cli.ts';

/** Whole runs of users who wait for their answers, and of requests all at once. */

const BARE = { until: '10min', carbon: null, solar: [], batteries: [], cap: [] };
const FIXED = { type: 'fixed', prefillTokens: 512, decodeTokens: 64 };
const TURNAROUND_S = 0.01;

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());

async function attempt(scenario: object, args: readonly string[], env?: Env) {
	const folder = join(tempFolder(), 'run');
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify({ ...BARE, ...scenario }));
	return { ...(await gridbeat(['run', path, '--json', '--out', folder, ...args], env)), folder };
}

async function run(scenario: object, args = ['--in-process'], env?: Env) {
	const { code, stderr, stdout, folder } = await attempt(scenario, args, env);
	assert.is(code, 0, stderr);
	const { serving } = JSON.parse(stdout).summary;
	const requests = readRows(folder, 'request_metrics.csv').map((row) => ({
		arrivedS: numberIn(row, 'arrived_at'),
		leftS: numberIn(row, 'arrived_at') + numberIn(row, 'request_e2e_time'),
	}));
	return { folder, serving, requests };
}

type Request = Awaited<ReturnType<typeof run>>['requests'][number];

/** The most that are in flight at a time, and how many on average up to the last answer. */
function inFlight(requests: readonly Request[]): { most: number; mean: number } {
	const changes = requests
		.flatMap(({ arrivedS, leftS }) => [
			{ atS: arrivedS, by: 1 },
			{ atS: leftS, by: -1 },
		])
		.sort((a, b) => a.atS - b.atS || a.by - b.by);
	let [now, most, area, beforeS] = [0, 0, 0, 0];
	for (const { atS, by } of changes) {
		area += now * (atS - beforeS);
		beforeS = atS;
		now += by;
		most = Math.max(most, now);
	}
	return { most, mean: area / beforeS };
}

test('so many users have one request each in flight, and send the next when they are answered', async () => {
	const { requests, serving } = await run({
		serving: { replicas: 2 },
		requests: { concurrency: 16, lengths: FIXED },
	});
	const { most, mean } = inFlight(requests);
	assert.is(most, 16);
	assert.ok(mean > 15.5, String(mean));
	assert.is(serving.arrived, serving.completed + serving.waiting + serving.running);
	assert.is(serving.waiting + serving.running, 16);
	// Every request but the first 16 follows an answer after the turnaround, to the microsecond.
	const answers = requests.map(({ leftS }) => leftS);
	for (const { arrivedS } of requests.filter((one) => one.arrivedS > 0))
		assert.ok(answers.some((leftS) => Math.abs(arrivedS - leftS - TURNAROUND_S) < 3e-6));
});

test('users who think send as many requests as their cycle allows', async () => {
	const thinkS = 4;
	const { requests, serving } = await run({
		until: '1h',
		serving: { replicas: 1 },
		requests: { concurrency: 8, thinkS, lengths: FIXED },
	});
	// The interactive response time law: X = N / (R + Z).
	const cycleS = serving.e2eS.mean + TURNAROUND_S + thinkS;
	const expected = (8 * 3600) / cycleS;
	assert.ok(Math.abs(requests.length - expected) < 0.03 * expected, `${requests.length}`);
	assert.ok(inFlight(requests).most <= 8);
});

test('what is refused is answered too, and a limit of requests ends it', async () => {
	const { serving } = await run({
		serving: { replicas: 1, numBlocks: 100 },
		requests: {
			...{ concurrency: 4, maxRequests: 60 },
			lengths: { type: 'uniform', minTokens: 1000, maxTokens: 2000 },
		},
	});
	assert.is(serving.arrived, 60);
	assert.ok(serving.rejected > 10 && serving.completed > 10);
	assert.is(serving.rejected + serving.completed, 60);
});

if (server !== null)
	test('users are the same in every placement', async () => {
		const scenario = {
			until: '2min',
			serving: { replicas: 2 },
			requests: { concurrency: 6, thinkS: 1, policy: 'least_outstanding', lengths: FIXED },
			placement: { hosts: { one: ['router'], two: ['replica-1'] } },
		};
		const [together, apart] = await Promise.all([
			run({ ...scenario, placement: {} }),
			run(scenario, [], { NATS_URL: server.url }),
		]);
		for (const file of ['request_metrics.csv', 'usage.csv', 'timeseries.csv'])
			assert.is(
				readFileSync(join(apart.folder, file), 'utf8'),
				readFileSync(join(together.folder, file), 'utf8'),
			);
	});

test('all requests are at once where that is asked for', async () => {
	for (const [requests, args] of [
		[{ qps: 'inf', maxRequests: 50, lengths: FIXED }, []],
		[{ maxRequests: 50, lengths: FIXED }, ['--qps', 'inf']],
	] as const) {
		const { requests: rows } = await run({ requests }, ['--in-process', ...args]);
		assert.is(rows.length, 50);
		assert.ok(rows.every(({ arrivedS }) => arrivedS === 0));
	}
});

const REFUSED: readonly [requests: object, reason: RegExp][] = [
	[
		{ concurrency: 4, qps: 'inf' },
		/"requests.qps" = "inf" .*: users \(concurrency 4\) send when they are answered; drop one/,
	],
	[{ concurrency: 4, intervals: { type: 'gamma' } }, /is answered; drop intervals$/m],
	[{ concurrency: 4, rate: { weekly: [1, 1, 1, 1, 1, 1, 1] } }, /is answered; drop rate$/m],
	[
		{ concurrency: 4, lengths: { type: 'trace-file', path: 'x.csv' } },
		/is answered; drop a file of arrivals \(a length-file brings none\)$/m,
	],
	[{ concurrency: 0 }, /concurrency/],
	[{ thinkS: 3 }, /nobody thinks without users: give requests\.concurrency/],
	[{ qps: 'inf' }, /all at once needs a number of them: give requests\.maxRequests/],
];

test('what does not go together with users is refused', async () => {
	for (const [requests, reason] of REFUSED) {
		const { code, stderr } = await attempt({ requests }, []);
		assert.is(code, 2);
		assert.match(stderr, reason);
	}
});

test.run();
