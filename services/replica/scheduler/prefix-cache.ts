import * as z from 'zod';
import { givenMembers } from '../../../protocol/scenario/given.ts';
import { PrefixCache } from '../../../protocol/scenario/serving.ts';
import type { RequestTable } from '../engine/request-table.ts';
import {
	appendUnnamed,
	type BlockList,
	createBlockList,
	dropBlock,
	findBlock,
	holdBlock,
	nameBlock,
	takeFree,
} from './block-list.ts';
import { type BlockHashes, extendHashes, uniformOf } from './prefix-hash.ts';

/** How a replica finds the beginnings of prompts in its KV cache. */
export const PrefixCacheConfig = z.discriminatedUnion('type', givenMembers(PrefixCache.options));
export type PrefixCacheConfig = z.infer<typeof PrefixCacheConfig>;

/** All that a replica remembers of prefixes. What is per request is indexed by slot. */
export interface PrefixState {
	readonly blockSize: number;
	/** null: nothing is looked up, `drawn` says what is found. */
	readonly list: BlockList | null;
	readonly hitRate: Extract<PrefixCacheConfig, { type: 'hit-rate' }> | null;
	/** Two words. */
	readonly seed: readonly number[];
	readonly drawn: number[];
	readonly pieces: (readonly number[])[];
	readonly own: number[];
	readonly hashes: BlockHashes[];
	/** Entries of the blocks that a request holds, from its first token on; -1 where the hash is another's. */
	readonly held: number[][];
	/** What the last look-up found: entries, tokens, and how many blocks are in use anyway. */
	readonly found: number[];
	foundTokens: number;
	blocksInUse: number;
	/** Blocks that running requests take in the decision being made, which `usedBlocks` does not have yet. */
	promised: number;
	/** Prompt tokens of all admissions so far, and those of them that were found. */
	queriedTokens: number;
	hitTokens: number;
}

/** What the caches need to know of a replica's books. */
export interface PrefixBook {
	readonly prefix: PrefixState | null;
	readonly requests: RequestTable;
	readonly usedBlocks: number;
}

/** An empty cache. `seed` names the draws of hit-rate. */
export function createPrefix(
	config: PrefixCacheConfig,
	memory: { readonly numBlocks: number; readonly blockSize: number },
	seed: readonly number[],
): PrefixState {
	return {
		blockSize: memory.blockSize,
		list: config.type === 'shared' ? createBlockList(memory.numBlocks) : null,
		hitRate: config.type === 'hit-rate' ? config : null,
		seed,
		drawn: [],
		pieces: [],
		own: [],
		hashes: [],
		held: [],
		found: [],
		foundTokens: 0,
		blocksInUse: 0,
		promised: 0,
		queriedTokens: 0,
		hitTokens: 0,
	};
}

const NO_PIECES: readonly number[] = [];

/** A request arrives. */
export function beginPrefix(
	prefix: PrefixState,
	slot: number,
	request: {
		readonly id: number;
		readonly prefillTokens: number;
		readonly prefix?: readonly number[];
	},
): void {
	prefix.pieces[slot] = request.prefix ?? NO_PIECES;
	prefix.own[slot] = request.id;
	prefix.hashes[slot] = [];
	prefix.held[slot] = [];
	prefix.drawn[slot] = prefix.hitRate === null ? 0 : drawTokens(prefix, request);
}

/** Tokens in whole blocks, rounded at random so that the mean is that of the configuration. */
function drawTokens(
	{ hitRate, seed, blockSize }: PrefixState,
	{ id, prefillTokens }: { readonly id: number; readonly prefillTokens: number },
): number {
	if (hitRate === null) return 0;
	const [high = 0, low = 0] = seed;
	const { fraction, distribution } = hitRate;
	const chance = uniformOf(high, low, id);
	let part = fraction;
	if (distribution === 'all_or_nothing') part = chance < fraction ? 1 : 0;
	// Symmetric about its mean, within [0, 1].
	else if (distribution === 'uniform')
		part = fraction + (2 * chance - 1) * Math.min(fraction, 1 - fraction);
	const blocks = (part * prefillTokens) / blockSize;
	return Math.floor(blocks + uniformOf(low, high, id)) * blockSize;
}

/**
 * Looks the prompt of a waiting request up: how many of its tokens need no computing. At least its last is
 * computed. `growing` blocks are promised to others. 0 without a cache.
 */
export function findPrefix(book: PrefixBook, slot: number, growing = 0): number {
	const { prefix, requests } = book;
	if (prefix === null) return 0;
	const { list, blockSize, found } = prefix;
	const most = Math.floor(((requests.prefill[slot] as number) - 1) / blockSize);
	prefix.blocksInUse = 0;
	if (list === null) {
		prefix.foundTokens = Math.min(prefix.drawn[slot] as number, most * blockSize);
		return prefix.foundTokens;
	}
	takeFree(list, list.numBlocks - book.usedBlocks - growing);
	found.length = 0;
	for (let block = 0; block < most; block++) {
		const entry = entryOf(prefix, list, slot, block);
		if (entry < 0) break;
		found.push(entry);
		if ((list.holders[entry] as number) > 0) prefix.blocksInUse++;
	}
	prefix.foundTokens = found.length * blockSize;
	return prefix.foundTokens;
}

