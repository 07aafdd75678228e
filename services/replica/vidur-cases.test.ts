import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { REQUEST_METRICS } from '../../protocol/run-folder/requests.ts';
import type { LatencyTables } from '../../silicon/predictor/tables.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { type Policy, runCluster } from './cluster.ts';
import { fastMachine, type Machine, pipelineMachine } from './engine/machine.ts';
import type { StageRecord } from './engine/observer.ts';
import { runSimply } from './engine/simple-engine.test-support.ts';
import { createReport } from './engine/step-report.ts';
import {
	type ReferenceCase,
	referenceCase,
	referenceCsv,
	referenceMissing,
	referenceRows,
} from './reference-case.test-support.ts';
import { buildEngine, buildMachine, buildPipeline } from './replica.ts';

/** Relative error allowed in times, and in seconds where a difference of clock readings may be 0. */
const TOLERANCE = 1e-9;

type EngineName = 'fast' | 'pipeline';

/** The cases of one folder of tables have the same model, device and cut. */
const tablesIn = new Map<string, LatencyTables>();

function tablesOf({ config }: ReferenceCase): LatencyTables {
	const {
		profile,
		model,
		device,
		numTensorParallelWorkers: tensorParallel,
		compatibility,
	} = config;
	const tables =
		tablesIn.get(profile) ??
		loadTables(profile, {
			model,
			device: device.name,
			tensorParallel,
			compatibility,
		});
	tablesIn.set(profile, tables);
	return tables;
}

function machineOf(reference: ReferenceCase, engine: EngineName, records: StageRecord[]): Machine {
	const { config } = reference;
	const tables = tablesOf(reference);
	const observer = { ran: (record: StageRecord) => void records.push(record) };
	return engine === 'fast'
		? (fastMachine(buildEngine(config, tables, observer)) as Machine)
		: (pipelineMachine(buildPipeline(config, tables, observer), config.pipelineStages) as Machine);
}

function replay(name: string, engine: EngineName): void {
	const reference = referenceCase(name);
	const recordsOf: StageRecord[][] = [];
	const machines = Array.from({ length: reference.replicas }, () => {
		const records: StageRecord[] = [];
		recordsOf.push(records);
		return machineOf(reference, engine, records);
	});
	const policy: Policy = reference.policy;
	const rows: number[][] = [];
	const { assignment } = runCluster(machines, reference.requests, policy, {
		untilS: Number.POSITIVE_INFINITY,
		completed: (_replica, _atS, row) => void rows.push([...row]),
	});
	assert.equal(assignment, reference.assignment);
	compareRequests(name, rows);
	compareBatches(name, recordsOf);
}

function compareRequests(name: string, rows: readonly number[][]): void {
	const want = new Map(
		referenceCsv(`${name}/request_metrics.csv`).map((row) => [row['Request Id'], row]),
	);
	assert.is(rows.length, want.size);
	for (const row of rows) {
		const expected = want.get(row[0] as number) as Record<string, number>;
		REQUEST_METRICS.forEach((metric, i) => {
			const value = row[i + 1] as number;
			const target = expected[metric] as number;
			if (Number.isNaN(target)) assert.ok(Number.isNaN(value), metric);
			else close(value, target, `request ${row[0]} ${metric}`);
		});
	}
}

/** A batch on a stage; requests and tokens as the reference has them, one after the other. */
interface Batch {
	readonly replica: number;
	readonly stage: number;
	readonly requestIds: string;
	readonly tokens: string;
	readonly startS: number;
	readonly durationS: number;
}

/** The batches of the case read last: both engines are compared with them. */
let latest: { readonly name: string; readonly batches: readonly Batch[] } | null = null;

function batchesOf(name: string): readonly Batch[] {
	if (latest?.name === name) return latest.batches;
	const batches = referenceRows(`${name}/batch_stages.csv.gz`).map((row) => ({
		replica: Number(row['replica']),
		stage: Number(row['stage']),
		startS: Number(row['start_s']),
		durationS: Number(row['duration_s']),
		requestIds: row['request_ids'] as string,
		// Of a replayed trace they are `110.0`.
		tokens: (row['num_tokens'] as string).replaceAll('.0', ''),
	}));
	latest = { name, batches: batches.sort(byPlace) };
	return batches;
}

function byPlace(a: Batch, b: Batch): number {
	return a.replica - b.replica || a.stage - b.stage || a.startS - b.startS;
}

