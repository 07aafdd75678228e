import { frequencyRatio, powerAtRatioW, slowdown } from '../../../silicon/dvfs.ts';
import { gpuPowerW } from '../../../silicon/power.ts';
import { fillTraffic } from '../../../silicon/traffic.ts';
import type { VllmLimits } from '../scheduler/vllm.ts';
import type { Request } from './admission.ts';
import type { Engine } from './engine.ts';

interface Live {
	readonly request: Request;
	prefill: number;
	decode: number;
	processed: number;
	prefilled: boolean;
	blocks: number;
	scheduledAtS: number;
	prefilledAtS: number;
	lastEndS: number;
	executedS: number;
	preemptedS: number;
	restarts: number;
}

export interface Completion {
	readonly id: number;
	readonly atS: number;
	readonly executedS: number;
	readonly preemptedS: number;
	readonly scheduledAtS: number;
	readonly prefilledAtS: number;
	readonly restarts: number;
}

export interface CapChange {
	readonly atS: number;
	readonly capW: number;
}

export interface SimpleBatch {
	readonly startS: number;
	readonly endS: number;
	readonly ids: readonly number[];
	readonly tokens: number;
	readonly usedBlocks: number;
}

export interface SimpleResult {
	readonly completions: Completion[];
	readonly batches: SimpleBatch[];
	/** Energy above idle, of one GPU, in the report steps. */
	readonly dynamicJ: number[];
}

/**
 * The engine written a second time, straight from the description of Vidur's event loop: one object per
 * request, every iteration and every member touched one by one. The oracle for the fast engine.
 */
export function runSimply(
	engine: Engine,
	limits: VllmLimits,
	requests: readonly Request[],
	options: { readonly stepS: number; readonly caps: readonly CapChange[] },
): SimpleResult {
	const result: SimpleResult = { completions: [], batches: [], dynamicJ: [] };
	const arrivals = [...requests];
	let queue: Live[] = [];
	let running: Live[] = [];
	let nowS = 0;
	for (;;) {
		while (arrivals[0] !== undefined && arrivals[0].arrivedAtS <= nowS)
			queue.push(live(arrivals.shift() as Request));
		let batch = takePrompts(limits, queue, running);
		const isPrefill = batch.length > 0;
		if (isPrefill) queue = queue.slice(batch.length);
		else {
			running.sort((a, b) => a.request.arrivedAtS - b.request.arrivedAtS);
			const decided = takeDecodes(limits, running);
			batch = decided.batch;
			queue = [...decided.evicted, ...queue];
			running = [];
		}
		if (batch.length === 0) {
			if (arrivals[0] === undefined) return result;
			nowS = arrivals[0].arrivedAtS;
			continue;
		}
		const all = isPrefill ? [...batch, ...running] : batch;
		const endS = execute(engine, batch, nowS, { ...options, result });
		result.batches.push({
			startS: nowS,
			endS,
			ids: batch.map(({ request }) => request.id),
			tokens: batch.reduce((sum, one) => sum + tokensOf(one), 0),
			usedBlocks: all.reduce((sum, one) => sum + one.blocks, 0),
		});
		for (const one of batch) {
			one.processed += tokensOf(one);
			one.lastEndS = endS;
			if (one.processed === one.prefill) {
				one.prefilled = true;
				one.processed++;
				if (Number.isNaN(one.prefilledAtS)) one.prefilledAtS = endS;
			}
			if (one.processed === one.prefill + one.decode)
				result.completions.push(completion(one, endS));
			else running.push(one);
		}
		nowS = endS;
	}
}

function live(request: Request): Live {
	return {
		request,
		prefill: request.prefillTokens,
		decode: request.decodeTokens,
		processed: 0,
		prefilled: false,
		blocks: 0,
		scheduledAtS: Number.NaN,
		prefilledAtS: Number.NaN,
		lastEndS: Number.NaN,
		executedS: 0,
		preemptedS: 0,
		restarts: 0,
	};
}

function completion(one: Live, atS: number): Completion {
	const { executedS, preemptedS, scheduledAtS, prefilledAtS, restarts } = one;
	return { id: one.request.id, atS, executedS, preemptedS, scheduledAtS, prefilledAtS, restarts };
}

function tokensOf(one: Live): number {
	return one.prefilled ? 1 : one.prefill;
}

function takePrompts(limits: VllmLimits, queue: readonly Live[], running: readonly Live[]): Live[] {
	const batch: Live[] = [];
	for (const head of queue) {
		const used = [...running, ...batch].reduce((sum, one) => sum + one.blocks, 0);
		const need = Math.ceil(head.prefill / limits.blockSize);
		const longest = Math.max(head.prefill, ...batch.map(({ prefill }) => prefill));
		if (running.length + batch.length > 0) {
			if (limits.numBlocks - used - need < limits.watermarkBlocks) break;
			if ((batch.length + 1) * longest > limits.maxTokensInBatch) break;
			if (running.length + batch.length === limits.batchSizeCap) break;
		}
		head.blocks = need;
		batch.push(head);
	}
	return batch;
}

