import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { behaviourOf } from '../compatibility.ts';
import type { ModelGeometry } from '../model.ts';
import { operationTimes, SEND_RECV } from '../predictor/operations.ts';
import { type BatchSummary, tablePredictor } from '../predictor/predictor.ts';
import type { LatencyTables } from '../predictor/tables.ts';
import { loadTables, profileOrigin } from '../profile/load.ts';
import { findModel, shippedModels } from '../profile/load-cards.ts';
import { compileTables, stepParts } from './compile.ts';
import { stepRows } from './describe-step.ts';
import { loadKernels } from './load.ts';

const llama: ModelGeometry = {
	name: 'meta-llama/Llama-3.1-8B-Instruct',
	...{ layers: 32, queryHeads: 32, keyValueHeads: 8, width: 4096, mlpWidth: 14336 },
	...{ gatedMlp: true, postAttentionNorm: true, vocabulary: 128_256 },
};
const qwen: ModelGeometry = {
	name: 'Qwen/Qwen3-8B',
	...{ layers: 36, queryHeads: 32, keyValueHeads: 8, width: 4096, mlpWidth: 12_288 },
	...{ gatedMlp: true, postAttentionNorm: true, vocabulary: 151_936, qkNorm: true },
};
const large: ModelGeometry = {
	name: 'meta-llama/Llama-3.1-70B-Instruct',
	...{ layers: 80, queryHeads: 64, keyValueHeads: 8, width: 8192, mlpWidth: 28_672 },
	...{ gatedMlp: true, postAttentionNorm: true, vocabulary: 128_256 },
};
const { predictor: constants } = behaviourOf(null);

function tablesOf(model: ModelGeometry, tensorParallel = 1): LatencyTables {
	return loadTables('kernels', { model, device: 'h100', tensorParallel });
}

function decoding(decodes: number, decodeKv: number): BatchSummary {
	return { tokens: decodes, decodes, decodeKv, prefills: 0, prefillSquares: 0, prefillKv: 0 };
}

function stepMs(model: ModelGeometry, tensorParallel: number, batch: BatchSummary): number {
	const cut = { tensorParallel, pipelineStages: 1 };
	const tables = tablesOf(model, tensorParallel);
	return 1000 * tablePredictor(tables, model, cut, constants).batchTimeS(batch);
}

test('a decode step of one request takes what reading the weights takes, and little more', () => {
	const weightBytes = 2 * 8.03e9;
	const ms = stepMs(llama, 1, decoding(1, 128));
	const leastMs = weightBytes / 3.35e9;
	assert.ok(ms > leastMs && ms < 1.4 * leastMs, `${ms} of ${leastMs}`);
});

/** Median inter-token latency of vLLM on H100 in the ML.ENERGY Benchmark v3: model, GPUs, batch, context, ms. */
const MEASURED: readonly [ModelGeometry, number, number, number, number][] = [
	[qwen, 1, 8, 860, 8.204],
	[qwen, 1, 32, 864, 10.569],
	[qwen, 1, 255, 874, 31.358],
	[qwen, 1, 32, 5552, 16.871],
	[large, 4, 8, 582, 16.573],
	[large, 4, 32, 582, 20.047],
	[llama, 1, 8, 629, 7.316],
	[llama, 1, 32, 610, 8.907],
	[llama, 1, 255, 656, 26.126],
];

test('with the overheads of the ML.ENERGY runs, steps take what was measured, to 15 %', () => {
	const fitted = { ...constants, stepMs: 1.22, kernelScale: 0.96, samplingNs: 0.288 };
	for (const [model, tensorParallel, batch, context, measuredMs] of MEASURED) {
		const cut = { tensorParallel, pipelineStages: 1 };
		const predictor = tablePredictor(tablesOf(model, tensorParallel), model, cut, fitted);
		const ms = 1000 * predictor.batchTimeS(decoding(batch, context));
		assert.ok(Math.abs(ms / measuredMs - 1) < 0.15, `${model.name} ${batch}: ${ms}, ${measuredMs}`);
	}
});

const sums = resolve('../shared/data/silicon/mlenergy/kernel_sums.csv');

(existsSync(sums) ? test : test.skip)(
	'sums of kernels on one GPU are those that others made of the same measurements, to 8 % each and 3 % in the mean',
	() => {
		const models = [qwen, llama, large];
		const errors: number[] = [];
		for (const line of readFileSync(sums, 'utf8').trim().split('\n').slice(1)) {
			const [gpu, name, , tp, , batch, context, kernels, head] = line.split(',');
			const model = models.find((one) => one.name === name);
			// Those take sizes of messages for bytes, which are elements: steps on several GPUs differ by their all-reduces.
			if (gpu !== 'H100' || model === undefined || tp !== '1') continue;
			const ms = stepMs(model, Number(tp), decoding(Math.round(Number(batch)), Number(context)));
			const error = Math.abs(ms / (Number(kernels) + Number(head)) - 1);
			assert.ok(error < 0.08, `${line}: ${ms}`);
			errors.push(error);
		}
		assert.ok(errors.length >= 20);
		assert.ok(errors.reduce((sum, error) => sum + error, 0) / errors.length < 0.03);
	},
);

