import { SimulationError } from '../../../protocol/errors.ts';
import {
	addBlocks,
	admitHead,
	arrivedHead,
	type Draft,
	endOneByOne,
	type Pool,
	type PooledScheduler,
} from './pool.ts';

/** Limits of LightLLM's scheduler. Its KV blocks are single tokens. */
export interface LightllmLimits {
	readonly numBlocks: number;
	readonly batchSizeCap: number;
	readonly maxTokensInBatch: number;
	/** Decode batches after which prompts are tried again. */
	readonly maxWaitingIterations: number;
	/** Vidur's behaviour where it is wrong. */
	readonly vidur: boolean;
}

/**
 * LightLLM: prompts in batches of their own, admitted when the memory will last until all have their answers
 * (lengths are known); in between all running requests decode.
 */
export function pooledLightllm(limits: LightllmLimits): PooledScheduler {
	return {
		ended: endOneByOne,
		repeats(pool, slots) {
			if (pool.decodesSincePrompts >= limits.maxWaitingIterations) return false;
			if (limits.numBlocks - pool.usedBlocks < slots.length) return false;
			for (const slot of slots) addBlocks(pool, slot, 1);
			pool.decodesSincePrompts++;
			return true;
		},
		next(pool, nowS) {
			if (pool.running.length === 0) {
				const prompts = takePrompts(limits, pool, nowS);
				if (prompts !== null) pool.decodesSincePrompts = 0;
				return prompts;
			}
			if (pool.decodesSincePrompts >= limits.maxWaitingIterations) {
				pool.decodesSincePrompts = 0;
				const prompts = takePrompts(limits, pool, nowS);
				if (prompts !== null) return prompts;
			}
			return takeDecodes(limits, pool);
		},
	};
}

function takeDecodes(limits: LightllmLimits, pool: Pool): Draft {
	const slots = pool.running.splice(0);
	if (limits.numBlocks - pool.usedBlocks < slots.length)
		throw new SimulationError('Cannot decode: KV memory that was promised is not there');
	for (const slot of slots) addBlocks(pool, slot, 1);
	pool.decodesSincePrompts++;
	return { slots, tokens: slots.map(() => 1) };
}

function takePrompts(limits: LightllmLimits, pool: Pool, nowS: number): Draft | null {
	const { requests, running } = pool;
	const draft: Draft = { slots: [], tokens: [] };
	const needs = running.map((slot) => needOf(pool, slot));
	let sum = 0;
	while (pool.holders < limits.batchSizeCap) {
		const slot = arrivedHead(pool, nowS);
		if (slot === undefined) break;
		const tokens = requests.prefill[slot] as number;
		const idle = pool.holders === 0 && !limits.vidur;
		needs.push({ used: tokens + 1, left: Math.max(0, (requests.decode[slot] as number) - 2) });
		if (!idle && (sum + tokens > limits.maxTokensInBatch || peakOf(needs) >= limits.numBlocks))
			break;
		sum += tokens;
		admitHead(pool, slot, tokens);
		draft.slots.push(slot);
		draft.tokens.push(tokens);
	}
	return draft.slots.length > 0 ? draft : null;
}

/** Token slots that a request has now, and those it will still take. */
interface Need {
	readonly used: number;
	readonly left: number;
}

function needOf({ requests }: Pool, slot: number): Need {
	const used = requests.processed[slot] as number;
	const decoded = Math.max(0, used - (requests.prefill[slot] as number));
	return { used, left: Math.max(0, (requests.decode[slot] as number) - decoded - 1) };
}

/** The most memory in use at once, when every request leaves at its end. */
function peakOf(needs: readonly Need[]): number {
	let used = 0;
	let most = 0;
	[...needs]
		.sort((a, b) => b.left - a.left)
		.forEach((need, i) => {
			used += need.used;
			most = Math.max(most, need.left * (i + 1) + used);
		});
	return most;
}
