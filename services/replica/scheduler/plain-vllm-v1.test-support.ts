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

/** Where a run stands. */
interface Plain {
	readonly limits: PooledVllmV1Limits;
	/** By arrival. */
	readonly arrivals: Request[];
	readonly waiting: Live[];
	/** In the order in which they were admitted. */
	running: Live[];
	/**
	 * With async scheduling a batch is decided when the one before it begins: what ends with that one is not known to be
	 * over, so that it keeps its place and its memory, but it needs nothing more.
	 */
	ending: Live[];
	preemptions: number;
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
	const plain: Plain = { limits, arrivals, waiting: [], running: [], ending: [], preemptions: 0 };
	const batches: PlainBatch[] = [];
	const completions: PlainResult['completions'][number][] = [];
	let nowS = 0;
	let seenS = 0;
	for (;;) {
		while (arrivals[0] !== undefined && arrivals[0].arrivedAtS <= seenS)
			plain.waiting.push(live(arrivals.shift() as Request));
		const before = plain.preemptions;
		const scheduled = schedule(plain);
		const wereEnding = plain.ending.length;
		plain.ending = [];
		if (scheduled.size === 0) {
			// Nothing to run ahead: the end of the batch is awaited.
			if (plain.preemptions > before) continue;
			if (seenS < nowS || wereEnding > 0) seenS = nowS;
			else if (arrivals[0] === undefined)
				return { batches, completions, preemptions: plain.preemptions };
			else {
				nowS = arrivals[0].arrivedAtS;
				seenS = nowS;
			}
			continue;
		}
		seenS = nowS;
		batches.push({
			startS: nowS,
			requestIds: [...scheduled.keys()].map(({ request }) => request.id),
			tokens: [...scheduled.values()],
		});
		nowS += inventedPredictor.batchTimeS(summaryOf(scheduled));
		for (const id of endStep(plain, scheduled)) completions.push({ id, atS: nowS });
		if (!limits.asyncScheduling) seenS = nowS;
	}
}

const holders = ({ running, ending }: Plain) => [...running, ...ending];

function free(plain: Plain): number {
	return plain.limits.numBlocks - holders(plain).reduce((sum, { blocks }) => sum + blocks, 0);
}

function capped({ limits }: Plain, tokens: number): number {
	const most = limits.longPrefillTokenThreshold;
	return most > 0 && tokens > most ? most : tokens;
}

/** First those that run, then those that wait. */
function schedule(plain: Plain): Map<Live, number> {
	const { limits, waiting, running } = plain;
	const blocksOf = (tokens: number) => Math.ceil(tokens / limits.blockSize);
	const scheduled = new Map<Live, number>();
	const before = plain.preemptions;
	let budget = limits.maxNumBatchedTokens;
	const give = (one: Live, tokens: number) => {
		one.blocks = blocksOf(one.computed + tokens);
		budget -= tokens;
		scheduled.set(one, tokens);
	};
	for (let i = 0; i < running.length && budget > 0; i++) {
		const one = running[i] as Live;
		const tokens = Math.min(capped(plain, one.known - one.computed), budget);
		const more = blocksOf(one.computed + tokens) - one.blocks;
		while (more > free(plain) && running.includes(one)) {
			const last = running.pop() as Live;
			Object.assign(last, { blocks: 0, computed: 0, prompt: last.known });
			waiting.unshift(last);
			plain.preemptions++;
		}
		if (!running.includes(one)) break;
		give(one, tokens);
	}
	if (plain.preemptions > before) return scheduled;
	while (waiting[0] !== undefined && budget > 0) {
		if (holders(plain).length === limits.batchSizeCap) break;
		const one = waiting[0];
		if (blocksOf(one.known) > free(plain)) break;
		waiting.shift();
		running.push(one);
		give(one, Math.min(capped(plain, one.known), budget));
	}
	return scheduled;
}

/** Books the tokens of a batch. Returns the ids of those that are complete. */
function endStep(plain: Plain, scheduled: ReadonlyMap<Live, number>): number[] {
	const done: Live[] = [];
	for (const [one, tokens] of scheduled) {
		one.computed += tokens;
		if (one.computed === one.known) one.known++;
		const { prefillTokens, decodeTokens } = one.request;
		if (one.known === prefillTokens + decodeTokens) done.push(one);
	}
	plain.running = plain.running.filter((one) => !done.includes(one));
	if (plain.limits.asyncScheduling) plain.ending = done;
	return done.map(({ request }) => request.id);
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
