import type { ReplicaConfig } from '../../services/replica/config.ts';
import type { Request } from '../../services/replica/engine/admission.ts';
import type { BatchObserver } from '../../services/replica/engine/observer.ts';
import { createReport } from '../../services/replica/engine/step-report.ts';
import { buildMachine } from '../../services/replica/replica.ts';
import { vidurRequests } from '../../services/router/vidur-requests.ts';
import { findDevice } from '../../silicon/device.ts';
import { defaultProfile } from '../../silicon/profile/choose.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { findModel } from '../../silicon/profile/load-cards.ts';
import type { Experiment } from './experiment.ts';

/** Which of our profiles an experiment is run with. */
export const flavours = ['reproduction', 'default'] as const;
export type Flavour = (typeof flavours)[number];

/** What a run came to, in the definitions of `Published`. */
export interface Outcome {
	readonly powerW: number;
	readonly timeS: number;
	readonly mfuPercent: number;
	/** null where nothing is published to hold it against: it costs time. */
	readonly batchMean: number | null;
	readonly batchStd: number | null;
	readonly completed: number;
}

/**
 * Runs an experiment as Vidur-Energy did: one replica on A100s with vLLM's scheduler and Vidur's faults, MFU over
 * 312 * 2^40 operations a second, meters from the first arrival to the last completion.
 */
export function runExperiment(experiment: Experiment, flavour: Flavour): Outcome {
	const config = replicaOf(experiment, flavour);
	const { model, device, numTensorParallelWorkers: tensorParallel, compatibility } = config;
	const sizes = new BatchSizes();
	const machine = buildMachine(
		config,
		loadTables(config.profile, {
			model,
			device: device.name,
			tensorParallel,
			compatibility,
		}),
		experiment.published.batchMean === null ? null : sizes,
	);
	const state = machine.create();
	const report = createReport();
	let firstS = Number.NaN;
	let previousS = Number.NaN;
	for (const drawn of requestsOf(experiment)) {
		const request: Request = { ...drawn, interArrivalS: drawn.arrivedAtS - previousS };
		previousS = drawn.arrivedAtS;
		machine.submit(state, request);
		if (!Number.isNaN(firstS)) continue;
		firstS = drawn.arrivedAtS;
		machine.closeStep(state, firstS, report);
	}
	let timeS = 0;
	machine.advance(state, Number.POSITIVE_INFINITY, {
		completed: (atS) => {
			timeS = atS;
		},
	});
	machine.closeStep(state, timeS, report);
	return {
		powerW: report.gpuPowerW,
		timeS,
		mfuPercent: 100 * report.mfu,
		batchMean: sizes.mean,
		batchStd: sizes.std,
		completed: machine.completed(state),
	};
}

/** The latency profile of an experiment. */
function profileOf({ model, tensorParallel }: Experiment, flavour: Flavour): string {
	const name = defaultProfile(findModel(model).name, 'a100', tensorParallel);
	return flavour === 'reproduction' ? `${name}-reproduction` : name;
}

function replicaOf(experiment: Experiment, flavour: Flavour): ReplicaConfig {
	return {
		stepUs: 60_000_000,
		pue: 1,
		model: findModel(experiment.model),
		device: findDevice('a100'),
		profile: profileOf(experiment, flavour),
		numTensorParallelWorkers: experiment.tensorParallel,
		pipelineStages: experiment.pipelineStages,
		scheduler: {
			type: 'vllm',
			batchSizeCap: experiment.batchSizeCap,
			blockSize: 16,
			numBlocks: experiment.kvBlocks,
			watermarkFraction: 0.01,
			maxTokensInBatch: 4096,
		},
		memoryMarginFraction: 0.1,
		maxTokensPerRequest: experiment.maxTokens,
		compatibility: 'vidur',
		prefixCache: null,
		handoff: null,
	};
}

function requestsOf({ requests, qps, lengths }: Experiment) {
	return vidurRequests({
		type: 'synthetic',
		seed: 42,
		durationS: null,
		numRequests: requests,
		intervals: { type: 'poisson', qps },
		lengths,
	});
}

/** Mean and standard deviation of the sizes of batches, each counted once. */
class BatchSizes implements BatchObserver {
	#count = 0;
	#sum = 0;
	#squares = 0;

	ran({ stage, count, requestIds }: Parameters<BatchObserver['ran']>[0]): void {
		if (stage > 0) return;
		const size = requestIds.length;
		this.#count += count;
		this.#sum += count * size;
		this.#squares += count * size * size;
	}

	get mean(): number | null {
		return this.#count === 0 ? null : this.#sum / this.#count;
	}

	get std(): number | null {
		const { mean } = this;
		// Sums of whole numbers are exact.
		return mean === null ? null : Math.sqrt(this.#squares / this.#count - mean * mean);
	}
}
