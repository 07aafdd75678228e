import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../../kernel/actor/random.ts';
import * as fc from '../../../tests/properties.test-support.ts';
import type { Request } from '../engine/admission.ts';
import { inventedFast } from '../engine/fuzz.test-support.ts';
import type { Machine } from '../engine/machine.ts';
import { createRequests } from '../engine/request-table.ts';
import { type NaiveBlock, NaiveCache, type NaivePrompt } from './naive-cache.test-support.ts';
import { checkPrefix } from './prefix-cache.test-support.ts';
import {
	beginPrefix,
	blocksInUse,
	contextOf,
	createPrefix,
	dropPrefix,
	findPrefix,
	namePrefix,
	type PrefixCacheConfig,
	takePrefix,
} from './prefix-cache.ts';

const SHARED: PrefixCacheConfig = { type: 'shared' };

/** A replica's books with nothing but a cache. */
function books(config: PrefixCacheConfig, numBlocks: number, blockSize: number) {
	const prefix = createPrefix(config, { numBlocks, blockSize }, [7, 11]);
	const book = { prefix, requests: createRequests(), usedBlocks: 0 };
	return {
		book,
		/** A prompt comes and is looked up: tokens found. */
		look(slot: number, prompt: NaivePrompt, tokens: number): number {
			book.requests.prefill[slot] = tokens;
			book.requests.cached[slot] = -1;
			beginPrefix(prefix, slot, { id: prompt.id, prefillTokens: tokens, prefix: prompt.pieces });
			return findPrefix(book, slot);
		},
		take(slot: number, blocks: number, tokens: number): void {
			takePrefix(book, slot, blocks);
			namePrefix(book, slot, tokens);
			book.usedBlocks += blocks - blocksInUse(book);
		},
		drop(slot: number, blocks: number, tokens: number): void {
			book.usedBlocks -= dropPrefix(book, slot, blocks, tokens);
		},
	};
}

test('findPrefix() and takePrefix() follow the example in vLLM’s design document', () => {
	// Blocks of 4 tokens, 10 of them. The numbers of blocks in the comments are those of the document.
	const { book, look, take, drop } = books(SHARED, 10, 4);
	const story = 100;
	const first = { id: 0, pieces: [story, 15] };
	// Time 1 to 3: 15 prompt tokens take 4 blocks; decoding fills block 3 and takes block 4.
	assert.is(look(0, first, 15), 0);
	take(0, 4, 15);
	book.usedBlocks++;
	// Time 4: 14 prompt tokens of which 10 are the same: blocks 0 and 1 are found.
	assert.is(look(1, { id: 1, pieces: [story, 10] }, 14), 8);
	assert.is(blocksInUse(book), 2);
	take(1, 4, 14);
	assert.is(book.usedBlocks, 7);
	// Time 5 and 6: both end. Blocks 2, 3 and 4 come free, then 6, 5, 1 and 0.
	drop(0, 5, 17);
	assert.is(book.usedBlocks, 4);
	drop(1, 4, 14);
	assert.is(book.usedBlocks, 0);
	// Time 7: 29 prompt tokens of which 12 are the same. Blocks 0, 1 and 2 are found, then 7, 8, 9, 4 and 3 taken.
	assert.is(look(2, { id: 2, pieces: [story, 12] }, 29), 12);
	assert.is(blocksInUse(book), 0);
	take(2, 8, 29);
	assert.is(book.usedBlocks, 8);
	checkPrefix(book, [2]);
	// Block 3 is overwritten: of the first story, its answer included, 12 tokens are left. Block 5 is not.
	assert.is(look(3, { id: 0, pieces: [story, 15] }, 17), 12);
	assert.is(look(4, { id: 1, pieces: [story, 10] }, 14), 12);
});

test('findPrefix() leaves the last prompt token to be computed', () => {
	const { look, take } = books(SHARED, 100, 16);
	const prompt = (id: number) => ({ id, pieces: [1, 96] });
	look(0, prompt(0), 96);
	take(0, 6, 96);
	// 96 tokens are 6 full blocks, but 95 only 5.
	assert.is(look(1, prompt(1), 96), 80);
	assert.is(look(2, prompt(2), 97), 96);
	assert.is(look(3, { id: 3, pieces: [1, 40] }, 200), 32);
});

test('a hit rate is kept in the mean, in whole blocks, and differs as told', () => {
	const count = 4000;
	const drawn = (distribution: 'fixed' | 'uniform' | 'all_or_nothing', fraction: number) => {
		const { look } = books({ type: 'hit-rate', fraction, distribution }, 1, 16);
		return Array.from({ length: count }, (_, id) => look(id % 64, { id, pieces: [] }, 1000));
	};
	for (const distribution of ['fixed', 'uniform', 'all_or_nothing'] as const)
		for (const fraction of [0, 0.3, 0.7]) {
			const tokens = drawn(distribution, fraction);
			assert.ok(tokens.every((value) => value % 16 === 0 && value < 1000));
			const mean = tokens.reduce((sum, value) => sum + value, 0) / count / 1000;
			// Within four standard errors of the widest, and the token left over of a prompt found whole.
			assert.ok(Math.abs(mean - fraction) < 4 * Math.sqrt(0.25 / count) + 0.008, `${mean}`);
			const kinds = new Set(tokens).size;
			if (fraction === 0) assert.is(kinds, 1);
			else if (distribution === 'uniform') assert.ok(kinds > 20);
			else assert.is(kinds, 2);
		}
});

