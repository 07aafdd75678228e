import * as assert from 'uvu/assert';
import type { SchedulerConfig } from '../config.ts';
import { nextBlocks } from '../scheduler/blocks.ts';
import { fastScheduler, pooledScheduler, type SchedulerFrame } from '../scheduler/build.ts';
import { isPrefilled, type Pool } from '../scheduler/pool.ts';
import { checkPrefix, sharedBlocks } from '../scheduler/prefix-cache.test-support.ts';
import type { PrefixCacheConfig } from '../scheduler/prefix-cache.ts';
import type { Request } from './admission.ts';
import type { RequestBook } from './book.ts';
import { draftingOf } from './drafting.ts';
import { energyInFlightJ } from './energy-balance.test-support.ts';
import { createEngine } from './engine.ts';
import { fastMachine, type Machine, type MachineState, pipelineMachine } from './machine.ts';
import type { BatchObserver, StageRecord } from './observer.ts';
import type { PipelineState } from './pipeline-state.ts';
import { slotIn } from './queue.ts';
import { blocksHeld, type CompletionSink, requestMetricNames } from './request.ts';
import type { Sleep } from './rest.ts';
import { runningSlots } from './running.ts';
import type { CapChange } from './simple-engine.test-support.ts';
import { type EngineState, PREFILL } from './state.ts';
import { createReport, type StepReport } from './step-report.ts';
import { type InventedCurve, inventedPower, inventedPredictor } from './testing.test-support.ts';

/** A replica's scheduler and what it knows of the replica. */
export interface Server {
	readonly scheduler: SchedulerConfig;
	readonly frame: SchedulerFrame;
	readonly prefixCache?: PrefixCacheConfig | null;
	/** null: GPUs without work idle. */
	readonly sleep?: Sleep | null;
	/** Left out: by arithmetic alone. */
	readonly curve?: InventedCurve;
	/** Left out: one that records what it hears. */
	readonly observer?: BatchObserver;
}

/** A replica and its workload. */
export interface FuzzCase extends Server {
	readonly requests: readonly Request[];
	readonly caps: readonly CapChange[];
	/** Times at which `advance` is called beside the ends of steps and changes of the cap. */
	readonly cuts: readonly number[];
}

export interface FuzzResult {
	/** Rows of the completed requests, each after the time of its completion. */
	readonly rows: number[][];
	readonly reports: StepReport[];
	readonly records: StageRecord[];
}

const STEP_S = 2;

function partsOf(
	{ scheduler, frame, observer, curve = 'arithmetic' }: Server,
	records: StageRecord[],
) {
	return {
		predictor: inventedPredictor,
		power: inventedPower(curve, frame.stages),
		observer: observer ?? {
			ran(record: StageRecord) {
				records.push({ ...record, summary: { ...record.summary } });
			},
		},
		limits: {
			numBlocks: frame.numBlocks,
			blockSize: scheduler.blockSize,
			maxTokensPerRequest: 1_000_000,
		},
	};
}

/** The fast engine on an invented machine; null where it does not apply. */
export function inventedFast(server: Server, records: StageRecord[]): Machine | null {
	const scheduler = fastScheduler(server.scheduler, server.frame);
	if (scheduler === null) return null;
	const engine = createEngine({ ...partsOf(server, records), scheduler });
	return fastMachine(engine, cacheOf(server), false, server.sleep ?? undefined) as Machine;
}

const cacheOf = ({ prefixCache }: Server) =>
	prefixCache === undefined || prefixCache === null ? null : { config: prefixCache, seed: [1, 2] };

