import { ConfigError } from '../../protocol/errors.ts';
import { behaviourOf } from '../../silicon/compatibility.ts';
import { kvBytesOfSequence } from '../../silicon/model-size.ts';
import { powerCurve } from '../../silicon/power.ts';
import { extendTables } from '../../silicon/predictor/extend.ts';
import { type OperationTimes, operationTimes } from '../../silicon/predictor/operations.ts';
import { type PredictorConstants, tablePredictor } from '../../silicon/predictor/predictor.ts';
import {
	checkCollectives,
	checkRange,
	type LatencyTables,
} from '../../silicon/predictor/tables.ts';
import { graphPadding } from '../../silicon/vllm-server.ts';
import type { ReplicaConfig } from './config.ts';
import type { RequestLimits } from './engine/admission.ts';
import { type Drafting, draftingOf } from './engine/drafting.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import type { KvLink } from './engine/handoff.ts';
import { fastMachine, type Machine, pipelineMachine } from './engine/machine.ts';
import type { BatchObserver } from './engine/observer.ts';
import type { PipelineEngine } from './engine/pipeline-engine.ts';
import { cutOf, memoryOf, reservesMemory } from './memory-plan.ts';
import { fastScheduler, pooledScheduler, type SchedulerFrame } from './scheduler/build.ts';

/**
 * The machine that a configuration describes: the fast engine where its scheduler has one batch in flight with
 * all decoding requests in it (vllm, vllm-v1, sarathi and orca without pipeline stages), otherwise the pipeline engine.
 *
 * @throws ConfigError when the parts do not fit together
 */
export function buildMachine(
	config: ReplicaConfig,
	tables: LatencyTables,
	observer: BatchObserver | null = null,
	prefixSeed: readonly number[] = [0, 0],
): Machine {
	const { pipelineStages, prefixCache, sleep } = config;
	refuseCache(config);
	refuseHandoff(config);
	// In the decode pool prompts come computed.
	const isDecode = config.handoff?.role === 'decode';
	const cache = prefixCache === null || isDecode ? null : { config: prefixCache, seed: prefixSeed };
	// Methods take their states as parameters, which only they create.
	if (fastForwards(config)) {
		const engine = buildEngine(config, tables, observer);
		return fastMachine(engine, cache, isDecode, sleep) as Machine;
	}
	const engine = buildPipeline(config, tables, observer);
	return pipelineMachine(engine, pipelineStages, cache, sleep) as Machine;
}

/** Whether the engine that fast-forwards can run it. */
export function fastForwards(config: ReplicaConfig): boolean {
	return fastScheduler(config.scheduler, frameOf(config)) !== null;
}

/** Two pools need the engine with one batch in flight. */
function refuseHandoff(config: ReplicaConfig): void {
	const { handoff, scheduler, pipelineStages, compatibility } = config;
	if (handoff === null) return;
	if (fastScheduler(scheduler, frameOf(config)) === null)
		throw new ConfigError(
			`Cannot split prefill and decode with scheduler "${scheduler.type}" and ${pipelineStages} ` +
				'pipeline stages: vllm, vllm-v1, sarathi and orca with 1 stage can',
		);
	if (compatibility === 'vidur')
		throw new ConfigError(
			'Cannot split prefill and decode as Vidur does: it has no such pools; drop the compatibility',
		);
}

/** Schedulers that know no prefix cache. */
function refuseCache({ prefixCache, scheduler, compatibility }: ReplicaConfig): void {
	if (prefixCache === null) return;
	const { type } = scheduler;
	if (type === 'lightllm' || type === 'faster_transformer')
		throw new ConfigError(
			`Cannot cache prefixes with scheduler "${type}": vllm, vllm-v1, sarathi and orca can`,
		);
	if (compatibility === 'vidur')
		throw new ConfigError(
			'Cannot cache prefixes as Vidur does: it has no prefix cache; drop the compatibility',
		);
}

/**
 * The engine that fast-forwards.
 *
 * @throws ConfigError when the parts do not fit together, or the scheduler needs the other engine
 */
