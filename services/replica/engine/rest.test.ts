import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { inventedFast, inventedPipeline, type Server } from './fuzz.test-support.ts';
import type { Machine } from './machine.ts';
import { requestMetricNames } from './request.ts';
import { createReport } from './step-report.ts';

const IDLE_W = 100;
const SLEEP = { afterS: 10, wakeS: 2, powerW: 30 };
const SERVER: Server = {
	scheduler: {
		type: 'vllm',
		batchSizeCap: 8,
		blockSize: 16,
		numBlocks: 60,
		watermarkFraction: 0,
		maxTokensInBatch: 400,
	},
	frame: { numBlocks: 60, maxBatch: 5, blocksPerRequest: 20, stages: 1, vidur: false },
};

/** Serves requests of one token each in steps of `stepS`. */
function play(machine: Machine, arrivalsS: readonly number[], stepS: number) {
	const state = machine.create();
	const delaysS: number[] = [];
	const column = (name: (typeof requestMetricNames)[number]) => requestMetricNames.indexOf(name);
	const sink = {
		completed: (_atS: number, row: Float64Array) =>
			void delaysS.push(row[column('request_scheduling_delay')] as number),
	};
	arrivalsS.forEach((arrivedAtS, id) => {
		const request = { id, arrivedAtS, interArrivalS: 0, prefillTokens: 8, decodeTokens: 1 };
		machine.submit(state, request);
	});
	const sum = { idleJ: 0, sleepJ: 0, busyS: 0, energyJ: 0 };
	for (let endS = stepS; endS <= 60; endS += stepS) {
		const report = createReport();
		machine.advance(state, endS, sink);
		machine.closeStep(state, endS, report);
		sum.idleJ += report.idleJ;
		sum.sleepJ += report.sleepJ;
		sum.busyS += report.busy * stepS;
		sum.energyJ += report.gpuPowerW * stepS;
	}
	return { ...sum, delaysS };
}

const near = (value: number, want: number) =>
	assert.ok(Math.abs(value - want) < 1e-9 * Math.max(1, want), `${value}, not ${want}`);

for (const [name, machine] of [
	['fast', inventedFast({ ...SERVER, sleep: SLEEP }, []) as Machine],
	['pipeline', inventedPipeline({ ...SERVER, sleep: SLEEP }, [])],
] as const)
	for (const stepS of [1, 4, 60])
		test(`${name} engine: a GPU sleeps after 10 s without work, and its first request waits 2 s (steps of ${stepS} s)`, () => {
			// Asleep from 10 s on; woken at 25 s, it works from 27 s, when a second request waits as well; asleep again
			// from 10 s after their batch; the third comes before that and does not wait.
			const { delaysS, sleepJ, idleJ, busyS } = play(machine, [25, 26, 35], stepS);
			near(delaysS[0] as number, 2);
			near(delaysS[1] as number, 1);
			near(delaysS[2] as number, 0);
			const alone = play(machine, [], 60);
			near(alone.sleepJ, 50 * SLEEP.powerW);
			near(alone.energyJ, 10 * IDLE_W + 50 * SLEEP.powerW);
			const last = play(machine, [35], 60).busyS;
			const asleepS = 15 + (60 - (35 + last + 10));
			near(sleepJ, asleepS * SLEEP.powerW);
			near(idleJ, sleepJ + (60 - busyS - asleepS) * IDLE_W);
		});

test('a GPU that never sleeps idles', () => {
	const { sleepJ, energyJ } = play(inventedFast(SERVER, []) as Machine, [], 60);
	assert.is(sleepJ, 0);
	near(energyJ, 60 * IDLE_W);
});

test.run();
