import * as assert from 'uvu/assert';
import { findBlock } from './block-list.ts';
import type { PrefixBook, PrefixState } from './prefix-cache.ts';

/** How often each named block is held by the requests in `slots`. */
function holdersOf(prefix: PrefixState, slots: readonly number[]): Map<number, number> {
	const holders = new Map<number, number>();
	for (const slot of slots)
		for (const entry of prefix.held[slot] ?? [])
			if (entry >= 0) holders.set(entry, (holders.get(entry) ?? 0) + 1);
	return holders;
}

/** Blocks that the requests in `slots` would need more if they shared none. */
export function sharedBlocks(prefix: PrefixState | null, slots: readonly number[]): number {
	if (prefix === null || prefix.list === null) return 0;
	let shared = 0;
	for (const count of holdersOf(prefix, slots).values()) shared += count - 1;
	return shared;
}

/**
 * No KV block is lost or given out twice: those that requests hold and the free ones are all there are, a named
 * block has as many holders as requests hold it, and is found by its hash and by no other place.
 *
 * @param holding slots of all requests that hold memory
 * @param promised blocks that the iteration in flight takes, booked at its end
 */
export function checkPrefix(book: PrefixBook, holding: readonly number[], promised = 0): void {
	const { prefix, usedBlocks } = book;
	if (prefix === null || prefix.list === null) return;
	const { list } = prefix;
	const holders = holdersOf(prefix, holding);
	for (const [entry, count] of holders) assert.is(list.holders[entry], count);
	const free: number[] = [];
	let before = -1;
	for (let entry = list.first; entry !== -1; entry = list.next[entry] as number) {
		assert.is(list.previous[entry], before);
		assert.not(holders.has(entry));
		assert.ok((list.blocks[entry] as number) > 0);
		free.push(entry);
		before = entry;
	}
	assert.is(list.last, before);
	const freeBlocks = free.reduce((sum, entry) => sum + (list.blocks[entry] as number), 0);
	assert.is(list.freeBlocks, freeBlocks);
	// Blocks taken without being looked for leave the list at the next look-up.
	assert.ok(freeBlocks + usedBlocks + promised >= list.numBlocks);
	assert.ok(freeBlocks <= list.numBlocks);
	const named = [...holders.keys(), ...free.filter((entry) => list.holders[entry] === 0)];
	for (const entry of named)
		assert.is(
			findBlock(list, list.hashHigh[entry] as number, list.hashLow[entry] as number),
			entry,
		);
	const found = [...list.places].filter((entry) => entry !== -1);
	assert.equal(
		found.sort((a, b) => a - b),
		named.sort((a, b) => a - b),
	);
	assert.is(list.spareCount, list.numBlocks + 1 - free.length - holders.size);
}