/** Of the blocks that the last look-up found, those that need no room because others hold them too. */
export function blocksInUse({ prefix }: PrefixBook): number {
	return prefix === null ? 0 : prefix.blocksInUse;
}

/**
 * Gives a request that was just looked up what was found. Its other blocks are taken too; they can be found
 * from `namePrefix` on.
 *
 * @param blocks of its prompt, and what else is reserved for it
 */
export function takePrefix(book: PrefixBook, slot: number, blocks: number): void {
	const { prefix, requests } = book;
	if (prefix === null) return;
	const { list, found, foundTokens } = prefix;
	requests.processed[slot] = foundTokens;
	if ((requests.cached[slot] as number) < 0) requests.cached[slot] = foundTokens;
	prefix.queriedTokens += requests.prefill[slot] as number;
	prefix.hitTokens += foundTokens;
	if (list === null) return;
	for (const entry of found) holdBlock(list, entry);
	takeFree(list, list.freeBlocks - (blocks - found.length));
	prefix.held[slot] = [...found];
}

/** A request has got blocks for its next tokens, which `usedBlocks` has; `growing` blocks more are promised to others. */
export function growPrefix(book: PrefixBook, growing = 0): void {
	const list = book.prefix?.list ?? null;
	if (list !== null) takeFree(list, list.numBlocks - book.usedBlocks - growing);
}

/** The first `tokens` tokens of an admitted request are computed or in a batch: whole blocks can be found. */
export function namePrefix({ prefix }: PrefixBook, slot: number, tokens: number): void {
	if (prefix === null || prefix.list === null) return;
	const { list, blockSize } = prefix;
	const held = prefix.held[slot] as number[];
	const full = Math.floor(tokens / blockSize);
	for (let block = held.length; block < full; block++)
		held.push(newEntry(prefix, list, slot, block));
}

/** Gives a request's block its hash; -1 when another block has it. */
function newEntry(prefix: PrefixState, list: BlockList, slot: number, block: number): number {
	if (entryOf(prefix, list, slot, block) >= 0) return -1;
	const hashes = prefix.hashes[slot] as BlockHashes;
	return nameBlock(list, hashes[2 * block] as number, hashes[2 * block + 1] as number);
}

/**
 * Takes a request's `blocks` blocks back, its first `tokens` tokens in them, the last block first as vLLM
 * does, so that beginnings live longest.
 *
 * @returns how many of them nobody else holds
 */
export function dropPrefix(book: PrefixBook, slot: number, blocks: number, tokens: number): number {
	const { prefix } = book;
	if (prefix === null || prefix.list === null) return blocks;
	const { list } = prefix;
	takeFree(list, list.numBlocks - book.usedBlocks - prefix.promised);
	namePrefix(book, slot, Math.min(tokens, blocks * prefix.blockSize));
	const held = prefix.held[slot] as number[];
	// Where the block of the same content is overwritten by now, this one takes its place.
	held.forEach((entry, block) => {
		if (entry < 0) held[block] = newEntry(prefix, list, slot, block);
	});
	let free = blocks - held.length;
	appendUnnamed(list, free);
	for (let i = held.length - 1; i >= 0; i--) {
		const entry = held[i] as number;
		if (entry < 0) appendUnnamed(list, 1);
		if (entry < 0 || dropBlock(list, entry)) free++;
	}
	prefix.held[slot] = [];
	return free;
}

/** The entry of the block with the content of a request's block number `block`, -1 when there is none. */
function entryOf(prefix: PrefixState, list: BlockList, slot: number, block: number): number {
	const hashes = prefix.hashes[slot] as BlockHashes;
	if (hashes.length <= 2 * block)
		extendHashes(hashes, block + 1, prefix.blockSize, {
			pieces: prefix.pieces[slot] as readonly number[],
			own: prefix.own[slot] as number,
		});
	return findBlock(list, hashes[2 * block] as number, hashes[2 * block + 1] as number);
}

/**
 * Cached tokens that a batch of several prompts with context counts as, when some were found in the cache: so
 * many that its attention, priced as one chunk of the root of the squares' sum, has the work of all of them.
 * Vidur adds them up, which counts n equal prompts sqrt(n) times too much.
 *
 * @param work sum over the prompts of their tokens in the batch times their tokens before it
 */
export function contextOf(work: number, squares: number, granularity: number): number {
	return Math.ceil(work / Math.sqrt(squares) / granularity) * granularity;
}
