import * as z from 'zod';
import { ReplicaCounts } from '../../protocol/scaling.ts';
import { given } from '../../protocol/scenario/given.ts';
import { Overheads } from '../../protocol/scenario/overheads.ts';
import { KvTransfer, Server, Serving, Sleep } from '../../protocol/scenario/serving.ts';
import { Device, findDevice } from '../../silicon/device.ts';
import { ModelGeometry } from '../../silicon/model.ts';
import { PredictorConstants } from '../../silicon/predictor/predictor.ts';
import { findModel } from '../../silicon/profile/load-cards.ts';
import { Pue } from './pue.ts';
import { PrefixCacheConfig } from './scheduler/prefix-cache.ts';

/** The keys of a scenario that stand here as they are. */
const serving = given(Serving.shape);
const kvTransfer = given(KvTransfer.shape);
const sleep = given(Sleep.shape);
const server = given(Server.shape);
const overheads = given(Overheads.shape);

/** What all schedulers have. */
const common = {
	/** Most requests that hold memory at once; orca and faster_transformer: in a batch. */
	batchSizeCap: serving.batchSizeCap,
	/** Tokens per KV block. */
	blockSize: serving.blockSize.unwrap(),
	/** KV blocks of the replica; null: as many as the memory planner finds. */
	numBlocks: serving.numBlocks,
};

/** Part of the KV blocks that admission leaves free. */
const { watermarkFraction } = serving;

/** The replica schedulers, described in scheduler/. */
export const SchedulerConfig = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('vllm'),
		...common,
		watermarkFraction,
		/** Most tokens of a prefill batch, each prompt counted as long as the longest. */
		maxTokensInBatch: serving.maxTokensInBatch,
	}),
	z.strictObject({
		type: z.literal('sarathi'),
		...common,
		watermarkFraction,
		/** Most tokens of a batch, decoding requests aside, which are never held back. */
		chunkSize: serving.chunkSize,
	}),
	z.strictObject({
		type: z.literal('vllm-v1'),
		...common,
		/** Most tokens of a batch, prompts and answers together; no fewer than `batchSizeCap`, the most requests that run. */
		maxNumBatchedTokens: serving.maxNumBatchedTokens.unwrap(),
		/** Most tokens of one prompt in a batch; 0: no limit of its own. */
		longPrefillTokenThreshold: serving.longPrefillTokenThreshold,
		/** Whether a batch is decided when the one before it begins; with one pipeline stage. */
		asyncScheduling: serving.asyncScheduling,
		/** null: one token a step. */
		speculative: serving.speculative,
	}),
	z.strictObject({ type: z.literal('orca'), ...common }),
	z.strictObject({ type: z.literal('faster_transformer'), ...common }),
	z.strictObject({
		type: z.literal('lightllm'),
		...common,
		/** Most tokens of a batch of prompts. */
		maxTokensInBatch: serving.maxTokensInBatch,
		/** Decode batches after which prompts are tried again. */
		maxWaitingIterations: serving.maxWaitingIterations,
	}),
]);
export type SchedulerConfig = z.infer<typeof SchedulerConfig>;

/** A replica of the prefill or of the decode pool. */
const Handoffs = z.discriminatedUnion('role', [
	z.strictObject({
		role: z.literal('prefill'),
		/** What each GPU sends, in 10^9 bytes per second; null: no limit. */
		bandwidthGBps: kvTransfer.bandwidthGBps,
		/** Whether each layer is sent as soon as it is computed. */
		layerwise: z.boolean(),
	}),
	z.strictObject({
		role: z.literal('decode'),
		/** From one replica to another. */
		latencyUs: kvTransfer.latencyUs,
	}),
]);

/** Configuration of a replica actor. */
export const ReplicaConfig = z.strictObject({
	/** Length of a report step, in microseconds. */
	stepUs: z.int().positive(),
	model: ModelGeometry,
	device: Device,
	/** A name in profiling-data/, or a path (profile/load.ts). */
	profile: z.string().min(1),
	numTensorParallelWorkers: serving.tensorParallel,
	pipelineStages: serving.pipelineStages,
	scheduler: SchedulerConfig,
	/** Memory as vLLM plans it; left out: as Vidur does, by `memoryMarginFraction`. */
	vllmMemory: z
		.strictObject({
			gpuMemoryUtilization: serving.gpuMemoryUtilization.unwrap(),
			cudaGraphGiB: serving.cudaGraphGiB,
		})
		.optional(),
	/** Part of the device memory that is left alone. */
	memoryMarginFraction: serving.memoryMarginFraction,
	/** Most tokens of one request, prompt and answer together. */
	maxTokensPerRequest: z.int().positive(),
	/** Facility power over that of GPUs and servers; by outdoor temperature, which `air` reports. */
	pue: Pue,
	/** What the replica's part of servers and network draws at rest, and more while all its GPUs work, W. */
	server: z.strictObject({ idleW: server.idleW, busyW: server.busyW }).optional(),
	/** GPUs without work sleep, at `powerW` each. */
	sleep: z
		.strictObject({
			afterS: sleep.afterS,
			wakeS: sleep.wakeS,
			powerW: sleep.powerW.unwrap(),
		})
		.optional(),
	/** The replica has one of several places, and is on while so many are wanted; left out: at all times. */
	scaling: ReplicaCounts.extend({
		/** Counted from 0. */
		place: z.int().nonnegative(),
	}).optional(),
	/** 'vidur': Vidur's behaviour also where it is wrong (docs/vidur-differences.md). */
	compatibility: serving.compatibility,
	/** null: every prompt is computed whole. */
	prefixCache: PrefixCacheConfig.nullable(),
	/** What lies between a request's arrival and the scheduler; left out: nothing. */
	api: z
		.strictObject({
			apiMs: overheads.apiMs.unwrap(),
			tokenizeUsPerToken: overheads.tokenizeUsPerToken.unwrap(),
		})
		.optional(),
	/** Which half of a request is served, where two pools share the work; null: all of it. */
	handoff: Handoffs.nullable(),
	/** Other constants in the price of a batch than compatibility.ts has. */
	predictor: PredictorConstants.optional(),
	/** What it says of its batches, beside what it always says. */
	tells: z
		.strictObject({
			batches: z.boolean(),
			operations: z.boolean(),
			/** Each token of each request, to whoever waits for it. */
			tokens: z.boolean().optional(),
			/** Each request that leaves, to the router of those who wait for it. */
			left: z.boolean().optional(),
			/** First tokens and evictions, to the monitor of a served run. */
			progress: z.boolean().optional(),
		})
		.optional(),
});
export type ReplicaConfig = z.infer<typeof ReplicaConfig>;

/** One Llama-3-8B on one A100, with Vidur's defaults. `stepUs` is the scenario's. */
export const replicaDefaults: Omit<ReplicaConfig, 'stepUs' | 'scheduler'> & {
	readonly scheduler: Extract<SchedulerConfig, { type: 'vllm' }>;
} = {
	model: findModel('meta-llama/Meta-Llama-3-8B'),
	device: findDevice('a100'),
	profile: 'llama-3-8b-a100-tp1',
	numTensorParallelWorkers: 1,
	pipelineStages: 1,
	scheduler: {
		type: 'vllm',
		batchSizeCap: 128,
		maxTokensInBatch: 4096,
		blockSize: 16,
		watermarkFraction: 0.01,
		numBlocks: null,
	},
	memoryMarginFraction: 0.1,
	maxTokensPerRequest: 4096,
	pue: 1.2,
	compatibility: null,
	prefixCache: null,
	handoff: null,
};
