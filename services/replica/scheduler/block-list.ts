/**
 * The KV blocks of one replica as vLLM's block pool keeps them: blocks with a hash of their content and of all
 * before it can be found again, as long as nobody has overwritten them. All blocks that no request holds, with
 * a hash or without, stand in one list, longest free first, and are overwritten in that order. Blocks without
 * a hash that came free together stand there as one entry.
 *
 * Blocks that decoding requests grow by leave the list late, at the next `takeFree`: what leaves it at its front
 * does so in the same order however late, as long as nobody reads it or comes free in between.
 */
export interface BlockList {
	readonly numBlocks: number;
	/** By entry: the hash, how many requests hold the block, the neighbours among the free, blocks. */
	hashHigh: Int32Array;
	hashLow: Int32Array;
	holders: Int32Array;
	previous: Int32Array;
	next: Int32Array;
	blocks: Int32Array;
	/** Entries that stand for no block now. */
	spare: Int32Array;
	spareCount: number;
	/** The free ones, longest free first; -1 for none. */
	first: number;
	last: number;
	/** Blocks in the list of the free ones. */
	freeBlocks: number;
	/** Entries by hash, open addressing with linear probing; -1 for an empty place. */
	places: Int32Array;
}

const NONE = -1;

/** A replica with all its blocks free and none to be found. */
export function createBlockList(numBlocks: number): BlockList {
	let places = 4;
	while (places < 2 * numBlocks) places *= 2;
	// One more than there are blocks, so that a free one can be split before it is taken.
	const entries = numBlocks + 1;
	const spare = new Int32Array(entries);
	for (let i = 0; i < entries; i++) spare[i] = entries - 1 - i;
	const list: BlockList = {
		numBlocks,
		hashHigh: new Int32Array(entries),
		hashLow: new Int32Array(entries),
		holders: new Int32Array(entries),
		previous: new Int32Array(entries).fill(NONE),
		next: new Int32Array(entries).fill(NONE),
		blocks: new Int32Array(entries),
		spare,
		spareCount: entries,
		first: NONE,
		last: NONE,
		freeBlocks: 0,
		places: new Int32Array(places).fill(NONE),
	};
	appendUnnamed(list, numBlocks);
	return list;
}

/** The entry of the block with this hash, -1 when there is none. */
export function findBlock(list: BlockList, high: number, low: number): number {
	return list.places[placeOf(list, high, low)] as number;
}

/** Takes one more block from the front of the free ones and gives it a hash that no block has. */
export function nameBlock(list: BlockList, high: number, low: number): number {
	list.spareCount--;
	const entry = list.spare[list.spareCount] as number;
	list.hashHigh[entry] = high;
	list.hashLow[entry] = low;
	list.holders[entry] = 1;
	list.blocks[entry] = 1;
	list.places[placeOf(list, high, low)] = entry;
	return entry;
}

/** Another request holds the block. True when it was free. */
export function holdBlock(list: BlockList, entry: number): boolean {
	const holders = list.holders[entry] as number;
	list.holders[entry] = holders + 1;
	if (holders > 0) return false;
	unlink(list, entry);
	list.freeBlocks--;
	return true;
}

/** A request lets go of the block. True when it was the last: the block is now the latest of the free ones. */
export function dropBlock(list: BlockList, entry: number): boolean {
	const holders = (list.holders[entry] as number) - 1;
	list.holders[entry] = holders;
	if (holders > 0) return false;
	link(list, entry);
	list.freeBlocks++;
	return true;
}

/** Blocks without a hash come free. */
export function appendUnnamed(list: BlockList, blocks: number): void {
	if (blocks === 0) return;
	const { last } = list;
	if (last !== NONE && isUnnamed(list, last)) {
		list.blocks[last] = (list.blocks[last] as number) + blocks;
	} else {
		list.spareCount--;
		const entry = list.spare[list.spareCount] as number;
		list.holders[entry] = UNNAMED;
		list.blocks[entry] = blocks;
		link(list, entry);
	}
	list.freeBlocks += blocks;
}

/** Overwrites the longest free until only `left` are free. */
export function takeFree(list: BlockList, left: number): void {
	let wanted = list.freeBlocks - left;
	while (wanted > 0) {
		const entry = list.first;
		const blocks = list.blocks[entry] as number;
		if (blocks > wanted) {
			list.blocks[entry] = blocks - wanted;
			break;
		}
		wanted -= blocks;
		unlink(list, entry);
		if (!isUnnamed(list, entry)) forget(list, entry);
		list.spare[list.spareCount] = entry;
		list.spareCount++;
	}
	list.freeBlocks = Math.min(list.freeBlocks, left);
}

/** In `holders`: the entry stands for blocks without a hash. */
const UNNAMED = -1;

function isUnnamed(list: BlockList, entry: number): boolean {
	return list.holders[entry] === UNNAMED;
}

function link(list: BlockList, entry: number): void {
	list.previous[entry] = list.last;
	list.next[entry] = NONE;
	if (list.last === NONE) list.first = entry;
	else list.next[list.last] = entry;
	list.last = entry;
}

function unlink(list: BlockList, entry: number): void {
	const previous = list.previous[entry] as number;
	const next = list.next[entry] as number;
	if (previous === NONE) list.first = next;
	else list.next[previous] = next;
	if (next === NONE) list.last = previous;
	else list.previous[next] = previous;
}

/** Where the hash stands, or would. */
function placeOf(list: BlockList, high: number, low: number): number {
	const { places, hashHigh, hashLow } = list;
	const mask = places.length - 1;
	let place = low & mask;
	for (;;) {
		const entry = places[place] as number;
		if (entry === NONE || (hashLow[entry] === low && hashHigh[entry] === high)) return place;
		place = (place + 1) & mask;
	}
}

/** Takes a hash out and moves up what its place had pushed on. */
function forget(list: BlockList, entry: number): void {
	const { places, hashLow } = list;
	const mask = places.length - 1;
	let hole = placeOf(list, list.hashHigh[entry] as number, hashLow[entry] as number);
	for (let place = hole; ; ) {
		place = (place + 1) & mask;
		const other = places[place] as number;
		if (other === NONE) break;
		const home = (hashLow[other] as number) & mask;
		// It may move up unless its home lies behind the hole.
		if (((place - home) & mask) < ((place - hole) & mask)) continue;
		places[hole] = other;
		hole = place;
	}
	places[hole] = NONE;
}
