import { type Policy, runCluster } from '../../services/replica/cluster.ts';
import {
	fastMachine,
	type Machine,
	pipelineMachine,
} from '../../services/replica/engine/machine.ts';
import type { PipelineState } from '../../services/replica/engine/pipeline-state.ts';
import type { EngineState } from '../../services/replica/engine/state.ts';
import {
	buildEngine,
	buildOperations,
	buildPipeline,
	fastForwards,
} from '../../services/replica/replica.ts';
import {
	type MersenneState,
	pythonBelow,
	pythonStream,
} from '../../services/router/mersenne-twister.ts';
import {
	type VidurRequest,
	vidurGenerator,
	vidurRequests,
} from '../../services/router/vidur-requests.ts';
import type { OperationTimes } from '../../silicon/predictor/operations.ts';
import type { LatencyTables } from '../../silicon/predictor/tables.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { addCompletion, type CompletionColumns, createCompletions } from './completions.ts';
import { recordingEngine } from './fast-recorder.ts';
import { createRecord, type RecordOptions, type ReplicaRecord } from './record.ts';
import { cutPipeline, recordingPipeline } from './recorder.ts';
import { addRequest, createRequests, type RequestColumns, requestsOf } from './requests.ts';
import type { Setup } from './setup.ts';

/** All that is written down of a run. */
export interface RunRecord {
	readonly replicas: readonly ReplicaRecord[];
	/** That arrived before the run ended. */
	readonly requests: RequestColumns;
	readonly completions: CompletionColumns;
	/** The replica of each request; null: not kept. */
	readonly assignment: Int32Array | null;
	/** What happened later is one event alone; Infinity for no limit. */
	readonly limitS: number;
	/** Null: not asked for. */
	readonly operations: OperationTimes | null;
	/** Requests that Vidur cuts to its limit of tokens, by how many; and those without tokens that it takes as 1. */
	readonly changes: { readonly cut: number; readonly tokens: number; readonly zeros: number };
}

/** A machine that records. */
interface Recording {
	readonly machine: Machine;
	readonly record: ReplicaRecord;
	/** Records what is in flight when the time limit ends the run, and returns the next end of a stage. */
	cut(state: EngineState | PipelineState): StageEnd | null;
}

interface StageEnd {
	readonly atS: number;
	readonly stage: number;
}

/**
 * Runs the very simulation that Vidur runs of the same flags: its requests, its schedulers with their faults,
 * its prices if the profile has its tables.
 *
 * @throws ConfigError for files that cannot be read and parts that do not fit together
 * @throws SimulationError for requests that can never be served
 */
export function simulate(setup: Setup, options: RecordOptions): RunRecord {
	const { timeLimitS } = setup;
	const tables = tablesOf(setup);
	const recordings = Array.from({ length: setup.replicas }, () =>
		recordingOf(setup, tables, options),
	);
	const replicas = recordings.map(({ record }) => record);
	const { requests, late, python, changes } = drawRequests(setup);
	const completions = createCompletions(options);
	const { states, assignment } = runCluster(
		recordings.map(({ machine }) => machine),
		requestsOf(requests),
		policyOf(setup, requests.arrivedAtS.length, python),
		{
			// What happens at the limit still happens.
			untilS: nextUp(timeLimitS),
			completed(replica, atS, row) {
				const batch = replicas[replica]?.lastBatch ?? -1;
				addCompletion(completions, { replica, atS, batch }, row);
			},
		},
	);
	if (timeLimitS !== Number.POSITIVE_INFINITY) {
		const ends = recordings.map(({ cut }, i) => cut(states[i] as EngineState | PipelineState));
		addLastEvent({ replicas, requests, ends, late });
	}
	const operations = options.operations ? buildOperations(setup.replica, tables) : null;
	return {
		replicas,
		requests,
		completions,
		assignment: options.assignment ? Int32Array.from(assignment) : null,
		limitS: timeLimitS,
		operations,
		changes,
	};
}

