import type { Quantiles } from '../../protocol/run-folder/figures.ts';
import type {
	FinalFates,
	RequestChanges,
	ServingSummary,
} from '../../protocol/run-folder/summary-serving.ts';
import { ascending, quantile } from './columns.ts';
import type { MetricQuantiles, RequestQuantiles } from './quantiles.ts';
import type { Requests, Run } from './run.ts';

/** What was served; null where the run had no replicas. */
export function summarizeServing(
	run: Pick<Run, 'requests' | 'quantiles' | 'usage' | 'metadata' | 'changes'>,
	durationS: number,
): ServingSummary | null {
	const { requests, quantiles: sketched } = run;
	const served =
		requests !== null
			? ofRequests(requests, durationS)
			: sketched === null
				? null
				: ofQuantiles(sketched, durationS);
	return served === null ? null : { ...fatesOf(run, served.completed), ...run.changes, ...served };
}

/** From the last rows of usage.csv, with what the recorder says was on its way. */
function fatesOf(
	{ usage, metadata }: Pick<Run, 'usage' | 'metadata'>,
	completed: number,
): FinalFates {
	const unknown = {
		arrived: Number.NaN,
		waiting: Number.NaN,
		running: Number.NaN,
		rejected: Number.NaN,
		underway: Number.NaN,
	};
	const counts = usage?.counts ?? null;
	if (counts === null) return { ...unknown, completed };
	const { waiting, running, rejected } = counts;
	const arrived = metadata.gridbeat.requests?.arrived ?? counts.arrived;
	const underway = arrived - completed - waiting - running - rejected;
	return { arrived, completed, waiting, running, rejected, underway };
}

/** The same of several sites together, given what was served at all of them. */
export function totalFates(sites: readonly ServingSummary[]): FinalFates & Partial<RequestChanges> {
	const add = (of: (site: ServingSummary) => number) =>
		sites.reduce((sum, site) => sum + of(site), 0);
	const changes = sites.some(({ shortened }) => shortened !== undefined)
		? {
				shortened: add(({ shortened = 0 }) => shortened),
				tokensCut: add(({ tokensCut = 0 }) => tokensCut),
				lengthened: add(({ lengthened = 0 }) => lengthened),
				leftOut: add(({ leftOut = 0 }) => leftOut),
			}
		: {};
	return {
		arrived: add(({ arrived }) => arrived),
		completed: add(({ completed }) => completed),
		waiting: add(({ waiting }) => waiting),
		running: add(({ running }) => running),
		rejected: add(({ rejected }) => rejected),
		underway: add(({ underway }) => underway),
		...changes,
	};
}

type Served = Omit<ServingSummary, Exclude<keyof FinalFates, 'completed'>>;

/** The same of quantiles; sums are means times counts. */
function ofQuantiles(
	{ e2eS, ttftS, prefillTokens, decodeTokens, restarts }: RequestQuantiles,
	durationS: number,
): Served {
	const completed = e2eS.count;
	const total = ({ mean, count }: MetricQuantiles) => (count === 0 ? 0 : mean * count);
	const whole = (metric: MetricQuantiles) => Math.round(total(metric));
	const gaps = whole(decodeTokens) - completed;
	return {
		completed,
		ttftS: levelsOf(ttftS),
		e2eS: levelsOf(e2eS),
		meanTbtS: gaps > 0 ? (total(e2eS) - total(ttftS)) / gaps : Number.NaN,
		requestsPerS: completed / durationS,
		outputTokensPerS: whole(decodeTokens) / durationS,
		totalTokens: whole(prefillTokens) + whole(decodeTokens),
		restarts: whole(restarts),
	};
}

function levelsOf({ p50, p90, p99, mean }: MetricQuantiles): Quantiles {
	return { p50, p90, p99, mean };
}

/**
 * What was served, from the rows of request_metrics.csv.
 *
 * @param durationS of the run, in simulated seconds
 */
export function ofRequests(requests: Requests, durationS: number): Served {
	let decodeTokens = 0;
	let prefillTokens = 0;
	let gapS = 0;
	let gaps = 0;
	let restarts = 0;
	for (let i = 0; i < requests.count; i++) {
		const decode = requests.decodeTokens[i] as number;
		decodeTokens += decode;
		prefillTokens += requests.prefillTokens[i] as number;
		restarts += requests.restarts[i] as number;
		// The prefill yields the first output token; the others follow.
		gapS += (requests.e2eS[i] as number) - (requests.ttftS[i] as number);
		gaps += decode - 1;
	}
	return {
		completed: requests.count,
		ttftS: quantiles(requests.ttftS),
		e2eS: quantiles(requests.e2eS),
		meanTbtS: gaps > 0 ? gapS / gaps : Number.NaN,
		requestsPerS: requests.count / durationS,
		outputTokensPerS: decodeTokens / durationS,
		totalTokens: prefillTokens + decodeTokens,
		restarts,
		...(requests.cachedTokens === null
			? {}
			: { cachedShare: (100 * sum(requests.cachedTokens)) / prefillTokens }),
		...(requests.transferS === null
			? {}
			: { transferS: quantiles(handedOver(requests.transferS, requests.decodeTokens)) }),
	};
}

/** Of the requests that went on to another replica: those with more than the token that the prefill yields. */
function handedOver(transferS: Float64Array, decodeTokens: Float64Array): Float64Array {
	return transferS.filter((_, i) => (decodeTokens[i] as number) > 1);
}

/** Median, tails and mean of values. */
export function quantiles(values: Float64Array): Quantiles {
	const sorted = ascending(values);
	return {
		p50: quantile(sorted, 0.5),
		p90: quantile(sorted, 0.9),
		p99: quantile(sorted, 0.99),
		mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
	};
}

function sum(values: Float64Array): number {
	return values.reduce((total, value) => total + value, 0);
}
