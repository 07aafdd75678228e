import type { FlagValue } from '../flag-table.ts';
import { flagTable } from '../flag-table.ts';
import type { Flags } from '../flags.ts';
import type { Setup } from '../setup.ts';

type Tree = { [key: string]: FlagValue | readonly (string | number | boolean)[] | Tree };

/**
 * The content of `config.json`: what the flags came to, nested as Vidur nests it; of alternatives only the
 * chosen one, under its `name`. `gridbeat` is ours: what this program used where Vidur has no word for it.
 */
export function configTree(flags: Flags, setup: Setup, outputFolder: string): Tree {
	const { replica } = setup;
	const { model, device } = replica;
	const chosen = (type: string, suffix: string): Tree => {
		const name = flags.text(type);
		return { ...fieldsOf(flags, `${name}_${suffix}_`), name };
	};
	return {
		seed: flags.value('seed'),
		log_level: flags.value('log_level'),
		time_limit: flags.value('time_limit'),
		cluster_config: {
			num_replicas: setup.replicas,
			replica_config: {
				...fieldsOf(flags, 'replica_config_'),
				world_size: replica.numTensorParallelWorkers * replica.pipelineStages,
				model_config: {
					num_layers: model.layers,
					num_q_heads: model.queryHeads,
					num_kv_heads: model.keyValueHeads,
					embedding_dim: model.width,
					mlp_hidden_dim: model.mlpWidth,
					use_gated_mlp: model.gatedMlp,
					post_attn_norm: model.postAttentionNorm,
					name: model.name,
				},
				device_config: {
					fp16_tflops: device.fp16Tflops,
					total_memory_gb: device.memoryGb,
					name: device.name,
				},
			},
			global_scheduler_config: { name: setup.policy },
			replica_scheduler_config: chosen('replica_scheduler_config_type', 'scheduler_config'),
		},
		request_generator_config: generatorTree(flags, chosen),
		execution_time_predictor_config: chosen(
			'execution_time_predictor_config_type',
			'execution_time_predictor_config',
		),
		metrics_config: { ...fieldsOf(flags, 'metrics_config_'), output_dir: outputFolder },
		gridbeat: { profile: replica.profile },
	};
}

function generatorTree(flags: Flags, chosen: (type: string, suffix: string) => Tree): Tree {
	const name = flags.text('request_generator_config_type');
	if (name === 'trace_replay')
		return { ...fieldsOf(flags, 'trace_request_generator_config_'), name };
	const lengths = chosen('length_generator_config_type', 'request_length_generator_config');
	const intervals = chosen('interval_generator_config_type', 'request_interval_generator_config');
	return {
		...fieldsOf(flags, 'synthetic_request_generator_config_'),
		length_generator_config: lengths,
		interval_generator_config: intervals,
		max_tokens: lengths['max_tokens'] ?? null,
		name,
	};
}

function fieldsOf(flags: Flags, prefix: string): Tree {
	const tree: Tree = {};
	for (const { name } of flagTable.values())
		if (name.startsWith(prefix)) tree[name.slice(prefix.length)] = plain(flags.value(name));
	return tree;
}

/** Lists as they are meant, not as they are written. */
function plain(value: FlagValue): Tree[string] {
	if (!Array.isArray(value)) return value as Exclude<FlagValue, readonly string[]>;
	return (value as readonly string[]).map((text) => {
		if (text === 'True' || text === 'False') return text === 'True';
		return Number.isNaN(Number(text)) ? text : Number(text);
	});
}