test('contextOf() has the work of all prompts, where a sum would have more', () => {
	// Two prompts of 100 tokens behind 640 each: 2 * 100 * 640 = root of 2 * 100^2 times 905.1, rounded up to 64.
	assert.is(contextOf(2 * 100 * 640, 2 * 100 ** 2, 64), 960);
	assert.is(contextOf(100 * 640, 100 ** 2, 64), 640);
});

interface Held {
	readonly prompt: NaivePrompt;
	readonly blocks: NaiveBlock[];
	readonly tokens: number;
}

test('the cache does what a list of blocks with their whole text does', () => {
	const size = { numBlocks: 24, blockSize: 4 };
	const property = fc.property(fc.nat(), fc.integer({ min: 1, max: 4 }), (seed, stories) => {
		const random = namedPrng(`${seed}/prefix-cache`);
		const below = (limit: number) => Math.floor(random.uniform() * limit);
		const naive = new NaiveCache(size.numBlocks, size.blockSize);
		const { book, look, take, drop } = books(SHARED, size.numBlocks, size.blockSize);
		const held = new Map<number, Held>();
		for (let step = 0; step < 120; step++) {
			const slot = below(8);
			const holder = held.get(slot);
			if (holder === undefined) {
				const tokens = 1 + below(40);
				const shared = below(tokens + 1);
				const prompt = { id: step, pieces: [below(stories), shared, 50 + below(2), below(10)] };
				const found = naive.find(prompt, tokens);
				const blocks = Math.ceil(tokens / size.blockSize);
				assert.is(look(slot, prompt, tokens), found.length * size.blockSize);
				const inUse = found.filter(({ holders }) => holders > 0).length;
				assert.is(blocksInUse(book), inUse);
				assert.is(naive.freeBlocks, size.numBlocks - book.usedBlocks);
				if (blocks - inUse > naive.freeBlocks) continue;
				const taken = naive.take(found, blocks);
				take(slot, blocks, tokens);
				naive.name(taken, prompt, tokens);
				held.set(slot, { prompt, blocks: taken, tokens });
			} else if (below(2) === 0 && naive.freeBlocks > 0) {
				// Decoding: the last block is full, and one more is taken.
				const tokens = holder.blocks.length * size.blockSize;
				held.set(slot, { ...holder, blocks: [...holder.blocks, naive.grow()], tokens });
				book.usedBlocks++;
			} else {
				naive.name(holder.blocks, holder.prompt, holder.tokens);
				naive.drop(holder.blocks);
				drop(slot, holder.blocks.length, holder.tokens);
				held.delete(slot);
			}
			checkPrefix(book, [...held.keys()]);
		}
	});
	fc.assert(property, { numRuns: 100 });
});

/** Sessions as Mooncake has them: a turn's prompt begins with the blocks of 512 tokens of the turns before. */
function mooncakeLike(count: number): Request[] {
	const random = namedPrng('3/mooncake');
	const sessions: number[][] = [];
	let names = 0;
	return Array.from({ length: count }, (_, id) => {
		const isNew = sessions.length === 0 || random.uniform() < 0.3;
		if (isNew) sessions.push([1]);
		const session = sessions[
			isNew ? sessions.length - 1 : Math.floor(random.uniform() * sessions.length)
		] as number[];
		const added = 1 + Math.floor(random.uniform() * 2);
		for (let i = 0; i < added; i++) session.push(++names + 1);
		const prefillTokens = 512 * session.length - Math.floor(random.uniform() * 512);
		if (session.length > 7) sessions.splice(sessions.indexOf(session), 1);
		const prefix = session.flatMap((name, i) => [name, Math.min(512, prefillTokens - 512 * i)]);
		const decodeTokens = 1 + Math.floor(random.uniform() * 100);
		return { id, arrivedAtS: id * 100, interArrivalS: 100, prefillTokens, decodeTokens, prefix };
	});
}

test('the hit rate over a trace like Mooncake’s is that of a naive simulation', () => {
	const requests = mooncakeLike(70);
	const rates = [300, 1000].map((numBlocks) => {
		const frame = { numBlocks, maxBatch: 1, blocksPerRequest: 280, stages: 1, vidur: false };
		const common = { batchSizeCap: 1, blockSize: 16, numBlocks: null, watermarkFraction: 0 };
		const scheduler = { type: 'sarathi', ...common, chunkSize: 512 } as const;
		const machine = inventedFast({ scheduler, frame, prefixCache: SHARED }, []) as Machine;
		const state = machine.create();
		for (const request of requests) machine.submit(state, request);
		const cached: number[] = [];
		machine.advance(state, Number.POSITIVE_INFINITY, {
			completed: (_atS, row, tokens) => {
				cached[row[0] as number] = tokens;
			},
		});
		const naive = new NaiveCache(numBlocks, 16);
		const expected = requests.map(({ id, prefillTokens, decodeTokens, prefix = [] }) => {
			const prompt = { id, pieces: prefix };
			const found = naive.find(prompt, prefillTokens);
			const held = naive.take(found, Math.ceil(prefillTokens / 16));
			naive.name(held, prompt, prefillTokens);
			// The last token of the answer is never cached.
			const tokens = prefillTokens + decodeTokens - 1;
			while (held.length * 16 < tokens) held.push(naive.grow());
			naive.name(held, prompt, tokens);
			naive.drop(held);
			return found.length * 16;
		});
		assert.equal(cached, expected);
		const prefix = machine.prefix(state);
		const rate = (prefix?.hitTokens ?? 0) / (prefix?.queriedTokens ?? 1);
		return rate;
	});
	// With little memory sessions lose their beginnings to others.
	const [little = 0, much = 0] = rates;
	assert.ok(little > 0.01 && little < 0.8 * much, `${rates}`);
});

test.run();
