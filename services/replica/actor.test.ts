import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WireInput } from '../../kernel/actor/contract.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { replicaActor } from './actor.ts';
import { ReplicaConfig, replicaDefaults } from './config.ts';
import { inventedFast, inventedPipeline, type Server } from './engine/fuzz.test-support.ts';
import type { Machine } from './engine/machine.ts';
import { inventedPredictor } from './engine/testing.test-support.ts';
import { floorUs } from './floor-us.ts';

const STEP_US = 100_000;
const END_US = 4_000_000;
const config = ReplicaConfig.parse({ ...replicaDefaults, stepUs: STEP_US });
const common = { batchSizeCap: 8, blockSize: 16, numBlocks: 60 };
const frame = { numBlocks: 60, maxBatch: 5, blocksPerRequest: 20, stages: 1, vidur: false };
const vllm: Server = {
	scheduler: { type: 'vllm', ...common, watermarkFraction: 0.02, maxTokensInBatch: 400 },
	frame,
};
const machine = inventedFast(vllm, []) as Machine;
const pipelines: readonly Machine[] = (
	[
		[{ type: 'sarathi', ...common, watermarkFraction: 0.02, chunkSize: 64 }, 1],
		[{ type: 'sarathi', ...common, watermarkFraction: 0.02, chunkSize: 64 }, 2],
		[{ type: 'vllm', ...common, watermarkFraction: 0.02, maxTokensInBatch: 400 }, 3],
		[{ type: 'orca', ...common }, 2],
		[{ type: 'faster_transformer', ...common }, 1],
		[
			{
				type: 'lightllm',
				...common,
				blockSize: 1,
				numBlocks: 900,
				maxTokensInBatch: 400,
				maxWaitingIterations: 10,
			},
			1,
		],
	] as const
).map(([scheduler, stages]) => {
	const server = { scheduler, frame: { ...frame, numBlocks: scheduler.numBlocks, stages } };
	return inventedFast(server, []) ?? inventedPipeline(server, []);
});

type Row = readonly [timeUs: number, ...values: number[]];

/** A wire with all its rows known. */
function wireOf(rows: readonly Row[]): WireInput {
	let taken = 0;
	const current = () => rows[taken - 1] as Row;
	return {
		source: 'source',
		knownUntilUs: Number.POSITIVE_INFINITY,
		seek(timeUs) {
			while ((rows[taken]?.[0] ?? Number.POSITIVE_INFINITY) <= timeUs) taken++;
			return taken > 0;
		},
		value: (field) => current()[field + 1] as number,
		get timeUs() {
			return current()[0];
		},
		nextUs: () => rows[taken]?.[0] ?? Number.POSITIVE_INFINITY,
		take(untilUs) {
			if ((rows[taken]?.[0] ?? Number.POSITIVE_INFINITY) >= untilUs) return false;
			taken++;
			return true;
		},
	};
}

/** Steps an actor over spans that end at `ends`, and returns the rows of each of its ports. */
function play(
	requests: readonly (readonly Row[])[],
	caps: readonly Row[],
	...[ends, on = machine, settings = config, air = []]: [
		ends: readonly number[],
		on?: Machine | undefined,
		settings?: ReplicaConfig,
		air?: readonly Row[],
	]
) {
	const actor = replicaActor('replica-1', settings, on);
	const rows: Row[][] = actor.outputs.map(() => []);
	const ports = rows.map((list) => ({
		append: (timeUs: number, values: ArrayLike<number>) => {
			list.push([timeUs, ...Array.from(values)]);
		},
	}));
	const inputs = [requests.map(wireOf), caps.length === 0 ? [] : [wireOf(caps)], [], [wireOf(air)]];
	let state = actor.init();
	let fromUs = 0;
	for (const untilUs of ends) {
		// What it remembers survives a checkpoint.
		state = actor.step(structuredClone(state), { fromUs, untilUs }, inputs, ports);
		fromUs = untilUs;
	}
	return rows as [Row[], Row[], Row[], Row[]];
}

