import { namedPrng } from '../kernel/actor/random.ts';
import { type ReplicaConfig, replicaDefaults } from '../services/replica/config.ts';
import { type Request, submit } from '../services/replica/engine/admission.ts';
import { advance, type Engine } from '../services/replica/engine/engine.ts';
import type { Machine } from '../services/replica/engine/machine.ts';
import { runSimply } from '../services/replica/engine/simple-engine.test-support.ts';
import { createState } from '../services/replica/engine/state.ts';
import { closeStep, createReport } from '../services/replica/engine/step-report.ts';
import {
	referenceCase,
	referenceMissing,
} from '../services/replica/reference-case.test-support.ts';
import { buildEngine, buildMachine } from '../services/replica/replica.ts';
import { loadTables } from '../silicon/profile/load.ts';
import { account, type Parts } from './account.ts';

/** Vidur's event loop (7d47513): seconds on two such cores, and batches. */
const VIDUR_LOOPS = {
	case02: { loopS: 1.05, batches: 4_782 },
	case06: { loopS: 5.76, batches: 14_207 },
	case08: { loopS: 3.23, batches: 8_357 },
	case13: { loopS: 4.03, batches: 16_810 },
	case15: { loopS: 15.55, batches: 59_233 },
};
const ROUNDS = 8;
const ROUND_CPU_S = 0.25;
/** CPU seconds under the profiler. */
const ACCOUNT_CPU_S = 1;
/** What the replica's source files are about. */
const PARTS: Parts = {
	scheduling: ['replica/scheduler/'],
	pricing: ['silicon/predictor/', 'silicon/profile/'],
	metering: [
		'silicon/power.ts',
		'silicon/dvfs.ts',
		'engine/meter.ts',
		'engine/energy-shares.ts',
		'engine/stage.ts',
		'engine/step-report.ts',
		'engine/step-sums.ts',
		'engine/pipeline-report.ts',
	],
	admitting: [
		'engine/admission.ts',
		'engine/book.ts',
		'engine/request-table.ts',
		'engine/queue.ts',
	],
	completing: ['engine/request.ts', 'engine/running.ts', 'engine/finish-queue.ts'],
	advancing: [
		'engine/engine.ts',
		'engine/account.ts',
		'engine/pipeline.ts',
		'engine/agenda.ts',
		'engine/flight.ts',
		'engine/pipeline-cap.ts',
		'engine/machine.ts',
	],
};
const STEP_S = 60;

/** Batches per CPU second of the replica engine, against the iteration-by-iteration one in the same run. */
export async function benchReplica(): Promise<void> {
	const llama3 = engineOf(replicaDefaults);
	const most = chat({ requests: 8_000, qps: 50 });
	const loads: [string, Request[]][] = [
		['1 request/s', chat({ requests: 4_000, qps: 1 })],
		['5 requests/s', chat({ requests: 8_000, qps: 5 })],
		['saturated', most],
	];
	await reportAccount('the saturated replica', () => fastBatches(llama3, most));
	const simple = rate(() => simpleBatches(llama3, chat({ requests: 150, qps: 5 })));
	console.log(`replica: ${simple.toFixed(0)} batches/s iteration by iteration (baseline)`);
	for (const [name, requests] of loads) report(name, llama3, requests, simple);
	report('5 requests/s, capped at 200 W', llama3, chat({ requests: 4_000, qps: 5 }), simple, 200);
	if (referenceMissing !== null) {
		console.log(`replica: Vidur's cases are left out: ${referenceMissing}`);
		return;
	}
	for (const [name, vidur] of Object.entries(VIDUR_LOOPS)) await reportCase(name, vidur);
}

/** Where the time of a load goes. */
async function reportAccount(name: string, run: () => number): Promise<void> {
	const shares = await account(PARTS, () => void meanRate(run, ACCOUNT_CPU_S));
	const texts = shares.map(([part, share]) => `${part} ${(100 * share).toFixed(0)} %`);
	console.log(`replica: time of ${name}: ${texts.join(', ')}`);
}

