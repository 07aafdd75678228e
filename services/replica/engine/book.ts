import type { PrefixState } from '../scheduler/prefix-cache.ts';
import { type Arrival, pushSlot, type RequestQueue, shiftArrival, slotIn } from './queue.ts';
import { growRequests, type RequestTable } from './request-table.ts';

/** What every engine remembers of its requests. */
export interface RequestBook {
	/** null: no prefix cache. */
	prefix: PrefixState | null;
	readonly requests: RequestTable;
	readonly queue: RequestQueue;
	completed: number;
}

/** Takes a free slot for a request as it arrives, after growing the table if there is none. */
export function openSlot({ requests: r }: Pick<RequestBook, 'requests'>, request: Arrival): number {
	if (r.freeCount === 0) growRequests(r);
	r.freeCount--;
	const slot = r.free[r.freeCount] as number;
	r.id[slot] = request.id;
	r.arrivedAtS[slot] = request.arrivedAtS;
	r.interArrivalS[slot] = request.interArrivalS;
	r.arrivedPrefill[slot] = request.prefillTokens;
	r.arrivedDecode[slot] = request.decodeTokens;
	r.prefill[slot] = request.prefillTokens;
	r.decode[slot] = request.decodeTokens;
	r.restarts[slot] = 0;
	r.cached[slot] = -1;
	r.processed[slot] = 0;
	r.blocks[slot] = 0;
	r.scheduledAtS[slot] = Number.NaN;
	r.prefilledAtS[slot] = Number.NaN;
	r.lastEndS[slot] = Number.NaN;
	r.executedS[slot] = 0;
	r.preemptedS[slot] = 0;
	r.transferS[slot] = 0;
	r.prefillJ[slot] = 0;
	r.decodeJ[slot] = 0;
	return slot;
}

/** Gives a slot back. */
export function releaseSlot({ requests }: RequestBook, slot: number): void {
	requests.free[requests.freeCount] = slot;
	requests.freeCount++;
}

/** The slot of the waiting request at position `index` from the front, which gets one if it has none. */
export function slotAt(book: RequestBook, index: number): number {
	const { queue } = book;
	while (queue.slotted <= index) pushSlot(queue, openSlot(book, shiftArrival(queue)));
	return slotIn(queue, index);
}

/** Arrival time of the waiting request at position `index` from the front. */
export function arrivalAt({ queue, requests }: RequestBook, index: number): number {
	const { slotted, arrivals } = queue;
	if (index < slotted) return requests.arrivedAtS[slotIn(queue, index)] as number;
	const place = (arrivals.head + index - slotted) & (arrivals.id.length - 1);
	return arrivals.arrivedAtS[place] as number;
}

/** Arrival time of the first in the queue, Infinity if it is empty. */
export function headArrivalS(book: RequestBook): number {
	return book.queue.length === 0 ? Number.POSITIVE_INFINITY : arrivalAt(book, 0);
}