const times = fc.uniqueArray(fc.integer({ min: 1, max: END_US - 1 }), {
	maxLength: 30,
	size: 'max',
});
const sorted = (list: readonly number[]) => [...list].sort((a, b) => a - b);
const requestsArbitrary = times.map((list) =>
	sorted(list).map((timeUs, i): Row => [timeUs, i, 0.1, 1 + ((i * 37) % 200), 1 + ((i * 13) % 60)]),
);
const capsArbitrary = times.map((list) =>
	sorted(list.slice(0, 6)).map(
		(timeUs, i): Row => [timeUs, i % 3 === 2 ? Number.POSITIVE_INFINITY : 110 + 30 * i],
	),
);

test('a replica says the same however its spans are cut', () => {
	fc.assert(
		fc.property(requestsArbitrary, capsArbitrary, times, (requests, caps, cuts) => {
			const halves = [
				requests.filter((_, i) => i % 2 === 0),
				requests.filter((_, i) => i % 2 === 1),
			];
			const whole = play(halves, caps, [END_US]);
			assert.equal(play(halves, caps, [...sorted(cuts), END_US]), whole);
			assert.equal(play([requests], caps, [...sorted(cuts), END_US]), whole);
		}),
		{ numRuns: 60 },
	);
});

test('so it does with every scheduler and with pipeline stages', () => {
	fc.assert(
		fc.property(
			fc.constantFrom(...pipelines),
			requestsArbitrary,
			capsArbitrary,
			times,
			(on, requests, caps, cuts) => {
				const whole = play([requests], caps, [20 * END_US], on);
				assert.is(whole[2].length, requests.length);
				assert.equal(play([requests], caps, [...sorted(cuts), 20 * END_US], on), whole);
			},
		),
		{ numRuns: 60 },
	);
});

test('a replica of several stages draws the power of all, and idles on each without a batch', () => {
	const config2: ReplicaConfig = { ...config, pipelineStages: 2 };
	const requests: Row[] = [[0, 0, Number.NaN, 60, 1]];
	const [power, , , usage] = play([requests], [], [END_US], pipelines[1], config2);
	// One prompt of one batch: the first stage, then the second, each with half of the layers.
	const mean = usage.map((row) => row[1] as number);
	assert.ok((mean[0] as number) > 100);
	assert.is(mean.at(-1), 100);
	assert.equal(
		power.map(([, watts]) => watts),
		mean.map((watts) => -(watts * 2 * 1.2)),
	);
	const busy = usage.map((row) => row[3] as number).reduce((sum, share) => sum + share, 0);
	const batch = { tokens: 60, decodes: 0, decodeKv: 0, prefills: 1, prefillKv: 0 };
	const summary = { ...batch, prefillSquares: 3600 };
	const bothS = inventedPredictor.sendingTimeS(summary) + inventedPredictor.batchTimeS(summary);
	assert.ok(Math.abs((busy * STEP_US) / 1e6 - bothS / 2) < 1e-12);
});

test('a replica counts every request it completes, in the order of time', () => {
	fc.assert(
		fc.property(requestsArbitrary, (requests) => {
			const [, completed, done] = play([requests], [], [END_US, 20 * END_US]);
			assert.equal(
				completed.map(([, count]) => count),
				Array.from({ length: requests.length + 1 }, (_, i) => i),
			);
			const stays = done.map((row) => row[2] as number);
			const stayedS = completed.at(-1)?.[2] as number;
			assert.ok(Math.abs(stayedS - stays.reduce((sum, stay) => sum + stay, 0)) < 1e-9);
			assert.equal(
				done.map(([, id]) => id).sort((a, b) => (a as number) - (b as number)),
				requests.map(([, id]) => id),
			);
			assert.equal(
				done.map(([timeUs]) => timeUs),
				sorted(done.map(([timeUs]) => timeUs)),
			);
		}),
		{ numRuns: 40 },
	);
});