function tablesOf({ replica }: Setup): LatencyTables {
	const { model, device, numTensorParallelWorkers: tensorParallel, compatibility } = replica;
	return loadTables(replica.profile, {
		model,
		device: device.name,
		tensorParallel,
		compatibility,
	});
}

function recordingOf(
	{ replica: config }: Setup,
	tables: LatencyTables,
	options: RecordOptions,
): Recording {
	const { pipelineStages } = config;
	// Times between tokens are those of each request by itself.
	if (fastForwards(config) && !options.tokens) {
		const engine = buildEngine(config, tables);
		const record = createRecord(engine.power, 1, options);
		const { engine: recording, cut } = recordingEngine(engine, record);
		return {
			machine: fastMachine(recording) as Machine,
			record,
			cut: (state) => (cut() ? { atS: (state as EngineState).batch.endS, stage: 0 } : null),
		};
	}
	const engine = buildPipeline(config, tables);
	const record = createRecord(engine.power, pipelineStages, options);
	return {
		machine: pipelineMachine(recordingPipeline(engine, record), pipelineStages) as Machine,
		record,
		cut: (state) => cutPipeline(state as PipelineState, record),
	};
}

/**
 * Vidur handles the first event after the limit: an arrival, or the end of a stage, which shows in its meters. An
 * arrival comes first where both happen at once.
 */
function addLastEvent({
	replicas,
	requests,
	ends,
	late,
}: {
	readonly replicas: readonly ReplicaRecord[];
	readonly requests: RequestColumns;
	readonly ends: readonly (StageEnd | null)[];
	readonly late: VidurRequest | null;
}): void {
	let first = -1;
	ends.forEach((end, i) => {
		if (end !== null && end.atS < (ends[first]?.atS ?? Number.POSITIVE_INFINITY)) first = i;
	});
	const end = ends[first];
	if (late !== null && late.arrivedAtS <= (end?.atS ?? Number.POSITIVE_INFINITY))
		addRequest(requests, late);
	else if (end !== undefined && end !== null)
		replicas[first]?.stages[end.stage]?.endS.replaceLast(end.atS);
}

/** The least double above a number that is 0 or more. */
function nextUp(value: number): number {
	if (value === Number.POSITIVE_INFINITY) return value;
	const above = value * (1 + Number.EPSILON);
	return above === value ? value + Number.MIN_VALUE : above;
}

/** The requests up to the limit, the first after it, and Python's random numbers as they stand after all. */
function drawRequests({ requests: config, timeLimitS, seed }: Setup) {
	const requests = createRequests();
	let late: VidurRequest | null = null;
	const changes = { cut: 0, tokens: 0, zeros: 0 };
	const take = (drawn: VidurRequest) => {
		countChange(changes, drawn);
		if (drawn.arrivedAtS <= timeLimitS) addRequest(requests, drawn);
		else late ??= { ...drawn };
	};
	if (config.type === 'trace_replay') {
		for (const drawn of vidurRequests(config)) take(drawn);
		return { requests, late: late as VidurRequest | null, python: pythonStream(seed), changes };
	}
	const generator = vidurGenerator(config);
	const state = generator.init();
	while (generator.next(state)) take(state.request);
	return { requests, late: late as VidurRequest | null, python: state.python, changes };
}

function countChange(
	changes: { cut: number; tokens: number; zeros: number },
	{ askedPrefill, askedDecode, prefillTokens, decodeTokens }: VidurRequest,
): void {
	if (askedPrefill === 0 || askedDecode === 0) changes.zeros++;
	const tokens =
		Math.max(1, askedPrefill) + Math.max(1, askedDecode) - prefillTokens - decodeTokens;
	if (tokens <= 0) return;
	changes.cut++;
	changes.tokens += tokens;
}

function policyOf({ policy, replicas }: Setup, count: number, python: MersenneState): Policy {
	if (policy !== 'random') return policy;
	return Array.from({ length: count }, () => pythonBelow(python, replicas));
}
