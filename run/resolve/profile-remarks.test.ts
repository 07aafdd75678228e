import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { remarkText } from '../../protocol/remark.ts';
import { frameOf } from './plan.ts';
import { profileRemarks } from './profile-remarks.ts';
import { readScenario } from './scenario-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-profile-'));
test.after(() => rmSync(folder, { recursive: true }));

const OPS = [
	...['attn_pre_proj', 'attn_post_proj', 'attn_rope', 'mlp_up_proj', 'mlp_down_proj', 'mlp_act'],
	...['input_layernorm', 'post_attention_layernorm', 'add'],
];

function remarks(ops: readonly string[], caches: readonly number[]): string[] {
	const write = (name: string, header: string, rows: readonly (readonly number[])[]) =>
		writeFileSync(join(folder, name), [header, ...rows.map((row) => row.join(','))].join('\n'));
	write(
		'token_ops.csv',
		`num_tokens,${ops}`,
		[1, 64].map((n) => [n, ...ops.map(() => n)]),
	);
	const [batches, chunks] = [
		[0, 1, 2],
		[0, 1],
	];
	write(
		'attn_decode.csv',
		'batch_size,kv_cache_size,ms',
		batches.flatMap((batch) => caches.map((kv) => [batch, kv, 1 + kv])),
	);
	write(
		'attn_prefill.csv',
		'kv_cache_size,prefill_chunk_size,ms',
		caches.flatMap((kv) => chunks.map((chunk) => [kv, chunk, 1 + kv])),
	);
	const scenario = readScenario(null, new Map([['serving.profile', folder]]));
	return profileRemarks(scenario, frameOf(scenario)).map(remarkText);
}

test('what a profile lacks is said: operators that cost nothing, and times that are taken from beside', () => {
	const some = OPS.filter((op) => op !== 'add');
	assert.equal(remarks(OPS, [0, 64, 128]), []);
	assert.equal(remarks(some, [0, 64, 128]), ['profile: operators without times cost nothing: add']);
	assert.equal(remarks(OPS, [0, 64, 192]), [
		'profile: 5 times of attention are not in the tables and taken from those on both sides',
	]);
});

test('profiles that ship lack nothing', () => {
	const scenario = readScenario(null, new Map());
	assert.equal(profileRemarks(scenario, frameOf(scenario)), []);
});

test.run();
