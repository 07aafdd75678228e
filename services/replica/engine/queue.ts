/**
 * Requests waiting for their prefill, first to be served first. Only those that a scheduler has looked at have a slot of
 * the table; the others are but what they arrive with, so that a long queue takes little memory.
 */
export interface RequestQueue {
	/** Slots of the first, in a ring. */
	slots: Int32Array;
	head: number;
	slotted: number;
	/** Those behind them. */
	readonly arrivals: Arrivals;
	/** All that wait, with slots and without. */
	length: number;
	/** How many at the end had not yet arrived when last looked at. */
	future: number;
}

/** What requests arrive with, in a ring. */
export interface Arrivals {
	head: number;
	id: Float64Array;
	arrivedAtS: Float64Array;
	interArrivalS: Float64Array;
	prefillTokens: Int32Array;
	decodeTokens: Int32Array;
}

/** A request as it arrives, but for its prompt's pieces. */
export interface Arrival {
	readonly id: number;
	readonly arrivedAtS: number;
	/** Time since the request before it arrived, NaN for the first. */
	readonly interArrivalS: number;
	readonly prefillTokens: number;
	readonly decodeTokens: number;
}

/** Places of a new ring; a power of two, so that positions wrap by a mask. */
const FIRST_CAPACITY = 64;

/** An empty queue. */
export function createQueue(): RequestQueue {
	return {
		slots: new Int32Array(FIRST_CAPACITY),
		head: 0,
		slotted: 0,
		arrivals: createArrivals(FIRST_CAPACITY),
		length: 0,
		future: 0,
	};
}

function createArrivals(capacity: number): Arrivals {
	return {
		head: 0,
		id: new Float64Array(capacity),
		arrivedAtS: new Float64Array(capacity),
		interArrivalS: new Float64Array(capacity),
		prefillTokens: new Int32Array(capacity),
		decodeTokens: new Int32Array(capacity),
	};
}

/** Appends a request. */
export function pushArrival(queue: RequestQueue, request: Arrival): void {
	const { arrivals } = queue;
	const waiting = queue.length - queue.slotted;
	if (waiting === arrivals.id.length) growArrivals(arrivals);
	const place = (arrivals.head + waiting) & (arrivals.id.length - 1);
	arrivals.id[place] = request.id;
	arrivals.arrivedAtS[place] = request.arrivedAtS;
	arrivals.interArrivalS[place] = request.interArrivalS;
	arrivals.prefillTokens[place] = request.prefillTokens;
	arrivals.decodeTokens[place] = request.decodeTokens;
	queue.length++;
	queue.future++;
}

/** Takes the first without a slot, for `pushSlot`. */
export function shiftArrival(queue: RequestQueue): Arrival {
	const { arrivals } = queue;
	const { head } = arrivals;
	arrivals.head = (head + 1) & (arrivals.id.length - 1);
	queue.length--;
	return {
		id: arrivals.id[head] as number,
		arrivedAtS: arrivals.arrivedAtS[head] as number,
		interArrivalS: arrivals.interArrivalS[head] as number,
		prefillTokens: arrivals.prefillTokens[head] as number,
		decodeTokens: arrivals.decodeTokens[head] as number,
	};
}

/** Puts a slot behind the others that have one. */
export function pushSlot(queue: RequestQueue, slot: number): void {
	if (queue.slotted === queue.slots.length) growSlots(queue);
	queue.slots[(queue.head + queue.slotted) & (queue.slots.length - 1)] = slot;
	queue.slotted++;
	queue.length++;
}

/** Puts a slot at the queue's front. */
export function pushFront(queue: RequestQueue, slot: number): void {
	if (queue.slotted === queue.slots.length) growSlots(queue);
	queue.head = (queue.head - 1) & (queue.slots.length - 1);
	queue.slots[queue.head] = slot;
	queue.slotted++;
	queue.length++;
}

/** The slot at position `index` from the front, which must have one. */
export function slotIn(queue: RequestQueue, index: number): number {
	return queue.slots[(queue.head + index) & (queue.slots.length - 1)] as number;
}

/** Drops the first `count`, all with slots. */
export function dropFront(queue: RequestQueue, count: number): void {
	queue.head = (queue.head + count) & (queue.slots.length - 1);
	queue.slotted -= count;
	queue.length -= count;
}

function growSlots(queue: RequestQueue): void {
	queue.slots = unrolled(queue.slots, queue.head, new Int32Array(queue.slots.length * 2));
	queue.head = 0;
}

function growArrivals(arrivals: Arrivals): void {
	const { head } = arrivals;
	const grown = createArrivals(arrivals.id.length * 2);
	arrivals.head = 0;
	arrivals.id = unrolled(arrivals.id, head, grown.id);
	arrivals.arrivedAtS = unrolled(arrivals.arrivedAtS, head, grown.arrivedAtS);
	arrivals.interArrivalS = unrolled(arrivals.interArrivalS, head, grown.interArrivalS);
	arrivals.prefillTokens = unrolled(arrivals.prefillTokens, head, grown.prefillTokens);
	arrivals.decodeTokens = unrolled(arrivals.decodeTokens, head, grown.decodeTokens);
}

/** Copies a full ring so that its head is first. */
function unrolled<Column extends Float64Array | Int32Array>(
	ring: Column,
	head: number,
	longer: Column,
): Column {
	longer.set(ring.subarray(head));
	longer.set(ring.subarray(0, head), ring.length - head);
	return longer;
}
