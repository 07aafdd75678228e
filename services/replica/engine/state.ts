import type { BatchSummary } from '../../../silicon/predictor/predictor.ts';
import type { BatchTraffic } from '../../../silicon/traffic.ts';
import type { PrefixState } from '../scheduler/prefix-cache.ts';
import { createFinishQueue, type FinishQueue } from './finish-queue.ts';
import type { Landing, Outbox } from './outbox.ts';
import { createQueue, type RequestQueue } from './queue.ts';
import { createRequests, type RequestTable } from './request-table.ts';
import type { RestState } from './rest.ts';
import { createSums, type StepSums } from './step-sums.ts';

/**
 * All that a replica remembers: plain numbers and typed arrays, so that it can be snapshotted as it is.
 * Requests live in numbered slots of parallel arrays (`RequestTable`); a completed request's slot is used
 * again, so memory follows the requests in flight, not those served.
 */
export interface EngineState {
	readonly requests: RequestTable;
	readonly queue: RequestQueue;
	/** null: no prefix cache. */
	prefix: PrefixState | null;
	/** null: requests stay to their end. */
	outbox: Outbox | null;
	/** null: requests come with nothing computed. */
	landing: Landing | null;
	/** null: GPUs without work idle and never sleep. */
	rest: RestState | null;
	/** Requests that are done and hold their memory until the next batch is decided; null: they give it back at once. */
	leaving: Leaving | null;
	/** The requests past their prompt, linked in the scheduler's order (running.ts); -1 for none. */
	firstRunning: number;
	lastRunning: number;
	runningCount: number;
	/** Times that a request has joined them. */
	joins: number;
	/** The same requests by their completion. */
	finishes: FinishQueue;
	/** Sum of the processed tokens of the running requests. */
	runningTokens: number;
	/** Decode iterations so far; every running request takes part in each. */
	decodeSteps: number;
	/** The decode iteration count at which the next running request completes, Infinity for none. */
	nextFinish: number;
	/** Running requests that need a new KV block in iterations whose number modulo the block size is the index. */
	blockPhase: Int32Array;
	/** A request whose prompt is partly processed and in no batch, -1 for none. */
	partial: number;
	/** Whether it had no place in the last batch; then it is no longer the first to be evicted. */
	partialSkipped: boolean;
	usedBlocks: number;
	/** KV blocks that every request holds all the time; 0 when it gets them as it grows. */
	readonly reservedBlocks: number;
	/** Batches begun so far. */
	formed: number;
	/** Sum of all decode iterations' times, in seconds. */
	decoded: LongSum;
	/** Sum of all times the running requests waited for a prefill batch, in seconds. */
	waited: LongSum;
	/** Energy shared among the running requests, per operation and per request (energy-shares.ts). */
	shared: LongSum;
	perOffset: LongSum;
	batch: BatchState;
	meter: MeterState;
	capW: number;
	completed: number;
}

/**
 * A sum over the whole run of which differences are taken, so it must not lose digits as it grows: `rest`
 * is what rounding took away from `sum` (Knuth's two-sum).
 */
export interface LongSum {
	sum: number;
	rest: number;
}

export const IDLE = 0;
export const PREFILL = 1;
export const DECODE = 2;
/** Prompts, or chunks of them, together with all running requests. */
export const MIXED = 3;
export type BatchKind = typeof IDLE | typeof PREFILL | typeof DECODE | typeof MIXED;

/**
 * The batch in flight. A decode batch may stand for a run of equal ones: the request set and the price do
 * not change until a completion, a longer KV look-up key, an arrival or a lack of blocks.
 */
