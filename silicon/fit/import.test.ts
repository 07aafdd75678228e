import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { findModel } from '../profile/load-cards.ts';
import { Profile, profileTables } from '../profile/profile.ts';
import { searchForest } from './forest.ts';
import { trainGrid } from './grid-fill.ts';
import { tablePoints } from './import-points.ts';
import { importedProfile, type PredictorName } from './import-profile.ts';
import { trainPolynomial } from './polynomial.ts';
import { readTable } from './table.ts';

const line = Array.from({ length: 40 }, (_, i) => ({ x: [i], y: 3 + 2 * i + 0.1 * i * i }));

function near(value: number, expected: number, relative: number): void {
	assert.ok(Math.abs(value / expected - 1) <= relative, `${value}, not ${expected}`);
}

test('trainPolynomial() finds the polynomial behind the points, also beyond them', () => {
	const fit = trainPolynomial(line);
	near(fit([20.5]), 3 + 41 + 0.1 * 20.5 ** 2, 1e-6);
	near(fit([60]), 3 + 120 + 360, 1e-3);
});

test('searchForest() is near the points, level beyond them, and the same for the same seed', () => {
	const fit = searchForest(line);
	near(fit([20]), 83, 0.05);
	assert.is(fit([60]), fit([39]));
	assert.is(fit([7]), searchForest(line)([7]));
});

test('trainGrid() is linear between points and averages what was measured twice', () => {
	const fit = trainGrid([
		{ x: [0, 0], y: 1 },
		{ x: [0, 0], y: 3 },
		{ x: [0, 10], y: 12 },
		{ x: [2, 0], y: 4 },
	]);
	assert.is(fit([0, 0]), 2);
	assert.is(fit([0, 5]), 7);
	assert.is(fit([1, 0]), 3);
});

test('readTable() names the file, the line and the column of what is wrong', () => {
	const table = readTable('a,b\n1,2\n3,x\n', 'mlp.csv');
	assert.is(table.number(0, 'b'), 2);
	const refused = (run: () => unknown, text: string) =>
		assert.throws(run, (error: Error) => error instanceof ConfigError && error.message === text);
	refused(
		() => table.number(1, 'b'),
		'Cannot read "mlp.csv" line 3 column "b": "x" is not a number',
	);
	refused(() => table.number(0, 'c'), 'Cannot read "mlp.csv" line 1: it has no column "c"');
	refused(
		() => readTable('a,b\n', 'mlp.csv'),
		'Cannot read "mlp.csv": it has no rows below its header',
	);
});

function imported(predictor: PredictorName): Profile {
	const ops = [
		'attn_pre_proj',
		'attn_post_proj',
		'attn_rope',
		'mlp_up_proj',
		'mlp_down_proj',
		'mlp_act',
	];
	const tokens = Array.from({ length: 32 }, (_, i) => 8 * (i + 1));
	const rows = (text: string[]) => text.join('\n');
	const grid = [64, 128, 192, 256].flatMap((kv) => [1, 2, 4, 8].map((n) => [n, kv] as const));
	const points = tablePoints({
		tokenOps: {
			file: 'token_ops.csv',
			text: rows([`num_tokens,${ops}`, ...tokens.map((n) => `${n},${ops.map(() => n / 1000)}`)]),
		},
		decode: {
			file: 'attn_decode.csv',
			text: rows([
				'batch_size,kv_cache_size,ms',
				...grid.map(([n, kv]) => `${n},${kv},${(n * kv) / 1e4}`),
			]),
		},
		prefill: {
			file: 'attn_prefill.csv',
			text: rows([
				'kv_cache_size,prefill_chunk_size,ms',
				...grid.map(([n, kv]) => `${kv},${64 * n},${(n * (kv + 32 * n)) / 1e4}`),
			]),
		},
	});
	return importedProfile(points, {
		model: findModel('meta-llama/Llama-2-7b-hf'),
		device: 'a100',
		tensorParallel: 1,
		predictor,
		source: 'test',
	});
}

test('importedProfile() makes a profile that is read back, with errors of held-out rows', () => {
	const profile = Profile.parse(JSON.parse(JSON.stringify(imported('interpolate'))));
	const tables = profileTables(profile, true);
	near(tables.mlp[16] as number, 0.048, 1e-6);
	near(tables.decodeMs[4 * tables.decodeColumns + 2] as number, (4 * 128) / 1e4, 1e-6);
	near(tables.prefillMs(128, 128), (2 * (128 + 64)) / 1e4, 1e-6);
	assert.ok((profile.errors?.['mlp_up_proj']?.median as number) < 1e-6);
});

test('importedProfile() can train as Vidur does', () => {
	for (const predictor of ['random_forest', 'linear_regression'] as const) {
		const tables = profileTables(imported(predictor), true);
		near(tables.mlp[128] as number, 3 * 0.128, 0.1);
	}
});

test.run();