/** The pipeline engine on an invented machine; every batch is decided anew without `repeats`. */
export function inventedPipeline(server: Server, records: StageRecord[], repeats = true): Machine {
	const { repeats: repeated, ...rest } = pooledScheduler(server.scheduler, server.frame);
	const scheduler = repeats && repeated !== undefined ? { ...rest, repeats: repeated } : rest;
	const { type } = server.scheduler;
	const speculative = type === 'vllm-v1' ? server.scheduler.speculative : null;
	const drafting = speculative === null ? null : draftingOf(speculative);
	const engine = { ...partsOf(server, records), scheduler, drafting };
	const { frame, sleep } = server;
	return pipelineMachine(engine, frame.stages, cacheOf(server), sleep ?? undefined) as Machine;
}

/** Runs a case on the fast engine; null where it does not apply. */
export function runFastCase(one: FuzzCase): FuzzResult | null {
	const records: StageRecord[] = [];
	const machine = inventedFast(one, records);
	if (machine === null) return null;
	return { ...run(machine, one, (state) => checkFast(state as EngineState, one)), records };
}

/** Runs a case on the pipeline engine. */
export function runPipelineCase(one: FuzzCase, repeats = true): FuzzResult {
	const records: StageRecord[] = [];
	const machine = inventedPipeline(one, records, repeats);
	return { ...run(machine, one, (state) => checkPipeline(state as PipelineState, one)), records };
}

function run(machine: Machine, one: FuzzCase, check: (state: MachineState) => void) {
	const { requests, caps, cuts } = one;
	const state = machine.create();
	const rows: number[][] = [];
	const reports: StepReport[] = [];
	const sink: CompletionSink = {
		completed: (atS, row, cachedTokens) => void rows.push([atS, ...row, cachedTokens]),
	};
	const balance = energyBalance(one);
	let nextCap = 0;
	let nextCut = 0;
	let next = 0;
	for (let endS = STEP_S; ; ) {
		const capS = caps[nextCap]?.atS ?? Number.POSITIVE_INFINITY;
		const stopS = Math.min(endS, capS, cuts[nextCut] ?? Number.POSITIVE_INFINITY);
		for (; (requests[next]?.arrivedAtS ?? stopS) < stopS; next++)
			machine.submit(state, requests[next] as Request);
		machine.advance(state, stopS, sink);
		check(state);
		if (stopS === cuts[nextCut]) nextCut++;
		if (stopS === endS) {
			const report = createReport();
			machine.closeStep(state, endS, report);
			reports.push(report);
			balance(state, report, rows);
			if (rows.length === requests.length) break;
			endS += STEP_S;
			assert.ok(endS < 100_000, 'all requests complete in time');
		}
		if (stopS === capS) {
			machine.setCap(state, stopS, caps[nextCap]?.capW ?? 0);
			nextCap++;
		}
	}
	checkDone(state);
	return { rows, reports };
}

const FIRST_ENERGY = 1 + requestMetricNames.indexOf('prefill_energy');

/**
 * After every report step: its energy is that of prompts, of answers and of nothing to do, and all steps' together is
 * what the requests have cost, done or not. Only rounding is lost, of sums in another order.
 */
function energyBalance({ frame, scheduler, curve = 'arithmetic' }: FuzzCase) {
	const { power } = partsOf({ frame, scheduler, curve }, []);
	let sharedJ = 0;
	return (state: MachineState, report: StepReport, rows: readonly number[][]) => {
		const { gpuPowerW, prefillJ, decodeJ, idleJ } = report;
		closeTo(prefillJ + decodeJ + idleJ, gpuPowerW * STEP_S * frame.stages);
		sharedJ += prefillJ + decodeJ;
		const doneJ = rows.reduce(
			(sum, row) => sum + (row[FIRST_ENERGY] as number) + (row[FIRST_ENERGY + 1] as number),
			0,
		);
		closeTo(doneJ + energyInFlightJ(power, state), sharedJ);
	};
}

function closeTo(value: number, want: number): void {
	if (!(Math.abs(value - want) <= 1e-9 * want)) assert.unreachable(`${value} J, not ${want} J`);
}

