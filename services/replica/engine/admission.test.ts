import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SimulationError } from '../../../protocol/errors.ts';
import { type Request, submit } from './admission.ts';
import { createState } from './state.ts';
import { inventedEngine, runFast } from './testing.test-support.ts';

const limits = {
	numBlocks: 20,
	blockSize: 16,
	watermarkBlocks: 5,
	vidur: false,
	batchSizeCap: 4,
	maxTokensInBatch: 100,
};
const engine = inventedEngine(limits);

function request(prefillTokens: number, decodeTokens: number): Request {
	return { id: 7, arrivedAtS: 1, interArrivalS: Number.NaN, prefillTokens, decodeTokens };
}

function refusal(prefillTokens: number, decodeTokens: number): string {
	try {
		submit(engine.limits, createState(4, 16), request(prefillTokens, decodeTokens));
	} catch (error) {
		assert.instance(error, SimulationError);
		return (error as Error).message;
	}
	return 'admitted';
}

test('submit() names what a request can never have', () => {
	assert.match(refusal(0, 5), 'Cannot admit request "7": its prompt of 0 tokens is not');
	assert.match(refusal(5, 1.5), 'Cannot admit request "7": its answer of 1.5 tokens is not');
	assert.match(refusal(90_000, 20_000), 'its 110000 tokens exceed the 100000');
	assert.match(refusal(321, 1), 'its 322 tokens need 21 KV blocks of 20');
});

test('submit() admits exactly what can be completed alone', () => {
	// 20 blocks hold 320 tokens; before the last iteration one block of them must still be free.
	for (const [prefill, decode] of [
		[320, 1],
		[304, 2],
		[10, 296],
		[1, 305],
	] as const) {
		assert.is(refusal(prefill, decode), 'admitted');
		const one = request(prefill, decode);
		const options = { limits, stepS: 10, steps: 2, caps: [], cuts: [] };
		assert.is(runFast(engine, [one], options).completions.length, 1);
	}
	assert.match(refusal(305, 2), 'KV blocks');
	assert.match(refusal(10, 297), 'KV blocks');
});

test('a prompt longer than the batch limit is admitted alone, and those behind it wait', () => {
	const requests = [request(50, 3), request(200, 3), request(50, 3)].map((one, id) => ({
		...one,
		id,
	}));
	const options = { limits, stepS: 10, steps: 2, caps: [], cuts: [] };
	const { completions } = runFast(engine, requests, options);
	assert.equal(
		completions.map(({ id }) => id),
		[0, 1, 2],
	);
	const [first, second, third] = completions;
	assert.is(second?.scheduledAtS, first?.atS);
	assert.ok((third?.scheduledAtS ?? 0) > (second?.scheduledAtS ?? 0));
});

test.run();