export interface BatchState extends BatchTraffic {
	kind: BatchKind;
	/** Slots of the prompts in the batch, and the tokens of each. */
	slots: Int32Array;
	tokens: Int32Array;
	count: number;
	/** What the price of an iteration follows from. */
	readonly summary: BatchSummary;
	/** Number and start of the first batch of the run. */
	firstNumber: number;
	firstStartS: number;
	/** When the scheduler decided it, in seconds. */
	scheduledS: number;
	/** Operations of the first iteration not yet metered, and their rise per iteration. */
	flops: number;
	flopsRise: number;
	/** Time of one iteration at full clock, in seconds. */
	durationS: number;
	/** Iterations begun and not yet accounted for, the one in flight included. */
	begun: number;
	/** Further iterations of the same price, and of the same requests. */
	leftSamePrice: number;
	left: number;
	/** The iteration in flight. */
	startS: number;
	endS: number;
	/** Until when the iteration in flight is metered, and its power, clock and stretch from there on. */
	meteredS: number;
	powerW: number;
	ratio: number;
	stretch: number;
	/** Energy of the batch with prompts so far, of one GPU: its base, that of memory and that of arithmetic (energy-shares.ts). */
	baseJ: number;
	memoryJ: number;
	computeJ: number;
	/** Whether a cap bites or bit, so that the iteration has a clock of its own and may have a time of its own. */
	capped: boolean;
}

/** Slots of completed requests, and the tokens in the memory of each. Empty between two batches. */
export interface Leaving {
	readonly slots: number[];
	readonly tokens: number[];
}

/** The report step. */
export interface MeterState extends StepSums {
	fromS: number;
	/** Since when the GPU is busy, within the step; NaN when idle. */
	busyFromS: number;
}

/** An idle replica at time 0. */
export function createState(
	batchSizeCap: number,
	blockSize: number,
	reservedBlocks = 0,
	prefix: PrefixState | null = null,
): EngineState {
	return {
		requests: createRequests(),
		queue: createQueue(),
		prefix,
		outbox: null,
		landing: null,
		rest: null,
		leaving: null,
		firstRunning: -1,
		lastRunning: -1,
		runningCount: 0,
		joins: 0,
		finishes: createFinishQueue(batchSizeCap),
		runningTokens: 0,
		decodeSteps: 0,
		nextFinish: Number.POSITIVE_INFINITY,
		blockPhase: new Int32Array(blockSize),
		partial: -1,
		partialSkipped: false,
		usedBlocks: 0,
		reservedBlocks,
		formed: 0,
		decoded: { sum: 0, rest: 0 },
		waited: { sum: 0, rest: 0 },
		shared: { sum: 0, rest: 0 },
		perOffset: { sum: 0, rest: 0 },
		batch: {
			kind: IDLE,
			slots: new Int32Array(batchSizeCap),
			tokens: new Int32Array(batchSizeCap),
			count: 0,
			summary: noTokens(),
			firstNumber: 0,
			firstStartS: 0,
			scheduledS: 0,
			flops: 0,
			flopsRise: 0,
			bytes: 0,
			bytesRise: 0,
			onceBytes: 0,
			kvBytes: 0,
			paddedFlops: 0,
			durationS: 0,
			begun: 0,
			leftSamePrice: 0,
			left: 0,
			startS: 0,
			endS: 0,
			meteredS: 0,
			powerW: 0,
			ratio: 1,
			stretch: 1,
			baseJ: 0,
			memoryJ: 0,
			computeJ: 0,
			capped: false,
		},
		meter: { fromS: 0, busyFromS: Number.NaN, ...createSums() },
		capW: Number.POSITIVE_INFINITY,
		completed: 0,
	};
}

/** A batch of nothing. */
export function noTokens(): BatchSummary {
	return {
		tokens: 0,
		decodes: 0,
		decodeKv: 0,
		prefills: 0,
		prefillSquares: 0,
		prefillKv: 0,
	};
}

/** What a long sum has grown by since it was `mark`, with a rest of `restMark`. */
export function grownBy(total: LongSum, mark: number, restMark: number): number {
	return total.sum - mark + (total.rest - restMark);
}

/** Adds to a long sum. */
export function addTo(total: LongSum, value: number): void {
	const sum = total.sum + value;
	const added = sum - total.sum;
	total.rest += total.sum - (sum - added) + (value - added);
	total.sum = sum;
}
