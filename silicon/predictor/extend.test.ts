import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { exactTables } from '../profile/exact-tables.ts';
import { extendTables } from './extend.ts';

/** `add` rises by 2 a token up to 8 and by 3 from there; prompts cost their square, and 1 per 64 cached tokens. */
function tables() {
	const ops = 'attn_pre_proj,attn_post_proj,attn_rope,mlp_up_proj,mlp_down_proj,mlp_act';
	const rows = ['1,2', '8,16', '16,40'].map((row) => `${row},0,0,0,0,0,0`);
	const tokenOps = [`num_tokens,add,${ops}`, ...rows].join('\n');
	const prefill = ['kv_cache_size,prefill_chunk_size,ms'];
	for (const kv of [0, 64, 128])
		for (let chunk = 1; chunk <= 16; chunk++)
			prefill.push(`${kv},${chunk},${chunk ** 2 + kv / 64}`);
	const decode = ['batch_size,kv_cache_size,ms', '1,0,1', '1,64,1', '1,128,1'].join('\n');
	return exactTables({ tokenOps, decode, prefill: prefill.join('\n') }, true);
}

test('extendTables() leaves what is measured as it is', () => {
	const measured = tables();
	const extended = extendTables(measured, 40);
	for (let n = 1; n <= 16; n++) {
		assert.is(extended.add[n], measured.add[n]);
		for (const kv of [0, 64, 128]) assert.is(extended.prefillMs(kv, n), measured.prefillMs(kv, n));
	}
	assert.equal(extendTables(measured, 10).add, measured.add);
});

test('extendTables() goes on with the line of the upper half, and with the square of a prompt', () => {
	const extended = extendTables(tables(), 37);
	assert.is(extended.maxTokens, 40);
	assert.is(extended.maxChunk, 40);
	assert.is(extended.add[40], 40 + 3 * 24);
	assert.is(extended.prefillMs(0, 32), 4 * 256);
});

test('extendTables() goes on along the line of the cached tokens', () => {
	assert.is(extendTables(tables(), 16).prefillMs(640, 5), 25 + 10);
});

test.run();
