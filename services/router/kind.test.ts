import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActorEnv, EventActor, WireInput } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { RouterConfig } from './config.ts';
import { type RouterState, routerKind } from './kind.ts';

const CONFIG: RouterConfig = {
	qps: 10,
	intervals: { type: 'poisson' },
	rate: null,
	untilUs: null,
	maxRequests: 5000,
	lengths: { type: 'trace', table: 'azure-conversation' },
	maxTokens: 4096,
	overlong: 'cut',
	zeroTokens: 'one',
	compatibility: null,
	policy: 'round_robin',
	prefixes: null,
	replicas: ['replica-0', 'replica-1', 'replica-2'],
};

const SIX: RouterConfig['lengths'] = {
	type: 'trace-file',
	path: 'services/router/testdata/six.csv',
	anchor: null,
	timeScale: 1,
	prefillScale: 1,
	decodeScale: 1,
	timeUnit: null,
	columns: { arrival: null, prompt: null, output: null, session: null },
	hashTokens: null,
};

/** A request as a replica hears of it. */
interface Sent {
	port: number;
	timeUs: number;
	values: number[];
}

async function makeRouter(changes: Partial<RouterConfig>): Promise<EventActor<RouterState>> {
	const env: ActorEnv = {
		name: 'router',
		random: (purpose) => namedPrng(`7/router/${purpose}`),
		announce: () => undefined,
	};
	const actor = await routerKind.create({ ...CONFIG, ...changes }, env);
	return actor as EventActor<RouterState>;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Steps a router to its end or to `untilUs`; `completed` answers for the replicas. */
function drive(
	router: EventActor<RouterState>,
	state: RouterState,
	options: { untilUs?: number; wires?: WireInput[] } = {},
): Sent[] {
	const sent: Sent[] = [];
	const ports = router.outputs.map(({ name }, port) => ({
		append: (timeUs: number, values: ArrayLike<number>) => {
			// What is told of changed lengths goes to no replica.
			if (name !== 'changed') sent.push({ port, timeUs, values: Array.from(values) });
		},
	}));
	const untilUs = options.untilUs ?? Number.POSITIVE_INFINITY;
	for (let t = router.nextUs(state); t < untilUs; t = router.nextUs(state))
		router.step(state, t, [options.wires ?? []], ports);
	return sent;
}

/** A wire that counts completions, given the times of them. */
function completions(source: string, timesUs: number[]): WireInput {
	let count = 0;
	return {
		source,
		knownUntilUs: Number.POSITIVE_INFINITY,
		timeUs: 0,
		seek(timeUs) {
			count = timesUs.filter((t) => t <= timeUs).length;
			return count > 0;
		},
		value: () => count,
		nextUs: () => Number.POSITIVE_INFINITY,
		take: () => false,
	};
}

test('router arrivals keep their rate within the Poisson band', async () => {
	const router = await makeRouter({ maxRequests: null, untilUs: 1000_000_000 });
	const sent = drive(router, router.init());
	// 10 000 expected in 1000 s; standard deviation 100; four of them.
	assert.ok(Math.abs(sent.length - 10_000) < 400, `${sent.length} requests`);
	assert.ok(sent.every((request) => request.timeUs < 1000_000_000));
});

test('router gaps are exponential by the Kolmogorov-Smirnov distance', async () => {
	const router = await makeRouter({});
	const sent = drive(router, router.init());
	assert.is(sent.length, 5000);
	const gaps = sent
		.slice(1)
		.map((request) => request.values[1] ?? Number.NaN)
		.sort((a, b) => a - b);
	let distance = 0;
	gaps.forEach((gap, i) => {
		const cdf = 1 - Math.exp(-gap * 10);
		distance = Math.max(distance, Math.abs(cdf - i / gaps.length), (i + 1) / gaps.length - cdf);
	});
	// Critical value at p = 0.001: 1.95 / sqrt(n).
	assert.ok(distance < 1.95 / Math.sqrt(gaps.length), `distance ${distance}`);
});

test('router requests count up, carry the gap since the last and NaN for the first', async () => {
	const router = await makeRouter({ maxRequests: 50 });
	const sent = drive(router, router.init());
	assert.equal(
		sent.map((request) => request.values[0]),
		Array.from({ length: 50 }, (_, i) => i),
	);
	assert.ok(Number.isNaN(sent[0]?.values[1]));
	for (let i = 1; i < sent.length; i++) {
		const gapUs = (sent[i]?.timeUs ?? 0) - (sent[i - 1]?.timeUs ?? 0);
		assert.is(sent[i]?.values[1], gapUs / 1e6);
		assert.ok(Number.isInteger(sent[i]?.timeUs) && gapUs >= 0);
	}
});

test('router arrivals and lengths do not depend on policy or count of replicas', async () => {
	const variants: Partial<RouterConfig>[] = [
		{},
		{ policy: 'random' },
		{ replicas: ['a'] },
		{ policy: 'random', replicas: ['a', 'b', 'c', 'd', 'e'] },
	];
	const seen: string[] = [];
	for (const variant of variants) {
		const router = await makeRouter({ ...variant, maxRequests: 300 });
		const sent = drive(router, router.init());
		seen.push(JSON.stringify(sent.map(({ timeUs, values }) => [timeUs, ...values])));
	}
	assert.is(new Set(seen).size, 1);
});

test('router random policy spreads requests evenly', async () => {
	const router = await makeRouter({ policy: 'random' });
	const counts = [0, 0, 0];
	for (const { port } of drive(router, router.init())) counts[port] = (counts[port] ?? 0) + 1;
	const expected = 5000 / 3;
	const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
	assert.ok(chiSquared < 13.8, `chi squared ${chiSquared} over 2 degrees of freedom (p = 0.001)`);
});

test('router goes on alike from a snapshot of its state, also when it goes back', async () => {
	const whole = await makeRouter({ policy: 'random', maxRequests: 400 });
	const expected = drive(whole, whole.init());
	const cut = expected[150]?.timeUs ?? 0;
	const router = await makeRouter({ policy: 'random', maxRequests: 400 });
	const state = router.init();
	const first = drive(router, state, { untilUs: cut });
	const snapshot = structuredClone(state);
	const once = drive(router, state);
	const again = drive(router, snapshot);
	assert.equal([...first, ...once], expected);
	assert.equal(again, once);
});

const CHANGING: RouterConfig['rate'] = {
	startEpochMs: Date.UTC(2024, 5, 20),
	timezone: 'America/Los_Angeles',
	diurnal: {
		weekday: Array.from({ length: 24 }, (_, hour) => (hour < 12 ? 0.5 : 2)),
		weekend: new Array<number>(24).fill(1),
	},
	weekly: null,
	bursts: {
		type: 'markov',
		burstFactor: 5,
		calmFactor: 1,
		meanBurstUs: 5_000_000,
		meanCalmUs: 20_000_000,
	},
};

/** Every source of requests. */
const SOURCES: Record<string, Partial<RouterConfig>> = {
	'gamma intervals': { intervals: { type: 'gamma', cv: 2 } },
	'zipf lengths': {
		lengths: {
			type: 'zipf',
			minTokens: 10,
			maxTokens: 500,
			theta: 0.9,
			prefillToDecodeRatio: 4,
		},
	},
	'a changing rate': { rate: CHANGING },
	'a replayed trace': { qps: null, lengths: SIX },
	'arrivals of a file': {
		qps: null,
		intervals: {
			type: 'trace',
			path: 'services/router/testdata/arrivals.csv',
			column: null,
			anchor: null,
			timeScale: 1,
			timeUnit: null,
		},
	},
	'lengths of a file': {
		lengths: {
			type: 'length-file',
			path: 'services/router/testdata/six.csv',
			prefillScale: 1,
			decodeScale: 1,
			columns: { prompt: null, output: null },
		},
	},
	'the requests of Vidur': {
		policy: 'random',
		compatibility: { type: 'vidur', seed: 42 },
		intervals: { type: 'gamma', cv: 0.5 },
		lengths: { type: 'uniform', minTokens: 1024, maxTokens: 4096, prefillToDecodeRatio: 20 },
	},
};

for (const [name, changes] of Object.entries(SOURCES)) {
	test(`router with ${name} goes on alike from any snapshot`, async () => {
		const config = { maxRequests: 200, ...changes };
		const whole = await makeRouter(config);
		const expected = drive(whole, whole.init());
		assert.ok(expected.length > 4);
		for (const share of [0.2, 0.7]) {
			const router = await makeRouter(config);
			const state = router.init();
			const untilUs = expected[Math.floor(expected.length * share)]?.timeUs ?? 0;
			const first = drive(router, state, { untilUs });
			const snapshot = structuredClone(state);
			assert.equal([...first, ...drive(router, state)], expected);
			assert.equal([...first, ...drive(router, snapshot)], expected);
		}
	});
}

test("router with compatibility draws Vidur's requests, rounded to microseconds, and its random replicas", async () => {
	const router = await makeRouter({
		qps: 3,
		policy: 'random',
		compatibility: { type: 'vidur', seed: 7 },
		lengths: { type: 'uniform', minTokens: 1024, maxTokens: 4096, prefillToDecodeRatio: 20 },
		maxRequests: null,
		untilUs: 100_000_000,
		replicas: ['a', 'b', 'c', 'd'],
	});
	const sent = drive(router, router.init());
	// Made by CPython 3.11.7: 341 requests before 100 s, then random.randint(1, 4) - 1 for each.
	assert.is(sent.length, 341);
	assert.is(sent.at(-1)?.timeUs, 99_824_514);
	assert.equal(
		sent.slice(0, 12).map(({ port }) => port),
		[1, 3, 1, 1, 0, 3, 2, 0, 0, 1, 3, 3],
	);
});

test('router refuses what Vidur cannot draw, in one line', async () => {
	const vidur = { type: 'vidur', seed: 42 } as const;
	const fixed = { type: 'fixed', prefillTokens: 1, decodeTokens: 1 } as const;
	const refused: [Partial<RouterConfig>, RegExp][] = [
		[{ compatibility: vidur }, /^Cannot draw the requests of Vidur from the table/],
		[
			{ compatibility: vidur, lengths: fixed, rate: CHANGING },
			/^Cannot draw the requests of Vidur at a changing rate/,
		],
		[
			{
				compatibility: vidur,
				lengths: fixed,
				intervals: { type: 'static', gapS: null },
				maxRequests: null,
				untilUs: 1,
			},
			/^Cannot make Vidur's static requests without end/,
		],
		[
			{ lengths: fixed, intervals: { type: 'static', gapS: 0 }, maxRequests: null },
			/^Cannot make requests 0 s apart without end/,
		],
	];
	for (const [changes, reason] of refused) {
		let message = '';
		try {
			await makeRouter(changes);
		} catch (error) {
			message = (error as Error).message;
		}
		assert.match(message, reason);
		assert.not(message.includes('\n'));
	}
});

test('router with static intervals spaces requests by 1/qps, or by the gap', async () => {
	const times = async (gapS: number | null): Promise<number[]> => {
		const router = await makeRouter({ intervals: { type: 'static', gapS }, maxRequests: 3 });
		return drive(router, router.init()).map(({ timeUs }) => timeUs);
	};
	assert.equal(await times(null), [100_000, 200_000, 300_000]);
	assert.equal(await times(2), [2_000_000, 4_000_000, 6_000_000]);
	assert.equal(await times(0), [0, 0, 0]);
});

test('router draws 300,000 requests of a changing rate without growing', async () => {
	const router = await makeRouter({ rate: CHANGING, maxRequests: 300_000 });
	const state = router.init();
	const ports = router.outputs.map(() => ({ append: () => undefined }));
	const heapAfter = (requests: number): number => {
		while (state.generator.issued < requests) router.step(state, router.nextUs(state), [[]], ports);
		collectGarbage();
		return process.memoryUsage().heapUsed;
	};
	const early = heapAfter(20_000);
	const grown = heapAfter(299_999) - early;
	assert.ok(grown < 2e6, `${grown} bytes more than the ${early} after 20,000 requests`);
});

test('router least_outstanding counts assigned minus completed; the first of equals wins', async () => {
	const router = await makeRouter({
		qps: null,
		lengths: SIX,
		policy: 'least_outstanding',
		maxRequests: null,
	});
	// Wires come in another order than the replicas of the configuration.
	const wires = [
		completions('replica-2', []),
		completions('replica-0', []),
		completions('replica-1', [2_000_001, 5_500_000]),
	];
	const sent = drive(router, router.init(), { wires });
	// t=1: 0,0,0 -> 0. t=2: 1,0,0 -> 1. t=3, replica-1 has completed its first: 1,0,0 -> 1. t=4: 1,1,0 -> 2.
	// t=5: 1,1,1 -> 0. t=6, replica-1 has completed its second: 2,0,1 -> 1.
	assert.equal(
		sent.map(({ port }) => port),
		[0, 1, 1, 2, 0, 1],
	);
});

test('router replays a trace file up to untilUs with its lengths clipped', async () => {
	const router = await makeRouter({
		qps: null,
		lengths: SIX,
		maxTokens: 100,
		maxRequests: null,
		untilUs: 5_000_000,
	});
	const sent = drive(router, router.init());
	assert.equal(
		sent.map(({ timeUs, values }) => [timeUs, values[2], values[3]]),
		[
			[1_000_000, 10, 5],
			[2_000_000, 20, 5],
			[3_000_000, 60, 40],
			[4_000_000, 1, 99],
		],
	);
});

test('RouterConfig refuses qps beside a trace file and its absence elsewhere', () => {
	const file = { ...CONFIG, lengths: SIX };
	assert.not(RouterConfig.safeParse(file).success);
	assert.ok(RouterConfig.safeParse({ ...file, qps: null }).success);
	assert.not(RouterConfig.safeParse({ ...CONFIG, qps: null }).success);
	assert.not(RouterConfig.safeParse({ ...CONFIG, replicas: ['a', 'a'] }).success);
});

test.run();
