import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { activeParameters, parametersByPart, totalParameters } from '../model-size.ts';
import { findModel, modelNotes, shippedModels } from './load-cards.ts';

/**
 * Parameters in 10^9 as published, and how near they must come. Total: of the safetensors on the model's page of Hugging Face, or of its report.
 * Active: as its maker states; `table` adds the embedding, as some makers do.
 */
const PUBLISHED: Readonly<Record<string, readonly [number, number, number?, number?, 'table'?]>> = {
	// Llama 3 herd of models (arXiv 2407.21783) and model cards.
	'meta-llama/Llama-3.1-8B-Instruct': [8.03, 0.001],
	'meta-llama/Llama-3.1-70B-Instruct': [70.55, 0.001],
	'meta-llama/Llama-3.1-405B-Instruct': [405.85, 0.001],
	'meta-llama/Llama-3.3-70B-Instruct': [70.55, 0.001],
	// Model card of Llama 4: 109 B and 400 B with their vision encoders, 17 B active.
	'meta-llama/Llama-4-Scout-17B-16E-Instruct': [109, 0.015, 17, 0.015, 'table'],
	'meta-llama/Llama-4-Maverick-17B-128E-Instruct': [400, 0.005, 17, 0.015, 'table'],
	// Qwen2.5 and Qwen3 technical reports (arXiv 2412.15115, 2505.09388) and model pages.
	'Qwen/Qwen2.5-7B-Instruct': [7.62, 0.001],
	'Qwen/Qwen2.5-32B-Instruct': [32.76, 0.001],
	'Qwen/Qwen2.5-72B-Instruct': [72.71, 0.001],
	'Qwen/Qwen3-8B': [8.19, 0.001],
	'Qwen/Qwen3-14B': [14.77, 0.001],
	'Qwen/Qwen3-32B': [32.76, 0.001],
	'Qwen/Qwen3-30B-A3B': [30.53, 0.001, 3.3, 0.02, 'table'],
	'Qwen/Qwen3-235B-A22B': [235.09, 0.001, 22, 0.01, 'table'],
	'Qwen/Qwen3.5-35B-A3B': [35, 0.015],
	'mistralai/Mistral-Nemo-Instruct-2407': [12.248, 0.0001],
	// Mixtral of experts (arXiv 2401.04088): 47 B and 13 B; Mistral's announcement of 8x22B: 141 B and 39 B.
	'mistralai/Mixtral-8x7B-Instruct-v0.1': [46.7, 0.001, 12.9, 0.005, 'table'],
	'mistralai/Mixtral-8x22B-Instruct-v0.1': [140.63, 0.001, 39, 0.005, 'table'],
	// Gemma 3 (arXiv 2503.19786), table 1: embedding and the rest, without the vision encoder.
	'google/gemma-3-12b-it': [1.012 + 10.759, 0.002],
	'google/gemma-3-27b-it': [1.416 + 25.6, 0.002],
	// Model card of gpt-oss (arXiv 2508.10925), table 1.
	'openai/gpt-oss-20b': [20.91, 0.001, 3.61, 0.001],
	'openai/gpt-oss-120b': [116.83, 0.001, 5.13, 0.001],
	// DeepSeek-V3 (arXiv 2412.19437): 671 B and 37 B.
	'deepseek-ai/DeepSeek-V3': [671, 0.001, 37, 0.015],
	'deepseek-ai/DeepSeek-R1': [671, 0.001, 37, 0.015],
	// Kimi K2 (arXiv 2507.20534): 1.04 trillion, 32.6 B; its page has 1,026 B.
	'moonshotai/Kimi-K2-Instruct': [1026, 0.001, 32.6, 0.01, 'table'],
	// GLM-4.5 (arXiv 2508.06471), table 1: 355 B and 32 B, 106 B and 12 B.
	'zai-org/GLM-4.5': [355, 0.01, 32, 0.03],
	'zai-org/GLM-4.5-Air': [106, 0.01, 12, 0.07],
	'microsoft/phi-4': [14.66, 0.001],
	'01-ai/Yi-34B': [34.39, 0.001],
	// Those of Vidur's profiling data, by their pages.
	'meta-llama/Meta-Llama-3-8B': [8.03, 0.001],
	'meta-llama/Meta-Llama-3-70B': [70.55, 0.001],
	'meta-llama/Llama-2-7b-hf': [6.74, 0.001],
	'meta-llama/Llama-2-70b-hf': [68.98, 0.001],
	'codellama/CodeLlama-34b-Instruct-hf': [33.74, 0.001],
	'internlm/internlm-20b': [20.09, 0.001],
	'Qwen/Qwen-72B': [72.29, 0.001],
	'microsoft/phi-2': [2.78, 0.001],
};

test('every shipped card has the parameters that its maker published', () => {
	for (const model of shippedModels()) {
		const [total, within, active, activeWithin = 0, table] = PUBLISHED[model.name] ?? [0, 0];
		const found = totalParameters(model) / 1e9;
		assert.ok(Math.abs(found / total - 1) <= within, `${model.name}: ${found}, not ${total}`);
		if (active === undefined) continue;
		const { embedding } = parametersByPart(model);
		const met = (activeParameters(model) + (table === undefined ? 0 : embedding)) / 1e9;
		assert.ok(Math.abs(met / active - 1) <= activeWithin, `${model.name}: ${met}, not ${active}`);
	}
});

test('a model is also found by the names of its other checkpoints', () => {
	assert.is(findModel('meta-llama/llama-3.1-8b').name, 'meta-llama/Llama-3.1-8B-Instruct');
});

