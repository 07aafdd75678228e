import { addBlocks, admitHead, arrivedHead, type Draft, type Pool, restartPooled } from './pool.ts';
import { blocksInUse, findPrefix, namePrefix } from './prefix-cache.ts';

/** Limits of the schedulers that give KV memory block by block. */
export interface PagedLimits {
	readonly numBlocks: number;
	readonly blockSize: number;
	/** Blocks that admission leaves free. */
	readonly watermarkBlocks: number;
	/** Most requests that hold memory at once. */
	readonly batchSizeCap: number;
	/** Most requests in one of the batches in flight. */
	readonly microBatchCap: number;
	/** Vidur's behaviour where it is wrong. */
	readonly vidur: boolean;
}

/**
 * Looks the head's prompt up and says whether it has room. On an idle replica it always has, or the queue would
 * wait for ever.
 */
export function hasRoom(limits: PagedLimits, pool: Pool, slot: number): boolean {
	findPrefix(pool, slot);
	if (pool.holders === 0 && !limits.vidur) return true;
	const blocks = promptBlocks(limits, pool, slot) - blocksInUse(pool);
	const left = limits.numBlocks - pool.usedBlocks - blocks;
	return left >= limits.watermarkBlocks;
}

/** Blocks of a whole prompt. */
function promptBlocks(limits: PagedLimits, pool: Pool, slot: number): number {
	return Math.ceil((pool.requests.prefill[slot] as number) / limits.blockSize);
}

/** The arrived head if the number of requests allows another one in `draft`. */
export function admissible(
	limits: PagedLimits,
	pool: Pool,
	draft: Draft,
	nowS: number,
): number | undefined {
	if (pool.holders === limits.batchSizeCap) return undefined;
	if (draft.slots.length === limits.microBatchCap) return undefined;
	return arrivedHead(pool, nowS);
}

/** Tokens of the prompt that `hasRoom` was asked about that are to be computed. */
export function tokensLeft(pool: Pool, slot: number): number {
	return (pool.requests.prefill[slot] as number) - (pool.prefix?.foundTokens ?? 0);
}

/** Whether the head, arrived, may come into a batch of `size`, as far as the next blocks do not decide. */
export function headMayEnter(limits: PagedLimits, pool: Pool, size: number, nowS: number): boolean {
	if (pool.holders === limits.batchSizeCap || size === limits.microBatchCap) return false;
	const slot = arrivedHead(pool, nowS);
	return slot !== undefined && hasRoom(limits, pool, slot);
}

/** Takes the head with the blocks of its whole prompt, `tokens` of which are in this batch. */
export function admit(
	limits: PagedLimits,
	pool: Pool,
	draft: Draft,
	{ slot, tokens }: { readonly slot: number; readonly tokens: number },
): void {
	admitHead(pool, slot, promptBlocks(limits, pool, slot));
	if (pool.prefix !== null) namePrefix(pool, slot, pool.prefix.foundTokens + tokens);
	draft.slots.push(slot);
	draft.tokens.push(tokens);
}

/**
 * Adds one token of a running request that was just taken from the front of the running list. It wants a free
 * block, needed or not; while there is none the last of the list starts again, at last the request itself.
 */
export function addDecode(limits: PagedLimits, pool: Pool, draft: Draft, slot: number): void {
	while (limits.numBlocks - pool.usedBlocks < 1) {
		const victim = pool.running.pop() ?? slot;
		restartPooled(pool, victim, limits.vidur);
		if (victim === slot) return;
	}
	const { processed, blocks } = pool.requests;
	if ((processed[slot] as number) > (blocks[slot] as number) * limits.blockSize)
		addBlocks(pool, slot, 1);
	draft.slots.push(slot);
	draft.tokens.push(1);
}

/** Adds one token of each of `slots` if none of them would find all blocks taken; otherwise changes nothing. */
export function repeatDecodes(limits: PagedLimits, pool: Pool, slots: readonly number[]): boolean {
	const { processed, blocks } = pool.requests;
	const isFull = (slot: number) =>
		(processed[slot] as number) > (blocks[slot] as number) * limits.blockSize;
	let needed = 0;
	for (let i = 0; i < slots.length; i++) if (isFull(slots[i] as number)) needed++;
	if (limits.numBlocks - pool.usedBlocks - needed < 1) return false;
	for (let i = 0; needed > 0; i++) {
		const slot = slots[i] as number;
		if (!isFull(slot)) continue;
		addBlocks(pool, slot, 1);
		needed--;
	}
	return true;
}
