import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../../tests/properties.test-support.ts';
import type { VllmLimits } from '../scheduler/vllm.ts';
import type { Request } from './admission.ts';
import { blocksHeld } from './request.ts';
import { runningSlots } from './running.ts';
import { type CapChange, runSimply } from './simple-engine.test-support.ts';
import { DECODE, type EngineState, PREFILL } from './state.ts';
import {
	type InventedCurve,
	inventedCurves,
	inventedEngine,
	runFast,
} from './testing.test-support.ts';

const STEPS = 400;
const STEP_S = 0.5;

const limitsArbitrary: fc.Arbitrary<VllmLimits> = fc
	.record({
		numBlocks: fc.integer({ min: 20, max: 60 }),
		blockSize: fc.constantFrom(1, 8, 16),
		batchSizeCap: fc.integer({ min: 1, max: 12 }),
		maxTokensInBatch: fc.integer({ min: 40, max: 400 }),
	})
	.map((limits) => ({
		...limits,
		watermarkBlocks: Math.floor(limits.numBlocks / 20),
		vidur: false,
	}));

/** Requests that fit into the KV memory alone, in bursts and at equal times as well as apart. */
function requestsArbitrary(limits: VllmLimits): fc.Arbitrary<Request[]> {
	const most = (limits.numBlocks - 1) * limits.blockSize;
	const one = fc.record({
		gap: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
		prefill: fc.double({ min: 0, max: 1, noNaN: true }),
		decode: fc.double({ min: 0, max: 1, noNaN: true }),
	});
	const pace = fc.constantFrom(0.01, 0.05, 0.8);
	return fc
		.tuple(pace, fc.array(one, { minLength: 1, maxLength: 40, size: 'max' }))
		.map(([paceS, list]) => {
			let arrivedAtS = 0;
			return list.map(({ gap, prefill, decode }, id) => {
				const gapS = gap * paceS;
				arrivedAtS += gapS;
				const prefillTokens = 1 + Math.floor(prefill * prefill * (most - 2) * 0.3);
				const decodeTokens = 1 + Math.floor(decode * (most - prefillTokens - 1));
				return { id, arrivedAtS, interArrivalS: gapS, prefillTokens, decodeTokens };
			});
		});
}

const capsArbitrary: fc.Arbitrary<CapChange[]> = fc
	.array(
		fc.record({
			atS: fc.integer({ min: 1, max: 40_000 }).map((ms) => ms / 1000),
			capW: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 90, max: 410 })),
		}),
		{ maxLength: 12 },
	)
	.map((caps) => {
		const byTime = new Map(caps.map((cap) => [cap.atS, cap]));
		return [...byTime.values()].sort((a, b) => a.atS - b.atS);
	});

const cutsArbitrary = fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 60 });

const caseArbitrary = limitsArbitrary.chain((limits) =>
	fc.record({
		limits: fc.constant(limits),
		requests: requestsArbitrary(limits),
		caps: capsArbitrary,
		cuts: cutsArbitrary,
	}),
);

/** Runs both engines without a cap, compares all they say and returns the number of evictions. */
function compareUncapped(
	limits: VllmLimits,
	requests: readonly Request[],
	curve: InventedCurve = 'arithmetic',
): number {
	const engine = inventedEngine(limits, curve);
	const simple = runSimply(engine, limits, requests, { stepS: STEP_S, caps: [] });
	const options = { limits, stepS: STEP_S, steps: STEPS, caps: [], cuts: [] };
	const fast = runFast(engine, requests, options);
	assert.is(fast.completions.length, requests.length);
	fast.completions.forEach((got, i) => {
		const want = simple.completions[i];
		assert.is(got.id, want?.id);
		assert.is(got.atS, want?.atS);
		assert.is(got.restarts, want?.restarts);
		// Sums taken in another order: rounding only.
		close(got.executedS, want?.executedS, 1e-10);
		close(got.preemptedS, want?.preemptedS, 1e-10);
		close(got.scheduledAtS, want?.scheduledAtS, 1e-10);
		close(got.prefilledAtS, want?.prefilledAtS, 1e-10);
	});
	fast.reports.forEach((report, i) => {
		const want = engine.power.idleW + (simple.dynamicJ[i] ?? 0) / STEP_S;
		close(report.gpuPowerW, want, 1e-9 * want);
	});
	const began = fast.reports.reduce((sum, { batches }) => sum + batches, 0);
	assert.is(began, simple.batches.length);
	return fast.completions.reduce((sum, { restarts }) => sum + restarts, 0);
}

