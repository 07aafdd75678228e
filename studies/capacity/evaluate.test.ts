import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { replicaDefaults } from '../../services/replica/config.ts';
import * as fc from '../../tests/properties.test-support.ts';
import type { Job } from '../sweep/job-runner.ts';
import { CapacityFile } from './capacity-file.ts';
import type { Configuration } from './configuration.ts';
import { distribution } from './distribution.ts';
import { economicsOf } from './economics.ts';
import { evaluate, Trial } from './evaluate.ts';
import { findCapacity } from './find-capacity.ts';
import { gpuHour } from './prices.ts';
import { requestsAt } from './requests.ts';
import { objectivesOf } from './slo.ts';

const REPLICA = { ...replicaDefaults, stepUs: 60_000_000 };
const FIXED = { type: 'fixed', prefillTokens: 512, decodeTokens: 32 } as const;
const ONE_AT_A_TIME = { ...REPLICA, scheduler: { ...REPLICA.scheduler, batchSizeCap: 1 } };

const TRIAL: Trial = {
	replica: REPLICA,
	replicas: 1,
	source: {
		seed: '1',
		intervals: { type: 'poisson' },
		lengths: { type: 'trace', table: 'azure-conversation' },
		maxTokens: 4096,
		overlong: 'cut',
		zeroTokens: 'one',
		compatibility: null,
		policy: 'round_robin',
	},
	qps: 4,
	requests: 400,
	warmup: 0.1,
	cooldown: 0.1,
	statistics: ['p50', 'p99', 'mean', 'max'],
};

/** Equal requests at equal gaps, served one at a time: D/D/1. */
const QUEUE: Trial = {
	...TRIAL,
	replica: ONE_AT_A_TIME,
	source: { ...TRIAL.source, intervals: { type: 'static', gapS: 99 }, lengths: FIXED },
	requests: 200,
};

/** What one request alone takes. */
function serviceS(): number {
	return evaluate({ ...QUEUE, qps: 0.01 }).latencies.e2eS['mean'] as number;
}

test('evaluate() of a D/D/1 queue: no wait below its capacity, and above it a wait that grows as it must', () => {
	const service = serviceS();
	const below = evaluate({ ...QUEUE, qps: 0.999 / service });
	assert.is(below.latencies.schedulingDelayS['max'], 0);
	assert.ok(Math.abs(below.keptUp - 1) < 0.01);
	// Request i waits i times what service takes longer than a gap.
	const above = evaluate({ ...QUEUE, qps: 2 / service });
	const last = 179 * (service - service / 2);
	const waitS = above.latencies.schedulingDelayS['max'] as number;
	assert.ok(Math.abs(waitS - last) < 1e-6 * last, `${waitS} against ${last}`);
	assert.ok(Math.abs(above.keptUp - 0.5) < 0.01);
	const atOnce = evaluate({ ...QUEUE, qps: null }).throughputPerS;
	assert.ok(Math.abs(atOnce * service - 1) < 1e-3, `${atOnce} against ${1 / service}`);
});

function configuration(trial: Trial): Configuration {
	return {
		label: 'queue',
		point: {},
		replica: trial.replica,
		replicas: trial.replicas,
		gpus: trial.replicas,
		source: trial.source,
		gpuHour: { usd: 2, embodiedG: 5, source: 'given' },
		usdPerKwh: 0.1,
		carbonGPerKwh: 400,
		pue: 1.2,
	};
}

/** A runner without processes. */
const RUNNER = {
	run: async ({ spec }: Job) => ({
		hash: '',
		outcome: { result: JSON.parse(JSON.stringify(evaluate(Trial.parse(spec)))) },
		isReused: false,
	}),
};

async function capacityOf(trial: Trial, file: object) {
	const { search, slo } = CapacityFile.parse(file);
	const objectives = objectivesOf(slo);
	const context = { runner: RUNNER, search, minDurationS: 1, objectives, tried() {} };
	const found = await findCapacity(configuration(trial), context);
	if ('failure' in found) throw new Error(found.failure);
	return found.search;
}