/** A reference case on all its replicas, metered in steps as in a run, against Vidur's own event loop. */
async function reportCase(
	name: string,
	vidur: { readonly loopS: number; readonly batches: number },
): Promise<void> {
	const { config, requests, assignment, replicas } = referenceCase(name);
	const { model, device, numTensorParallelWorkers: tensorParallel } = config;
	const tables = loadTables(config.profile, { model, device: device.name, tensorParallel });
	const machine = buildMachine(config, tables);
	const shares = Array.from({ length: replicas }, (_, replica) =>
		requests.filter((_request, i) => assignment[i] === replica),
	);
	let batches = 0;
	const round = () => {
		batches = 0;
		for (const share of shares) batches += machineBatches(machine, share);
		return 1;
	};
	if (config.pipelineStages > 1) await reportAccount(`Vidur's ${name}`, round);
	const rounds = rate(round);
	if (batches !== vidur.batches)
		throw new Error(`Cannot compare ${name}: ${batches} batches are not ${vidur.batches}`);
	console.log(
		`replica: ${((rounds * batches) / 1e6).toFixed(2)} million batches/s, ` +
			`${(rounds * requests.length).toFixed(0)} requests/s, ` +
			`${(rounds * vidur.loopS).toFixed(0)} times Vidur's event loop (measured elsewhere): ` +
			`Vidur's ${name}, ${config.scheduler.type} x ${replicas}`,
	);
}

function machineBatches(machine: Machine, requests: readonly Request[]): number {
	const state = machine.create();
	const step = createReport();
	const sink = { completed: () => {} };
	let batches = 0;
	let next = 0;
	for (let endS = STEP_S; machine.completed(state) < requests.length; endS += STEP_S) {
		for (; (requests[next]?.arrivedAtS ?? endS) < endS; next++)
			machine.submit(state, requests[next] as Request);
		machine.advance(state, endS, sink);
		machine.closeStep(state, endS, step);
		batches += step.batches;
	}
	return batches;
}

function engineOf(config: Omit<ReplicaConfig, 'stepUs'>): Engine {
	const { model, device, numTensorParallelWorkers: tensorParallel } = config;
	const tables = loadTables(config.profile, { model, device: device.name, tensorParallel });
	return buildEngine({ ...config, stepUs: STEP_S * 1_000_000 }, tables);
}

function report(
	name: string,
	engine: Engine,
	requests: readonly Request[],
	...[baseline, capW]: [number, number?]
): void {
	const batches = rate(() => fastBatches(engine, requests, capW));
	const ratio = (batches / baseline).toFixed(1);
	console.log(
		`replica: ${(batches / 1e6).toFixed(2)} million batches/s, ${ratio} times the baseline: ${name}`,
	);
}

/** Batches per CPU second of the fastest round, after one run to warm up: other programs only make it slower. */
function rate(run: () => number): number {
	run();
	let fastest = 0;
	for (let round = 0; round < ROUNDS; round++)
		fastest = Math.max(fastest, meanRate(run, ROUND_CPU_S));
	return fastest;
}

/** Batches per CPU second over at least so long. */
function meanRate(run: () => number, leastCpuS: number): number {
	const before = process.cpuUsage();
	let batches = 0;
	for (;;) {
		batches += run();
		const { user, system } = process.cpuUsage(before);
		const cpuS = (user + system) / 1e6;
		if (cpuS > leastCpuS) return batches / cpuS;
	}
}

function fastBatches(engine: Engine, requests: readonly Request[], capW?: number): number {
	const state = createState(replicaDefaults.scheduler.batchSizeCap, engine.limits.blockSize);
	if (capW !== undefined) state.capW = capW;
	const step = createReport();
	let batches = 0;
	let next = 0;
	for (let endS = STEP_S; state.completed < requests.length; endS += STEP_S) {
		for (; (requests[next]?.arrivedAtS ?? endS) < endS; next++)
			submit(engine.limits, state, requests[next] as Request);
		advance(engine, state, endS, { completed: () => {} });
		closeStep(engine.power, state, endS, step);
		batches += step.batches;
	}
	return batches;
}

function simpleBatches(engine: Engine, requests: readonly Request[]): number {
	const { scheduler } = replicaDefaults;
	const { numBlocks, blockSize } = engine.limits;
	const watermarkBlocks = Math.floor(scheduler.watermarkFraction * numBlocks);
	const limits = { ...scheduler, numBlocks, blockSize, watermarkBlocks, vidur: false };
	return runSimply(engine, limits, requests, { stepS: STEP_S, caps: [] }).batches.length;
}

/** Chat-like requests: prompts of 200 to 1700 tokens, answers of 20 to 420. */
function chat(load: { readonly requests: number; readonly qps: number }): Request[] {
	const random = namedPrng('1/bench/replica');
	let arrivedAtS = 0;
	return Array.from({ length: load.requests }, (_, id) => {
		const interArrivalS = random.exponential() / load.qps;
		arrivedAtS += interArrivalS;
		const prefillTokens = 200 + Math.floor(1500 * random.uniform());
		const decodeTokens = 20 + Math.floor(400 * random.uniform());
		return { id, arrivedAtS, interArrivalS, prefillTokens, decodeTokens };
	});
}
