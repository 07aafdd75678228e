import type { Json } from '../../kernel/files/canonical.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { JobRunner } from '../sweep/job-runner.ts';
import type { Search } from './capacity-file.ts';
import type { Configuration } from './configuration.ts';
import type { Evaluation, Trial } from './evaluate.ts';
import { type SearchResult, searchCapacity } from './search.ts';
import { type Objective, objectiveText } from './slo.ts';

/** A rate that was tried. */
export interface TriedRate {
	readonly qps: number;
	readonly passes: boolean;
	/** Objectives that do not hold, FALLS_BEHIND among them. */
	readonly violated: readonly string[];
	readonly evaluation: Evaluation;
}

/** What a search came to; `failure` where a trial could not be run. */
export type Found =
	| { readonly search: SearchResult<TriedRate>; readonly throughputQps: number }
	| { readonly failure: string };

export interface SearchContext {
	readonly runner: Pick<JobRunner, 'run'>;
	readonly search: Search;
	readonly minDurationS: number;
	readonly objectives: readonly Objective[];
	/** Called after each trial, with the rate. */
	tried(qps: number | null, isReused: boolean): void;
}

/** Stands among the objectives that do not hold where the replicas fall behind. */
export const FALLS_BEHIND = 'falls behind';

/** Statistics that every result has, whatever the objectives ask for. */
export const STATISTICS = ['mean', 'p50', 'p90', 'p95', 'p99', 'max'];

/** What replicas serve per second of requests that come all at once bounds what they can keep up with. */
const START_PART = 0.7;
/** Enough of them to fill each replica's batches. */
const AT_ONCE_PER_REPLICA = 200;

/** Looks for the largest rate at which a configuration keeps up and all objectives hold. */
export async function findCapacity(
	configuration: Configuration,
	context: SearchContext,
): Promise<Found> {
	const { search } = context;
	try {
		const atOnce = await evaluateAt(configuration, null, context);
		const throughputQps = atOnce.throughputPerS;
		const startQps = search.startQps ?? START_PART * throughputQps;
		const tryAt = async (qps: number) =>
			judge(await evaluateAt(configuration, qps, context), qps, context);
		const { tolerance, minQps, curve, maxTrials } = search;
		const options = { startQps, tolerance, minQps: Math.min(minQps, startQps), curve, maxTrials };
		return { search: await searchCapacity(tryAt, options), throughputQps };
	} catch (error) {
		if (error instanceof TrialFailed) return { failure: error.message };
		throw error;
	}
}

class TrialFailed extends Error {
	override readonly name = 'TrialFailed';
}

async function evaluateAt(
	configuration: Configuration,
	qps: number | null,
	{ runner, search, minDurationS, objectives, tried }: SearchContext,
): Promise<Evaluation> {
	const { label, replica, replicas, source } = configuration;
	const least = qps === null ? AT_ONCE_PER_REPLICA * replicas : Math.ceil(qps * minDurationS);
	const statistics = new Set([...STATISTICS, ...objectives.map(({ statistic }) => statistic)]);
	const trial: Trial = {
		replica,
		replicas,
		source,
		qps,
		requests: Math.max(search.requests, least),
		warmup: search.warmup,
		cooldown: search.cooldown,
		statistics: [...statistics].sort(),
	};
	const name = `${label} at ${qps === null ? 'once' : `${qps} requests/s`}`;
	const job = { kind: 'trial', label: name, spec: trial as unknown as Json };
	const { outcome, isReused } = await runner.run(job);
	tried(qps, isReused);
	if ('failure' in outcome) throw new TrialFailed(outcome.failure);
	return evaluationOf(outcome.result);
}

/** JSON has null where a figure does not exist. */
function evaluationOf(stored: Json): Evaluation {
	const text = JSON.stringify(stored);
	const value = JSON.parse(text, (key, member: unknown) =>
		member === null && key !== 'qps' ? Number.NaN : member,
	) as Evaluation;
	if (typeof value.throughputPerS === 'number') return value;
	throw new ConfigError('Cannot use a stored trial: it is not what this program wrote; delete it');
}

function judge(evaluation: Evaluation, qps: number, context: SearchContext): TriedRate {
	const violated = context.objectives
		// A latency that does not exist, such as the gaps of answers of one token, breaks no limit.
		.filter(({ latency, statistic, limitS }) =>
			Boolean((evaluation.latencies[latency][statistic] ?? 0) > limitS),
		)
		.map(objectiveText);
	if (!(evaluation.keptUp >= context.search.keepUp)) violated.unshift(FALLS_BEHIND);
	return { qps, passes: violated.length === 0, violated, evaluation };
}