function compareBatches(name: string, recordsOf: readonly StageRecord[][]): void {
	const got = recordsOf.flatMap((records, replica) =>
		records.flatMap((record) => unrolled(record, replica)),
	);
	const want = batchesOf(name);
	assert.is(got.length, want.length);
	got.sort(byPlace).forEach((one, i) => {
		const other = want[i] as Batch;
		for (const column of ['replica', 'stage', 'requestIds', 'tokens'] as const)
			if (one[column] !== other[column]) assert.is(one[column], other[column], `batch ${i}`);
		close(one.startS, other.startS, `start of batch ${i}`);
		close(one.durationS, other.durationS, `duration of batch ${i}`);
	});
}

/** The batches of a run, their starts added up as the engine does. */
function unrolled(record: StageRecord, replica: number): Batch[] {
	const { count, startS, durationS, stage } = record;
	const [requestIds, tokens] = [record.requestIds.join(' '), record.tokens.join(' ')];
	let at = startS;
	return Array.from({ length: count }, () => {
		const one = { replica, stage, startS: at, durationS, requestIds, tokens };
		at += durationS;
		return one;
	});
}

function close(value: number, target: number, what: string): void {
	if (Math.abs(value - target) > TOLERANCE * Math.max(Math.abs(target), 1e-2))
		assert.unreachable(`${what}: ${value}, not ${target}`);
}

for (const [name, engines] of [
	['case01', ['fast', 'pipeline']],
	['case02', ['fast', 'pipeline']],
	['case03', ['fast', 'pipeline']],
	['case04b', ['pipeline']],
	['case05', ['pipeline']],
	['case06', ['fast', 'pipeline']],
	['case07', ['fast', 'pipeline']],
	['case08', ['pipeline']],
	['case09', ['fast', 'pipeline']],
	['case10', ['fast', 'pipeline']],
	['case13', ['fast', 'pipeline']],
	['case15', ['fast', 'pipeline']],
] as const)
	for (const engine of engines)
		test(`the ${engine} engine gives the requests and batches of Vidur's ${name}`, () => {
			if (referenceMissing === null) replay(name, engine);
			else console.log(`skipped ${name}: ${referenceMissing}`);
		});

test("the engine that goes iteration by iteration forms the batches of Vidur's case02", () => {
	if (referenceMissing !== null) {
		console.log(`skipped case02: ${referenceMissing}`);
		return;
	}
	const reference = referenceCase('case02');
	const engine = buildEngine(reference.config, tablesOf(reference));
	const { numBlocks, blockSize } = engine.limits;
	const limits = {
		...{ numBlocks, blockSize, watermarkBlocks: 33, vidur: false },
		...{ batchSizeCap: 128, maxTokensInBatch: 4096 },
	};
	const { batches } = runSimply(engine, limits, reference.requests, { stepS: 1000, caps: [] });
	const want = referenceCsv('case02/batch_metrics.csv.gz');
	assert.is(batches.length, want.length);
	batches.forEach(({ ids, tokens, startS, endS }, i) => {
		assert.is(ids.length, want[i]?.['batch_size']);
		assert.is(tokens, want[i]?.['batch_num_tokens']);
		const durationS = want[i]?.['batch_execution_time'] as number;
		assert.ok(Math.abs(endS - startS - durationS) < 1e-10);
	});
});

/**
 * What Vidur (7d47513) reports: MFU in %, weighted by time from the first arrival on, and busy time in %. They are rounded, and case 05
 * is 4e-5 lower than cases 02 and 03, whose operations are the same, allow.
 */
const METERED = [
	['case01', 23.325, 100],
	['case02', 27.434, 99.4],
	['case03', 27.443, 99.4],
	['case04b', 12.002, 100],
	['case05', 27.387, 99.5],
	['case08', 11.67, 88.8],
	['case09', 23.57, 100],
	['case13', 15.426, 100],
] as const;

for (const [name, mfu, busy] of METERED)
	test(`closeStep() meters the MFU and the busy time of Vidur's ${name}`, () => {
		if (referenceMissing !== null) {
			console.log(`skipped ${name}: ${referenceMissing}`);
			return;
		}
		const reference = referenceCase(name);
		const { config, requests } = reference;
		const machine = buildMachine(config, tablesOf(reference));
		const state = machine.create();
		const report = createReport();
		for (const request of requests) machine.submit(state, request);
		machine.closeStep(state, requests[0]?.arrivedAtS ?? 0, report);
		let lastS = 0;
		machine.advance(state, Number.POSITIVE_INFINITY, {
			completed: (atS) => {
				lastS = atS;
			},
		});
		machine.closeStep(state, lastS, report);
		assert.ok(Math.abs(report.mfu * 100 - mfu) < 3e-3, String(report.mfu * 100));
		assert.ok(Math.abs(report.busy * 100 - busy) < 0.06, String(report.busy * 100));
	});

test.run();
