import { ConfigError } from '../../protocol/errors.ts';
import type { NetworkName } from '../../protocol/hardware.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import type { ReplicaConfig, SchedulerConfig } from '../../services/replica/config.ts';
import {
	type VidurIntervals,
	type VidurLengths,
	VidurRequestsConfig,
} from '../../services/router/vidur-config.ts';
import {
	cardDevice,
	type Device,
	findDevice,
	findGpuPower,
	networksOf,
	withPower,
} from '../../silicon/device.ts';
import { noOverheads, type PredictorConstants } from '../../silicon/predictor/predictor.ts';
import { defaultProfile, profiles } from '../../silicon/profile/choose.ts';
import { findModel } from '../../silicon/profile/load-cards.ts';
import { deviceNames, isCardPath } from '../../silicon/profile/load-device-card.ts';
import type { Flags } from './flags.ts';

/** What a command line names. */
export interface Setup {
	readonly replicas: number;
	readonly policy: 'round_robin' | 'random' | 'lor';
	readonly replica: ReplicaConfig;
	readonly requests: VidurRequestsConfig;
	/** Of the request generator. */
	readonly seed: number;
	/** Infinity for none. */
	readonly timeLimitS: number;
}

/**
 * Replicas, requests and end of a run, as Vidur understands its flags.
 *
 * @throws ConfigError for values that do not fit together
 */
export function setupOf(flags: Flags): Setup {
	const requests = requestsOf(flags);
	const replicas = flags.number('cluster_config_num_replicas');
	if (replicas < 1)
		throw new ConfigError(
			`Cannot use "--cluster_config_num_replicas ${replicas}": it must be 1 or more`,
		);
	const timeLimitS = flags.number('time_limit');
	return {
		replicas,
		policy: flags.text('global_scheduler_config_type') as Setup['policy'],
		replica: replicaOf(flags, maxTokensOf(flags)),
		requests,
		seed:
			requests.type === 'synthetic'
				? requests.seed
				: flags.number('trace_request_generator_config_seed'),
		timeLimitS: timeLimitS > 0 ? timeLimitS : Number.POSITIVE_INFINITY,
	};
}

/** The most tokens of a request: what the length generator or the replayed trace has. */
function maxTokensOf(flags: Flags): number {
	if (flags.text('request_generator_config_type') === 'trace_replay')
		return flags.number('trace_request_generator_config_max_tokens');
	const type = flags.text('length_generator_config_type');
	return flags.number(`${type}_request_length_generator_config_max_tokens`);
}

function replicaOf(flags: Flags, maxTokensPerRequest: number): ReplicaConfig {
	const model = findModel(flags.text('replica_config_model_name'));
	const device = vidurDevice(findVidurDevice(flags.text('replica_config_device')));
	const numTensorParallelWorkers = positive(flags, 'replica_config_tensor_parallel_size');
	return {
		// Nothing reports steps here, and nothing is billed.
		stepUs: 60_000_000,
		pue: 1,
		model,
		device,
		profile:
			(flags.value('profile') as string | null) ??
			profileOf(flags, model.name, numTensorParallelWorkers),
		numTensorParallelWorkers,
		pipelineStages: positive(flags, 'replica_config_num_pipeline_stages'),
		scheduler: schedulerOf(flags),
		memoryMarginFraction: flags.number('replica_config_memory_margin_fraction'),
		maxTokensPerRequest,
		compatibility: 'vidur',
		prefixCache: null,
		handoff: null,
		predictor: constantsOf(flags),
	};
}

/** What the chosen predictor adds to the operators' times. */
function constantsOf(flags: Flags): PredictorConstants {
	const type = flags.text('execution_time_predictor_config_type');
	const prefix = `${type}_execution_time_predictor_config_`;
	return {
		kvGranularity: positive(flags, `${prefix}kv_cache_prediction_granularity`),
		decodeBatchingFraction: flags.number(`${prefix}attention_decode_batching_overhead_fraction`),
		prefillBatchingFraction: flags.number(`${prefix}attention_prefill_batching_overhead_fraction`),
		allReduceLaunchMs: flags.number(`${prefix}nccl_cpu_launch_overhead_ms`),
		allReduceSkewMs: flags.number(`${prefix}nccl_cpu_skew_overhead_per_device_ms`),
		...noOverheads,
	};
}

/** Nothing here depends on power, so that a card without power will do. */
function findVidurDevice(name: string): Device {
	if (!isCardPath(name)) return findDevice(name);
	return withPower(cardDevice(name), findGpuPower(null, 'a100'));
}

/** Vidur takes 1000 TFLOPS for the H100, the maker says 990. */
function vidurDevice(device: Device): Device {
	return device.name === 'h100' ? { ...device, fp16Tflops: 1000 } : device;
}

/** Of our profiles the one that keeps what Vidur's profiling and regression add, where there is one. */
function profileOf(flags: Flags, model: string, tensorParallel: number): string {
	const device = findVidurDevice(flags.text('replica_config_device')).name;
	const name = defaultProfile(model, device, tensorParallel, networkOf(flags, device));
	return profiles.some((one) => one.name === name) ? `${name}-reproduction` : name;
}

/** How Vidur ends the names of networks. */
const VIDUR_NAMES: Readonly<Record<NetworkName, string>> = {
	pairwise: 'pairwise_nvlink',
	dgx: 'dgx',
};

