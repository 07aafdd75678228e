import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { behaviourOf } from '../compatibility.ts';
import { tablePredictor } from '../predictor/predictor.ts';
import { findModel } from '../profile/load-cards.ts';
import { Profile, profileTables } from '../profile/profile.ts';
import { importedProfile } from './import-profile.ts';
import { type ServingSimFiles, servingSimPoints } from './serving-sim-points.ts';

const file = (name: string, text: string) => ({ file: name, text });

/** Every operator of 1 us a token; experts of 10 us each that is activated. */
function files(): ServingSimFiles {
	const layers = ['qkv_proj', 'o_proj', 'rotary_emb', 'qk_norm', 'layernorm'];
	const dense = layers.flatMap((layer) => [1, 64].map((n) => `${layer},${n},${n}`));
	const attention = [1, 2].flatMap((n) => [
		...[16, 128].map((kv) => `0,0,${n},${kv},${n * kv}`),
		...[0, 128].map((kv) => `${64 * n},${kv},0,0,${n * (64 + kv)}`),
		`64,0,${n},16,999`,
	]);
	const experts = [1, 64].flatMap((n) => [8, 128].map((of) => `${n},${of},${10 * of}`));
	return {
		dense: file('dense.csv', ['layer,tokens,time_us', ...dense].join('\n')),
		attention: file(
			'attention.csv',
			['prefill_chunk,kv_prefill,n_decode,kv_decode,time_us', ...attention].join('\n'),
		),
		perSequence: file(
			'per_sequence.csv',
			'layer,sequences,time_us\nlm_head,1,100\nsampler,1,20\nlm_head,2,110\nsampler,2,40\n',
		),
		moe: file('moe.csv', ['tokens,activated_experts,time_us', ...experts].join('\n')),
	};
}

test('tables of LLMServingSim become operators, experts at as many as are expected, and a head by sequences', () => {
	const model = findModel('Qwen/Qwen3-30B-A3B');
	const points = servingSimPoints(files(), model);
	const head = points.perSequence ?? [];
	assert.equal(
		head.map(({ x, y }) => [x[0], Math.round(1e6 * y)]),
		[
			[1, 120_000],
			[2, 150_000],
		],
	);
	const [, turned] = points.tokenOps['attn_rope'] ?? [];
	assert.ok(Math.abs((turned?.y ?? 0) - 0.128) < 1e-9);
	const expected = 128 * (1 - (1 - 8 / 128) ** 64);
	assert.ok(Math.abs((points.tokenOps['mlp_up_proj']?.[1]?.y ?? 0) - expected / 100) < 1e-9);
	assert.is(points.decode.length, 4);
	assert.ok(points.prefill.every(({ y }) => y < 0.9));
});

const shared = resolve('../shared/data/silicon/llmservingsim/RTXPRO6000/tables/Llama-3.1-8B');

(existsSync(shared) ? test : test.skip)(
	'a decode step of LLMServingSim’s own tables takes what reading the weights takes, and some more',
	() => {
		const model = findModel('meta-llama/Llama-3.1-8B-Instruct');
		const read = (name: string) => file(name, readFileSync(`${shared}/${name}`, 'utf8'));
		const points = servingSimPoints(
			{
				...{ dense: read('dense.csv'), attention: read('attention.csv'), moe: null },
				perSequence: read('per_sequence.csv'),
			},
			model,
		);
		const target = { model, device: 'rtx-pro-6000', tensorParallel: 1, source: 'test' };
		const profile = importedProfile(points, {
			...{ ...target, predictor: 'interpolate', withoutErrors: true },
		});
		const tables = profileTables(Profile.parse(profile), true);
		const cut = { tensorParallel: 1, pipelineStages: 1 };
		const predictor = tablePredictor(tables, model, cut, behaviourOf(null).predictor);
		const ms =
			1000 *
			predictor.batchTimeS({
				...{ tokens: 8, decodes: 8, decodeKv: 512 },
				...{ prefills: 0, prefillSquares: 0, prefillKv: 0 },
			});
		const leastMs = 16.06e9 / 1.792e9;
		assert.ok(ms > leastMs && ms < 1.5 * leastMs, `${ms} of ${leastMs}`);
	},
);

test.run();