test('more requests, more context and longer prompts never take less', () => {
	const tables = tablesOf(qwen);
	const predictor = tablePredictor(
		tables,
		qwen,
		{ tensorParallel: 1, pipelineStages: 1 },
		constants,
	);
	const size = (max: number) => fc.integer({ min: 1, max });
	fc.assert(
		fc.property(size(480), size(60_000), size(8000), size(20_000), (decodes, kv, chunk, cached) => {
			const decodeS = (count: number, length: number) =>
				predictor.batchTimeS(decoding(count, length));
			// Measured kernels change with the size: some larger ones are up to a tenth faster.
			assert.ok(decodeS(2 * decodes, kv) > 0.9 * decodeS(decodes, kv));
			assert.ok(decodeS(decodes, 2 * kv) > 0.9 * decodeS(decodes, kv));
			const promptS = (tokens: number, before: number) =>
				predictor.batchTimeS({
					...{ tokens, decodes: 0, decodeKv: 0, prefills: 1 },
					...{ prefillSquares: tokens ** 2, prefillKv: before },
				});
			assert.ok(promptS(2 * chunk, cached) > 0.9 * promptS(chunk, cached));
			assert.ok(promptS(chunk, 2 * cached) > 0.9 * promptS(chunk, cached));
		}),
	);
});

test('operations of a batch add up to its price, with the output head', () => {
	const fitted = { ...constants, kernelScale: 0.9 };
	const cut = { tensorParallel: 4, pipelineStages: 2 };
	const tables = tablesOf(large, 4);
	const predictor = tablePredictor(tables, large, cut, fitted);
	const times = operationTimes(tables, large, cut, fitted);
	const ms = new Float64Array(15);
	const batch = {
		...decoding(40, 700),
		tokens: 940,
		prefills: 2,
		prefillSquares: 410_000,
		prefillKv: 64,
	};
	for (const sends of [false, true]) {
		times.of(batch, sends, ms);
		const sum = ms.reduce(
			(total, one, i) => total + (i === SEND_RECV ? one : times.layers * one),
			0,
		);
		const price = sends ? predictor.sendingTimeS(batch) : predictor.batchTimeS(batch);
		assert.ok(Math.abs(sum / (1000 * price) - 1) < 1e-12);
	}
});

test('tokens are padded to the CUDA graphs that vLLM captures, and no batching or launch comes on top', () => {
	const { paddedTokens = [] } = tablesOf(llama);
	const padded = [1, 3, 5, 250, 257, 512, 513, 4097].map((tokens) => paddedTokens[tokens]);
	assert.equal(padded, [1, 4, 8, 256, 272, 512, 513, 4097]);
	const dear = { ...constants, decodeBatchingFraction: 5, allReduceLaunchMs: 5 };
	const cut = { tensorParallel: 4, pipelineStages: 1 };
	const predictor = tablePredictor(tablesOf(large, 4), large, cut, dear);
	assert.is(1000 * predictor.batchTimeS(decoding(32, 500)), stepMs(large, 4, decoding(32, 500)));
});

test('each operator says how its time is known', () => {
	const kernels = loadKernels('h100', null);
	const cut = { tensorParallel: 1, expertParallel: false };
	const rows = stepRows(stepParts(kernels, llama, cut));
	const evidenceOf = (operator: string) => rows.find((row) => row.operator === operator)?.evidence;
	assert.is(evidenceOf('output of attention'), 'measured');
	assert.is(evidenceOf('into the MLP'), 'interpolated');
	assert.is(evidenceOf('full attention of answers'), 'measured');
	assert.is(evidenceOf('activation of the MLP'), 'modelled');
	const { label, source } = profileOrigin('kernels:0.24.0', {
		...{ model: llama, device: 'h100', tensorParallel: 1 },
	});
	assert.is(label, 'extrapolated');
	assert.match(source, /^kernels of H100 in vLLM 0\.24\.0/);
});