/** Vidur's default is an A100's also for other devices, which nobody means; one GPU needs none. */
function networkOf(flags: Flags, device: string): NetworkName {
	const network = flags.text('replica_config_network_device');
	if (!deviceNames.includes(device)) return 'pairwise';
	const isShared =
		flags.number('replica_config_tensor_parallel_size') > 1 ||
		flags.number('replica_config_num_pipeline_stages') > 1;
	if (network.startsWith(`${device}_`)) return network.endsWith('_dgx') ? 'dgx' : 'pairwise';
	if (isShared && flags.isGiven('replica_config_network_device')) {
		const known = networksOf(findDevice(device)).map((one) => `${device}_${VIDUR_NAMES[one]}`);
		throw new ConfigError(
			`Cannot use "--replica_config_network_device ${network}" with device "${device}": profiles have ` +
				`${known.join(' and ')}; or give --profile`,
		);
	}
	return 'pairwise';
}

function schedulerOf(flags: Flags): SchedulerConfig {
	const type = flags.text('replica_scheduler_config_type') as Exclude<
		SchedulerConfig['type'],
		'vllm-v1'
	>;
	const prefix = `${type}_scheduler_config_`;
	const numBlocks = `${prefix}num_blocks`;
	const common = {
		batchSizeCap: positive(flags, `${prefix}batch_size_cap`),
		blockSize: positive(flags, `${prefix}block_size`),
		numBlocks: flags.optional(numBlocks) === null ? null : positive(flags, numBlocks),
	};
	const watermark = () => flags.number(`${prefix}watermark_blocks_fraction`);
	const most = () => positive(flags, `${prefix}max_tokens_in_batch`);
	switch (type) {
		case 'vllm':
			return { type, ...common, watermarkFraction: watermark(), maxTokensInBatch: most() };
		case 'sarathi': {
			const chunkSize = positive(flags, `${prefix}chunk_size`);
			return { type, ...common, watermarkFraction: watermark(), chunkSize };
		}
		case 'lightllm': {
			const maxWaitingIterations = positive(flags, `${prefix}max_waiting_iters`);
			return { type, ...common, maxTokensInBatch: most(), maxWaitingIterations };
		}
		default:
			return { type, ...common };
	}
}

function positive(flags: Flags, name: string): number {
	const value = flags.number(name);
	if (value >= 1) return value;
	throw new ConfigError(`Cannot use "--${name} ${value}": it must be 1 or more`);
}

function requestsOf(flags: Flags): VidurRequestsConfig {
	const type = flags.text('request_generator_config_type');
	const config = type === 'synthetic' ? syntheticOf(flags) : replayOf(flags);
	const result = VidurRequestsConfig.safeParse(config, PLAINLY);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	throw new ConfigError(
		`Cannot make requests of these flags: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
	);
}

function syntheticOf(flags: Flags): VidurRequestsConfig {
	const prefix = 'synthetic_request_generator_config_';
	return {
		type: 'synthetic',
		seed: flags.number(`${prefix}seed`),
		durationS: flags.optional(`${prefix}duration`),
		numRequests: flags.optional(`${prefix}num_requests`),
		intervals: intervalsOf(flags),
		lengths: lengthsOf(flags),
	};
}

function replayOf(flags: Flags): VidurRequestsConfig {
	const prefix = 'trace_request_generator_config_';
	return {
		type: 'trace_replay',
		path: flags.text(`${prefix}trace_file`),
		prefillScale: flags.number(`${prefix}prefill_scale_factor`),
		decodeScale: flags.number(`${prefix}decode_scale_factor`),
		timeScale: flags.number(`${prefix}time_scale_factor`),
		maxTokens: flags.number(`${prefix}max_tokens`),
	};
}

function intervalsOf(flags: Flags): VidurIntervals {
	const type = flags.text('interval_generator_config_type') as VidurIntervals['type'];
	const prefix = `${type}_request_interval_generator_config_`;
	switch (type) {
		case 'poisson':
			return { type, qps: flags.number(`${prefix}qps`) };
		case 'gamma':
			return { type, qps: flags.number(`${prefix}qps`), cv: flags.number(`${prefix}cv`) };
		case 'static':
			return { type };
		default:
			return {
				type,
				path: flags.text(`${prefix}trace_file`),
				startTime: flags.text(`${prefix}start_time`),
				endTime: flags.text(`${prefix}end_time`),
				timeScale: flags.number(`${prefix}time_scale_factor`),
			};
	}
}

function lengthsOf(flags: Flags): VidurLengths {
	const type = flags.text('length_generator_config_type') as VidurLengths['type'];
	const number = (name: string) => flags.number(`${type}_request_length_generator_config_${name}`);
	switch (type) {
		case 'fixed':
			return {
				type,
				prefillTokens: number('prefill_tokens'),
				decodeTokens: number('decode_tokens'),
			};
		case 'trace':
			return {
				type,
				path: flags.text('trace_request_length_generator_config_trace_file'),
				prefillScale: number('prefill_scale_factor'),
				decodeScale: number('decode_scale_factor'),
				maxTokens: number('max_tokens'),
				seed: number('seed'),
			};
		default: {
			const range = {
				minTokens: number('min_tokens'),
				maxTokens: number('max_tokens'),
				prefillToDecodeRatio: number('prefill_to_decode_ratio'),
			};
			return type === 'uniform'
				? { type, ...range }
				: { type, ...range, theta: number('theta'), seed: number('seed') };
		}
	}
}
