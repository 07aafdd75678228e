import * as z from 'zod';
import { KvFormat, NetworkName, PowerCurveName, WeightFormat } from '../hardware.ts';
import { Duration } from './duration.ts';
import { Feed } from './feed.ts';
import { Overheads } from './overheads.ts';
import { OwnPart } from './own.ts';
import { Fraction, RouterPolicy } from './parts.ts';
import { Speculative } from './speculative.ts';

export const PrefixCache = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('hit-rate').describe('A part of every prompt is found, whatever the prompt'),
		fraction: Fraction.describe('Mean part of a prompt that is found'),
		distribution: z
			.enum(['fixed', 'uniform', 'all_or_nothing'])
			.default('fixed')
			.describe('How requests differ: not, evenly, or by finding their whole prompt or nothing'),
	}),
	z.strictObject({
		type: z
			.literal('shared')
			.describe('KV blocks of equal content are found until overwritten, as in vLLM'),
	}),
]);

export const KvTransfer = z.strictObject({
	bandwidthGBps: z
		.number()
		.positive()
		.nullable()
		.default(25)
		.describe('What each GPU sends and receives, 10^9 bytes per second; null: no limit'),
	latencyUs: z.number().nonnegative().default(10).describe('From one replica to another, us'),
	overlap: z
		.enum(['none', 'layerwise'])
		.default('none')
		.describe('Sent after the prompt, or each layer as soon as it is computed'),
});

export const Disaggregation = z.strictObject({
	prefillReplicas: z.int().min(1).max(100_000).default(1).describe('Replicas that compute prompts'),
	decodeReplicas: z.int().min(1).max(100_000).default(1).describe('Replicas that go on from there'),
	policy: RouterPolicy.exclude(['prefix'])
		.default('round_robin')
		.describe('How a replica for decoding is chosen'),
	kvTransfer: KvTransfer.prefault({}).describe('How KV caches get from one to the other'),
});

/** PUE at all times. */
export const PueNumber = z.number().min(1);

/** Outdoor temperatures, degC, and PUE at each, coldest first. */
export const PuePoints = z
	.array(z.tuple([z.number().min(-90).max(60), z.number().min(1)]))
	.min(1)
	.refine((points) => points.every(([c], i) => i === 0 || c > (points[i - 1]?.[0] ?? c)), {
		error: 'temperatures must rise',
	});

const PueByOutdoor = z.strictObject({
	byOutdoorC: PuePoints.describe(
		'Pairs of outdoor temperature, degC, and PUE; linear between, level beyond',
	),
	outdoor: OwnPart.optional().describe(
		'A temperature of your own ([own kinds](own-kind.md)); default: of a plant’s feed or weather file, else the location’s',
	),
	feed: Feed.nullable()
		.default(null)
		.describe('A live feed of it ([feeds](feeds.md#weather)); null: as `outdoor` says'),
});

export const Server = z.strictObject({
	idleW: z.number().nonnegative().default(0).describe('Of a server without its GPUs, at rest'),
	busyW: z
		.number()
		.nonnegative()
		.default(0)
		.describe('What it draws more while all its GPUs work; in between by the time that they do'),
	networkW: z
		.number()
		.nonnegative()
		.default(0)
		.describe('Its share of switches and links, at all times'),
	gpus: z.int().positive().default(8).describe('GPUs of a server; a replica has its part of one'),
});

export const Sleep = z.strictObject({
	afterS: z.number().positive().default(60).describe('Without work for so long, s'),
	wakeS: z
		.number()
		.nonnegative()
		.default(10)
		.describe('From the first request to the first batch, s'),
	powerW: z
		.number()
		.nonnegative()
		.nullable()
		.default(null)
		.describe('Of a sleeping GPU; null: of its device in profiling-data/gpu-power.json'),
});

/** How a replica forms its batches. */
export const SchedulerName = z.enum([
	'vllm',
	'vllm-v1',
	'sarathi',
	'orca',
	'faster_transformer',
	'lightllm',
]);
export type SchedulerName = z.infer<typeof SchedulerName>;

/** A peer whose behaviour is kept also where it is wrong. */
const Compatibility = z.literal('vidur');

/** Other numbers of replicas in the course of a run. */
const Scaling = z.strictObject({
	max: z
		.int()
		.min(1)
		.max(100_000)
		.describe('Most replicas at any time; those beyond the number are off and draw nothing'),
	startupS: z
		.number()
		.nonnegative()
		.default(60)
		.describe('From being added to the first request, s: weights are loaded, at idle power'),
	schedule: z
		.array(
			z.strictObject({
				at: Duration.describe('Since the start of the run'),
				replicas: z.int().min(1).describe('So many from then on'),
			}),
		)
		.default([])
		.describe('When there are how many; before the first entry `replicas` counts'),
});

