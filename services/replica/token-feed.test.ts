import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { WireInput } from '../../kernel/actor/contract.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { replicaActor } from './actor.ts';
import { ReplicaConfig, replicaDefaults } from './config.ts';
import { inventedFast, inventedPipeline, type Server } from './engine/fuzz.test-support.ts';
import { requestMetricNames } from './engine/request.ts';
import { ProgressFeed } from './progress-feed.ts';
import { allFeeds, TokenFeed } from './token-feed.ts';

/** What a replica says of each token, against what it says of its requests when they are done. */
const test = suite('tokens as they come');

const STEP_US = 100_000;
const END_US = 4_000_000;
const config = ReplicaConfig.parse({
	...replicaDefaults,
	stepUs: STEP_US,
	tells: { batches: false, operations: false, tokens: true, progress: true },
});
const common = { batchSizeCap: 8, blockSize: 16, numBlocks: 60 };
const frame = { numBlocks: 60, maxBatch: 5, blocksPerRequest: 20, stages: 1, vidur: false };
const servers: readonly Server[] = (
	[
		[{ type: 'vllm', ...common, watermarkFraction: 0.02, maxTokensInBatch: 400 }, 1],
		[{ type: 'sarathi', ...common, watermarkFraction: 0.02, chunkSize: 64 }, 1],
		[{ type: 'orca', ...common }, 1],
		[{ type: 'sarathi', ...common, watermarkFraction: 0.02, chunkSize: 64 }, 2],
		[{ type: 'vllm', ...common, watermarkFraction: 0.02, maxTokensInBatch: 400 }, 3],
		[{ type: 'faster_transformer', ...common }, 1],
	] as const
).map(([scheduler, stages]) => ({ scheduler, frame: { ...frame, stages } }));

type Row = readonly [timeUs: number, ...values: number[]];

function wireOf(rows: readonly Row[]): WireInput {
	let taken = 0;
	return {
		source: 'source',
		knownUntilUs: Number.POSITIVE_INFINITY,
		seek: () => false,
		value: (field) => rows[taken - 1]?.[field + 1] as number,
		get timeUs() {
			return rows[taken - 1]?.[0] as number;
		},
		nextUs: () => rows[taken]?.[0] ?? Number.POSITIVE_INFINITY,
		take(untilUs) {
			if ((rows[taken]?.[0] ?? Number.POSITIVE_INFINITY) >= untilUs) return false;
			taken++;
			return true;
		},
	};
}

/** Rows of the ports `requests` and `tokens`, of a life cut at `ends` and moved to another replica at each. */
function play(
	server: Server,
	requests: readonly Row[],
	caps: readonly Row[],
	ends: readonly number[],
) {
	const make = () => {
		const [tokens, progress] = [new TokenFeed(), new ProgressFeed(server.frame.stages)];
		const observed = { ...server, observer: allFeeds([tokens, progress]) ?? tokens };
		const machine = inventedFast(observed, []) ?? inventedPipeline(observed, []);
		return replicaActor('replica-1', config, machine, { batches: null, tokens, progress });
	};
	let actor = make();
	const rows = new Map(actor.outputs.map(({ name }) => [name, [] as Row[]]));
	const ports = actor.outputs.map(({ name }) => ({
		append: (timeUs: number, values: ArrayLike<number>) =>
			void rows.get(name)?.push([timeUs, ...Array.from(values)]),
	}));
	const inputs = [[wireOf(requests)], caps.length === 0 ? [] : [wireOf(caps)], [], []];
	let state = actor.init();
	let fromUs = 0;
	for (const untilUs of ends) {
		state = actor.step(structuredClone(state), { fromUs, untilUs }, inputs, ports);
		fromUs = untilUs;
		actor = make();
	}
	const of = (name: string) => rows.get(name) as Row[];
	return {
		...{ done: of('requests'), tokens: of('tokens') },
		...{ firstTokens: of('first-tokens'), evictions: of('evictions') },
		iterations: of('iterations'),
	};
}

