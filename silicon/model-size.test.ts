import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import { findDevice } from './device.ts';
import { modelCard } from './model.ts';
import {
	activeParameters,
	bytesPerParameter,
	flopsPerAttentionOnDevice,
	flopsPerTokenOnDevice,
	kvBytesOfLayer,
	kvBytesOfSequence,
	kvBytesPerToken,
	layerParameters,
	parametersByPart,
	totalParameters,
	weightBytesPerDevice,
} from './model-size.ts';
import { powerCurve } from './power.ts';

const ALONE = { tensorParallel: 1, pipelineStages: 1 };
const common = { gatedMlp: true, postAttentionNorm: true };

function geometry(card: object) {
	const {
		attention: _,
		aliases: __,
		vidurTables: ___,
		...model
	} = modelCard({ ...common, ...card }, 'test.yaml');
	return model;
}

const DEEPSEEK_V3 = geometry({
	...{ name: 'deepseek-ai/DeepSeek-V3', layers: 61, width: 7168, mlpWidth: 18432 },
	...{ queryHeads: 128, keyValueHeads: 128, vocabulary: 129280, weights: 'fp8_block' },
	layerGroups: [
		{ count: 3, attention: 'mla', mlp: 'dense' },
		{ count: 58, attention: 'mla', mlp: 'moe' },
	],
	moe: { experts: 256, perToken: 8, expertWidth: 2048, sharedWidth: 2048 },
	mla: { queryRank: 1536, kvRank: 512, nopeWidth: 128, ropeWidth: 64, valueWidth: 128 },
});

const GPT_OSS = geometry({
	...{ name: 'openai/gpt-oss-120b', layers: 36, width: 2880, mlpWidth: 2880, headWidth: 64 },
	...{ queryHeads: 64, keyValueHeads: 8, vocabulary: 201088, biases: 'all', window: 128 },
	layerGroups: [
		{ count: 18, attention: 'window', mlp: 'moe' },
		{ count: 18, attention: 'full', mlp: 'moe' },
	],
	moe: { experts: 128, perToken: 4, expertWidth: 2880, sharedWidth: 0 },
	expertWeights: 'mxfp4',
});

/** Within a tenth of a percent of a published figure. */
function near(found: number, published: number): void {
	assert.ok(Math.abs(found / published - 1) < 1e-3, `${found} is not ${published}`);
}

test('parameters of DeepSeek-V3 are those of its report: 671 and 37 billion', () => {
	near(totalParameters(DEEPSEEK_V3), 671.0e9);
	assert.ok(Math.abs(activeParameters(DEEPSEEK_V3) / 37e9 - 1) < 0.02);
});

test('parameters of gpt-oss-120b are those of its model card, by part', () => {
	// Table 1: MLP 114.71, attention 0.96, embedding and output head 1.16, total 116.83, active 5.13 with the output head.
	const part = parametersByPart(GPT_OSS);
	near(part.experts + part.routers, 114.71e9);
	assert.ok(Math.abs(part.attention / 0.96e9 - 1) < 5e-3);
	near(part.embedding + part.head, 1.158e9);
	near(totalParameters(GPT_OSS), 116.83e9);
	near(activeParameters(GPT_OSS), 5.13e9);
});

test('weights take what their formats take, embedding and output head BF16', () => {
	const part = parametersByPart(GPT_OSS);
	const rest = totalParameters(GPT_OSS) - part.experts;
	const bytes = part.experts * (0.5 + 1 / 32) + 2 * rest;
	assert.is(weightBytesPerDevice(GPT_OSS, ALONE), bytes);
	assert.is(bytesPerParameter('fp8'), 1);
	// Eight devices: an eighth of what is cut, but routers and norms whole.
	const eight = weightBytesPerDevice(GPT_OSS, { ...ALONE, tensorParallel: 8 });
	const whole = 2 * (part.routers + part.norms);
	near(eight, whole + (bytes - whole) / 8);
	const part8 = layerParameters(GPT_OSS, { ...ALONE, tensorParallel: 8, expertParallel: true });
	assert.is(part8.experts, part.experts / 8);
	assert.is(part8.routers, part.routers);
});

test('operations of a token are two a parameter that it meets in the layers', () => {
	const { routers, attention, experts } = parametersByPart(GPT_OSS);
	const met = routers + attention + (experts * 4) / 128;
	assert.is(flopsPerTokenOnDevice(GPT_OSS, ALONE), 2 * met);
	assert.is(powerCurve(GPT_OSS, findDevice('h100'), ALONE).flopsPerToken, 2 * met);
	assert.is(flopsPerAttentionOnDevice(GPT_OSS, { ...ALONE, tensorParallel: 2 }), 4 * 18 * 32 * 64);
});

test('KV caches follow the form of attention', () => {
	const grows = 18 * 2 * 8 * 64 * 2;
	assert.is(kvBytesPerToken(GPT_OSS, ALONE), grows);
	assert.is(kvBytesOfLayer(GPT_OSS, 'window', { ...ALONE, tensorParallel: 16 }), 2 * 64 * 2);
	assert.is(kvBytesOfSequence(GPT_OSS, ALONE, 100), 2 * grows * 100);
	assert.is(kvBytesOfSequence(GPT_OSS, ALONE, 1000), grows * (1000 + 128));
	// MLA keeps its latent vector on every device: 576 values a layer and token, 70,272 bytes in all.
	assert.is(kvBytesPerToken(DEEPSEEK_V3, { ...ALONE, tensorParallel: 8 }), 61 * 576 * 2);
	assert.is(kvBytesPerToken({ ...DEEPSEEK_V3, kvCache: 'fp8' }, ALONE), 61 * 576);
	const net = { keyHeads: 16, valueHeads: 32, keyWidth: 128, valueWidth: 128, convWidth: 4 };
	const hybrid = geometry({
		...{ name: 'x/hybrid', layers: 4, width: 2048, mlpWidth: 512, queryHeads: 16 },
		...{ keyValueHeads: 2, headWidth: 256, linear: net },
		layerGroups: [
			{ count: 3, attention: 'linear', mlp: 'dense' },
			{ count: 1, attention: 'full', mlp: 'dense' },
		],
	});
	const states = 3 * 2 * (32 * 128 * 128 + 3 * (2 * 16 * 128 + 32 * 128));
	assert.is(kvBytesOfSequence(hybrid, ALONE, 10), states + 10 * 2 * 2 * 256 * 2);
});

test('a card whose layers do not fit together is refused by the key', () => {
	const refusal = (change: object) => {
		try {
			geometry({ ...DEEPSEEK_V3, ...change });
		} catch (error) {
			return error instanceof ConfigError ? error.message : error;
		}
		return null;
	};
	assert.is(
		refusal({ layers: 62 }),
		'Cannot use model card "test.yaml": layerGroups: their counts add up to 61, not to 62 layers',
	);
	assert.is(
		refusal({ mla: undefined }),
		'Cannot use model card "test.yaml": layerGroups: attention mla needs mla',
	);
	assert.is(
		refusal({ moe: undefined }),
		'Cannot use model card "test.yaml": layerGroups: mlp moe needs moe',
	);
});

test.run();
