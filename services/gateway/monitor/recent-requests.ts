import type { CompletedRequest } from './request-figures.ts';

/** So many requests say how long requests of a site take now. */
const KEPT = 512;

/** The last completed requests of a site, in a ring; plain data of one size. */
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

/** Quantiles of those that are kept: each is the time of one of them. */
export function latencyOf({ count, firstTokenS, e2eS }: RecentRequests): LatencySnapshot {
	const known = Math.min(count, KEPT);
	const [first, whole] = [firstTokenS, e2eS].map((values) => values.slice(0, known).sort());
	return {
		ttftP50S: quantile(first, 0.5),
		ttftP99S: quantile(first, 0.99),
		e2eP50S: quantile(whole, 0.5),
		e2eP99S: quantile(whole, 0.99),
	};
}

/** The nearest rank. */
function quantile(sorted: Float64Array = new Float64Array(), share: number): number | null {
	return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
