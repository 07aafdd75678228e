import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { behaviourOf } from '../compatibility.ts';
import { exactTables } from '../profile/exact-tables.ts';
import { findModel } from '../profile/load-cards.ts';
import { interpolate, tabulate } from './interpolate.ts';
import { type BatchSummary, predictorConstants, tablePredictor } from './predictor.ts';
import { checkRange } from './tables.ts';

const OPS = [
	'attn_pre_proj',
	'attn_post_proj',
	'mlp_up_proj',
	'mlp_down_proj',
	'mlp_act',
	'attn_rope',
	'attn_kv_cache_save',
	'input_layernorm',
	'post_attention_layernorm',
	'add',
	'all_reduce',
];

/** Each operator costs its own power of ten per key, so that the price shows which keys were read. */
function tables() {
	const tokens = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
	const tokenOps = [
		['num_tokens', ...OPS].join(','),
		...tokens.map((n) =>
			[n, ...OPS.map((op) => (op === 'add' ? n : op === 'attn_kv_cache_save' ? 1000 * n : 0))].join(
				',',
			),
		),
	].join('\n');
	const decode = ['batch_size,kv_cache_size,ms'];
	const prefill = ['kv_cache_size,prefill_chunk_size,ms'];
	for (const kv of [0, 64, 128]) {
		for (const batch of [1, 2, 3]) decode.push(`${batch},${kv},${1e6 * batch + 1e4 * kv}`);
		for (const chunk of [1, 2, 3, 4, 5, 6])
			prefill.push(`${kv},${chunk},${1e9 * chunk + 1e7 * kv}`);
	}
	return exactTables({ tokenOps, decode: decode.join('\r\n'), prefill: prefill.join('\n') }, true);
}

const nothing: BatchSummary = {
	tokens: 8,
	decodes: 0,
	decodeKv: 0,
	prefills: 0,
	prefillSquares: 0,
	prefillKv: 0,
};
const one = { tensorParallel: 1, pipelineStages: 1 };
const llama3 = findModel('meta-llama/Meta-Llama-3-8B');
const llama2 = findModel('meta-llama/Llama-2-7b-hf');

/** Time per layer in ms, without token operators unless they are asked for. */
function layerMs(summary: Partial<BatchSummary>, model = llama3, withTokens = false): number {
	const batch = { ...nothing, ...summary };
	const predictor = tablePredictor(tables(), model, one, predictorConstants);
	const timeMs = (predictor.batchTimeS(batch) * 1000) / model.layers;
	const padded = Math.ceil(batch.tokens / 8) * 8;
	const own = timeMs - (withTokens ? 0 : padded + 1000 * batch.tokens);
	return Number(own.toPrecision(9));
}

test('batchTimeS() pads the tokens to 8, but not for writing keys and values', () => {
	assert.is(layerMs({ tokens: 8 }, llama3, true), 8 + 8000);
	assert.is(layerMs({ tokens: 9 }, llama3, true), 16 + 9000);
});

test('batchTimeS() rounds the mean KV length up to 64 and charges 10 % for several grouped-query requests', () => {
	assert.is(layerMs({ decodes: 1, decodeKv: 0 }), 1e6);
	assert.is(layerMs({ decodes: 1, decodeKv: 1 }), 1e6 + 64e4);
	assert.is(layerMs({ decodes: 1, decodeKv: 64 }), 1e6 + 64e4);
	assert.is(layerMs({ decodes: 2, decodeKv: 65 }), 3608000);
	assert.is(layerMs({ decodes: 2, decodeKv: 65 }, llama2), 2e6 + 128e4);
});

test('batchTimeS() replaces prompts by one of the root of their squares, halves to even', () => {
	assert.is(layerMs({ prefills: 1, prefillSquares: 9 }), 3e9);
	assert.is(layerMs({ prefills: 2, prefillSquares: 25, prefillKv: 64 }), 6204000000);
	assert.is(layerMs({ prefills: 1, prefillSquares: 6.25 }), 2e9);
	assert.is(layerMs({ prefills: 1, prefillSquares: 12.25 }), 4e9);
});

test('batchTimeS() adds two all-reduces to a layer under tensor parallelism, with a launch only as Vidur', () => {
	const two = { tensorParallel: 2, pipelineStages: 1 };
	for (const [compatibility, launchMs] of [
		['vidur', 0.02],
		[null, 0],
	] as const) {
		const constants = behaviourOf(compatibility).predictor;
		const alone = tablePredictor(tables(), llama3, one, constants).batchTimeS(nothing);
		const cut = tablePredictor(tables(), llama3, two, constants).batchTimeS(nothing);
		assert.ok(Math.abs(((cut - alone) * 1000) / llama3.layers - 2 * launchMs) < 1e-9);
	}
});

test('checkRange() refuses what the tables do not cover', () => {
	const range = { tokens: 6, decodes: 3, tokensPerRequest: 128 };
	checkRange(tables(), range, 'p');
	for (const [wider, text] of [
		[{ tokens: 7 }, '7 tokens in a batch: it was measured up to 6'],
		[{ decodes: 4 }, '4 requests in a batch: it was measured up to 3'],
		[{ tokensPerRequest: 129 }, '129 tokens per request: it was measured up to 128'],
	] as const)
		assert.throws(
			() => checkRange(tables(), { ...range, ...wider }, 'p'),
			(error: Error) => error instanceof ConfigError && error.message.endsWith(text),
		);
});

test('tabulate() gives what interpolate() gives at every key', () => {
	const points = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 });
	fc.assert(
		fc.property(points, fc.integer({ min: 1, max: 9 }), (keys, unit) => {
			const xs = [...keys].sort((a, b) => a - b);
			const ys = xs.map((x) => (x * 7919) % 101);
			const table = tabulate(xs, ys, { length: 40, unit });
			table.forEach((value, i) => {
				assert.is(value, interpolate(xs, ys, i * unit));
			});
		}),
	);
});

test.run();