test('advance() without a cap completes requests at the bits of the iteration-by-iteration engine', () => {
	fc.assert(
		fc.property(caseArbitrary, ({ limits, requests }) => {
			compareUncapped(limits, requests);
		}),
		{ numRuns: 150 },
	);
});

test('advance() meters power by memory and arithmetic as the iteration-by-iteration engine does', () => {
	fc.assert(
		fc.property(
			caseArbitrary,
			fc.constantFrom(...inventedCurves),
			({ limits, requests }, curve) => {
				compareUncapped(limits, requests, curve);
			},
		),
		{ numRuns: 100 },
	);
});

test('advance() evicts the same requests as the iteration-by-iteration engine', () => {
	const limits = {
		numBlocks: 40,
		blockSize: 16,
		batchSizeCap: 12,
		maxTokensInBatch: 400,
		watermarkBlocks: 2,
		vidur: false,
	};
	const requests = Array.from({ length: 40 }, (_, id) => ({
		id,
		arrivedAtS: Math.floor(id / 2) * 0.02,
		interArrivalS: 0.02,
		prefillTokens: 20 + ((id * 7) % 60),
		decodeTokens: 50 + ((id * 31) % 300),
	}));
	assert.ok(compareUncapped(limits, requests) > 50);
});

test('advance() under changing caps agrees with the iteration-by-iteration engine to rounding', () => {
	fc.assert(
		fc.property(caseArbitrary, ({ limits, requests, caps }) => {
			const engine = inventedEngine(limits);
			const simple = runSimply(engine, limits, requests, { stepS: STEP_S, caps });
			const fast = runFast(engine, requests, {
				limits,
				stepS: STEP_S,
				steps: STEPS,
				caps,
				cuts: [],
			});
			assert.is(fast.completions.length, requests.length);
			fast.completions.forEach((got, i) => {
				assert.is(got.id, simple.completions[i]?.id);
				close(got.atS, simple.completions[i]?.atS, 1e-9);
				close(got.executedS, simple.completions[i]?.executedS, 1e-9);
			});
			fast.reports.forEach((report, i) => {
				close(report.gpuPowerW, engine.power.idleW + (simple.dynamicJ[i] ?? 0) / STEP_S, 1e-5);
			});
		}),
		{ numRuns: 100 },
	);
});

test('advance() gives the same bits however time is cut into calls', () => {
	fc.assert(
		fc.property(caseArbitrary, ({ limits, requests, caps, cuts }) => {
			const engine = inventedEngine(limits);
			const options = { limits, stepS: STEP_S, steps: STEPS, caps };
			const whole = runFast(engine, requests, { ...options, cuts: [] });
			const pieces = runFast(engine, requests, { ...options, cuts });
			assert.equal(pieces.completions, whole.completions);
			assert.equal(pieces.reports, whole.reports);
		}),
		{ numRuns: 100 },
	);
});

test('advance() neither leaks KV blocks nor tokens nor requests', () => {
	fc.assert(
		fc.property(caseArbitrary, ({ limits, requests, caps, cuts }) => {
			const look = (state: EngineState) => checkBooks(state, limits);
			const options = { limits, stepS: STEP_S, steps: STEPS, caps, cuts, look };
			const { state, completions } = runFast(inventedEngine(limits), requests, options);
			assert.equal(
				completions.map(({ id }) => id).sort((a, b) => a - b),
				requests.map(({ id }) => id),
			);
			assert.is(state.usedBlocks, 0);
			assert.is(state.runningTokens, 0);
			assert.is(state.requests.freeCount, state.requests.capacity);
			assert.equal([...new Set(state.blockPhase)], [0]);
		}),
		{ numRuns: 100 },
	);
});

