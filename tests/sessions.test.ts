import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, gridbeat, numberIn, readRows, startTestServer, tempFolder } from './cli.ts';

/** Whole runs of requests that follow from each other's answers: conversations and agents. */

const BARE = { until: '10min', carbon: null, solar: [], batteries: [], cap: [] };
const FIXED = { type: 'fixed', prefillTokens: 300, decodeTokens: 50 };
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
	const requests = readRows(folder, 'request_metrics.csv')
		.map((row) => ({
			id: numberIn(row, 'Request Id'),
			arrivedS: numberIn(row, 'arrived_at'),
			leftS: numberIn(row, 'arrived_at') + numberIn(row, 'request_e2e_time'),
			prompt: numberIn(row, 'request_num_prefill_tokens'),
			answer: numberIn(row, 'request_num_decode_tokens'),
			cached: Number(row['request_num_cached_tokens'] ?? Number.NaN),
		}))
		.sort((a, b) => a.id - b.id);
	return { folder, serving, requests };
}

type Request = Awaited<ReturnType<typeof run>>['requests'][number];

/** Of each turn but the first the one that it follows: sent after its answer, with its prompt and answer at its beginning. */
function before(requests: readonly Request[], request: Request, pauseS: number): Request[] {
	return requests.filter(
		({ leftS, prompt, answer }) =>
			Math.abs(request.arrivedS - leftS - TURNAROUND_S - pauseS) < 3e-6 &&
			request.prompt === prompt + answer + 300,
	);
}

test('a turn follows the answer to the one before, and its prompt begins with all of it', async () => {
	const { requests } = await run({
		serving: { replicas: 2, prefixCache: { type: 'shared' } },
		requests: {
			...{ concurrency: 3, thinkS: 2, lengths: FIXED, policy: 'prefix' },
			sessions: { meanTurns: 4, turns: 'fixed', pauseS: 1.5, pauseCv: 0 },
		},
	});
	const turns = (n: number) => requests.filter(({ prompt }) => prompt === 300 * n + 50 * (n - 1));
	assert.is(turns(1).length + turns(2).length + turns(3).length + turns(4).length, requests.length);
	assert.ok(turns(4).length > 40, `${turns(4).length} sessions`);
	for (const later of [2, 3, 4].flatMap(turns))
		assert.ok(before(requests, later, 1.5).length >= 1, `request ${later.id}`);
	// Found in the cache: all whole blocks of 16 of the turn before, whose last token is nowhere yet.
	for (const n of [2, 3, 4])
		for (const { cached } of turns(n)) {
			const said = 350 * (n - 1) - 1;
			assert.is(cached, said - (said % 16));
		}
	assert.ok(turns(1).every(({ cached }) => cached === 0));
});

test('a session that has no room left gives way to a new one', async () => {
	const { requests, serving } = await run({
		serving: { replicas: 1, maxTokens: 1100 },
		requests: { concurrency: 2, lengths: FIXED, sessions: { meanTurns: 50, turns: 'fixed' } },
	});
	assert.equal(
		[...new Set(requests.map(({ prompt }) => prompt))].sort((a, b) => a - b),
		[300, 650, 1000],
	);
	assert.is(serving.rejected, 0);
});

test('calls that fan out share their prompt, and the next turn waits for all and has all their answers', async () => {
	const { requests } = await run({
		until: '5min',
		serving: { replicas: 1, maxTokens: 16_384 },
		requests: {
			concurrency: 1,
			lengths: { type: 'uniform', minTokens: 200, maxTokens: 400, prefillToDecodeRatio: 2 },
			sessions: {
				...{ meanTurns: 3, turns: 'fixed', pauseS: 0.5, pauseCv: 0, fanOut: 4 },
				...{ systemTokens: 64, later: { ...FIXED, prefillTokens: 20, decodeTokens: 10 } },
			},
		},
	});
	const times = [...new Set(requests.map(({ arrivedS }) => arrivedS))];
	const turns = times.map((atS) => requests.filter(({ arrivedS }) => arrivedS === atS));
	// The last turn may not be done.
	const whole = turns.filter(({ length }) => length === 4);
	assert.ok(whole.length > 50 && whole.length >= turns.length - 1);
	for (const [i, turn] of whole.entries()) {
		const [first] = turn as [Request, ...Request[]];
		assert.ok(turn.every(({ prompt }) => prompt === first.prompt));
		const last = whole[i - 1];
		if (last === undefined || i % 3 === 0) continue;
		const answers = last.reduce((sum, { answer }) => sum + answer, 0);
		assert.is(first.prompt, (last[0] as Request).prompt + answers + 20);
		const doneS = Math.max(...last.map(({ leftS }) => leftS));
		assert.ok(Math.abs(first.arrivedS - doneS - TURNAROUND_S - 0.5) < 3e-6);
	}
});

test('sessions begin at a rate, each with turns of its own', async () => {
	const { requests, serving } = await run({
		until: '3h',
		serving: { replicas: 1 },
		requests: {
			...{ qps: 0.1, lengths: { ...FIXED, prefillTokens: 100, decodeTokens: 8 } },
			sessions: { meanTurns: 3, pauseS: 4 },
		},
	});
	const sessions = requests.filter(({ prompt }) => prompt === 100).length;
	// 1,080 expected, of which some are cut at 4,096 tokens; four standard deviations.
	assert.ok(Math.abs(sessions - 1080) < 132, `${sessions} sessions`);
	const mean = requests.length / sessions;
	assert.ok(Math.abs(mean - 3) < 0.3, `${mean} turns`);
	assert.is(serving.arrived, serving.completed + serving.waiting + serving.running);
});

