import { type Policy, runCluster } from '../replica/cluster.ts';
import type { Request } from '../replica/engine/admission.ts';
import { type Machine, pipelineMachine } from '../replica/engine/machine.ts';
import { requestMetricNames } from '../replica/engine/request.ts';
import { loadTables } from '../replica/profile/load.ts';
import { buildPipeline } from '../replica/replica.ts';
import { type MersenneState, pythonBelow, pythonStream } from '../router/mersenne-twister.ts';
import { vidurGenerator, vidurRequests } from '../router/vidur-requests.ts';
import { Column } from './column.ts';
import { createRecord, type RecordOptions, type ReplicaRecord } from './record.ts';
import { recordingEngine } from './recorder.ts';
import type { Setup } from './setup.ts';

/** Completed requests in the order of their completion. */
export interface Completions {
	readonly count: number;
	/** Time of completion. */
	atS(index: number): number;
	/** A column of `requestMetricNames`. */
	value(index: number, column: number): number;
}

/** All that is written down of a run. */
export interface RunRecord {
	readonly replicas: readonly ReplicaRecord[];
	/** That arrived before the time limit. */
	readonly requests: readonly Request[];
	readonly completions: Completions;
}

/**
 * Runs the very simulation that Vidur runs of the same flags: its requests, its schedulers with their faults,
 * its prices if the profile has its tables.
 *
 * @throws ConfigError for files that cannot be read and parts that do not fit together
 * @throws SimulationError for requests that can never be served
 */
export function simulate(setup: Setup, options: RecordOptions): RunRecord {
	const { replica: config, timeLimitS } = setup;
	const { model, device, numTensorParallelWorkers: tensorParallel, pipelineStages } = config;
	const tables = loadTables(config.profile, { model, device: device.name, tensorParallel });
	const replicas: ReplicaRecord[] = [];
	const machines = Array.from({ length: setup.replicas }, () => {
		const engine = buildPipeline(config, tables);
		const record = createRecord(engine.power, pipelineStages, options);
		replicas.push(record);
		return pipelineMachine(recordingEngine(engine, record), pipelineStages) as Machine;
	});
	const { requests, python } = drawRequests(setup);
	const rows = new Column();
	const atS = new Column();
	runCluster(machines, requests, policyOf(setup, requests.length, python), {
		untilS: timeLimitS,
		completed(_replica, completedS, row) {
			atS.push(completedS);
			for (const value of row) rows.push(value);
		},
	});
	return { replicas, requests, completions: completionsOf(atS, rows) };
}

/** The requests, and Python's random numbers as they stand after them. */
function drawRequests(setup: Setup): { requests: Request[]; python: MersenneState } {
	const { requests: config, timeLimitS } = setup;
	const requests: Request[] = [];
	let previousS = Number.NaN;
	const take = (drawn: Omit<Request, 'interArrivalS'>) => {
		const { id, arrivedAtS, prefillTokens, decodeTokens } = drawn;
		const interArrivalS = arrivedAtS - previousS;
		previousS = arrivedAtS;
		if (arrivedAtS < timeLimitS)
			requests.push({ id, arrivedAtS, interArrivalS, prefillTokens, decodeTokens });
	};
	if (config.type === 'trace_replay') {
		for (const drawn of vidurRequests(config)) take(drawn);
		return { requests, python: pythonStream(setup.seed) };
	}
	const generator = vidurGenerator(config);
	const state = generator.init();
	while (generator.next(state)) take(state.request);
	return { requests, python: state.python };
}

function policyOf({ policy, replicas }: Setup, count: number, python: MersenneState): Policy {
	if (policy !== 'random') return policy;
	return Array.from({ length: count }, () => pythonBelow(python, replicas));
}

/** Replicas are run one after the other, so their completions come mixed. */
function completionsOf(atS: Column, rows: Column): Completions {
	const width = requestMetricNames.length;
	const order = Array.from({ length: atS.length }, (_, i) => i).sort(
		(a, b) => atS.at(a) - atS.at(b),
	);
	return {
		count: order.length,
		atS: (index) => atS.at(order[index] as number),
		value: (index, column) => rows.at((order[index] as number) * width + column),
	};
}