/** At any time, what is booked is what the requests hold. */
function checkBooks(state: EngineState, limits: VllmLimits): void {
	const { requests, batch, queue } = state;
	let blocks = 0;
	let tokens = 0;
	for (const slot of runningSlots(state)) {
		const processed = state.decodeSteps - (requests.offset[slot] as number);
		tokens += processed;
		blocks += blocksHeld(processed, limits.blockSize);
	}
	for (let i = 0; i < batch.count && batch.kind === PREFILL; i++)
		blocks += Math.ceil((requests.prefill[batch.slots[i] as number] as number) / limits.blockSize);
	assert.is(state.usedBlocks, blocks);
	assert.ok(state.usedBlocks <= limits.numBlocks);
	assert.is(state.runningTokens, tokens);
	assert.ok(state.runningCount <= limits.batchSizeCap);
	if (batch.kind === DECODE) assert.ok(state.runningCount > 0);
	const held = queue.slotted + state.runningCount + batch.count;
	assert.is(requests.capacity - requests.freeCount, held);
}

test('advance() keeps the average power of every step at the cap while the cap can be met', () => {
	fc.assert(
		fc.property(caseArbitrary, fc.integer({ min: 105, max: 400 }), ({ limits, requests }, capW) => {
			const engine = inventedEngine(limits);
			const at = Math.floor(STEPS / 40) * STEP_S;
			const caps = [{ atS: at, capW }];
			const { reports } = runFast(engine, requests, {
				limits,
				stepS: STEP_S,
				steps: STEPS,
				caps,
				cuts: [],
			});
			// 300 W of dynamic power at the lowest clock are 1 W, so from 105 W on every cap can be met.
			for (const report of reports.slice(at / STEP_S)) assert.ok(report.gpuPowerW <= capW + 1e-9);
		}),
		{ numRuns: 60 },
	);
});

test('advance() ends a saturated run no sooner and with no more power under a lower cap', () => {
	const limits = {
		numBlocks: 400,
		blockSize: 16,
		batchSizeCap: 16,
		maxTokensInBatch: 2048,
		watermarkBlocks: 4,
		vidur: false,
	};
	const requests = Array.from({ length: 60 }, (_, id) => ({
		id,
		arrivedAtS: 0,
		interArrivalS: 0,
		prefillTokens: 100 + ((id * 37) % 300),
		decodeTokens: 20 + ((id * 11) % 60),
	}));
	const engine = inventedEngine(limits);
	let endS = 0;
	let energyJ = Number.POSITIVE_INFINITY;
	for (const capW of [Number.POSITIVE_INFINITY, 300, 200, 150, 120, 100, 10]) {
		const caps = [{ atS: 0, capW }];
		const { completions, reports } = runFast(engine, requests, {
			limits,
			stepS: 100,
			steps: 1,
			caps,
			cuts: [0],
		});
		assert.is(completions.length, requests.length);
		const lastS = completions.at(-1)?.atS ?? 0;
		assert.ok(lastS >= endS);
		endS = lastS;
		// Over a time in which all is done: idle energy is the same, dynamic energy falls with the clock.
		const joules = (reports[0]?.gpuPowerW ?? 0) * 100;
		assert.ok(joules <= energyJ + 1e-9);
		energyJ = joules;
	}
});

function close(got: number | undefined, want: number | undefined, tolerance: number): void {
	const distance = Math.abs((got as number) - (want as number));
	assert.ok(distance <= tolerance, `${got} is not within ${tolerance} of ${want}`);
}

test.run();
