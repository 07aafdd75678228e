import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { SchedulerConfig } from '../config.ts';
import type { SchedulerFrame } from '../scheduler/build.ts';
import type { Request } from './admission.ts';
import { inventedPipeline } from './fuzz.test-support.ts';
import type { StageRecord } from './observer.ts';
import { createReport, type StepReport } from './step-report.ts';

const common = { batchSizeCap: 8, blockSize: 16, numBlocks: 60 };
const sarathi: SchedulerConfig = {
	type: 'sarathi',
	...common,
	watermarkFraction: 0,
	chunkSize: 64,
};
const frameOf = (change: Partial<SchedulerFrame> = {}): SchedulerFrame => ({
	numBlocks: 60,
	maxBatch: 5,
	blocksPerRequest: 20,
	stages: 1,
	vidur: false,
	...change,
});

function requestsOf(...list: readonly [prefill: number, decode: number, at?: number][]): Request[] {
	return list.map(([prefillTokens, decodeTokens, arrivedAtS = 0], id) => ({
		id,
		arrivedAtS,
		interArrivalS: Number.NaN,
		prefillTokens,
		decodeTokens,
	}));
}

/** Runs to the end; the batches on the stages as texts in the order of their ends. */
function play(
	scheduler: SchedulerConfig,
	frame: SchedulerFrame,
	requests: readonly Request[],
	capW?: number,
) {
	const records: StageRecord[] = [];
	const machine = inventedPipeline({ scheduler, frame }, records);
	const state = machine.create();
	const rows: number[][] = [];
	const reports: StepReport[] = [];
	if (capW !== undefined) machine.setCap(state, 0, capW);
	for (const request of requests) machine.submit(state, request);
	for (let endS = 0.1; rows.length < requests.length; endS += 0.1) {
		machine.advance(state, endS, { completed: (_atS, row) => void rows.push([...row]) });
		const report = createReport();
		machine.closeStep(state, endS, report);
		reports.push(report);
	}
	const log = records.map(({ stage, batch, requestIds, tokens }) => {
		const parts = requestIds.map((id, i) => `${id}x${tokens[i]}`);
		return `stage ${stage} batch ${batch}: ${parts.join(' ')}`;
	});
	return { log, records, rows, reports, usedBlocks: 'pool' in state ? state.pool.usedBlocks : 0 };
}

test('two stages hold two batches, each on one stage at a time', () => {
	const { log, records } = play(sarathi, frameOf({ stages: 2 }), requestsOf([64, 2], [30, 2]));
	assert.equal(log, [
		'stage 0 batch 0: 0x64',
		'stage 0 batch 1: 1x30',
		'stage 1 batch 0: 0x64',
		'stage 0 batch 2: 0x1',
		'stage 1 batch 1: 1x30',
		'stage 1 batch 2: 0x1',
		'stage 0 batch 3: 1x1',
		'stage 1 batch 3: 1x1',
	]);
	const find = (stage: number, batch: number) =>
		records.find((one) => one.stage === stage && one.batch === batch) as StageRecord;
	// The first stage takes the next batch when it has sent the one before; the second works meanwhile.
	assert.is(find(0, 1).startS, find(0, 0).endS);
	assert.is(find(1, 0).startS, find(0, 0).endS);
	// A request's next batch is formed when the one before has left the last stage.
	assert.is(find(0, 2).startS, find(1, 0).endS);
	// The sending stage is busy with sending.
	assert.ok(find(0, 0).durationS > find(1, 0).durationS);
});

test('a batch that waits for the next stage makes its requests wait, not execute', () => {
	// The short batch reaches the second stage while the long one is on it.
	const { records, rows } = play(sarathi, frameOf({ stages: 2 }), requestsOf([64, 1], [4, 1]));
	const times = records.filter(({ batch }) => batch === 1);
	const [first, second] = times as [StageRecord, StageRecord];
	assert.ok(second.startS > first.endS);
	const row = rows.find(([id]) => id === 1) as number[];
	assert.is(row[3], first.durationS + second.durationS);
	assert.ok(Math.abs((row[7] as number) - (second.startS - first.endS)) < 1e-15);
});

