import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { namedPrng } from '../services/actor/random.ts';
import { findModel, type ReplicaConfig, replicaDefaults } from '../services/replica/config.ts';
import { type Request, submit } from '../services/replica/engine/admission.ts';
import { advance, type Engine } from '../services/replica/engine/engine.ts';
import { runSimply } from '../services/replica/engine/simple-engine.test-support.ts';
import { createState } from '../services/replica/engine/state.ts';
import { closeStep, createReport } from '../services/replica/engine/step-report.ts';
import { loadTables } from '../services/replica/profile/load.ts';
import { buildEngine } from '../services/replica/replica.ts';

/** Vidur's event loop on its case 02 (reference/vidur/SUMMARY.md): seconds on two such cores, and batches. */
const VIDUR_CASE_02 = { loopS: 1.05, batches: 4_782 };
const LEAST_CPU_S = 1;
const STEP_S = 60;

/** Batches per CPU second of the replica engine, against the iteration-by-iteration one in the same run. */
export async function benchReplica(): Promise<void> {
	const llama3 = engineOf(replicaDefaults);
	const loads: [string, Request[]][] = [
		['1 request/s', chat({ requests: 4_000, qps: 1 })],
		['5 requests/s', chat({ requests: 8_000, qps: 5 })],
		['saturated', chat({ requests: 8_000, qps: 50 })],
	];
	const simple = rate(() => simpleBatches(llama3, chat({ requests: 150, qps: 5 })));
	console.log(`replica: ${simple.toFixed(0)} batches/s iteration by iteration (baseline)`);
	for (const [name, requests] of loads) report(name, llama3, requests, simple);
	report('5 requests/s, capped at 200 W', llama3, chat({ requests: 4_000, qps: 5 }), simple, 200);
	const reference = resolve('../shared/reference/vidur');
	if (!existsSync(reference)) {
		console.log(`replica: Vidur's case 02 is left out: no ${reference}`);
		return;
	}
	const engine = engineOf({
		...replicaDefaults,
		model: findModel('meta-llama/Llama-2-70b-hf'),
		numTensorParallelWorkers: 2,
		profile: `${reference}/predictor_full`,
	});
	const requests = traceOf(`${reference}/case02/trace.csv`);
	const batches = report("Vidur's case 02", engine, requests, simple);
	const vidur = VIDUR_CASE_02.batches / VIDUR_CASE_02.loopS;
	console.log(
		`replica: ${(batches / vidur).toFixed(0)} times Vidur's event loop on case 02 (its ${vidur.toFixed(0)} batches/s measured elsewhere)`,
	);
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
): number {
	const batches = rate(() => fastBatches(engine, requests, capW));
	const ratio = (batches / baseline).toFixed(1);
	console.log(
		`replica: ${(batches / 1e6).toFixed(2)} million batches/s, ${ratio} times the baseline: ${name}`,
	);
	return batches;
}

/** Batches per CPU second, after one run to warm up. */
function rate(run: () => number): number {
	run();
	const before = process.cpuUsage();
	let batches = 0;
	for (;;) {
		batches += run();
		const { user, system } = process.cpuUsage(before);
		const cpuS = (user + system) / 1e6;
		if (cpuS > LEAST_CPU_S) return batches / cpuS;
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
	const limits = { ...scheduler, numBlocks, blockSize, watermarkBlocks };
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

function traceOf(path: string): Request[] {
	const lines = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/).slice(1);
	return lines.map((line) => {
		const [id, arrivedAtS, prefillTokens, decodeTokens] = line.split(',').map(Number) as [
			number,
			number,
			number,
			number,
		];
		return { id, arrivedAtS, interArrivalS: Number.NaN, prefillTokens, decodeTokens };
	});
}
