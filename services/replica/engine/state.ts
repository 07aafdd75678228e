/**
 * All that a replica remembers: plain numbers and typed arrays, so that it can be snapshotted as it is.
 * Requests live in numbered slots of parallel arrays (`RequestTable`); a completed request's slot is used
 * again, so memory follows the requests in flight, not those served.
 */
export interface EngineState {
	requests: RequestTable;
	queue: SlotQueue;
	/** Slots of the requests past their prompt, by arrival time, earlier admitted first among equals. */
	running: Int32Array;
	/** At the same places: the decode iteration count at which the request completes. */
	runningFinish: Float64Array;
	runningCount: number;
	/** Sum of the processed tokens of the running requests. */
	runningTokens: number;
	/** Decode iterations so far; every running request takes part in each. */
	decodeSteps: number;
	/** The decode iteration count at which the next running request completes, Infinity for none. */
	nextFinish: number;
	/** Running requests that need a new KV block in iterations whose number modulo the block size is the index. */
	blockPhase: Int32Array;
	usedBlocks: number;
	/** Sum of all decode iterations' times, in seconds. */
	decoded: LongSum;
	/** Sum of all times the running requests waited for a prefill batch, in seconds. */
	waited: LongSum;
	batch: BatchState;
	meter: MeterState;
	capW: number;
	completed: number;
}

/** Requests by slot, one array per column. */
export interface RequestTable {
	capacity: number;
	free: Int32Array;
	freeCount: number;
	id: Float64Array;
	arrivedAtS: Float64Array;
	/** NaN for the first request. */
	interArrivalS: Float64Array;
	arrivedPrefill: Int32Array;
	arrivedDecode: Int32Array;
	/** Prompt tokens now: after a restart the tokens already generated belong to the prompt. */
	prefill: Int32Array;
	decode: Int32Array;
	restarts: Int32Array;
	/** Running: processed tokens are `decodeSteps - offset`. */
	offset: Float64Array;
	/** NaN until it happened. */
	scheduledAtS: Float64Array;
	prefilledAtS: Float64Array;
	/** End of the last batch before a restart. NaN if there was none. */
	evictedAtS: Float64Array;
	executedS: Float64Array;
	preemptedS: Float64Array;
	/** The engine's `decoded` and `waited` when the request began to run. */
	decodedMark: Float64Array;
	decodedRestMark: Float64Array;
	waitedMark: Float64Array;
	waitedRestMark: Float64Array;
}

/**
 * A sum over the whole run of which differences are taken, so it must not lose digits as it grows: `rest`
 * is what rounding took away from `sum` (Knuth's two-sum).
 */
export interface LongSum {
	sum: number;
	rest: number;
}

/** Slots waiting for their prefill, first to be served first; those yet to arrive are at its end. */
export interface SlotQueue {
	slots: Int32Array;
	head: number;
	length: number;
	/** How many at the end had not yet arrived when last looked at. */
	future: number;
}

export const IDLE = 0;
export const PREFILL = 1;
export const DECODE = 2;
export type BatchKind = typeof IDLE | typeof PREFILL | typeof DECODE;

/**
 * The batch in flight. A decode batch may stand for a run of equal ones: the request set and the price do
 * not change until a completion, a longer KV look-up key, an arrival or a lack of blocks.
 */
export interface BatchState {
	kind: BatchKind;
	/** Slots of a prefill batch. */
	slots: Int32Array;
	count: number;
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
	/** Whether a cap bites or bit, so that the iteration has a clock of its own and may have a time of its own. */
	capped: boolean;
}

/** What is added up over the report step. Energy is of one GPU. */
export interface MeterState {
	fromS: number;
	energyJ: number;
	flops: number;
	busyS: number;
	/** Since when the GPU is busy, within the step; NaN when idle. */
	busyFromS: number;
	batches: number;
	/** Integral of (1 - clock ratio) over busy time. */
	slowedS: number;
}

const FIRST_CAPACITY = 64;

