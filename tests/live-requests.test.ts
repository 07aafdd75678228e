import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import type { RunEvent } from '../protocol/run-events.ts';
import { replayRun } from '../run/replay.ts';
import { runScenario } from '../run/run-scenario.ts';
import { eventually, numberIn, readRows, tempFolder } from './cli.ts';
import {
	ask,
	liveScenario,
	repeatLive,
	startLive,
	type Told,
	tablesOf,
} from './live-runs.test-support.ts';
import { descendants, hostOf } from './proc.test-support.ts';

/**
 * Requests from outside: what is told of them is what the tables say, and the tables follow from the log alone, wherever
 * actors run and whatever goes wrong.
 */
const test = suite('requests from outside');

/** Eight seconds as they are: on a busy machine whoever asks is late, and must not come after the end. */
const LIVE = {
	...{ until: '40s', step: '2s', window: '2s', pace: 5 },
	...{ requests: { source: 'live' }, serving: { replicas: 2 } },
};

/** Some requests, one after the other and at a time. */
async function askSome(exchange: Parameters<typeof ask>[0], rounds = 3): Promise<Told[]> {
	const told: Told[] = [];
	for (let round = 0; round < rounds; round++) {
		const some = Array.from({ length: 5 }, (_, i) =>
			ask(exchange, { promptTokens: 50 + 40 * i, answerTokens: 1 + 7 * i }),
		);
		told.push(...(await Promise.all(some)));
	}
	return told;
}

/** Holds what was told against the table. */
function assertTold(folder: string, told: readonly Told[]): void {
	const rows = readRows(folder, 'request_metrics.csv');
	assert.is(rows.length, told.length);
	for (const { arrival, atUs, tokensUs, served } of told) {
		const row = rows.find((one) => Number(one['request_id'] ?? one['Request Id']) === arrival);
		assert.is(tokensUs.length, numberIn(row, 'request_num_decode_tokens'));
		const near = (gotUs: number, s: number) =>
			assert.ok(Math.abs(gotUs - s * 1e6) < 2, `${gotUs} us, not ${s} s`);
		near((tokensUs[0] as number) - atUs, numberIn(row, 'prefill_e2e_time'));
		near((tokensUs.at(-1) as number) - atUs, numberIn(row, 'request_e2e_time'));
		const wh = numberIn(row, 'prefill_energy') + numberIn(row, 'decode_energy');
		assert.ok(Math.abs((served?.energyWh ?? 0) - wh) < 1e-9 * wh);
		assert.ok((served?.carbonG ?? 0) > 0);
	}
}

test('what is told of requests is what the tables say, and a repeated run has the same tables', async () => {
	const { exchange, out, scenario, ended } = startLive({
		...LIVE,
		placement: { mode: 'in-process' },
	});
	const told = await askSome(exchange);
	await ended;
	assertTold(out, told);
	const again = await repeatLive(scenario, out);
	assert.equal((await replayRun(out, { report: false })).tables.different, []);
	assert.equal(tablesOf(again), tablesOf(out));
});

test('so they are beside requests that the run makes, in processes, and where a replica is killed on the way', async () => {
	const setbacks: RunEvent[] = [];
	const { exchange, out, scenario, ended } = startLive(
		{
			...LIVE,
			...{ pace: 4, placement: { mode: 'processes' } },
			requests: { source: 'both', qps: 2, policy: 'least_outstanding' },
		},
		{ onEvent: (event) => void (event.event === 'setback' && setbacks.push(event)) },
	);
	const first = await askSome(exchange, 1);
	const victim = await eventually('the process of a replica', () => {
		const found = descendants(process.pid).find(({ args }) => args.includes('--host'));
		return found === undefined ? null : found;
	});
	assert.ok(hostOf(victim) !== 'gateway');
	process.kill(victim.pid, 'SIGKILL');
	const told = [...first, ...(await askSome(exchange, 2))];
	await ended;
	assert.is(setbacks.length, 1);
	for (const { served, tokensUs } of told) assert.ok(served !== null && tokensUs.length > 0);
	const again = await repeatLive(scenario, out);
	assert.equal(tablesOf(again), tablesOf(out));
	const live = readFileSync(join(out, 'arrivals.jsonl'), 'utf8').split('\n').length - 1;
	assert.is(live, told.length);
	assert.ok(readRows(out, 'request_metrics.csv').length > live + 40);
});