test('the GPUs of every stage keep to a cap', () => {
	const requests = requestsOf([300, 40], [200, 60], [250, 30], [60, 90]);
	for (const capW of [390, 300, 150, 110]) {
		const { reports } = play(sarathi, frameOf({ stages: 2 }), requests, capW);
		for (const { gpuPowerW } of reports) assert.ok(gpuPowerW <= capW + 1e-9);
	}
	const free = play(sarathi, frameOf({ stages: 2 }), requests).reports.length;
	assert.ok(play(sarathi, frameOf({ stages: 2 }), requests, 110).reports.length > free);
});

test('sarathi gives what decoding leaves of the chunk to the prompt begun, then to new ones', () => {
	const { log } = play(sarathi, frameOf(), requestsOf([40, 3], [70, 1], [60, 1]));
	assert.equal(log, [
		'stage 0 batch 0: 0x40 1x24',
		'stage 0 batch 1: 0x1 1x46 2x17',
		'stage 0 batch 2: 0x1 2x43',
	]);
});

test('faster_transformer holds the memory of a batch until its last request is done', () => {
	const scheduler: SchedulerConfig = { type: 'faster_transformer', ...common };
	const requests = requestsOf([10, 2], [10, 4], [10, 2], [10, 1]);
	const { log, usedBlocks } = play(scheduler, frameOf(), requests);
	assert.equal(log, [
		'stage 0 batch 0: 0x10 1x10 2x10',
		'stage 0 batch 1: 0x1 1x1 2x1',
		'stage 0 batch 2: 1x1',
		'stage 0 batch 3: 1x1',
		'stage 0 batch 4: 3x10',
	]);
	assert.is(usedBlocks, 0);
	// Vidur loses the memory of the two that were done earlier.
	assert.is(play(scheduler, frameOf({ vidur: true }), requests).usedBlocks, 40);
});

test('a prompt that the watermark never lets in is served by an idle replica, but not by Vidur', () => {
	const strict = { ...sarathi, watermarkFraction: 0.5 };
	const requests = requestsOf([600, 1]);
	assert.is(play(strict, frameOf(), requests).rows.length, 1);
	assert.throws(() => play(strict, frameOf({ vidur: true }), requests), /waits on an idle replica/);
});

test('a request evicted in the middle of its prompt keeps its prompt, but not in Vidur', () => {
	const tight: SchedulerConfig = { ...sarathi, numBlocks: 10, chunkSize: 20 };
	const requests = requestsOf([30, 40], [30, 40], [90, 5]);
	const evicted = (vidur: boolean) => {
		const { log, rows } = play(tight, frameOf({ numBlocks: 10, vidur }), requests);
		const tokens = log.flatMap((line) => line.match(/\b2x\d+/g) ?? []);
		const row = rows.find(([id]) => id === 2) as number[];
		return { restarts: row[20], processed: tokens.reduce((n, t) => n + Number(t.slice(2)), 0) };
	};
	const right = evicted(false);
	const vidur = evicted(true);
	assert.ok((right.restarts as number) >= 1);
	assert.ok((vidur.restarts as number) >= 1);
	assert.is.not(right.processed, vidur.processed);
});

test('lightllm admits prompts only when the memory will last, and tries again after some decoding', () => {
	const scheduler: SchedulerConfig = {
		type: 'lightllm',
		batchSizeCap: 8,
		blockSize: 1,
		numBlocks: 60,
		maxTokensInBatch: 50,
		maxWaitingIterations: 3,
	};
	const requests = requestsOf([20, 6], [20, 9], [15, 20]);
	assert.equal(play(scheduler, frameOf(), requests).log.slice(0, 6), [
		'stage 0 batch 0: 0x20 1x20',
		'stage 0 batch 1: 0x1 1x1',
		'stage 0 batch 2: 0x1 1x1',
		'stage 0 batch 3: 0x1 1x1',
		'stage 0 batch 4: 0x1 1x1',
		'stage 0 batch 5: 0x1 1x1',
	]);
});

test.run();