function checkDone(state: MachineState): void {
	const book = 'pool' in state ? state.pool : state;
	assert.is(book.usedBlocks, 0);
	assert.is(book.queue.length, 0);
	assert.is(book.requests.freeCount, book.requests.capacity);
	if ('pool' in state) {
		assert.is(state.pool.holders, 0);
		assert.is(state.inFlight, 0);
		assert.is(state.inBatches, 0);
		return;
	}
	assert.is(state.runningTokens, 0);
	assert.ok(state.blockPhase.every((count) => count === 0));
}

/** Slots of those that wait and have one. */
function queued({ queue }: RequestBook): number[] {
	return Array.from({ length: queue.slotted }, (_, i) => slotIn(queue, i));
}

/** Every request is in exactly one place. */
function checkPlaces({ requests }: RequestBook, places: readonly number[]): void {
	assert.is(new Set(places).size, places.length);
	assert.is(requests.capacity - requests.freeCount, places.length);
}

/** At any time what is booked is what the requests hold, and no more than there is. */
function checkFast(state: EngineState, { scheduler, frame }: FuzzCase): void {
	const { requests, batch } = state;
	const decoding = runningSlots(state);
	assert.is(decoding.length, state.runningCount);
	const inBatch = [...batch.slots.subarray(0, batch.count)];
	const prompts = state.partial >= 0 ? [...inBatch, state.partial] : inBatch;
	checkPlaces(state, [...decoding, ...prompts, ...queued(state)]);
	let blocks = 0;
	let tokens = 0;
	for (const slot of decoding) {
		const processed = state.decodeSteps - (requests.offset[slot] as number);
		tokens += processed;
		blocks += state.reservedBlocks || blocksHeld(processed, scheduler.blockSize);
	}
	prompts.forEach((slot, i) => {
		const whole = requests.prefill[slot] as number;
		const added = i < batch.count ? (batch.tokens[i] as number) : 0;
		// vllm-v1 gives a prompt blocks as it gives it tokens.
		const chunks = (requests.processed[slot] as number) + added;
		const room = scheduler.type === 'vllm-v1' ? chunks : whole;
		blocks += state.reservedBlocks || Math.ceil(room / scheduler.blockSize);
	});
	const holding = [...decoding, ...prompts];
	assert.is(state.usedBlocks, blocks - sharedBlocks(state.prefix, holding));
	checkPrefix(state, holding, nextBlocks(state));
	assert.is(state.runningTokens, tokens);
	assert.ok(state.usedBlocks <= frame.numBlocks);
	if (batch.kind === PREFILL) assert.ok(batch.count > 0);
}

function checkPipeline({ pool, stages, inFlight }: PipelineState, one: FuzzCase): void {
	const { requests } = pool;
	const batches = stages.flatMap(({ batch, fifo }) => (batch === null ? fifo : [batch, ...fifo]));
	assert.is(inFlight, batches.length);
	assert.ok(inFlight <= stages.length);
	const flying = batches.flatMap(({ slots }) => slots);
	const holding = [...flying, ...pool.running, ...pool.paused.flat()];
	checkPlaces(pool, [...holding, ...queued(pool)]);
	const blocks = holding.reduce((sum, slot) => sum + (requests.blocks[slot] as number), 0);
	assert.is(pool.usedBlocks, blocks - sharedBlocks(pool.prefix, holding));
	checkPrefix(pool, holding);
	assert.is(pool.holders, holding.length);
	assert.ok(pool.usedBlocks <= one.frame.numBlocks);
	for (const slot of holding) checkRoom(pool, slot, one.scheduler.blockSize);
	for (const slot of queued(pool)) assert.is(requests.blocks[slot], 0);
}

/** A request's blocks have room for all its cached tokens. */
function checkRoom(pool: Pool, slot: number, blockSize: number): void {
	const { requests } = pool;
	const processed = requests.processed[slot] as number;
	const cached = isPrefilled(pool, slot) ? processed - 1 : processed;
	assert.ok(cached <= (requests.blocks[slot] as number) * blockSize);
}