test('findCapacity() of D/D/1 queues is one over the time of service for each, within its tolerance', async () => {
	for (const replicas of [1, 3]) {
		const { best, worst, isMonotone } = await capacityOf(
			{ ...QUEUE, replicas },
			{
				slo: { schedulingDelayS: { max: 0.001 } },
				search: { tolerance: 0.002, requests: 200, curve: [0.5] },
			},
		);
		const right = replicas / serviceS();
		assert.ok(best !== null && worst !== null && isMonotone);
		// A rate just above it makes the last of 200 wait less than the limit allows.
		const slack = 1 + 0.001 / (200 / right);
		assert.ok(best.qps <= right * slack && worst.qps >= right, `${best.qps} of ${right}`);
		assert.ok(worst.qps <= best.qps * 1.002);
		assert.equal(worst.violated, ['schedulingDelayS.max <= 0.001']);
	}
});

test('findCapacity() without objectives stops where the replicas fall behind', async () => {
	const search = { tolerance: 0.01, requests: 300, keepUp: 0.98, curve: [] };
	const { best, worst } = await capacityOf(QUEUE, { slo: {}, search });
	const right = 1 / serviceS();
	assert.ok(best !== null && worst !== null);
	// 2 % may be left undone, and the last ones are under way anyhow.
	assert.ok(best.qps >= right * 0.98 && worst.qps <= right * 1.05, `${best.qps} of ${right}`);
	assert.equal(worst.violated, ['falls behind']);
});

test('evaluate() finds gaps between tokens that add up to the requests’ own times, preempted or not', () => {
	const small = { ...REPLICA.scheduler, numBlocks: 700 };
	const sarathi = {
		type: 'sarathi',
		batchSizeCap: 32,
		blockSize: 16,
		numBlocks: null,
		watermarkFraction: 0.01,
		chunkSize: 256,
	} as const;
	for (const [name, replica] of [
		['vllm', REPLICA],
		['vllm, little memory', { ...REPLICA, scheduler: small }],
		['sarathi', { ...REPLICA, scheduler: sarathi }],
		['two stages', { ...REPLICA, pipelineStages: 2, scheduler: sarathi }],
	] as const) {
		const found = evaluate({ ...TRIAL, replica, warmup: 0, cooldown: 0, requests: 300 });
		const { tbtS, e2eS, ttftS } = found.latencies;
		const gaps = found.decodeTokens - 1;
		const perRequestS = (e2eS['mean'] as number) - (ttftS['mean'] as number);
		const error = ((tbtS['mean'] as number) * gaps) / perRequestS - 1;
		assert.ok(Math.abs(error) < 1e-9, `${name}: ${error}`);
		if (name === 'vllm, little memory') assert.ok(found.restarts > 0);
	}
});

test('evaluate() of a request alone has a gap for every token, each as long as its batch', () => {
	const { latencies } = evaluate({ ...QUEUE, qps: 0.01 });
	const { tbtS, tpotS, e2eS, ttftS } = latencies;
	const decodeS = (e2eS['mean'] as number) - (ttftS['mean'] as number);
	assert.ok(Math.abs((tpotS['mean'] as number) - decodeS / 31) < 1e-12);
	assert.ok((tbtS['max'] as number) < 1.05 * (tbtS['p50'] as number));
	const oneToken = { ...QUEUE.source, lengths: { ...FIXED, decodeTokens: 1 } };
	assert.ok(Number.isNaN(evaluate({ ...QUEUE, source: oneToken, qps: 1 }).latencies.tbtS['p99']));
});

test('evaluate() meters idle GPUs at idle power, and never more than the most they draw', () => {
	const idle = evaluate({ ...QUEUE, qps: 1e-4 });
	assert.ok(Math.abs(idle.usage.gpuPowerW - 100) < 0.1, `${idle.usage.gpuPowerW} W`);
	const full = evaluate({ ...TRIAL, qps: 30 });
	assert.ok(full.usage.gpuPowerW > 200 && full.usage.gpuPowerW <= 400);
	assert.ok(full.usage.busy > 0.999);
});

