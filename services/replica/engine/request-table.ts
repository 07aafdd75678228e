/** Requests by slot, one array per column. */
export interface RequestTable {
	capacity: number;
	free: Int32Array;
	freeCount: number;
	/** Times that one of them has lost its memory, since the start. */
	evicted: number;
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
	/** Prompt tokens found in the prefix cache at the first admission, -1 before it. */
	cached: Int32Array;
	/** Tokens processed, while the request is not among those that decode together (`offset`). */
	processed: Int32Array;
	/** KV blocks held, likewise. */
	blocks: Int32Array;
	/** Running: processed tokens are `decodeSteps - offset`. */
	offset: Float64Array;
	/** Running: its neighbours in the list, -1 for none, and how many joined it before. */
	before: Int32Array;
	after: Int32Array;
	joined: Float64Array;
	/** NaN until it happened. */
	scheduledAtS: Float64Array;
	prefilledAtS: Float64Array;
	/** End of its last batch, while not decoding with the others. NaN if there was none. */
	lastEndS: Float64Array;
	executedS: Float64Array;
	preemptedS: Float64Array;
	/** From the end of its prompt to its KV cache's arrival, where that is at two replicas; else 0. */
	transferS: Float64Array;
	/** Energy so far with its prompt and with its answer, of one GPU of each stage; without its current run. */
	prefillJ: Float64Array;
	decodeJ: Float64Array;
	/** The engine's sums when the request began to run. */
	decodedMark: Float64Array;
	decodedRestMark: Float64Array;
	waitedMark: Float64Array;
	waitedRestMark: Float64Array;
	sharedMark: Float64Array;
	sharedRestMark: Float64Array;
	perOffsetMark: Float64Array;
	perOffsetRestMark: Float64Array;
}

/** Slots of a new table. */
const FIRST_CAPACITY = 64;

/** A table with all its slots free; it grows by itself. */
export function createRequests(capacity = FIRST_CAPACITY): RequestTable {
	const free = new Int32Array(capacity);
	for (let i = 0; i < capacity; i++) free[i] = capacity - 1 - i;
	return {
		capacity,
		free,
		freeCount: capacity,
		evicted: 0,
		id: new Float64Array(capacity),
		arrivedAtS: new Float64Array(capacity),
		interArrivalS: new Float64Array(capacity),
		arrivedPrefill: new Int32Array(capacity),
		arrivedDecode: new Int32Array(capacity),
		prefill: new Int32Array(capacity),
		decode: new Int32Array(capacity),
		restarts: new Int32Array(capacity),
		cached: new Int32Array(capacity),
		processed: new Int32Array(capacity),
		blocks: new Int32Array(capacity),
		offset: new Float64Array(capacity),
		before: new Int32Array(capacity),
		after: new Int32Array(capacity),
		joined: new Float64Array(capacity),
		scheduledAtS: new Float64Array(capacity),
		prefilledAtS: new Float64Array(capacity),
		lastEndS: new Float64Array(capacity),
		executedS: new Float64Array(capacity),
		preemptedS: new Float64Array(capacity),
		transferS: new Float64Array(capacity),
		prefillJ: new Float64Array(capacity),
		decodeJ: new Float64Array(capacity),
		decodedMark: new Float64Array(capacity),
		decodedRestMark: new Float64Array(capacity),
		waitedMark: new Float64Array(capacity),
		waitedRestMark: new Float64Array(capacity),
		sharedMark: new Float64Array(capacity),
		sharedRestMark: new Float64Array(capacity),
		perOffsetMark: new Float64Array(capacity),
		perOffsetRestMark: new Float64Array(capacity),
	};
}

/** The table stays the same object, its columns do not. */
export function growRequests(requests: RequestTable): void {
	const old = { ...requests };
	Object.assign(requests, createRequests(old.capacity * 2));
	for (const [name, column] of Object.entries(old))
		if (name !== 'free' && typeof column !== 'number')
			(requests[name as keyof RequestTable] as Float64Array).set(column);
	// Of the new table's free slots only the upper half is free; it lies at the start of the stack.
	requests.freeCount = old.capacity;
	requests.evicted = old.evicted;
}
