import type { CompletedRequest } from './request-figures.ts';

/** So many requests of a replica say how long its requests take now. */
const KEPT = 128;
/** Of a site with many replicas fewer of each do. */
const SITE_MAX = 4096;
const LEAST = 8;

/**
 * The last completed requests of a replica, in a ring; plain data of one size. Of a replica, since its requests come in one order
 * however the run is cut into spans; those of several do not.
 */
export interface RecentRequests {
	/** That have ever come. */
	count: number;
	readonly firstTokenS: Float64Array;
	readonly e2eS: Float64Array;
}

/** How long the last requests of a site took, s; null: none has completed. */
export interface LatencySnapshot {
	readonly ttftP50S: number | null;
	readonly ttftP99S: number | null;
	readonly e2eP50S: number | null;
	readonly e2eP99S: number | null;
}

/** None yet. */
export function noRequests(): RecentRequests {
	return { count: 0, firstTokenS: new Float64Array(KEPT), e2eS: new Float64Array(KEPT) };
}

/** Takes a request in the place of the oldest. */
export function keepRequest(
	recent: RecentRequests,
	{ firstTokenS, e2eS }: Pick<CompletedRequest, 'firstTokenS' | 'e2eS'>,
): void {
	const place = recent.count % KEPT;
	recent.firstTokenS[place] = firstTokenS;
	recent.e2eS[place] = e2eS;
	recent.count += 1;
}

/** Quantiles of what all replicas of a site keep: each is the time of one request. */
export function latencyOf(replicas: readonly RecentRequests[]): LatencySnapshot {
	const each = Math.min(KEPT, Math.max(LEAST, Math.floor(SITE_MAX / Math.max(1, replicas.length))));
	const newest = ({ count }: RecentRequests, values: Float64Array) =>
		Array.from(
			{ length: Math.min(count, each) },
			(_, i) => values[(count - 1 - i) % KEPT] as number,
		);
	const first = replicas.flatMap((recent) => newest(recent, recent.firstTokenS));
	const whole = replicas.flatMap((recent) => newest(recent, recent.e2eS));
	for (const values of [first, whole]) values.sort((a, b) => a - b);
	return {
		ttftP50S: quantile(first, 0.5),
		ttftP99S: quantile(first, 0.99),
		e2eP50S: quantile(whole, 0.5),
		e2eP99S: quantile(whole, 0.99),
	};
}

/** The nearest rank. */
function quantile(sorted: readonly number[], share: number): number | null {
	return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
