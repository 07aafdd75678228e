import { ConfigError } from '../../protocol/errors.ts';
import type { NetworkName } from '../../protocol/hardware.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { ReplicaConfig } from '../../services/replica/config.ts';
import { behaviourOf } from '../../silicon/compatibility.ts';
import { findDevice, withPower } from '../../silicon/device.ts';
import { powerAtRatioW } from '../../silicon/dvfs.ts';
import { defaultProfile, usualProfile } from '../../silicon/profile/choose.ts';
import { findModel } from '../../silicon/profile/load-cards.ts';
import { batchLimits } from '../../silicon/vllm-server.ts';
import { gpuPowerOf, overheadsOf } from './calibration.ts';
import type { Frame } from './plan.ts';
import { awaitsAnswers } from './router-config.ts';
import { replicaCounts } from './scaling.ts';

/**
 * A replica's configuration from the scenario's serving section.
 *
 * @param role counts where there are two pools
 * @param place of the replica among those of its pool, counted from 0; counts where they are scaled
 */
export function replicaConfig(
	scenario: Scenario,
	frame: Frame,
	role: 'prefill' | 'decode' = 'prefill',
	place = 0,
): ReplicaConfig {
	const { serving } = scenario;
	if (serving === null)
		throw new ConfigError('Cannot configure a replica: the scenario has no serving');
	const model = modelOf(serving);
	const found = findDevice(serving.device);
	const power = gpuPowerOf(serving);
	const device = withPower(found, power);
	refuseUnreachableCaps(scenario, device);
	const counts = replicaCounts(scenario);
	return {
		stepUs: frame.stepUs,
		model,
		device,
		profile:
			serving.profile === 'default'
				? (serving.compatibility === 'vidur' ? defaultProfile : usualProfile)(
						model.name,
						device.name,
						serving.tensorParallel,
						networkOf(serving, device),
					)
				: serving.profile,
		numTensorParallelWorkers: serving.tensorParallel,
		pipelineStages: serving.pipelineStages,
		scheduler: schedulerConfig(serving, device),
		memoryMarginFraction: serving.memoryMarginFraction,
		...vllmMemory(serving),
		maxTokensPerRequest: serving.maxTokens,
		pue: typeof serving.pue === 'number' ? serving.pue : serving.pue.byOutdoorC,
		...serverConfig(serving),
		...(serving.sleep === null
			? {}
			: { sleep: { ...serving.sleep, powerW: serving.sleep.powerW ?? power.sleepW } }),
		...(counts === null ? {} : { scaling: { ...counts, place } }),
		compatibility: serving.compatibility,
		...predictorOf(serving),
		prefixCache: serving.prefixCache,
		...apiConfig(serving, role),
		handoff: handoffConfig(serving, role),
		...tellsOf(scenario),
	};
}

/** The model, with other formats of weights and KV cache than its card has where the scenario says so. */
function modelOf({
	model,
	weights,
	kvCache,
}: NonNullable<Scenario['serving']>): ReplicaConfig['model'] {
	const found = findModel(model);
	const { attentionWeights: _, expertWeights: __, ...plain } = found;
	return {
		...(weights === null ? found : { ...plain, weights }),
		...(kvCache === null ? {} : { kvCache }),
	};
}

/** What vLLM's server takes of the memory when nobody says. */
const USUAL_UTILIZATION = 0.9;

/** vLLM's plan of the memory, where it is asked for or its scheduler is. */
function vllmMemory({
	scheduler,
	compatibility,
	gpuMemoryUtilization,
	cudaGraphGiB,
}: NonNullable<Scenario['serving']>): Pick<ReplicaConfig, 'vllmMemory'> {
	if (compatibility === 'vidur') return {};
	if (gpuMemoryUtilization === null && scheduler !== 'vllm-v1') return {};
	const utilization = gpuMemoryUtilization ?? USUAL_UTILIZATION;
	return { vllmMemory: { gpuMemoryUtilization: utilization, cudaGraphGiB } };
}

/** Other constants in the price of a batch, where the scenario or its calibration has some. */
function predictorOf(serving: NonNullable<Scenario['serving']>): Pick<ReplicaConfig, 'predictor'> {
	const { stepMs, samplingNs, kernelScale } = overheadsOf(serving);
	if (stepMs === 0 && samplingNs === 0 && kernelScale === 1) return {};
	const usual = behaviourOf(serving.compatibility).predictor;
	return { predictor: { ...usual, stepMs, samplingNs, kernelScale } };
}

