import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
import type { AttentionForm, LayerGroup, ModelGeometry } from '../model.ts';
import { TextConfig } from './config-keys.ts';

/** What is particular to the models of an architecture. */
interface Family {
	/** Keys that a config may leave out, since the architecture has them. */
	readonly usual?: Partial<TextConfig>;
	readonly experts?: 'mixtral' | 'qwen' | 'deepseek' | 'llama4';
	readonly attention?: 'mla' | 'gemma3' | 'gpt-oss' | 'llama4' | 'hybrid' | 'qwen';
	readonly also?: (config: TextConfig) => Partial<ModelGeometry>;
}

const biased = (config: TextConfig): Partial<ModelGeometry> =>
	config.attention_bias === true ? { biases: 'qkv' } : {};
const llama: Family = {
	also: (config) => (config.mlp_bias === true ? { biases: 'all' } : biased(config)),
};
const qwen3 = (config: TextConfig): Partial<ModelGeometry> => ({ ...biased(config), qkNorm: true });
const gated = (config: TextConfig): Partial<ModelGeometry> => ({
	...qwen3(config),
	// Qwen3-Next always gates its attention; the configs of Qwen3.5 say so.
	...(config.attn_output_gate === false ? {} : { gatedAttention: true }),
});
const gemma3: Family = {
	usual: {
		vocab_size: 262208,
		tie_word_embeddings: true,
		...{ num_attention_heads: 8, num_key_value_heads: 4, head_dim: 256 },
		...{ sliding_window: 4096, sliding_window_pattern: 6, max_position_embeddings: 131072 },
	},
	attention: 'gemma3',
	also: () => ({ qkNorm: true, normsPerLayer: 4 }),
};
const deepseek: Family = { experts: 'deepseek', attention: 'mla' };
const hybrid: Family = { attention: 'hybrid', experts: 'qwen', also: gated };

/** The architectures whose layers are modelled, as `architectures` of a config names them. */
const FAMILIES: Readonly<Record<string, Family>> = {
	LlamaForCausalLM: llama,
	MistralForCausalLM: llama,
	Mistral3ForConditionalGeneration: llama,
	Phi3ForCausalLM: llama,
	MixtralForCausalLM: { experts: 'mixtral' },
	Qwen2ForCausalLM: { attention: 'qwen', also: () => ({ biases: 'qkv' }) },
	Qwen3ForCausalLM: { attention: 'qwen', also: qwen3 },
	Qwen3MoeForCausalLM: { attention: 'qwen', experts: 'qwen', also: qwen3 },
	Qwen3NextForCausalLM: hybrid,
	Qwen3_5ForConditionalGeneration: { attention: 'hybrid', also: gated },
	Qwen3_5MoeForConditionalGeneration: hybrid,
	Gemma3ForCausalLM: gemma3,
	Gemma3ForConditionalGeneration: gemma3,
	GptOssForCausalLM: {
		experts: 'mixtral',
		attention: 'gpt-oss',
		also: () => ({ biases: 'all' }),
	},
	Llama4ForConditionalGeneration: {
		experts: 'llama4',
		attention: 'llama4',
		also: ({ use_qk_norm }) => ({
			chunkedWindow: true,
			...(use_qk_norm === true ? { qkNorm: true } : {}),
		}),
	},
	DeepseekV2ForCausalLM: deepseek,
	DeepseekV3ForCausalLM: deepseek,
	KimiK25ForConditionalGeneration: deepseek,
	GlmForCausalLM: { also: biased },
	Glm4ForCausalLM: { also: (config) => ({ ...biased(config), normsPerLayer: 4 }) },
	Glm4MoeForCausalLM: {
		experts: 'deepseek',
		also: (config) => ({
			...biased(config),
			...(config.use_qk_norm === true ? { qkNorm: true } : {}),
		}),
	},
};

const architectures: readonly string[] = Object.keys(FAMILIES);

/**
 * The geometry that a Hugging Face `config.json` describes, without its weights' formats.
 *
 * @throws ConfigError for an architecture that is not modelled, by its name, and for a config that lacks a key
 */