test('a session ends where a turn is refused, and its user begins another', async () => {
	const { serving, requests } = await run({
		serving: { replicas: 1, numBlocks: 60 },
		requests: {
			...{ concurrency: 2, maxRequests: 400, lengths: FIXED },
			sessions: { meanTurns: 40, turns: 'fixed' },
		},
	});
	assert.ok(serving.rejected > 50);
	assert.is(serving.rejected + serving.completed, 400);
	assert.equal([...new Set(requests.map(({ prompt }) => prompt))].sort(), [300, 650]);
});

test('users and sessions get their answers from two pools too', async () => {
	const disaggregation = { prefillReplicas: 1, decodeReplicas: 2 };
	const plain = await run({
		serving: { disaggregation },
		requests: { concurrency: 5, lengths: FIXED },
	});
	const answers = plain.requests.map(({ leftS }) => leftS);
	for (const { arrivedS } of plain.requests.filter((one) => one.arrivedS > 0))
		assert.ok(answers.some((leftS) => Math.abs(arrivedS - leftS - TURNAROUND_S) < 3e-6));
	assert.is(plain.serving.waiting + plain.serving.running, 5);
	const { requests } = await run({
		serving: { disaggregation },
		requests: { concurrency: 5, lengths: FIXED, sessions: { meanTurns: 3, turns: 'fixed' } },
	});
	const later = requests.filter(({ prompt }) => prompt > 300);
	assert.ok(later.length > 100);
	for (const request of later) assert.ok(before(requests, request, 0).length >= 1);
});

test('users begin one after the other over the ramp', async () => {
	const { requests } = await run({
		serving: { replicas: 1 },
		requests: { concurrency: 8, rampS: 80, thinkS: 1e9, lengths: FIXED, maxRequests: 8 },
	});
	assert.equal(
		requests.map(({ arrivedS }) => arrivedS),
		[0, 10, 20, 30, 40, 50, 60, 70],
	);
});

test('contexts grow to 128 k tokens, of which a turn computes what is new', async () => {
	const { requests, serving } = await run({
		until: '10min',
		serving: {
			...{ replicas: 1, model: 'meta-llama/Llama-3.1-8B', device: 'h100', profile: 'kernels' },
			...{ scheduler: 'vllm-v1', maxTokens: 131_072, prefixCache: { type: 'shared' } },
		},
		requests: {
			...{ concurrency: 1, maxRequests: 9 },
			lengths: { type: 'fixed', prefillTokens: 30_000, decodeTokens: 40 },
			sessions: { meanTurns: 100, turns: 'fixed' },
		},
	});
	assert.is(serving.completed, 9);
	const turns = [30_000, 60_040, 90_080, 120_120];
	assert.equal(
		requests.map(({ prompt }) => prompt),
		[...turns, ...turns, 30_000],
	);
	for (const { prompt, cached } of requests) {
		const said = Math.max(0, prompt - 30_000 - 1);
		assert.is(cached, said - (said % 16));
	}
});

if (server !== null)
	test('sessions are the same in every placement', async () => {
		const scenario = {
			until: '2min',
			serving: { replicas: 2, prefixCache: { type: 'shared' } },
			requests: {
				...{ qps: 1, policy: 'prefix', lengths: FIXED },
				sessions: { meanTurns: 4, pauseS: 2, fanOut: 3, fanOutShare: 0.4 },
			},
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

const REFUSED: readonly [requests: object, reason: RegExp][] = [
	[{ qps: 'inf', maxRequests: 9, sessions: {} }, /turns follow from answers; drop qps inf$/m],
	[
		{ sessions: {}, prefixes: { type: 'groups' } },
		/drop prefixes \(systemTokens is what all begin with\)$/m,
	],
	[
		{ sessions: {}, lengths: { type: 'trace-file', path: 'x.csv' } },
		/drop a file of arrivals \(a length-file brings none\)$/m,
	],
	[{ sessions: { turns: 'fixed', meanTurns: 2.5 } }, /a fixed number of turns is a whole one$/m],
	[
		{ sessions: { later: { type: 'zipf', minTokens: 9, maxTokens: 4 } } },
		/must not exceed maxTokens, 4$/m,
	],
	[
		{ sessions: { systemTokens: 4000 }, lengths: FIXED },
		/^Cannot send requests of 4350 tokens \(requests.lengths: prefillTokens 300, decodeTokens 50, after 4000 systemTokens\)/m,
	],
	[
		{ sessions: { later: { type: 'fixed', prefillTokens: 5000, decodeTokens: 9 } } },
		/^Cannot send turns of 5009 tokens and more \(requests.sessions.later: prefillTokens 5000, .*so that no session has a second/m,
	],
	[{ rampS: 3 }, /nobody begins without users: give requests\.concurrency/],
];

test('what does not go together with sessions is refused', async () => {
	for (const [requests, reason] of REFUSED) {
		const { code, stderr } = await attempt({ requests }, []);
		assert.is(code, 2, stderr);
		assert.match(stderr, reason);
	}
});

test.run();