export function buildEngine(
	config: ReplicaConfig,
	tables: LatencyTables,
	observer: BatchObserver | null = null,
): Engine {
	const frame = frameOf(config);
	const scheduler = fastScheduler(config.scheduler, frame);
	if (scheduler === null)
		throw new ConfigError(
			`Cannot fast-forward ${config.scheduler.type} with ${frame.stages} pipeline stages: only ` +
				'1 batch in flight of vllm, vllm-v1, sarathi or orca can be',
		);
	const link = linkOf(config);
	return createEngine({
		...partsOf(config, tables, frame),
		scheduler,
		observer,
		...(link === null ? {} : { link }),
	});
}

/**
 * How a replica of the prefill pool sends KV caches: each GPU the keys and values of its own heads, all GPUs at once; what
 * windows do not hold any more counts too. null elsewhere.
 */
function linkOf({ handoff, model, numTensorParallelWorkers }: ReplicaConfig): KvLink | null {
	if (handoff?.role !== 'prefill') return null;
	const cut = { tensorParallel: numTensorParallelWorkers, pipelineStages: 1 };
	const bytesPerToken = kvBytesOfSequence(model, cut, 2) - kvBytesOfSequence(model, cut, 1);
	const { bandwidthGBps, layerwise } = handoff;
	return {
		secondsPerToken: bandwidthGBps === null ? 0 : bytesPerToken / (bandwidthGBps * 1e9),
		layers: layerwise ? model.layers : 1,
	};
}

/**
 * The engine of any scheduler and number of pipeline stages, batch by batch.
 *
 * @throws ConfigError when the parts do not fit together
 */
export function buildPipeline(
	config: ReplicaConfig,
	tables: LatencyTables,
	observer: BatchObserver | null = null,
): PipelineEngine {
	const frame = frameOf(config);
	const scheduler = pooledScheduler(config.scheduler, frame);
	return { ...partsOf(config, tables, frame), scheduler, observer, drafting: draftingIn(config) };
}

/** Whether and how it drafts tokens. */
function draftingIn({ scheduler }: ReplicaConfig): Drafting | null {
	if (scheduler.type !== 'vllm-v1' || scheduler.speculative === null) return null;
	return draftingOf(scheduler.speculative);
}

/**
 * What the operations of its batches take.
 *
 * @throws ConfigError when the parts do not fit together
 */
export function buildOperations(config: ReplicaConfig, tables: LatencyTables): OperationTimes {
	const extended = rangeTables(config, tables, frameOf(config));
	return operationTimes(extended, config.model, cutOf(config), constantsOf(config));
}

/** Batches without a limit of their tokens, and several prompts with context, go beyond what is measured. */
function rangeTables(
	config: ReplicaConfig,
	tables: LatencyTables,
	frame: SchedulerFrame,
): LatencyTables {
	const { unlimited, tokens } = batchRange(config, frame);
	const beyond = unlimited || frame.stages > 1 || config.prefixCache !== null;
	return padded(config, beyond ? extendTables(tables, tokens) : tables);
}

/** CUDA graphs are captured up to twice the requests of a scheduler. */
function padded({ scheduler }: ReplicaConfig, tables: LatencyTables): LatencyTables {
	if (tables.paddedTokens === undefined || scheduler.type !== 'vllm-v1') return tables;
	const { batchSizeCap: maxNumSeqs, maxNumBatchedTokens } = scheduler;
	const paddedTokens = graphPadding({ maxNumSeqs, maxNumBatchedTokens }, tables.maxTokens);
	return { ...tables, paddedTokens };
}

function partsOf(config: ReplicaConfig, tables: LatencyTables, frame: SchedulerFrame) {
	const { model, device, maxTokensPerRequest } = config;
	const cut = cutOf(config);
	const range = batchRange(config, frame);
	const extended = rangeTables(config, tables, frame);
	checkCollectives(extended, cut, config.profile);
	checkRange(extended, { ...range, tokensPerRequest: maxTokensPerRequest }, config.profile);
	return {
		predictor: tablePredictor(extended, model, cut, constantsOf(config)),
		power: powerCurve(model, device, cut, behaviourOf(config.compatibility).tera),
		limits: requestLimits(config),
	};
}

