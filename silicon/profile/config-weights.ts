import * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';
import type { WeightFormat } from '../../protocol/hardware.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { layersWith, type ModelGeometry } from '../model.ts';

/** One group of compressed-tensors or ModelOpt: how the weights of its layers are kept. */
const Weights = z.looseObject({
	num_bits: z.number(),
	type: z.string(),
	strategy: z.string().nullish(),
	group_size: z.number().nullish(),
});

const Quantization = z.looseObject({
	quant_method: z.string().nullish(),
	quant_algo: z.string().nullish(),
	bits: z.number().nullish(),
	weight_block_size: z.array(z.number()).nullish(),
	config_groups: z.record(z.string(), z.looseObject({ weights: Weights.nullish() })).nullish(),
	modules_to_not_convert: z.array(z.string()).nullish(),
	ignore: z.array(z.string()).nullish(),
	exclude_modules: z.array(z.string()).nullish(),
	ignored_layers: z.array(z.string()).nullish(),
	kv_cache_quant_algo: z.string().nullish(),
	kv_cache_scheme: z.union([z.string(), z.looseObject({ num_bits: z.number() })]).nullish(),
});
type Quantization = z.infer<typeof Quantization>;

/** The formats of a checkpoint's weights, and what was taken as something that it nearly is. */
export interface ReadWeights {
	readonly formats: Pick<
		ModelGeometry,
		'weights' | 'attentionWeights' | 'expertWeights' | 'kvCache'
	>;
	readonly notes: readonly Note[];
}

/**
 * How the weights of a checkpoint are kept.
 *
 * @param value its `quantization_config`, or `quantization` of its hf_quant_config.json; null: it has none
 * @throws ConfigError for a quantisation that is not modelled, by its name
 */
export function configWeights(value: unknown, path: string, model: ModelGeometry): ReadWeights {
	if (value === null || value === undefined) return { formats: {}, notes: [] };
	const refuse = (reason: string) =>
		new ConfigError(`Cannot use model config "${path}": ${reason}`);
	const read = Quantization.safeParse(value);
	if (!read.success) throw refuse('its quantization_config cannot be read');
	const config = read.data;
	const format = formatOf(config);
	if (format === null)
		throw refuse(
			`its quantisation ${quoted(nameOf(config))} is not modelled; there are fp8, fp8 in blocks, NVFP4, MXFP4, and int4 (AWQ, GPTQ, compressed-tensors)`,
		);
	const spared = [
		...(config.modules_to_not_convert ?? []),
		...(config.ignore ?? []),
		...(config.exclude_modules ?? []),
		...(config.ignored_layers ?? []),
	];
	return {
		formats: { ...partFormats(model, format, spared), ...(isKvFp8(config) ? KV_FP8 : {}) },
		notes: notesOf(model, format, spared),
	};
}

const KV_FP8 = { kvCache: 'fp8' } as const;

function isKvFp8({ kv_cache_quant_algo: algo, kv_cache_scheme: scheme }: Quantization): boolean {
	if (algo === 'FP8' || scheme === 'FP8') return true;
	return typeof scheme === 'object' && scheme !== null && scheme.num_bits === 8;
}

function nameOf({ quant_method, quant_algo, bits, config_groups: groups }: Quantization): string {
	const of = Object.values(groups ?? {}).map(({ weights }) =>
		weights ? `${weights.type} of ${weights.num_bits} bits` : 'none',
	);
	const parts = [quant_method, quant_algo, ...of, bits ? `${bits} bits` : null];
	return parts.filter((one) => typeof one === 'string').join(', ');
}

function formatOf(config: Quantization): WeightFormat | null {
	const { quant_method: method, quant_algo: algo, bits } = config;
	const groups = Object.values(config.config_groups ?? {});
	if (algo === 'FP8') return 'fp8';
	if (algo === 'NVFP4') return 'fp4';
	if (groups.length > 0) {
		const formats = new Set(groups.map(({ weights }) => (weights ? groupFormat(weights) : null)));
		return formats.size === 1 ? ([...formats][0] ?? null) : null;
	}
	switch (method) {
		case 'fp8':
			return config.weight_block_size ? 'fp8_block' : 'fp8';
		case 'fbgemm_fp8':
			return 'fp8';
		case 'mxfp4':
			return 'mxfp4';
		case 'awq':
		case 'gptq':
			return bits === 4 ? 'int4' : null;
		default:
			return null;
	}
}

