import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { scaledErrorProblems, tableProblems } from './check.ts';
import { defaultProfile, profiles, usualProfile } from './choose.ts';
import { describeProfile } from './describe.ts';
import { loadTables } from './load.ts';
import { findModel } from './load-cards.ts';

const needs = {
	model: findModel('meta-llama/Meta-Llama-3-8B'),
	device: 'a100',
	tensorParallel: 1,
};

const reference = resolve('../shared/reference/vidur');

/** Runs a test against the reference material, or says why not. */
function against(name: string, run: () => void): void {
	test(name, () => {
		if (existsSync(reference)) run();
		else console.log(`skipped "${name}": no ${reference}`);
	});
}

function refusal(run: () => unknown): string {
	try {
		run();
	} catch (error) {
		assert.instance(error, ConfigError);
		return (error as Error).message;
	}
	return 'accepted';
}

test('loadTables() names a profile that is not there, or of something else', () => {
	assert.is(
		refusal(() => loadTables('nothing', needs)),
		'Cannot load profile "nothing": it is neither a name that gridbeat profiles list shows nor a path',
	);
	assert.is(
		refusal(() => loadTables('llama-3-8b-a100-tp1', { ...needs, tensorParallel: 2 })),
		'Cannot use profile "llama-3-8b-a100-tp1" for meta-llama/Meta-Llama-3-8B on a100 with tensor parallelism 2: ' +
			'it is of meta-llama/Meta-Llama-3-8B on a100 with tensor parallelism 1',
	);
});

test('loadTables() says what is wrong with a file that is no profile', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-profile-'));
	const path = join(folder, 'broken.json');
	writeFileSync(path, '{"model": 3}');
	assert.match(
		refusal(() => loadTables(path, needs)),
		`Cannot read profile "${path}": `,
	);
	assert.match(
		refusal(() => loadTables(folder, needs)),
		`Cannot load profile "${folder}": it has no token_ops.csv`,
	);
	rmSync(folder, { recursive: true });
});

test('every listed profile can be put together, and no time in it is impossible', () => {
	assert.is(profiles.length, 160);
	for (const key of profiles) {
		const { name, model, device, tensorParallel } = key;
		const tables = loadTables(name, { model: findModel(model), device, tensorParallel });
		assert.equal(tableProblems(tables, key), [], name);
	}
});

test('the stated errors of scaled operators are what the shipped curves give', () => {
	for (const device of ['a100', 'h100', 'a40']) assert.equal(scaledErrorProblems(device), []);
});

test('describeProfile() labels a profile by its weakest part and knows no error where nothing was measured', () => {
	const describe = (name: string) => {
		const key = profiles.find((one) => one.name === name);
		return describeProfile(key as (typeof profiles)[number]);
	};
	assert.is(describe('llama-2-70b-a100-tp2').label, 'measured');
	assert.is(describe('llama-3-8b-a100-tp1').label, 'fitted');
	const h100 = describe('llama-3-8b-h100-tp1');
	assert.is(h100.label, 'extrapolated');
	assert.equal(
		h100.parts.map(({ label }) => label),
		['extrapolated', 'extrapolated', 'extrapolated', 'measured'],
	);
	assert.is(h100.parts[1]?.error, null);
});

test('a scaled profile of a model that ships is near the profile of its own', () => {
	const model = findModel('codellama/CodeLlama-34b-Instruct-hf');
	const key = { model, device: 'h100', tensorParallel: 2 };
	const own = loadTables('codellama-34b-h100-tp2', key);
	const scaled = loadTables('scaled', key);
	assert.equal(scaled.decodeMs, own.decodeMs);
	assert.is(scaled.mlp[512], own.mlp[512]);
	const mine = { ...model, name: 'mine', layers: 10 };
	assert.is(
		loadTables('scaled', { ...key, model: mine }).prefillMs(512, 256),
		own.prefillMs(512, 256),
	);
});

