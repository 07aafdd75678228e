import type { BatchSummary } from '../../../silicon/predictor/predictor.ts';
import type { Request } from '../engine/admission.ts';
import { inventedPredictor } from '../engine/testing.test-support.ts';
import type { PooledVllmV1Limits } from './pooled-vllm-v1.ts';

interface Live {
	readonly request: Request;
	/** Tokens known: the prompt and the answer so far. */
	known: number;
	/** Tokens whose keys and values are there. */
	computed: number;
	/** Tokens known when its memory was last given: from there on it decodes. */
	prompt: number;
	blocks: number;
}

/** One batch as the plain scheduler decided it. */
export interface PlainBatch {
	readonly startS: number;
	readonly requestIds: number[];
	readonly tokens: number[];
}

/** All batches, and the completions in their order. */
export interface PlainResult {
	readonly batches: PlainBatch[];
	readonly completions: { readonly id: number; readonly atS: number }[];
	readonly preemptions: number;
}

/**
 * vLLM's engine V1 written a second time, from its rules and as plainly as they are: one object per request, each step
 * goes through all of them. The oracle for both engines.
 */
export function runPlainVllmV1(
	limits: PooledVllmV1Limits,
	requests: readonly Request[],
): PlainResult {
	const arrivals = [...requests];
	let waiting: Live[] = [];
	let running: Live[] = [];
	const result = { batches: [] as PlainBatch[], completions: [] as PlainResult['completions'] };
	let preemptions = 0;
	let nowS = 0;
	const free = () => limits.numBlocks - running.reduce((sum, { blocks }) => sum + blocks, 0);
	const blocksOf = (tokens: number) => Math.ceil(tokens / limits.blockSize);
	const capped = (tokens: number) => {
		const most = limits.longPrefillTokenThreshold;
		return most > 0 && tokens > most ? most : tokens;
	};
	for (;;) {
		while (arrivals[0] !== undefined && arrivals[0].arrivedAtS <= nowS)
			waiting.push(live(arrivals.shift() as Request));
		const scheduled = new Map<Live, number>();
		let budget = limits.maxNumBatchedTokens;
		let preempted = false;
		for (let i = 0; i < running.length && budget > 0; i++) {
			const one = running[i] as Live;
			const tokens = Math.min(capped(one.known - one.computed), budget);
			const more = blocksOf(one.computed + tokens) - one.blocks;
			let gone = false;
			while (more > free() && !gone) {
				const last = running.pop() as Live;
				Object.assign(last, { blocks: 0, computed: 0, prompt: last.known });
				waiting.unshift(last);
				preemptions++;
				preempted = true;
				gone = last === one;
			}
			if (gone) break;
			one.blocks += more;
			budget -= tokens;
			scheduled.set(one, tokens);
		}
		while (!preempted && waiting.length > 0 && budget > 0) {
			if (running.length === limits.batchSizeCap) break;
			const one = waiting[0] as Live;
			if (blocksOf(one.known) > free()) break;
			const tokens = Math.min(capped(one.known), budget);
			waiting.shift();
			running.push(one);
			one.blocks = blocksOf(tokens);
			budget -= tokens;
			scheduled.set(one, tokens);
		}
		if (scheduled.size === 0) {
			if (preempted) continue;
			if (arrivals[0] === undefined) return { ...result, preemptions };
			nowS = arrivals[0].arrivedAtS;
			continue;
		}
		result.batches.push({
			startS: nowS,
			requestIds: [...scheduled.keys()].map(({ request }) => request.id),
			tokens: [...scheduled.values()],
		});
		nowS += inventedPredictor.batchTimeS(summaryOf(scheduled));
		for (const [one, tokens] of scheduled) {
			one.computed += tokens;
			if (one.computed === one.known) one.known++;
			const { request } = one;
			if (one.known < request.prefillTokens + request.decodeTokens) continue;
			result.completions.push({ id: request.id, atS: nowS });
			running = running.filter((other) => other !== one);
		}
		waiting = [...waiting];
	}
}

function live(request: Request): Live {
	const { prefillTokens } = request;
	return { request, known: prefillTokens, computed: 0, prompt: prefillTokens, blocks: 0 };
}

/** What the price of a batch follows from: Vidur's counts, in which the last token of a request that decodes is processed. */
function summaryOf(scheduled: ReadonlyMap<Live, number>): BatchSummary {
	const summary = { tokens: 0, decodes: 0, prefills: 0, prefillSquares: 0, prefillKv: 0 };
	let decodeTokens = 0;
	for (const [one, tokens] of scheduled) {
		summary.tokens += tokens;
		if (one.computed >= one.prompt) {
			summary.decodes++;
			decodeTokens += one.known;
		} else {
			summary.prefills++;
			summary.prefillSquares += tokens ** 2;
			summary.prefillKv += Math.ceil(one.computed / 64) * 64;
		}
	}
	const decodeKv = summary.decodes > 0 ? Math.floor(decodeTokens / summary.decodes) : 0;
	return { ...summary, decodeKv };
}