export function configGeometry(value: unknown, path: string, name: string): ModelGeometry {
	const refuse = (reason: string) =>
		new ConfigError(`Cannot use model config "${path}": ${reason}`);
	const whole = z.looseObject({ architectures: z.array(z.string()).min(1) }).safeParse(value);
	if (!whole.success) throw refuse('it names no architectures');
	const architecture = whole.data.architectures[0] ?? '';
	const family = FAMILIES[architecture];
	if (family === undefined)
		throw refuse(
			`its architecture ${quoted(architecture)} is not modelled; there are ${architectures.join(', ')}`,
		);
	const { text_config: text = {}, ...outer } = whole.data;
	const read = TextConfig.safeParse({ ...family.usual, ...outer, ...(text as object) });
	if (!read.success) {
		const issue = read.error.issues[0];
		throw refuse(`${issue?.path.join('.')}: ${issue?.message}`);
	}
	return geometryOf(read.data, family, { name, refuse });
}

interface About {
	readonly name: string;
	readonly refuse: (reason: string) => ConfigError;
}

function geometryOf(config: TextConfig, family: Family, about: About): ModelGeometry {
	const groups = grouped(config, family, about);
	const isPlain = groups.every(({ attention, mlp }) => attention === 'full' && mlp === 'dense');
	const has = (of: AttentionForm | LayerGroup['mlp']) =>
		groups.some(({ attention, mlp }) => attention === of || mlp === of);
	const heads = config.num_attention_heads;
	const { head_dim: head, hidden_size: width } = config;
	const given: ModelGeometry = {
		name: about.name,
		layers: config.num_hidden_layers,
		queryHeads: heads,
		keyValueHeads: config.num_key_value_heads ?? heads,
		width,
		mlpWidth: denseWidth(config, about),
		gatedMlp: true,
		postAttentionNorm: true,
		vocabulary: config.vocab_size,
		...family.also?.(config),
	};
	const { chunkedWindow, ...plain } = given;
	return {
		...plain,
		...(head === undefined || head === null || head * heads === width ? {} : { headWidth: head }),
		...(config.tie_word_embeddings === true ? { tiedEmbeddings: true } : {}),
		...(isPlain ? {} : { layerGroups: groups }),
		...(has('window') ? { window: windowOf(config, about) } : {}),
		...(has('window') && chunkedWindow === true ? { chunkedWindow } : {}),
		...(has('moe') ? { moe: moeOf(config, family, about) } : {}),
		...(has('mla') ? { mla: mlaOf(config, about), headWidth: mlaHead(config, about) } : {}),
		...(has('linear') ? { linear: linearOf(config, about) } : {}),
		...(config.max_position_embeddings ? { maxPosition: config.max_position_embeddings } : {}),
	};
}

/** Of dense layers; where there are none, a config may have that of experts alone. */
function denseWidth(config: TextConfig, about: About): number {
	const { intermediate_size_mlp: llama4, intermediate_size: usual } = config;
	return llama4 ?? usual ?? need(config, 'moe_intermediate_size', about);
}

function need(config: TextConfig, key: keyof TextConfig & string, { refuse }: About): number {
	const value = config[key];
	if (typeof value !== 'number') throw refuse(`it has no ${key}`);
	return value;
}

/** Alike layers, in the order of the first of each. */
function grouped(config: TextConfig, family: Family, about: About): LayerGroup[] {
	const groups: LayerGroup[] = [];
	for (let layer = 0; layer < config.num_hidden_layers; layer++) {
		const attention = attentionOf(config, family, layer, about);
		const mlp = isMoe(config, family, layer) ? 'moe' : 'dense';
		const at = groups.findIndex((one) => one.attention === attention && one.mlp === mlp);
		const found = groups[at];
		if (found === undefined) groups.push({ count: 1, attention, mlp });
		else groups[at] = { ...found, count: found.count + 1 };
	}
	return groups;
}

const LAYER_TYPES: Readonly<Record<string, AttentionForm>> = {
	full_attention: 'full',
	sliding_attention: 'window',
	chunked_attention: 'window',
	linear_attention: 'linear',
};