test('every model that ships has a step on every GPU with kernels, or is refused by name', () => {
	const refused: string[] = [];
	for (const gpu of ['a100', 'l40s', 'h200', 'b200', 'gb300', 'rtx-pro-6000'])
		for (const model of shippedModels()) {
			try {
				const kernels = loadKernels(gpu, null);
				const rows = stepRows(
					stepParts(kernels, model, { tensorParallel: 8, expertParallel: false }),
				);
				assert.ok(rows.length > 10);
			} catch (error) {
				assert.instance(error, ConfigError);
				refused.push(`${gpu} ${model.name}: ${(error as Error).message}`);
			}
		}
	// What these GPUs cannot do, or nobody has measured on them.
	for (const line of refused)
		assert.match(line, /Cannot price (matrices in fp8|experts in|latent attention|delta nets)/);
	assert.ok(refused.length < 30, refused.join('\n'));
});

test('experts, latent attention, windows and delta nets are priced as measured', () => {
	const kernels = loadKernels('h100', null);
	const cases: [string, number, string, string][] = [
		['Qwen/Qwen3-30B-A3B', 1, 'experts', 'measured'],
		['mistralai/Mixtral-8x7B-Instruct-v0.1', 4, 'experts', 'measured'],
		['openai/gpt-oss-120b', 1, 'attention to 128 tokens of answers', 'measured'],
		['deepseek-ai/DeepSeek-V3', 8, 'latent attention of prompts', 'measured'],
		['zai-org/GLM-4.5', 8, 'experts', 'modelled'],
		['Qwen/Qwen3.5-35B-A3B', 1, 'delta net of answers', 'measured'],
	];
	for (const [name, tensorParallel, operator, evidence] of cases) {
		const parts = stepParts(kernels, findModel(name), { tensorParallel, expertParallel: false });
		const row = stepRows(parts).find((one) => one.operator === operator);
		assert.is(row?.evidence, evidence, `${name}: ${operator}, ${row?.source}`);
	}
});

test('a token of an MoE model takes no longer than reading what it is sent to, twice', () => {
	const moe = findModel('Qwen/Qwen3-30B-A3B');
	const activeBytes = 2 * 3.3e9;
	const ms = stepMs(moe, 1, decoding(1, 128));
	assert.ok(ms > activeBytes / 3.35e9 && ms < (2.5 * activeBytes) / 3.35e9, String(ms));
	// With 256 requests every expert is read.
	const all = stepMs(moe, 1, decoding(256, 128));
	assert.ok(all > (2 * 30.5e9) / 3.35e9, String(all));
});

test('a window bounds what a decode step reads, and a prefix costs a prompt its reading', () => {
	const gptOss = findModel('openai/gpt-oss-20b');
	const rise = (model: ModelGeometry) =>
		stepMs(model, 1, decoding(32, 32_768)) - stepMs(model, 1, decoding(32, 1024));
	const full = { ...gptOss, layerGroups: [{ count: 24, attention: 'full', mlp: 'moe' } as const] };
	assert.ok(rise(gptOss) < 0.6 * rise(full));
	const deepseek = findModel('deepseek-ai/DeepSeek-V3');
	const prompt = (cached: number) =>
		stepMs(deepseek, 8, {
			...{ tokens: 512, decodes: 0, decodeKv: 0, prefills: 1 },
			...{ prefillSquares: 512 ** 2, prefillKv: cached },
		});
	assert.ok(prompt(16_384) > prompt(0) && prompt(16_384) < 3 * prompt(0));
});

test('what was not measured is refused by name', () => {
	const needs = { model: llama, device: 'h100', tensorParallel: 1 };
	const cases: [() => unknown, RegExp][] = [
		[
			() => loadTables('kernels:9.9', needs),
			/^Cannot price kernels of "h100" in vLLM 9\.9: .*0\.19\.0/,
		],
		[() => loadTables('kernels', { ...needs, device: 'a40' }), /^Cannot price kernels of "a40": /],
		[
			() => loadTables('kernels', { ...needs, model: { ...llama, weights: 'int4' } }),
			/^Cannot price matrices in int4 on H100: kernels were measured in bf16, fp8, fp8_block$/,
		],
	];
	for (const [load, message] of cases)
		assert.throws(
			load,
			(error: unknown) => error instanceof ConfigError && message.test(error.message),
		);
});

test('compiled tables do not depend on what was compiled before', () => {
	const kernels = loadKernels('h100', null);
	const parts = stepParts(kernels, qwen, { tensorParallel: 1, expertParallel: false });
	const first = compileTables(kernels, parts, qwen);
	const again = compileTables(loadKernels('h100', null), parts, qwen);
	assert.equal(first.decodeMs.subarray(0, 5000), again.decodeMs.subarray(0, 5000));
	assert.is(first.promptMs?.(2, 700, 64), again.promptMs?.(2, 700, 64));
});

test.run();