/** An idle replica at time 0. */
export function createState(batchSizeCap: number, blockSize: number): EngineState {
	return {
		requests: createRequests(FIRST_CAPACITY),
		queue: { slots: new Int32Array(FIRST_CAPACITY), head: 0, length: 0, future: 0 },
		running: new Int32Array(batchSizeCap),
		runningFinish: new Float64Array(batchSizeCap),
		runningCount: 0,
		runningTokens: 0,
		decodeSteps: 0,
		nextFinish: Number.POSITIVE_INFINITY,
		blockPhase: new Int32Array(blockSize),
		usedBlocks: 0,
		decoded: { sum: 0, rest: 0 },
		waited: { sum: 0, rest: 0 },
		batch: {
			kind: IDLE,
			slots: new Int32Array(batchSizeCap),
			count: 0,
			scheduledS: 0,
			flops: 0,
			flopsRise: 0,
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
			capped: false,
		},
		meter: {
			fromS: 0,
			energyJ: 0,
			flops: 0,
			busyS: 0,
			busyFromS: Number.NaN,
			batches: 0,
			slowedS: 0,
		},
		capW: Number.POSITIVE_INFINITY,
		completed: 0,
	};
}

function createRequests(capacity: number): RequestTable {
	const free = new Int32Array(capacity);
	for (let i = 0; i < capacity; i++) free[i] = capacity - 1 - i;
	return {
		capacity,
		free,
		freeCount: capacity,
		id: new Float64Array(capacity),
		arrivedAtS: new Float64Array(capacity),
		interArrivalS: new Float64Array(capacity),
		arrivedPrefill: new Int32Array(capacity),
		arrivedDecode: new Int32Array(capacity),
		prefill: new Int32Array(capacity),
		decode: new Int32Array(capacity),
		restarts: new Int32Array(capacity),
		offset: new Float64Array(capacity),
		scheduledAtS: new Float64Array(capacity),
		prefilledAtS: new Float64Array(capacity),
		evictedAtS: new Float64Array(capacity),
		executedS: new Float64Array(capacity),
		preemptedS: new Float64Array(capacity),
		decodedMark: new Float64Array(capacity),
		decodedRestMark: new Float64Array(capacity),
		waitedMark: new Float64Array(capacity),
		waitedRestMark: new Float64Array(capacity),
	};
}

/** Adds to a long sum. */
export function addTo(total: LongSum, value: number): void {
	const sum = total.sum + value;
	const added = sum - total.sum;
	total.rest += total.sum - (sum - added) + (value - added);
	total.sum = sum;
}

/** A free slot, after growing the table if there is none. */
export function takeSlot(state: EngineState): number {
	if (state.requests.freeCount === 0) growRequests(state);
	const requests = state.requests;
	requests.freeCount--;
	return requests.free[requests.freeCount] as number;
}

/** Gives a slot back. */
export function releaseSlot(state: EngineState, slot: number): void {
	const requests = state.requests;
	requests.free[requests.freeCount] = slot;
	requests.freeCount++;
}

function growRequests(state: EngineState): void {
	const old = state.requests;
	const grown = createRequests(old.capacity * 2);
	for (const [name, column] of Object.entries(old))
		if (name !== 'free' && typeof column !== 'number')
			(grown[name as keyof RequestTable] as Float64Array).set(column);
	// Of the new table's free slots only the upper half is free; it lies at the start of the stack.
	grown.freeCount = old.capacity;
	state.requests = grown;
}

/** Appends a slot to the queue's end. */
export function pushBack(queue: SlotQueue, slot: number): void {
	if (queue.length === queue.slots.length) growQueue(queue);
	queue.slots[(queue.head + queue.length) & (queue.slots.length - 1)] = slot;
	queue.length++;
}

/** Puts a slot at the queue's front. */
export function pushFront(queue: SlotQueue, slot: number): void {
	if (queue.length === queue.slots.length) growQueue(queue);
	queue.head = (queue.head - 1) & (queue.slots.length - 1);
	queue.slots[queue.head] = slot;
	queue.length++;
}

/** The slot at position `index` from the front. */
export function slotAt(queue: SlotQueue, index: number): number {
	return queue.slots[(queue.head + index) & (queue.slots.length - 1)] as number;
}

/** Drops the first `count` slots. */
export function dropFront(queue: SlotQueue, count: number): void {
	queue.head = (queue.head + count) & (queue.slots.length - 1);
	queue.length -= count;
}

/** The capacity stays a power of two, so that positions wrap by a mask. */
function growQueue(queue: SlotQueue): void {
	const grown = new Int32Array(queue.slots.length * 2);
	for (let i = 0; i < queue.length; i++) grown[i] = slotAt(queue, i);
	queue.slots = grown;
	queue.head = 0;
}

/** Arrival time of the first in the queue, Infinity if it is empty. */
export function headArrivalS(state: EngineState): number {
	const { queue, requests } = state;
	return queue.length === 0
		? Number.POSITIVE_INFINITY
		: (requests.arrivedAtS[slotAt(queue, 0)] as number);
}