function attentionOf(
	config: TextConfig,
	family: Family,
	layer: number,
	{ refuse }: About,
): AttentionForm {
	if (family.attention === 'mla') return 'mla';
	const named = config.layer_types?.[layer];
	if (named !== undefined) {
		const found = LAYER_TYPES[named];
		if (found === undefined) throw refuse(`its layers of type ${quoted(named)} are not modelled`);
		return found;
	}
	const each = (count: number, others: AttentionForm) =>
		(layer + 1) % count === 0 ? 'full' : others;
	switch (family.attention) {
		case 'gemma3':
			return each(config.sliding_window_pattern ?? 6, 'window');
		case 'gpt-oss':
			return each(2, 'window');
		case 'llama4':
			return each(4, 'window');
		case 'hybrid':
			return each(config.full_attention_interval ?? 4, 'linear');
		case 'qwen':
			return config.use_sliding_window === true && layer >= (config.max_window_layers ?? 0)
				? 'window'
				: 'full';
		default:
			return config.sliding_window ? 'window' : 'full';
	}
}

function isMoe(config: TextConfig, { experts }: Family, layer: number): boolean {
	switch (experts) {
		case 'mixtral':
			return true;
		case 'llama4':
			return (layer + 1) % (config.interleave_moe_layer_step ?? 1) === 0;
		case 'qwen':
			return (
				!(config.mlp_only_layers ?? []).includes(layer) &&
				(layer + 1) % (config.decoder_sparse_step ?? 1) === 0
			);
		case 'deepseek':
			return (
				layer >= (config.first_k_dense_replace ?? 0) && layer % (config.moe_layer_freq ?? 1) === 0
			);
		default:
			return false;
	}
}

function windowOf(config: TextConfig, about: About): number {
	if (config.attention_chunk_size) return config.attention_chunk_size;
	return need(config, 'sliding_window', about);
}

function moeOf(config: TextConfig, { experts }: Family, about: About): ModelGeometry['moe'] {
	const of = (key: keyof TextConfig & string) => need(config, key, about);
	const perToken = of('num_experts_per_tok');
	if (experts === 'mixtral' || experts === 'llama4') {
		const expertWidth = of('intermediate_size');
		const sharedWidth = experts === 'llama4' ? expertWidth : 0;
		return { experts: of('num_local_experts'), perToken, expertWidth, sharedWidth };
	}
	const expertWidth = of('moe_intermediate_size');
	return experts === 'qwen'
		? {
				...{ experts: of('num_experts'), perToken, expertWidth },
				sharedWidth: config.shared_expert_intermediate_size ?? 0,
			}
		: {
				...{ experts: of('n_routed_experts'), perToken, expertWidth },
				sharedWidth: (config.n_shared_experts ?? 0) * expertWidth,
			};
}

function mlaOf(config: TextConfig, about: About): ModelGeometry['mla'] {
	const of = (key: keyof TextConfig & string) => need(config, key, about);
	return {
		...(config.q_lora_rank ? { queryRank: config.q_lora_rank } : {}),
		...{ kvRank: of('kv_lora_rank'), nopeWidth: of('qk_nope_head_dim') },
		...{ ropeWidth: of('qk_rope_head_dim'), valueWidth: of('v_head_dim') },
	};
}

function mlaHead(config: TextConfig, about: About): number {
	return need(config, 'qk_nope_head_dim', about) + need(config, 'qk_rope_head_dim', about);
}

function linearOf(config: TextConfig, about: About): ModelGeometry['linear'] {
	const of = (key: keyof TextConfig & string) => need(config, key, about);
	return {
		...{ keyHeads: of('linear_num_key_heads'), valueHeads: of('linear_num_value_heads') },
		...{ keyWidth: of('linear_key_head_dim'), valueWidth: of('linear_value_head_dim') },
		convWidth: of('linear_conv_kernel_dim'),
		...(config.mamba_ssm_dtype === 'float32' ? { state: 'fp32' as const } : {}),
	};
}