const FOLDER = mkdtempSync(join(tmpdir(), 'gridbeat-configs-'));

/** The path of a folder, named as a checkpoint, with that config.json. */
function checkpoint(name: string, config: object, quant?: object): string {
	const folder = join(FOLDER, name);
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
	if (quant !== undefined)
		writeFileSync(join(folder, 'hf_quant_config.json'), JSON.stringify(quant));
	return folder;
}

const LLAMA = {
	...{ architectures: ['LlamaForCausalLM'], hidden_size: 4096, intermediate_size: 14336 },
	...{ num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8 },
	...{ vocab_size: 128256, max_position_embeddings: 131072, tie_word_embeddings: false },
};
const SHIPPED = findModel('meta-llama/Llama-3.1-8B-Instruct');

test('a config.json is read as it is, from its folder, its path or the cache of Hugging Face', () => {
	const folder = checkpoint('own--model-8b', LLAMA);
	const expected = { ...SHIPPED, name: 'own/model-8b' };
	assert.equal(findModel(folder), expected);
	assert.equal(findModel(join(folder, 'config.json')), expected);
	const cached = checkpoint('models--me--mine/snapshots/0123abc', LLAMA);
	assert.is(findModel(cached).name, 'me/mine');
});

test('the quantisation of a checkpoint is read from its config or from beside, part by part', () => {
	const fp8 = { quant_method: 'fp8', weight_block_size: [128, 128] };
	assert.is(
		findModel(checkpoint('fp8', { ...LLAMA, quantization_config: fp8 })).weights,
		'fp8_block',
	);
	const beside = { quantization: { quant_algo: 'FP8', kv_cache_quant_algo: 'FP8' } };
	const static8 = findModel(checkpoint('modelopt', LLAMA, beside));
	assert.equal([static8.weights, static8.kvCache], ['fp8', 'fp8']);
	const groups = { group_0: { weights: { num_bits: 4, type: 'int', group_size: 128 } } };
	const ignore = ['lm_head', 're:.*self_attn.*', 'model.layers.0.mlp.down_proj'];
	const quantization_config = {
		...{ quant_method: 'compressed-tensors', config_groups: groups, ignore },
	};
	const folder = checkpoint('w4a16', { ...LLAMA, quantization_config });
	const int4 = findModel(folder);
	assert.equal([int4.weights, int4.attentionWeights], ['int4', 'bf16']);
	// One matrix of 96 is not as the others, which is said.
	assert.equal(
		modelNotes(folder).map(({ text }) => text),
		['1 % of the matrices of dense are bf16 and taken as int4, as most are'],
	);
});

test('windows, experts and gated delta nets are read from the layers that a config lists', () => {
	const model = findModel(
		checkpoint('hybrid', {
			architectures: ['Qwen3NextForCausalLM'],
			...{ hidden_size: 2048, num_hidden_layers: 8, num_attention_heads: 16, vocab_size: 1000 },
			...{ num_key_value_heads: 2, head_dim: 256, moe_intermediate_size: 512, num_experts: 512 },
			...{ num_experts_per_tok: 10, shared_expert_intermediate_size: 512 },
			...{ linear_num_key_heads: 16, linear_num_value_heads: 32, linear_key_head_dim: 128 },
			...{ linear_value_head_dim: 128, linear_conv_kernel_dim: 4, full_attention_interval: 4 },
		}),
	);
	assert.equal(model.layerGroups, [
		{ count: 6, attention: 'linear', mlp: 'moe' },
		{ count: 2, attention: 'full', mlp: 'moe' },
	]);
	assert.equal(model.moe, { experts: 512, perToken: 10, expertWidth: 512, sharedWidth: 512 });
	const gemma = {
		architectures: ['Gemma3ForConditionalGeneration'],
		text_config: {
			...{ hidden_size: 3840, intermediate_size: 15360, num_hidden_layers: 48 },
			...{ num_attention_heads: 16, num_key_value_heads: 8, sliding_window: 1024 },
		},
	};
	const read = findModel(checkpoint('google--gemma-3-12b-it', gemma));
	assert.equal(read, findModel('google/gemma-3-12b-it'));
});

test('what is not modelled is refused by its name', () => {
	const refusal = (name: string, config: object) => {
		const folder = checkpoint(name, config);
		try {
			findModel(folder);
		} catch (error) {
			if (error instanceof ConfigError) return error.message.replace(folder, 'F');
		}
		return null;
	};
	const { hidden_size: _, ...headless } = LLAMA;
	for (const [config, says] of [
		[
			{ ...LLAMA, architectures: ['MambaForCausalLM'] },
			/^Cannot use model config "F": its architecture "MambaForCausalLM" is not modelled; there are LlamaForCausalLM, /,
		],
		[
			{ ...LLAMA, quantization_config: { quant_method: 'bitsandbytes' } },
			/^Cannot use model config "F": its quantisation "bitsandbytes" is not modelled; there are fp8, /,
		],
		[
			{ ...LLAMA, layer_types: ['mamba'] },
			/^Cannot use model config "F": its layers of type "mamba" are not modelled$/,
		],
		[headless, /^Cannot use model config "F": hidden_size: /],
		[{}, /^Cannot use model config "F": it names no architectures$/],
	] as const)
		assert.match(refusal('refused', config) ?? '', says);
	assert.match(
		(() => {
			try {
				findModel(join(FOLDER, 'none.json'));
			} catch (error) {
				return String(error);
			}
			return '';
		})(),
		/Cannot read model config ".*none.json": there is no such file/,
	);
});

test.run();
