import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import { findDevice } from './device.ts';
import { planMemory } from './memory.ts';
import { headWidth, modelCard, parametersPerDevice } from './model.ts';
import { powerCurve } from './power.ts';

/** Mistral-Nemo-Base-2407 as its published config.json has it: heads of 128, though 5120 / 32 is 160. */
const {
	attention: _,
	aliases: __,
	vidurTables: ___,
	...NEMO
} = modelCard(
	{
		name: 'mistralai/Mistral-Nemo-Base-2407',
		...{ layers: 40, queryHeads: 32, keyValueHeads: 8, width: 5120, headWidth: 128 },
		...{ mlpWidth: 14336, gatedMlp: true, postAttentionNorm: true, vocabulary: 131072 },
	},
	'nemo.yaml',
);
const ALONE = { tensorParallel: 1, pipelineStages: 1 };

test('a card may give the width of a head, which every figure of the model follows', () => {
	assert.is(headWidth(NEMO), 128);
	// The published count of its safetensors, with embeddings, output head and norms.
	const norms = (2 * NEMO.layers + 1) * NEMO.width;
	const whole = parametersPerDevice(NEMO, ALONE) + 2 * 131072 * NEMO.width + norms;
	assert.is(whole, 12_247_782_400);
	assert.is(powerCurve(NEMO, findDevice('a100'), ALONE).flopsPerAttention, 4 * 40 * 32 * 128);
});

test('planMemory() gives a token of Mistral-Nemo 163,840 bytes of KV cache', () => {
	const needs = {
		...{ model: NEMO, device: findDevice('a100'), cut: ALONE, marginFraction: 0.1 },
		...{ maxTokensPerRequest: 4096, blockSize: 16, vidur: false },
	};
	const free = 0.9 * 80 * 2 ** 30 - 2 * parametersPerDevice(NEMO, ALONE);
	const requests = Math.floor(free / (163_840 * 4096));
	assert.is(planMemory(needs).maxBatch, requests);
});

test('modelCard() asks for the width of a head where the width cannot be divided', () => {
	assert.throws(
		() => modelCard({ ...NEMO, headWidth: undefined, width: 5000 }, 'nemo.yaml'),
		(error: Error) =>
			error instanceof ConfigError &&
			error.message ===
				'Cannot use model card "nemo.yaml": width: 5000 cannot be divided by queryHeads 32; give headWidth',
	);
	assert.is(headWidth(modelCard({ ...NEMO, width: 5000 }, 'nemo.yaml')), 128);
});

test.run();
