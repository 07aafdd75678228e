import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { behaviourOf } from '../compatibility.ts';
import { tablePredictor } from '../predictor/predictor.ts';
import { tableProblems } from './check.ts';
import { profiles } from './choose.ts';
import { loadTables } from './load.ts';
import { findModel } from './load-cards.ts';
import { loadNetwork } from './load-parts.ts';
import { collectives } from './network.ts';

test("tableProblems() finds the A40's all-reduce as it was: an A100's in proportion to sending", () => {
	const key = profiles.find(
		({ name }) => name === 'llama-2-7b-a40-tp4',
	) as (typeof profiles)[number];
	const needs = { model: findModel(key.model), device: 'a40', tensorParallel: 4 };
	const tables = loadTables(key.name, { ...needs, compatibility: 'vidur' });
	assert.match(
		tableProblems(tables, key)[0] ?? '',
		/^all-reduce of \d+ tokens takes .* over 4 rings/,
	);
});

test('a prompt of 512 tokens takes about 0.1 s on two A40s, and less than four rings would add', () => {
	const model = findModel('meta-llama/Llama-2-7b-hf');
	const timeS = (tensorParallel: number, compatibility: 'vidur' | null = null) => {
		const needs = { model, device: 'a40', tensorParallel, compatibility };
		const tables = loadTables(`llama-2-7b-a40-tp${tensorParallel}`, needs);
		const cut = { tensorParallel, pipelineStages: 1 };
		const prompt = { tokens: 512, prefills: 1, prefillSquares: 512 ** 2, prefillKv: 0 };
		const predictor = tablePredictor(tables, model, cut, behaviourOf(compatibility).predictor);
		return predictor.batchTimeS({ ...prompt, decodes: 0, decodeKv: 0 });
	};
	// 64 all-reduces of 4.2 MB at the measured 4.2 GB/s are 64 ms, and half of one GPU's work is 38 ms.
	assert.ok(Math.abs(timeS(1) - 0.077) < 0.002, `${timeS(1)}`);
	assert.ok(Math.abs(timeS(2) - 0.1) < 0.015, `${timeS(2)}`);
	assert.ok(timeS(2, 'vidur') > 0.25);
});

test('all-reduces of SXM boards are those within a CUDA graph, and calls of NCCL as Vidur', () => {
	const model = findModel('meta-llama/Meta-Llama-3-70B');
	const needs = { model, device: 'h100', tensorParallel: 4 };
	const us = (compatibility: 'vidur' | null) => {
		const tables = loadTables('llama-3-70b-h100-tp4-dgx', { ...needs, compatibility });
		// 8 tokens are 131,072 bytes, 128 are 2,097,152.
		return [8, 128].map((tokens) => 1000 * (tables.allReduce[tokens] as number));
	};
	assert.equal(us(null), [7.12, 30.36]);
	assert.ok((us('vidur')[0] ?? 0) > 30);
});

/** Llama-3.1-70B on four H100s in vLLM: batch, mean context, median time between tokens in ms (ML.ENERGY Benchmark v3). */
const MEASURED = [
	[8, 582, 16.57],
	[16, 606, 17.7],
	[32, 582, 20.05],
	[64, 604, 22.43],
	[96, 599, 25.36],
	[128, 608, 27.87],
	[192, 627, 33.7],
	[256, 577, 39.84],
	[384, 626, 55.12],
] as const;

test('decoding on four H100s takes within 10 % on average of what vLLM took, 40 % and more as Vidur', () => {
	const model = findModel('meta-llama/Meta-Llama-3-70B');
	const cut = { tensorParallel: 4, pipelineStages: 1 };
	const error = (profile: string, compatibility: 'vidur' | null) => {
		const needs = { model, device: 'h100', tensorParallel: 4, compatibility };
		const constants = behaviourOf(compatibility).predictor;
		const predictor = tablePredictor(loadTables(profile, needs), model, cut, constants);
		const errors = MEASURED.map(([decodes, decodeKv, measuredMs]) => {
			const batch = { tokens: decodes, decodes, decodeKv };
			const prompts = { prefills: 0, prefillSquares: 0, prefillKv: 0 };
			return Math.abs((1000 * predictor.batchTimeS({ ...batch, ...prompts })) / measuredMs - 1);
		});
		return errors.reduce((sum, one) => sum + one, 0) / errors.length;
	};
	// What is left out (output head, sampling, the CPU) is some 2 ms of each.
	assert.ok(error('llama-3-70b-h100-tp4-dgx', null) < 0.1);
	assert.ok(error('llama-3-70b-h100-tp4', 'vidur') > 0.4);
});

test('an all-reduce that nobody measured is never over four rings, nor faster than its link', () => {
	const networks = [
		loadNetwork('a100', 'pairwise'),
		loadNetwork('a100', 'dgx'),
		loadNetwork('h100', 'pairwise'),
		loadNetwork('h100', 'dgx'),
		loadNetwork('a40', 'pairwise'),
	];
	fc.assert(
		fc.property(
			fc.constantFrom(...networks),
			fc.constantFrom(2, 4, 8, 16, 32),
			fc.constantFrom(2048, 4096, 8192),
			fc.integer({ min: 64, max: 16384 }),
			(network, workers, width, tokens) => {
				const { allReduce, label, sendRecv, sendAcrossNodes } = collectives(
					network,
					width,
					workers,
					{ as: 'engine', graph: null },
				);
				const isWhole = network.allReduce.some((one) => one.workers === workers);
				if (label === 'measured' || (isWhole && network.device !== 'a40')) return;
				const send = workers > network.gpusPerNode ? sendAcrossNodes : sendRecv;
				const ringUs = 2 * (workers - 1) * send(tokens / workers);
				const us = allReduce?.(tokens) ?? Number.NaN;
				assert.ok(us <= 4 * ringUs * (1 + 1e-9), `${us} us, a ring ${ringUs} us`);
				// No link of these is faster than NVSwitch's 450 GB/s.
				assert.ok(us >= (2 * tokens * width * 2 * (workers - 1)) / workers / 450e3);
			},
		),
		{ numRuns: 300 },
	);
});

test.run();
