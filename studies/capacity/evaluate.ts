import * as z from 'zod';
import { ReplicaConfig } from '../../services/replica/config.ts';
import type { Machine } from '../../services/replica/engine/machine.ts';
import { requestMetricNames } from '../../services/replica/engine/request.ts';
import { buildMachine } from '../../services/replica/replica.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { TrialEnd } from './capacity-file.ts';
import { runMetered, type Usage } from './cluster.ts';
import { distribution } from './distribution.ts';
import { changesIn, RequestSource, requestsAt } from './requests.ts';
import { type Distribution, LATENCIES, type LatencyName } from './slo.ts';
import { TokenGaps } from './token-gaps.ts';

/** One try of a configuration at one rate, completely. */
export const Trial = z.strictObject({
	replica: ReplicaConfig,
	replicas: z.int().positive(),
	source: RequestSource,
	/** Mean arrivals per second; null: all at once, to learn how many are served per second at best. */
	qps: z.number().positive().nullable(),
	requests: z.int().positive(),
	/** Parts of the requests, at the beginning and at the end, that load the replicas but are not measured. */
	warmup: TrialEnd,
	cooldown: TrialEnd,
	/** Statistics of each latency, such as p99. */
	statistics: z.array(z.string()),
});
export type Trial = z.infer<typeof Trial>;

/** What a trial came to. */
export interface Evaluation {
	readonly qps: number | null;
	/** Sent, and of these measured. */
	readonly requests: number;
	readonly measured: number;
	/** Of those sent, the ones that are not as long as their source has them, and how many were left out beside them. */
	readonly changed: number;
	readonly leftOut: number;
	/** From the first measured arrival to the first after them. */
	readonly spanS: number;
	/** Requests completed within the span over requests that arrived in it: 1 when the replicas keep up. */
	readonly keptUp: number;
	/** Completed per second; of requests all at once, from the first tenth to the last. */
	readonly throughputPerS: number;
	readonly latencies: Readonly<Record<LatencyName, Distribution>>;
	readonly usage: Usage;
	/** Means of the measured requests. */
	readonly prefillTokens: number;
	readonly decodeTokens: number;
	/** Preemptions per measured request. */
	readonly restarts: number;
}

const COLUMN = Object.fromEntries(requestMetricNames.map((name, i) => [name, i])) as Record<
	(typeof requestMetricNames)[number],
	number
>;

/**
 * Runs a trial: no microgrid, no limit of power, just replicas and requests. Every measured request is served
 * to its end, so that none escapes the statistics by being late, and arrivals go on behind the last of them.
 *
 * @throws ConfigError when parts do not fit together
 * @throws SimulationError for requests that can never be served
 */
export function evaluate(trial: Trial): Evaluation {
	const { replica, qps, warmup, cooldown } = trial;
	const requests = requestsAt(trial.source, qps, trial.requests);
	const count = requests.length;
	const from = Math.min(Math.floor(count * warmup), count - 1);
	const until = Math.max(count - Math.floor(count * cooldown), from + 1);
	const gaps = new TokenGaps(replica.pipelineStages);
	for (const request of requests) gaps.expect(request, request.id >= from && request.id < until);
	const spanFromS = requests[from]?.arrivedAtS ?? 0;
	const spanUntilS = (requests[until] ?? requests[count - 1])?.arrivedAtS ?? 0;
	const rows = new Rows(from, until);
	const usage = runMetered(machinesOf(trial, gaps), requests, {
		policy: trial.source.policy,
		seed: trial.source.seed,
		fromS: spanFromS,
		untilS: spanUntilS,
		completed: (atS, row) => rows.add(atS, row),
	});
	const spanS = spanUntilS - spanFromS;
	const within = rows.completedWithin(spanFromS, spanUntilS);
	const arrived = requests.filter(
		({ arrivedAtS }) => arrivedAtS >= spanFromS && arrivedAtS < spanUntilS,
	).length;
	return {
		qps,
		requests: count,
		measured: until - from,
		...changesIn(trial.source, count),
		spanS,
		keptUp: arrived === 0 ? Number.NaN : within / arrived,
		throughputPerS: qps === null ? rows.rateAtOnce() : within / spanS,
		latencies: latenciesOf(rows, gaps, trial.statistics),
		usage,
		...rows.means(),
	};
}

function machinesOf({ replica, replicas }: Trial, gaps: TokenGaps): Machine[] {
	const {
		model,
		device,
		numTensorParallelWorkers: tensorParallel,
		profile,
		compatibility,
	} = replica;
	const tables = loadTables(profile, {
		model,
		device: device.name,
		tensorParallel,
		compatibility,
	});
	return Array.from({ length: replicas }, () => buildMachine(replica, tables, gaps));
}

function latenciesOf(rows: Rows, gaps: TokenGaps, statistics: readonly string[]) {
	const tbt = gaps.gaps();
	const of = (name: LatencyName): Distribution =>
		name === 'tbtS'
			? distribution(tbt.values, tbt.weights, statistics)
			: distribution(rows.column(name), null, statistics);
	return Object.fromEntries(LATENCIES.map((name) => [name, of(name)])) as Record<
		LatencyName,
		Distribution
	>;
}

/** Completed requests; of the measured ones also their figures. */
class Rows {
	readonly #from: number;
	readonly #until: number;
	readonly #endsS: number[] = [];
	readonly #measured: Record<Exclude<LatencyName, 'tbtS'>, number[]> = {
		schedulingDelayS: [],
		ttftS: [],
		tpotS: [],
		e2eS: [],
	};
	#prefillTokens = 0;
	#decodeTokens = 0;
	#restarts = 0;

	constructor(from: number, until: number) {
		this.#from = from;
		this.#until = until;
	}

	add(atS: number, row: Float64Array): void {
		this.#endsS.push(atS);
		const id = row[COLUMN.request_id] as number;
		if (id < this.#from || id >= this.#until) return;
		const ttftS = row[COLUMN.prefill_e2e_time] as number;
		const e2eS = row[COLUMN.request_e2e_time] as number;
		const decode = row[COLUMN.request_num_decode_tokens] as number;
		const { schedulingDelayS, ttftS: ttfts, tpotS, e2eS: e2es } = this.#measured;
		schedulingDelayS.push(row[COLUMN.request_scheduling_delay] as number);
		ttfts.push(ttftS);
		e2es.push(e2eS);
		if (decode > 1) tpotS.push((e2eS - ttftS) / (decode - 1));
		this.#prefillTokens += row[COLUMN.request_num_prefill_tokens] as number;
		this.#decodeTokens += decode;
		this.#restarts += row[COLUMN.request_num_restarts] as number;
	}

	column(name: Exclude<LatencyName, 'tbtS'>): Float64Array {
		return Float64Array.from(this.#measured[name]);
	}

	completedWithin(fromS: number, untilS: number): number {
		return this.#endsS.filter((endS) => endS >= fromS && endS < untilS).length;
	}

	/** Completions per second without those at the two ends, where the replicas fill and empty. */
	rateAtOnce(): number {
		const ends = Float64Array.from(this.#endsS).sort();
		const first = Math.floor(ends.length * 0.1);
		const last = Math.max(Math.ceil(ends.length * 0.9) - 1, first);
		const spanS = (ends[last] as number) - (ends[first] as number);
		return spanS > 0 ? (last - first) / spanS : ends.length / (ends[last] as number);
	}

	means() {
		const count = this.#measured.e2eS.length;
		return {
			prefillTokens: this.#prefillTokens / count,
			decodeTokens: this.#decodeTokens / count,
			restarts: this.#restarts / count,
		};
	}
}
