import {
	addBlocks,
	admitHead,
	arrivedHead,
	type Draft,
	endOneByOne,
	type Pool,
	type PooledScheduler,
	restartPooled,
} from './pool.ts';
import { blocksInUse, findPrefix, growPrefix, namePrefix } from './prefix-cache.ts';
import type { VllmV1Limits } from './vllm-v1.ts';

/** Limits of the same with a threshold. */
export interface PooledVllmV1Limits extends VllmV1Limits {
	/** Most tokens of one prompt in a batch; 0: no limit of its own. */
	readonly longPrefillTokenThreshold: number;
	/** With several, batches are decided ahead in any case. */
	readonly stages: number;
	/** Tokens drafted for each step of a request that decodes, which have room of their own; 0: none. */
	readonly draftTokens: number;
}

/**
 * The scheduler of vLLM's engine V1 as in scheduler/vllm-v1.ts, request by request, for any number of batches in flight
 * and with a threshold for long prompts. Requests in flight wait for their batch's end before they are in another.
 */
export function pooledVllmV1(limits: PooledVllmV1Limits): PooledScheduler {
	return {
		isAsync: limits.asyncScheduling && limits.stages === 1,
		ended: endOneByOne,
		repeats(pool, slots, nowS) {
			if (limits.draftTokens > 0 || slots.length > limits.maxNumBatchedTokens) return false;
			if (slots.length < limits.maxNumBatchedTokens && headMayEnter(limits, pool, nowS))
				return false;
			return growAll(limits, pool, slots);
		},
		next(pool, nowS) {
			const draft: Draft = { slots: [], tokens: [] };
			sortByAdmission(pool);
			const room = scheduleRunning(limits, pool, draft);
			if (room !== null) admitWaiting(limits, pool, draft, { room, nowS });
			return draft.slots.length > 0 ? draft : null;
		},
	};
}

/** In the order in which they were admitted. */
function sortByAdmission({ running, requests: { joined } }: Pool): void {
	running.sort((a, b) => (joined[a] as number) - (joined[b] as number));
}

/** KV blocks that must come with so many more tokens of a request. */
function blocksFor({ blockSize }: VllmV1Limits, { requests }: Pool, slot: number, tokens: number) {
	const after = computed(requests, slot) + tokens;
	return Math.max(0, Math.ceil(after / blockSize) - (requests.blocks[slot] as number));
}

/** Tokens whose keys and values are there: not the last of a request that decodes. */
function computed({ processed, prefill }: Pool['requests'], slot: number): number {
	const tokens = processed[slot] as number;
	return tokens > (prefill[slot] as number) ? tokens - 1 : tokens;
}

/** Tokens that a running request could use now, by the threshold and the rest of the budget. */
function wanted(limits: PooledVllmV1Limits, { requests }: Pool, slot: number, room: number) {
	const { processed, prefill } = requests;
	const rest = (prefill[slot] as number) - (processed[slot] as number);
	return Math.min(limited(limits, rest > 0 ? rest : 1 + limits.draftTokens), room);
}

function limited({ longPrefillTokenThreshold: most }: PooledVllmV1Limits, tokens: number): number {
	return most > 0 ? Math.min(most, tokens) : tokens;
}

/**
 * Takes the running requests that the budget and the memory allow for into the batch.
 *
 * @returns what is left of the budget; null when somebody had to make room, so that nobody is admitted
 */
function scheduleRunning(limits: PooledVllmV1Limits, pool: Pool, draft: Draft): number | null {
	const { running } = pool;
	let room = limits.maxNumBatchedTokens;
	let someGone = false;
	let place = 0;
	while (place < running.length && room > 0) {
		const slot = running[place] as number;
		const tokens = wanted(limits, pool, slot, room);
		const blocks = blocksFor(limits, pool, slot, tokens + limits.draftTokens);
		while (limits.numBlocks - pool.usedBlocks < blocks && place < running.length) {
			restartPooled(pool, running.pop() as number, false);
			someGone = true;
		}
		if (place >= running.length) break;
		if (blocks > 0) addBlocks(pool, slot, blocks);
		growPrefix(pool);
		const processed = pool.requests.processed[slot] as number;
		if (processed < (pool.requests.prefill[slot] as number))
			namePrefix(pool, slot, processed + tokens);
		draft.slots.push(slot);
		draft.tokens.push(tokens);
		room -= tokens;
		place++;
	}
	running.splice(0, draft.slots.length);
	// A batch of nothing takes no time, and those gone may come back after it.
	return someGone && draft.slots.length > 0 ? null : room;
}

/** Whether the head has arrived and all of it fits; looks it up. */
function fits(limits: PooledVllmV1Limits, pool: Pool, slot: number): boolean {
	findPrefix(pool, slot);
	const blocks = Math.ceil((pool.requests.prefill[slot] as number) / limits.blockSize);
	return blocks - blocksInUse(pool) <= limits.numBlocks - pool.usedBlocks;
}

function headMayEnter(limits: PooledVllmV1Limits, pool: Pool, nowS: number): boolean {
	if (pool.holders === limits.batchSizeCap) return false;
	const slot = arrivedHead(pool, nowS);
	return slot !== undefined && fits(limits, pool, slot);
}

function admitWaiting(
	limits: PooledVllmV1Limits,
	pool: Pool,
	draft: Draft,
	at: { room: number; readonly nowS: number },
): void {
	let { room } = at;
	while (room > 0 && headMayEnter(limits, pool, at.nowS)) {
		const slot = arrivedHead(pool, at.nowS) as number;
		const found = pool.prefix?.foundTokens ?? 0;
		const rest = (pool.requests.prefill[slot] as number) - found;
		const tokens = Math.min(limited(limits, rest), room);
		admitHead(pool, slot, Math.ceil((found + tokens) / limits.blockSize));
		pool.requests.joined[slot] = pool.admissions++;
		namePrefix(pool, slot, found + tokens);
		draft.slots.push(slot);
		draft.tokens.push(tokens);
		room -= tokens;
	}
}

/** Adds a token of each of `slots` if there are blocks for all; otherwise changes nothing. */
function growAll(limits: PooledVllmV1Limits, pool: Pool, slots: readonly number[]): boolean {
	let needed = 0;
	for (const slot of slots) needed += blocksFor(limits, pool, slot, 1);
	if (needed > limits.numBlocks - pool.usedBlocks) return false;
	for (const slot of slots) {
		if (needed === 0) break;
		const blocks = blocksFor(limits, pool, slot, 1);
		if (blocks === 0) continue;
		addBlocks(pool, slot, blocks);
		needed -= blocks;
	}
	return true;
}