function takeDecodes(limits: VllmLimits, running: readonly Live[]) {
	const waiting = [...running];
	const batch: Live[] = [];
	let evicted: Live[] = [];
	const free = () =>
		limits.numBlocks - [...batch, ...waiting].reduce((sum, one) => sum + one.blocks, 0);
	while (waiting.length > 0) {
		const one = waiting[0] as Live;
		if (free() >= 1) {
			waiting.shift();
			if (one.processed > one.blocks * limits.blockSize) one.blocks++;
			batch.push(one);
			continue;
		}
		const victim = waiting.pop() as Live;
		const total = victim.prefill + victim.decode;
		victim.prefill = victim.processed;
		victim.decode = total - victim.processed;
		victim.processed = 0;
		victim.prefilled = false;
		victim.blocks = 0;
		victim.restarts++;
		evicted = [victim, ...evicted];
	}
	return { batch, evicted };
}

interface Execution {
	readonly stepS: number;
	readonly caps: readonly CapChange[];
	readonly result: SimpleResult;
}

/** Runs a batch through all changes of the cap and returns its end. */
function execute(
	engine: Engine,
	batch: readonly Live[],
	startS: number,
	{ stepS, caps, result }: Execution,
): number {
	for (const one of batch) {
		if (Number.isNaN(one.scheduledAtS)) one.scheduledAtS = startS;
		if (!Number.isNaN(one.lastEndS)) one.preemptedS += startS - one.lastEndS;
	}
	const { durationS, flops, bytes } = price(engine, batch);
	const rate = flops / durationS;
	const fullW = gpuPowerW(engine.power, rate, bytes / durationS);
	let segmentS = startS;
	let leftS = durationS;
	for (;;) {
		const capW = caps.findLast(({ atS }) => atS <= segmentS)?.capW ?? Number.POSITIVE_INFINITY;
		const ratio = frequencyRatio(engine.power, fullW, capW);
		const stretch = slowdown(engine.power, rate, ratio);
		const endS = segmentS + leftS * stretch;
		const change = caps.find(({ atS }) => atS > segmentS)?.atS ?? Number.POSITIVE_INFINITY;
		const stopS = Math.min(endS, change);
		const dynamicW = powerAtRatioW(engine.power, fullW, ratio) - engine.power.idleW;
		addToSteps(result.dynamicJ, { fromS: segmentS, untilS: stopS, stepS }, dynamicW);
		if (endS <= change) {
			for (const one of batch) one.executedS += endS - startS;
			return endS;
		}
		leftS -= (change - segmentS) / stretch;
		segmentS = change;
	}
}

function price(engine: Engine, batch: readonly Live[]) {
	const decodes = batch.filter(({ prefilled }) => prefilled);
	const prompts = batch.filter(({ prefilled }) => !prefilled);
	const tokens = batch.reduce((sum, one) => sum + tokensOf(one), 0);
	const durationS = engine.predictor.batchTimeS({
		tokens,
		decodes: decodes.length,
		decodeKv: Math.floor(
			decodes.reduce((sum, { processed }) => sum + processed, 0) / Math.max(1, decodes.length),
		),
		prefills: prompts.length,
		prefillSquares: prompts.reduce((sum, { prefill }) => sum + prefill ** 2, 0),
		prefillKv: 0,
	});
	const attention = batch.reduce((sum, one) => {
		const t = tokensOf(one);
		return sum + t * (t + one.processed);
	}, 0);
	const { flopsPerToken, flopsPerAttention } = engine.power;
	const moved = { bytes: 0, bytesRise: 0, onceBytes: 0, kvBytes: 0, paddedFlops: 0 };
	const read = batch.reduce((sum, one) => sum + tokensOf(one) + one.processed, 0);
	if (engine.power.traffic !== null)
		fillTraffic(engine.power.traffic, moved, { tokens, sequences: batch.length }, read);
	const flops = flopsPerToken * tokens + flopsPerAttention * attention;
	return { durationS, flops: flops + moved.paddedFlops, bytes: moved.bytes };
}

function addToSteps(
	joules: number[],
	span: { readonly fromS: number; readonly untilS: number; readonly stepS: number },
	powerW: number,
): void {
	const { stepS } = span;
	for (let i = Math.floor(span.fromS / stepS); i * stepS < span.untilS; i++) {
		const overlapS = Math.min(span.untilS, (i + 1) * stepS) - Math.max(span.fromS, i * stepS);
		joules[i] = (joules[i] ?? 0) + Math.max(0, overlapS) * powerW;
	}
}