/**
 * What a request must keep to be served.
 *
 * @throws ConfigError when the parts do not fit together
 */
export function requestLimits(config: ReplicaConfig): RequestLimits {
	const { scheduler, maxTokensPerRequest } = config;
	const { numBlocks } = frameOf(config);
	// Tokens verified and those drafted next have room beyond those that there are.
	const spareTokens = scheduler.type === 'vllm-v1' ? 2 * (scheduler.speculative?.tokens ?? 0) : 0;
	return { numBlocks, blockSize: scheduler.blockSize, maxTokensPerRequest, spareTokens };
}

/** The largest batch that the scheduler can form. */
function batchRange({ scheduler, maxTokensPerRequest }: ReplicaConfig, frame: SchedulerFrame) {
	const cap = scheduler.batchSizeCap;
	switch (scheduler.type) {
		case 'vllm':
		case 'lightllm': {
			const tokens = Math.max(scheduler.maxTokensInBatch, maxTokensPerRequest, cap);
			return { tokens, decodes: cap, unlimited: false };
		}
		case 'sarathi':
			return { tokens: Math.max(scheduler.chunkSize, cap), decodes: cap, unlimited: false };
		case 'vllm-v1':
			return { tokens: scheduler.maxNumBatchedTokens, decodes: cap, unlimited: false };
		default: {
			const decodes = Math.min(cap, frame.maxBatch);
			const tokens = decodes * maxTokensPerRequest;
			return {
				tokens,
				chunk: Math.ceil(Math.sqrt(decodes) * maxTokensPerRequest),
				decodes,
				unlimited: true,
			};
		}
	}
}

function frameOf(config: ReplicaConfig): SchedulerFrame {
	checkCut(config);
	const { scheduler, maxTokensPerRequest, pipelineStages } = config;
	const blocksPerRequest = Math.floor(maxTokensPerRequest / scheduler.blockSize);
	if (blocksPerRequest < 1)
		throw new ConfigError(
			`Cannot use blockSize ${scheduler.blockSize}: a request has at most ${maxTokensPerRequest} tokens (maxTokens), fewer than a block`,
		);
	const { numBlocks, maxBatch } = memoryOf(config);
	if (blocksPerRequest > numBlocks && reservesMemory(scheduler))
		throw new ConfigError(
			`Cannot serve requests of ${maxTokensPerRequest} tokens with ${numBlocks} KV blocks: ` +
				`they need ${blocksPerRequest}`,
		);
	return {
		numBlocks,
		maxBatch,
		blocksPerRequest,
		stages: pipelineStages,
		vidur: behaviourOf(config.compatibility).vidur,
	};
}

function constantsOf({ predictor, compatibility }: ReplicaConfig): PredictorConstants {
	return predictor ?? behaviourOf(compatibility).predictor;
}

function checkCut(config: ReplicaConfig): void {
	const { model, numTensorParallelWorkers: workers, pipelineStages, scheduler } = config;
	for (const [what, size, parts] of [
		['width', model.width, workers],
		['query heads', model.queryHeads, workers],
		['layers', model.layers, pipelineStages],
	] as const)
		if (size % parts !== 0)
			throw new ConfigError(
				`Cannot cut model "${model.name}" over ${parts} ${what === 'layers' ? 'stages' : 'workers'}: ` +
					`its ${what} of ${size} cannot be divided`,
			);
	if (scheduler.type === 'vllm-v1' && scheduler.batchSizeCap > scheduler.maxNumBatchedTokens)
		throw new ConfigError(
			`Cannot run ${scheduler.batchSizeCap} requests at once with batches of ${scheduler.maxNumBatchedTokens} tokens: ` +
				'maxNumBatchedTokens must be no fewer than maxNumSeqs',
		);
	if (scheduler.type !== 'lightllm') return;
	if (scheduler.blockSize !== 1 || pipelineStages !== 1)
		throw new ConfigError(
			`Cannot run lightllm with blocks of ${scheduler.blockSize} tokens and ${pipelineStages} ` +
				'pipeline stages: it needs 1 and 1',
		);
}