function groupFormat(weights: z.infer<typeof Weights>): WeightFormat | null {
	const { num_bits: bits, type, strategy, group_size: size } = weights;
	if (bits === 8 && type === 'float') return strategy === 'block' ? 'fp8_block' : 'fp8';
	if (bits === 4 && type === 'float') return size === 32 ? 'mxfp4' : 'fp4';
	return bits === 4 && type === 'int' ? 'int4' : null;
}

type ModelPart = 'attention' | 'dense' | 'experts';

/** Matrices of a layer by the part that they belong to, as checkpoints name them. */
const NAMES = {
	attention: ['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((one) => `self_attn.${one}`),
	mla: ['q_a_proj', 'q_b_proj', 'kv_a_proj_with_mqa', 'kv_b_proj', 'o_proj'].map(
		(one) => `self_attn.${one}`,
	),
	linear: ['in_proj_qkvz', 'in_proj_ba', 'out_proj'].map((one) => `linear_attn.${one}`),
} as const;
const MLPS = ['mlp', 'feed_forward', 'block_sparse_moe'];

/** Which part of a part's matrices is left as it was, 0 to 1. */
function spareShare(model: ModelGeometry, part: ModelPart, spared: readonly string[]): number {
	const patterns = spared.map(matcher);
	const isSpared = (name: string) => patterns.some((matches) => matches(name));
	let all = 0;
	let left = 0;
	for (let layer = 0; layer < model.layers; layer++)
		for (const names of namesOf(model, part)) {
			all++;
			if (names.some((name) => isSpared(`model.layers.${layer}.${name}`))) left++;
		}
	return left / all;
}

/** Each matrix by the names that it may have. */
function namesOf(model: ModelGeometry, part: ModelPart): string[][] {
	if (part === 'attention') {
		const names = model.mla === undefined ? NAMES.attention : NAMES.mla;
		const linear = model.linear === undefined ? [] : NAMES.linear;
		return [...names, ...linear].map((one) => [one]);
	}
	const of = (inner: readonly string[]) =>
		['gate_proj', 'up_proj', 'down_proj'].map((matrix) =>
			MLPS.flatMap((mlp) => inner.map((one) => `${mlp}.${one}${matrix}`)),
		);
	if (part === 'experts') return of(['experts.0.']);
	const shared = ['shared_experts.', 'shared_expert.'];
	return of(layersWith(model, 'dense') > 0 ? [''] : shared);
}

/** Whether a module is one that a list of modules to leave out names: by regular expression, by * or by the names on its path. */
function matcher(pattern: string): (name: string) => boolean {
	if (pattern.startsWith('re:')) {
		const found = regExp(`^(?:${pattern.slice(3)})`);
		if (found === null) return () => false;
		return (name) => found.test(name) || found.test(`language_model.${name}`);
	}
	const plain = pattern.replace(/^(model\.)?language_model\.(model\.)?/, '');
	if (!plain.includes('*')) return (name) => `.${name}.`.includes(`.${plain}.`);
	const parts = plain.split('*').map((one) => one.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
	const found = new RegExp(`(^|\\.)${parts.join('.*')}(\\.|$)`);
	return (name) => found.test(name);
}

/** Null for one of Python that JavaScript does not read. */
function regExp(text: string): RegExp | null {
	try {
		return new RegExp(text);
	} catch {
		return null;
	}
}

/** Each part in the format of most of its matrices. */
function partFormats(
	model: ModelGeometry,
	format: WeightFormat,
	spared: readonly string[],
): ReadWeights['formats'] {
	const of = (part: ModelPart): WeightFormat =>
		spareShare(model, part, spared) > 0.5 ? 'bf16' : format;
	const attention = of('attention');
	const hasExperts = model.moe !== undefined;
	const experts = hasExperts ? of('experts') : null;
	const hasDense = layersWith(model, 'dense') > 0 || (model.moe?.sharedWidth ?? 0) > 0;
	const weights = hasDense ? of('dense') : attention;
	return {
		...(weights === 'bf16' ? {} : { weights }),
		...(attention === weights ? {} : { attentionWeights: attention }),
		...(experts === null || experts === weights ? {} : { expertWeights: experts }),
	};
}

function notesOf(model: ModelGeometry, format: WeightFormat, spared: readonly string[]): Note[] {
	const parts: ModelPart[] = ['attention', 'dense'];
	if (model.moe !== undefined) parts.push('experts');
	return parts.flatMap((part) => {
		const share = spareShare(model, part, spared);
		if (share === 0 || share === 1) return [];
		const [kept, taken] = share > 0.5 ? ['bf16', format] : [format, 'bf16'];
		const percent = Math.round(100 * Math.min(share, 1 - share));
		return [
			note(
				`${percent} % of the matrices of ${part} are ${taken} and taken as ${kept}, as most are`,
			),
		];
	});
}