test('power is negative, with PUE, and idle power when nothing arrives', () => {
	const [power, completed, done, usage] = play([[]], [], [2 * STEP_US, 3 * STEP_US + 5]);
	// One A100 at 100 W with a PUE of 1.2; a step that is not over is not told.
	assert.equal(power, [
		[0, -120],
		[STEP_US, -120],
		[2 * STEP_US, -120],
	]);
	assert.equal(completed, [[0, 0, 0]]);
	assert.equal(done, []);
	const facilityWh = (120 * 0.1) / 3600;
	assert.equal(usage[0], [
		0,
		100,
		0,
		0,
		0,
		0,
		0,
		1,
		facilityWh,
		0,
		0,
		(100 * 0.1) / 3600,
		0,
		0,
		0,
		0,
	]);
});

test('servers draw beside GPUs, and PUE by outdoor temperature is on both: every step adds up', () => {
	const settings: ReplicaConfig = {
		...config,
		server: { idleW: 300, busyW: 80 },
		pue: [
			[10, 1.1],
			[20, 1.2],
			[35, 1.5],
		],
	};
	const outdoorC = fc.array(fc.double({ min: -10, max: 45, noNaN: true }), {
		minLength: END_US / STEP_US,
		maxLength: END_US / STEP_US,
	});
	fc.assert(
		fc.property(requestsArbitrary, outdoorC, times, (requests, temperatures, cuts) => {
			const air = temperatures.map((airC, k): Row => [k * STEP_US, airC]);
			const told = play([requests], [], [...sorted(cuts), END_US], machine, settings, air);
			assert.equal(told, play([requests], [], [END_US], machine, settings, air));
			const [power, , , usage] = told;
			assert.is(usage.length, temperatures.length);
			usage.forEach((row, k) => {
				const airC = temperatures[k] as number;
				const lineC = airC < 20 ? 1.1 + (airC - 10) / 100 : 1.2 + (airC - 20) / 50;
				const want = Math.min(1.5, Math.max(1.1, lineC));
				const [, gpuW, , busy] = row as [number, number, number, number];
				const [facilityWh, prefill, decode, idle, serverWh, pue] = row.slice(8) as number[];
				const gpusWh = (prefill as number) + (decode as number) + (idle as number);
				const near = (value: number | undefined, right: number) =>
					assert.ok(Math.abs((value ?? Number.NaN) - right) <= 1e-9 * right, `step ${k}`);
				near(pue, want);
				near(serverWh, ((300 + 80 * busy) * 0.1) / 3600);
				near(gpusWh, (gpuW * 0.1) / 3600);
				near(facilityWh, (gpusWh + (serverWh as number)) * (pue as number));
				near(-(power[k]?.[1] ?? Number.NaN) * 0.1, (facilityWh as number) * 3600);
			});
		}),
		{ numRuns: 12 },
	);
});

test('usage counts the requests that have arrived and not completed', () => {
	const requests: Row[] = [
		[50_000, 0, Number.NaN, 100, 50],
		[STEP_US, 1, 0.05, 100, 50],
	];
	const usage = play([requests], [], [END_US])[3];
	const outstanding = usage.map((row) => row[4]);
	assert.equal(outstanding.slice(0, 2), [1, 2]);
	assert.is(outstanding.at(-1), 0);
});

test('promiseUs() is the last step boundary for averages and the span end for events', () => {
	const actor = replicaActor('replica-1', config, machine);
	const promises = (untilUs: number) =>
		actor.outputs.map((_, port) => actor.promiseUs(actor.init(), port, untilUs));
	assert.equal(promises(250_000), [200_000, 250_000, 250_000, 200_000]);
	assert.equal(
		promises(300_000),
		actor.outputs.map(() => 300_000),
	);
});

test('a replica refuses a cap that is no number', () => {
	assert.throws(() => play([[]], [[5, Number.NaN]], [END_US]), /NaN W$/);
});

test('floorUs() never passes its argument and never lags a microsecond behind', () => {
	fc.assert(
		fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), (timeS) => {
			const timeUs = floorUs(timeS);
			assert.ok(timeUs / 1e6 <= timeS && (timeUs + 1) / 1e6 > timeS);
		}),
	);
	for (const timeUs of [1, 3, 29, 1_009_999, 86_400_000_001])
		assert.is(floorUs(timeUs / 1e6), timeUs);
});

test.run();