test('evaluate() routes to the replica with the fewest requests as well as in turn', () => {
	const two = { ...TRIAL, replicas: 2, qps: 12 };
	const tail = (policy: Trial['source']['policy']) =>
		evaluate({ ...two, source: { ...TRIAL.source, policy } }).latencies.e2eS['p99'] as number;
	assert.ok(tail('least_outstanding') < tail('random'));
	assert.ok(tail('round_robin') < tail('random'));
});

test('requestsAt() has the same lengths and the same pattern at every rate', () => {
	const [slow, fast] = [1, 8].map((qps) => requestsAt(TRIAL.source, qps, 50));
	const [a, b] = [slow ?? [], fast ?? []];
	a.forEach((request, i) => {
		assert.is(b[i]?.prefillTokens, request.prefillTokens);
		assert.is(b[i]?.decodeTokens, request.decodeTokens);
		assert.ok(Math.abs((b[i]?.arrivedAtS ?? 0) * 8 - request.arrivedAtS) < 1e-9);
	});
	assert.equal(requestsAt(TRIAL.source, 1, 20), a.slice(0, 20));
});

test('distribution() of weighted values is that of each value as often as it counts', () => {
	const pair = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 }));
	const statistics = ['p1', 'p50', 'p90', 'p99.9', 'mean', 'max'];
	fc.assert(
		fc.property(fc.array(pair, { minLength: 1, maxLength: 30 }), (pairs) => {
			const values = Float64Array.from(pairs, ([value]) => value);
			const weights = Float64Array.from(pairs, ([, weight]) => weight);
			const repeated = Float64Array.from(pairs.flatMap(([value, n]) => new Array(n).fill(value)));
			const found = distribution(values, weights, statistics);
			const right = distribution(repeated, null, statistics);
			for (const name of statistics)
				assert.ok(Math.abs((found[name] as number) - (right[name] as number)) < 1e-9, name);
		}),
	);
	assert.equal(distribution(Float64Array.of(4, 1, 3, 2), null, ['p50', 'p90']), {
		p50: 2.5,
		p90: 3.7,
	});
});

test('economicsOf() turns power, prices and carbon into requests per dollar, kilowatt and gram', () => {
	const evaluation = {
		...evaluate({ ...QUEUE, qps: 1 }),
		usage: { gpuPowerW: 250, mfu: 0, busy: 0 },
	};
	const economics = economicsOf(
		{ ...configuration({ ...QUEUE, replicas: 4 }), pue: 1.25 },
		evaluation,
	);
	assert.is(economics.powerW, 1250);
	assert.is(economics.usdPerHour, 4 * 2 + 1.25 * 0.1);
	assert.is(economics.qpsPerKw, 0.8);
	assert.is(economics.gPerRequest, 500 / 3600);
	assert.is(economics.requestsPerG, 3600 / (500 + 4 * 5));
	const tokensPerHour = 3600 * (512 + 32);
	assert.ok(Math.abs(economics.usdPerMillionTokens - (1e6 * 8.125) / tokensPerHour) < 1e-9);
});

test('gpuHour() takes a given price before the list, and shares the making out over the life', () => {
	// 150 kg over five years of 8,760 hours.
	assert.ok(Math.abs(gpuHour('a100', null, true).embodiedG - 150_000 / (5 * 8760)) < 1e-12);
	assert.is(gpuHour('a100', null, true).usd, 2.21);
	assert.is(gpuHour('a100', 1, false).usd, 1);
	assert.ok(Number.isNaN(gpuHour('a100', 1, false).embodiedG));
	assert.throws(() => gpuHour('b200', null, true), /Cannot tell what a GPU of type "b200" costs: /);
});

test.run();
