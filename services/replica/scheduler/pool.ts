import { arrivalAt, type RequestBook, slotAt } from '../engine/book.ts';
import { createQueue, dropFront, pushFront } from '../engine/queue.ts';
import { createRequests } from '../engine/request-table.ts';
import { blocksInUse, dropPrefix, type PrefixState, takePrefix } from './prefix-cache.ts';

/** The requests of one replica as the pooled schedulers see them: one by one, each with its own counts. */
export interface Pool extends RequestBook {
	/** Slots that hold memory and are in no batch, in the order in which their batches ended. */
	running: number[];
	usedBlocks: number;
	/** Requests that hold memory. */
	holders: number;
	/** vllm-v1: requests admitted so far. */
	admissions: number;
	/** lightllm: decode batches since prompts were last tried. */
	decodesSincePrompts: number;
	/** faster_transformer: batches between two of their steps, longest waiting first. */
	paused: number[][];
}

/** A batch as a scheduler decides it. */
export interface Draft {
	readonly slots: number[];
	/** Tokens of each. */
	readonly tokens: number[];
}

/** Decides batches of a replica, several of which may be in flight. */
export interface PooledScheduler {
	/** Whether a batch is decided when the one before it begins; with one batch in flight. */
	readonly isAsync?: boolean;
	/** The next batch, taken out of the queue, as far as it has arrived by `nowS`, and the pool; null when there is nothing to do. */
	next(pool: Pool, nowS: number): Draft | null;
	/**
	 * Stands for `ended` and `next` after a batch of which all decode, none completed and nobody else is in the
	 * running list: takes the memory for one more token each and returns true if `next` would surely decide the
	 * same batch; otherwise changes nothing and returns false. Without it every batch goes through the two.
	 */
	repeats?(pool: Pool, slots: readonly number[], nowS: number): boolean;
	/** Takes a batch back whose tokens are booked, and gives back the memory of the completed. */
	ended(pool: Pool, slots: readonly number[]): void;
}

/** No requests. */
export function createPool(prefix: PrefixState | null): Pool {
	return {
		prefix,
		requests: createRequests(),
		queue: createQueue(),
		completed: 0,
		running: [],
		usedBlocks: 0,
		holders: 0,
		admissions: 0,
		decodesSincePrompts: 0,
		paused: [],
	};
}

/** Whether the request's prompt has been processed. Its last token then counts before it is cached. */
export function isPrefilled({ requests }: Pool, slot: number): boolean {
	return (requests.processed[slot] as number) > (requests.prefill[slot] as number);
}

/** Whether all tokens are there. */
export function isComplete({ requests }: Pool, slot: number): boolean {
	const total = (requests.prefill[slot] as number) + (requests.decode[slot] as number);
	return (requests.processed[slot] as number) === total;
}

/** The first in the queue if it has arrived. */
export function arrivedHead(pool: Pool, nowS: number): number | undefined {
	const isThere = pool.queue.length > 0 && arrivalAt(pool, 0) <= nowS;
	return isThere ? slotAt(pool, 0) : undefined;
}

/** Takes the first out of the queue, after `findPrefix`, with `blocks` of memory. */
export function admitHead(pool: Pool, slot: number, blocks: number): void {
	dropFront(pool.queue, 1);
	pool.holders++;
	takePrefix(pool, slot, blocks);
	pool.requests.blocks[slot] = blocks;
	pool.usedBlocks += blocks - blocksInUse(pool);
}

/** Gives a request more blocks. */
export function addBlocks(pool: Pool, slot: number, blocks: number): void {
	pool.requests.blocks[slot] = (pool.requests.blocks[slot] as number) + blocks;
	pool.usedBlocks += blocks;
}

/** Takes a request's memory back. */
export function freeBlocks(pool: Pool, slot: number): void {
	const { blocks, processed } = pool.requests;
	// The last token of a request that decodes is not cached yet.
	const cached = (processed[slot] as number) - (isPrefilled(pool, slot) ? 1 : 0);
	pool.usedBlocks -= dropPrefix(pool, slot, blocks[slot] as number, cached);
	blocks[slot] = 0;
	pool.holders--;
}

/** Frees the completed of a batch and puts the others behind the running ones. */
export function endOneByOne(pool: Pool, slots: readonly number[]): void {
	for (const slot of slots)
		if (isComplete(pool, slot)) freeBlocks(pool, slot);
		else pool.running.push(slot);
}

/** Preemption by recomputation: all tokens so far become the prompt; the request is first in the queue. */
export function restartPooled(pool: Pool, slot: number, vidur: boolean): void {
	const { requests } = pool;
	const processed = requests.processed[slot] as number;
	const prefill = requests.prefill[slot] as number;
	freeBlocks(pool, slot);
	// Vidur makes unprocessed prompt tokens into tokens to be generated.
	if (vidur || processed > prefill) {
		requests.decode[slot] = prefill + (requests.decode[slot] as number) - processed;
		requests.prefill[slot] = processed;
	}
	requests.processed[slot] = 0;
	requests.restarts[slot] = (requests.restarts[slot] as number) + 1;
	requests.evicted++;
	pushFront(pool.queue, slot);
}

/** Stable, so equal arrivals stay in the order they are in. */
export function sortByArrival({ requests, running }: Pool): void {
	if (running.length < 2) return;
	running.sort((a, b) => (requests.arrivedAtS[a] as number) - (requests.arrivedAtS[b] as number));
}