/** What somebody wants to hear of it beside what it always says. */
function tellsOf({ outputs, requests }: Scenario): Pick<ReplicaConfig, 'tells'> {
	const { batches, chromeTrace, operations } = outputs;
	const isAsked = requests.source !== 'generated';
	const left = awaitsAnswers(requests) ? { left: true } : {};
	if (!(batches || chromeTrace || operations || isAsked || left.left)) return {};
	const tells = { batches: batches || chromeTrace, operations, ...left };
	return { tells: isAsked ? { ...tells, tokens: true } : tells };
}

/** How its GPUs are joined: as the scenario says, or as such a device usually is. */
function networkOf(
	{ network, compatibility }: NonNullable<Scenario['serving']>,
	device: ReplicaConfig['device'],
): NetworkName {
	return network ?? behaviourOf(compatibility).network(device);
}

/** A replica's part of the servers that its GPUs are in, and of their network. */
function serverConfig({
	host: server,
	tensorParallel,
	pipelineStages,
}: NonNullable<Scenario['serving']>): Pick<ReplicaConfig, 'server'> {
	const servers = (tensorParallel * pipelineStages) / server.gpus;
	const idleW = (server.idleW + server.networkW) * servers;
	const busyW = server.busyW * servers;
	return idleW + busyW === 0 ? {} : { server: { idleW, busyW } };
}

/** Requests come to the replicas that compute their prompts. */
function apiConfig(
	serving: NonNullable<Scenario['serving']>,
	role: 'prefill' | 'decode',
): Pick<ReplicaConfig, 'api'> {
	const { apiMs, tokenizeUsPerToken } = overheadsOf(serving);
	if (role === 'decode' || apiMs + tokenizeUsPerToken === 0) return {};
	return { api: { apiMs, tokenizeUsPerToken } };
}

function handoffConfig(
	{ disaggregation }: NonNullable<Scenario['serving']>,
	role: 'prefill' | 'decode',
): ReplicaConfig['handoff'] {
	if (disaggregation === null) return null;
	const { bandwidthGBps, latencyUs, overlap } = disaggregation.kvTransfer;
	return role === 'decode'
		? { role, latencyUs }
		: { role, bandwidthGBps, layerwise: overlap === 'layerwise' };
}

function schedulerConfig(
	serving: NonNullable<Scenario['serving']>,
	device: ReplicaConfig['device'],
): ReplicaConfig['scheduler'] {
	const { scheduler: type, batchSizeCap, numBlocks } = serving;
	const blockSize = serving.blockSize ?? (type === 'lightllm' ? 1 : 16);
	const common = { batchSizeCap, blockSize, numBlocks };
	if (serving.speculative !== null && type !== 'vllm-v1')
		throw new ConfigError(`Cannot draft tokens with scheduler "${type}": vllm-v1 can`);
	const { watermarkFraction, maxTokensInBatch, chunkSize, maxWaitingIterations } = serving;
	switch (type) {
		case 'vllm':
			return { type, ...common, watermarkFraction, maxTokensInBatch };
		case 'sarathi':
			return { type, ...common, watermarkFraction, chunkSize };
		case 'vllm-v1': {
			const { maxNumSeqs, maxNumBatchedTokens } = batchLimits(device, serving);
			const { longPrefillTokenThreshold, asyncScheduling } = serving;
			const { speculative } = serving;
			const how = { longPrefillTokenThreshold, asyncScheduling, speculative };
			const limits = { maxNumBatchedTokens, ...how };
			return { type, ...common, batchSizeCap: maxNumSeqs, ...limits };
		}
		case 'lightllm':
			return { type, ...common, maxTokensInBatch, maxWaitingIterations };
		default:
			return { type, ...common };
	}
}

/** A cap that no clock can keep would be broken in every step, silently. */
function refuseUnreachableCaps(scenario: Scenario, device: ReplicaConfig['device']): void {
	const lowestW = powerAtRatioW(device, device.maxW, device.minFrequencyRatio);
	for (const { capWPerGpu } of scenario.cap) {
		if (capWPerGpu >= lowestW) continue;
		throw new ConfigError(
			`Cannot keep to a cap of ${capWPerGpu} W per GPU: an ${device.name.toUpperCase()} draws up to ` +
				`${lowestW.toFixed(1)} W at its lowest clock; give at least ${Math.ceil(lowestW)}`,
		);
	}
}