against('the profile of Llama-2-70B at TP 2 is near the tables of Vidur itself', () => {
	const needs70 = {
		model: findModel('meta-llama/Llama-2-70b-hf'),
		device: 'a100',
		tensorParallel: 2,
	};
	const own = loadTables('llama-2-70b-a100-tp2', needs70);
	const vidur = loadTables(resolve('../shared/reference/vidur/predictor_full_pp2'), needs70);
	const within = (what: string, pairs: [number, number][], median: number, p95: number) => {
		const errors = pairs.map(([a, b]) => Math.abs(a / b - 1)).sort((a, b) => a - b);
		assert.ok(
			(errors[errors.length >> 1] as number) < median,
			`${what} ${errors[errors.length >> 1]}`,
		);
		const high = errors[Math.floor(0.95 * errors.length)] as number;
		assert.ok(high < p95, `${what} p95 ${high}`);
	};
	const tokens = Array.from({ length: 512 }, (_, i) => 8 * (i + 1));
	const ops = [
		'projections',
		'mlp',
		'inputNorm',
		'postNorm',
		'add',
		'allReduce',
		'sendRecv',
	] as const;
	for (const op of ops)
		within(
			op,
			tokens.map((n) => [own[op][n] as number, vidur[op][n] as number]),
			0.006,
			0.04,
		);
	const decode: [number, number][] = [];
	for (let batch = 1; batch <= 128; batch++)
		for (let kv = 64; kv <= 4032; kv += 64)
			decode.push([
				own.decodeMs[batch * own.decodeColumns + kv / 64] as number,
				vidur.decodeMs[batch * vidur.decodeColumns + kv / 64] as number,
			]);
	within('decode', decode, 0.004, 0.015);
	// At the chunks that were profiled; between them a forest puts its steps half-way, not at the tiles' edges.
	const prefill: [number, number][] = [];
	for (let chunk = 64; chunk <= 4096; chunk += 64)
		for (let kv = 0; kv + chunk <= 4096; kv += 64)
			prefill.push([own.prefillMs(kv, chunk), vidur.prefillMs(kv, chunk)]);
	within('prefill', prefill, 0.012, 0.08);
});

test('defaultProfile() is the first listed for model, device and parallelism, or says what there is', () => {
	assert.is(defaultProfile('meta-llama/Llama-2-7b-hf', 'a100', 1), 'llama-2-7b-a100-tp1');
	assert.is(defaultProfile('meta-llama/Meta-Llama-3-8B', 'a100', 1), 'llama-3-8b-a100-tp1');
	assert.is(
		defaultProfile('meta-llama/Llama-2-7b-hf', 'h100', 8, 'dgx'),
		'llama-2-7b-h100-tp8-dgx',
	);
	assert.is(defaultProfile('my-own-model', 'h100', 2), 'scaled');
	assert.match(
		refusal(() => defaultProfile('meta-llama/Llama-2-7b-hf', 'h100', 3)),
		'Cannot find a profile for "meta-llama/Llama-2-7b-hf" on "h100" x 3: there are a100 x 1, ',
	);
});

test('usualProfile() is of measured kernels where Vidur has no tables of the model and its vocabulary is known', () => {
	assert.is(usualProfile('meta-llama/Llama-2-7b-hf', 'h100', 1, 'dgx'), 'llama-2-7b-h100-tp1-dgx');
	assert.is(usualProfile('Qwen/Qwen3-8B', 'h100', 1, 'dgx'), 'kernels');
	assert.is(usualProfile('Qwen/Qwen3-8B', 'a40', 1, 'pairwise'), 'scaled');
	assert.is(usualProfile('my-own-model', 'h100', 1, 'dgx'), 'scaled-dgx');
});

test('scaled profiles are refused for layers and formats that Vidur has no operators of', () => {
	const model = findModel('openai/gpt-oss-20b');
	assert.is(
		refusal(() => loadTables('scaled', { ...needs, model })),
		'Cannot use profile "scaled" for "openai/gpt-oss-20b": it is of dense layers with full attention in 16 bits, not of window, moe; import one of it (gridbeat profiles import)',
	);
	const dense = findModel('Qwen/Qwen3-8B');
	loadTables('scaled', { ...needs, model: dense });
	assert.match(
		refusal(() => loadTables('scaled', { ...needs, model: { ...dense, weights: 'fp8' } })),
		'not of fp8;',
	);
});

test('findModel() reads a card and says what is wrong with it', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-card-'));
	const path = join(folder, 'mine.yaml');
	const card = (width: number) =>
		`name: mine\nlayers: 4\nqueryHeads: 32\nkeyValueHeads: 8\nwidth: ${width}\nmlpWidth: 8192\ngatedMlp: true\npostAttentionNorm: true\nattention: flashinfer\n`;
	writeFileSync(path, card(4096));
	assert.is(findModel(path).keyValueHeads, 8);
	assert.is(defaultProfile('mine', 'a100', 1), 'scaled-flashinfer');
	loadTables('scaled-flashinfer', { ...needs, model: findModel(path) });
	writeFileSync(path, card(4100));
	assert.is(
		refusal(() => findModel(path)),
		`Cannot use model card "${path}": width: 4100 cannot be divided by queryHeads 32; give headWidth`,
	);
	assert.match(
		refusal(() => findModel('none.yaml')),
		'there is no such file',
	);
	rmSync(folder, { recursive: true });
});

test.run();