test('whoever waits at the end of the run, or asks after it, hears so', async () => {
	const { exchange, ended } = startLive({
		...LIVE,
		...{ until: '4s', pace: 1, placement: { mode: 'in-process' } },
	});
	const told = await ask(exchange, { promptTokens: 2_000, answerTokens: 2_000 });
	await ended;
	assert.is(told.served, null);
	assert.ok(told.tokensUs.length > 0);
	assert.is(exchange.closed, 'over');
	await ask(exchange, { promptTokens: 1, answerTokens: 1 }).then(
		() => assert.unreachable(),
		(error: Error) => assert.is(error.message, 'over'),
	);
});

test('no more are taken at a time than the scenario says', async () => {
	const { exchange, ended } = startLive({
		...{ ...LIVE, placement: { mode: 'in-process' } },
		requests: { source: 'live', maxOutstanding: 2 },
	});
	const first = await ask(exchange, { promptTokens: 10, answerTokens: 2 });
	assert.ok(first.served !== null);
	const about = { promptTokens: 1_000, answerTokens: 500 };
	const both = [ask(exchange, about), ask(exchange, about)];
	assert.is(exchange.closed, 'full');
	await Promise.all(both);
	assert.is(exchange.closed, null);
	await ended;
});

test('prompts that begin alike share what a cache has of them, and are told how much', async () => {
	const { exchange, out, scenario, ended } = startLive({
		...{ ...LIVE, placement: { mode: 'in-process' } },
		serving: { replicas: 1, prefixCache: { type: 'shared' } },
	});
	const pieces = Array.from({ length: 20 }, (_, i) => [1_000 + i, 16]).flat();
	const about = { promptTokens: 325, answerTokens: 4 };
	const first = await ask(exchange, { ...about, pieces });
	const second = await ask(exchange, { ...about, pieces });
	const other = await ask(exchange, { ...about, pieces: [7, 16, ...pieces.slice(2)] });
	await ended;
	assert.equal(
		[first, second, other].map(({ served }) => served?.cachedTokens),
		[0, 320, 0],
	);
	assert.equal(tablesOf(await repeatLive(scenario, out)), tablesOf(out));
});

test('each model is answered by the replicas that have it, at whichever site', async () => {
	const { exchange, out, scenario, ended } = startLive({
		...{ ...LIVE, placement: { mode: 'in-process' } },
		sites: [
			{ name: 'west', location: 'San Francisco', serving: { replicas: 2 } },
			{
				...{ name: 'east', location: 'Berlin', carbon: null },
				serving: { replicas: 1, model: 'codellama/CodeLlama-34b-Instruct-hf', tensorParallel: 2 },
			},
		],
	});
	const about = { promptTokens: 20, answerTokens: 3 };
	const told = await Promise.all([0, 1, 0, 1].map((model) => ask(exchange, { ...about, model })));
	const models = exchange.models.map(({ name }) => name);
	await ended;
	assert.equal(models, ['meta-llama/Meta-Llama-3-8B', 'codellama/CodeLlama-34b-Instruct-hf']);
	assert.equal(
		told.map(({ served }) => served?.replica),
		['west-replica-1', 'east-replica-1', 'west-replica-2', 'east-replica-1'],
	);
	assert.equal(
		told.map(({ served }) => served?.carbonG === null),
		[false, true, false, true],
	);
	const again = await repeatLive(scenario, out);
	for (const site of ['west', 'east'])
		assert.equal(tablesOf(join(again, 'sites', site)), tablesOf(join(out, 'sites', site)));
});

test('a scenario that nobody could ask, or nobody could answer, is refused', async () => {
	const refused = async (text: object, options: object, reason: RegExp) => {
		const out = join(tempFolder(), 'run');
		await runScenario(liveScenario(text), { out, ...options }).then(
			() => assert.unreachable(),
			(error: Error) => {
				assert.instance(error, ConfigError);
				assert.match(error.message, reason);
			},
		);
	};
	await refused(LIVE, {}, /^Cannot run a scenario whose requests come from outside where nobody/);
	const { ended } = startLive({ ...LIVE, pace: null });
	await ended.then(
		() => assert.unreachable(),
		(error: Error) =>
			assert.match(error.message, /^Cannot answer requests from outside as fast as possible/),
	);
});

test.run();