const times = fc.uniqueArray(fc.integer({ min: 1, max: END_US - 1 }), {
	maxLength: 30,
	size: 'max',
});
const sorted = (list: readonly number[]) => [...list].sort((a, b) => a - b);
// Some with answers of a token, some with long ones that give their blocks back on the way.
const requestsOf = times.map((list) =>
	sorted(list).map((timeUs, i): Row => [timeUs, i, 0.1, 1 + ((i * 37) % 200), 1 + ((i * 13) % 60)]),
);
const capsOf = times.map((list) =>
	sorted(list.slice(0, 6)).map(
		(timeUs, i): Row => [timeUs, i % 3 === 2 ? Number.POSITIVE_INFINITY : 110 + 30 * i],
	),
);
const at = (name: (typeof requestMetricNames)[number]) => 1 + requestMetricNames.indexOf(name);

test('each token is told once, the first when its prompt is done, the last when its request is', () => {
	let restarts = 0;
	fc.assert(
		fc.property(fc.constantFrom(...servers), requestsOf, capsOf, (server, requests, caps) => {
			const { done, tokens } = play(server, requests, caps, [20 * END_US]);
			assert.is(done.length, requests.length);
			const told = new Map<number, Row[]>();
			for (const row of tokens)
				told.set(row[1] as number, [...(told.get(row[1] as number) ?? []), row]);
			for (const row of done) {
				const own = told.get(row[at('request_id')] as number) ?? [];
				const count = row[at('request_num_decode_tokens')] as number;
				assert.equal(
					own.map((one) => one[2]),
					Array.from({ length: count }, (_, i) => i + 1),
				);
				const firstS = (row[at('arrived_at')] as number) + (row[at('prefill_e2e_time')] as number);
				assert.ok(Math.abs((own[0]?.[0] as number) - firstS * 1e6) < 1.1);
				assert.ok(Math.abs((own.at(-1)?.[0] as number) - row[0]) < 1.1);
				restarts += row[at('request_num_restarts')] as number;
			}
			const rowTimes = tokens.map(([timeUs]) => timeUs);
			assert.equal(rowTimes, sorted(rowTimes));
		}),
		{ numRuns: 80 },
	);
	assert.ok(restarts > 0);
});

test('a first token is told once, with its time and prompt, and every eviction, before requests are done', () => {
	let evicted = 0;
	fc.assert(
		fc.property(fc.constantFrom(...servers), requestsOf, capsOf, (server, requests, caps) => {
			const played = play(server, requests, caps, [20 * END_US]);
			const { done, firstTokens, evictions, tokens } = played;
			const told = new Map(firstTokens.map((row) => [row[1] as number, row]));
			assert.is(told.size, firstTokens.length);
			assert.is(firstTokens.length, done.length);
			for (const row of done) {
				const [atUs, id, ttftS, prompt, cached] = told.get(
					row[at('request_id')] as number,
				) as Row as [number, number, number, number, number];
				assert.is(ttftS, row[at('prefill_e2e_time')]);
				assert.equal([prompt, cached], [row[at('request_num_prefill_tokens')], 0]);
				// As whoever waits for tokens is told.
				assert.is(atUs, tokens.find((one) => one[1] === id && one[2] === 1)?.[0]);
			}
			const restarts = done.map((row) => row[at('request_num_restarts')] as number);
			const counts = evictions.map(([, count]) => count as number);
			const total = counts.reduce((sum, one) => sum + one, 0);
			assert.is(
				total,
				restarts.reduce((sum, one) => sum + one, 0),
			);
			assert.ok(counts.every((count) => count > 0));
			evicted += total;
		}),
		{ numRuns: 80 },
	);
	assert.ok(evicted > 0);
});

test('what is told does not depend on how time is cut, nor on who goes on', () => {
	fc.assert(
		fc.property(fc.constantFrom(...servers), requestsOf, capsOf, times, (server, ...drawn) => {
			const [requests, caps, cuts] = drawn;
			const whole = play(server, requests, caps, [20 * END_US]);
			const parts = play(server, requests, caps, [...sorted(cuts), 20 * END_US]);
			assert.equal(parts, whole);
		}),
		{ numRuns: 80 },
	);
});

test('a request that can never be served is told so at its arrival', () => {
	const [server] = servers as [Server];
	const requests: Row[] = [
		[1_000, 7, 0.1, 2_000, 5],
		[2_000, 8, 0.1, 10, 2],
	];
	const { tokens } = play(server, requests, [], [END_US]);
	assert.equal(tokens[0], [1_000, 7, 0]);
	assert.equal(
		tokens.slice(1).map(([, id, count]) => [id, count]),
		[
			[8, 1],
			[8, 2],
		],
	);
});

test.run();