/** The `serving` section of a scenario: the replicas. */
export const Serving = z.strictObject({
	replicas: z.int().min(1).max(100_000).default(2).describe('Number of replicas'),
	scaling: Scaling.nullable()
		.default(null)
		.describe(
			'Replicas that are added and taken away in the course of the run ([scaling](machines.md#scaling)); null: their number stays',
		),
	model: z
		.string()
		.default('meta-llama/Meta-Llama-3-8B')
		.describe('Model, by its Hugging Face name'),
	device: z.string().default('a100').describe('GPU type, or the path of a device card (.yaml)'),
	profile: z.string().default('default').describe('Latency profile'),
	tensorParallel: z.int().positive().default(1).describe('GPUs that share each layer of a replica'),
	pipelineStages: z
		.int()
		.positive()
		.default(1)
		.describe('Stages of a replica, each with a share of its layers'),
	network: NetworkName.nullable()
		.default(null)
		.describe(
			'How the GPUs of a replica are joined: NVLink in pairs, or as in a DGX; null: dgx for SXM parts, else pairwise',
		),
	scheduler: SchedulerName.default('vllm').describe('How a replica forms its batches'),
	chunkSize: z.int().positive().default(512).describe('Most tokens of a batch of sarathi'),
	maxWaitingIterations: z
		.int()
		.positive()
		.default(10)
		.describe('Decode batches of lightllm after which prompts are tried again'),
	compatibility: Compatibility.nullable()
		.default(null)
		.describe(
			'vidur: as Vidur also where it is wrong (docs/vidur-differences.md); powerCurve is apart',
		),
	batchSizeCap: z.int().positive().default(128).describe('Most requests in a batch'),
	maxTokensInBatch: z
		.int()
		.positive()
		.default(4096)
		.describe('Most prompt tokens in a prefill batch, padded'),
	maxNumSeqs: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe(
			'vllm-v1: most requests that run at once; null: as vLLM’s server, 1024 on GPUs of 70 GiB and more but the A100, else 256',
		),
	maxNumBatchedTokens: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe(
			'vllm-v1: most tokens of a batch, prompts and answers together; null: as vLLM’s server, 8192 on the GPUs with 1024 requests, else 2048',
		),
	longPrefillTokenThreshold: z
		.int()
		.nonnegative()
		.default(0)
		.describe('vllm-v1: most tokens of one prompt in a batch; 0: no limit of its own'),
	asyncScheduling: z
		.boolean()
		.default(true)
		.describe(
			'vllm-v1: a batch is decided when the one before it begins, so that arrivals and places that come free are seen one batch later',
		),
	speculative: Speculative.nullable()
		.default(null)
		.describe('vllm-v1: tokens that are drafted and then verified several at once; null: none'),
	maxTokens: z.int().min(2).default(4096).describe('Longest prompt and output of a request'),
	blockSize: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe('Tokens in a KV-cache block; null: 16, and 1 for lightllm'),
	watermarkFraction: Fraction.default(0.01).describe('KV blocks kept free when admitting'),
	numBlocks: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe('KV blocks of a replica; null: as many as its memory holds'),
	weights: WeightFormat.nullable()
		.default(null)
		.describe(
			'How the weights of all layers are kept; null: as the model’s card or config has them',
		),
	kvCache: KvFormat.nullable()
		.default(null)
		.describe('How keys and values are kept; null: as the model’s card or config has them'),
	gpuMemoryUtilization: z
		.number()
		.gt(0)
		.max(1)
		.nullable()
		.default(null)
		.describe(
			'Part of the GPU memory that vLLM uses, by whose plan there are KV blocks ([memory](gpus-and-models.md#memory)); null: 0.9 with vllm-v1, else `memoryMarginFraction` counts',
		),
	cudaGraphGiB: z
		.number()
		.nonnegative()
		.default(0)
		.describe('GPU memory that vLLM’s plan sets aside for CUDA graphs, GiB; before 0.21 none'),
	memoryMarginFraction: Fraction.default(0.1).describe('GPU memory left unused'),
	prefixCache: PrefixCache.nullable()
		.default(null)
		.describe('Beginnings of prompts that need not be computed again; null: none'),
	disaggregation: Disaggregation.nullable()
		.default(null)
		.describe('Two pools, for prompts and for decoding, in place of `replicas`; null: one'),
	calibration: z
		.string()
		.min(1)
		.nullable()
		.default(null)
		.describe(
			'A calibration ([calibration](calibration.md)): one that ships, by its name, or a file that `gridbeat calibrate` wrote; its values count where the scenario has none',
		),
	powerCurve: PowerCurveName.nullable()
		.default(null)
		.describe(
			'Power of a GPU by its utilisation, of profiling-data/gpu-power.json (roofline: by memory traffic as well as arithmetic); null: measured where that is known',
		),
	overheads: Overheads.prefault({}).describe(
		'What serving takes beside the GPUs’ work ([before the scheduler](requests.md#before-the-scheduler))',
	),
	host: Server.prefault({}).describe('Servers around the GPUs, and their network'),
	sleep: Sleep.nullable()
		.default(null)
		.describe('Replicas without work let their GPUs sleep; null: they idle'),
	pue: z
		.union([PueNumber, PueByOutdoor])
		.default(1.2)
		.describe('Facility power over that of GPUs and servers; a number, or by outdoor temperature'),
});
