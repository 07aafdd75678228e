import { ascending, quantile } from './columns.ts';
import { type Curve, capPeriods, drawable, type Figure, rounded } from './figure.ts';
import { formatSpan } from './format.ts';
import type { Requests, Steps } from './run.ts';

const LATENCY_BUCKETS = 200;
/** Fewer requests than this give no 99th percentile worth drawing a bucket for. */
const REQUESTS_PER_BUCKET = 50;
const CDF_POINTS = 400;

/** Medians and tails over the run, by time of arrival. */
export function latencyFigure(steps: Steps, requests: Requests): Figure {
	const durationS = steps.count * steps.stepS;
	const wanted = Math.floor(requests.count / REQUESTS_PER_BUCKET);
	const buckets = Math.max(1, Math.min(LATENCY_BUCKETS, wanted, steps.count));
	const bucketS = durationS / buckets;
	const members: number[][] = Array.from({ length: buckets }, () => []);
	for (let i = 0; i < requests.count; i++) {
		const bucket = Math.min(Math.floor((requests.arrivedS[i] as number) / bucketS), buckets - 1);
		members[bucket]?.push(i);
	}
	const rows: number[][] = [[], [], [], []];
	for (const indexes of members) {
		const ttft = ascending(Float64Array.from(indexes, (i) => requests.ttftS[i] as number));
		const e2e = ascending(Float64Array.from(indexes, (i) => requests.e2eS[i] as number));
		rows[0]?.push(quantile(ttft, 0.5));
		rows[1]?.push(quantile(ttft, 0.99));
		rows[2]?.push(quantile(e2e, 0.5));
		rows[3]?.push(quantile(e2e, 0.99));
	}
	const startS = steps.startS[0] ?? 0;
	const x = members.map((_, i) => startS + i * bucketS);
	const curves: Curve[] = [
		{ label: 'TTFT p50', color: 'ttft' },
		{ label: 'TTFT p99', color: 'ttft', dash: true },
		{ label: 'end to end p50', color: 'e2e' },
		{ label: 'end to end p99', color: 'e2e', dash: true },
	];
	return {
		id: 'latency',
		title: 'Latency',
		yLabel: 'Seconds, logarithmic',
		unit: 's',
		x: 'time',
		logY: true,
		yRange: null,
		stepped: true,
		curves,
		data: [x, ...rows.map((row) => row.map(drawable))],
		shades: capPeriods(steps),
		marks: [],
		note: `Requests by their time of arrival, in buckets of ${formatSpan(bucketS)}. Shaded: a power cap is in force.`,
	};
}

/** How the latencies of all requests are distributed. */
export function cdfFigure(requests: Requests): Figure {
	const levels = Array.from({ length: CDF_POINTS }, (_, i) => i / (CDF_POINTS - 1));
	const points = [requests.ttftS, requests.e2eS].flatMap((values, which) => {
		const sorted = ascending(values);
		return levels.map((level) => ({ x: quantile(sorted, level), level, which }));
	});
	const usable = points.filter(({ x }) => x > 0).sort((a, b) => a.x - b.x);
	const share = (curve: number): (number | null)[] =>
		usable.map(({ which, level }) => (which === curve ? drawable(100 * level) : null));
	return {
		id: 'cdf',
		title: 'Distribution of latency',
		yLabel: 'Requests done within, %',
		unit: '%',
		x: 'duration',
		logY: false,
		yRange: [0, 100],
		stepped: false,
		curves: [
			{ label: 'TTFT', color: 'ttft' },
			{ label: 'end to end', color: 'e2e' },
		],
		data: [usable.map(({ x }) => rounded(x)), share(0), share(1)],
		shades: [],
		marks: [
			{ value: 50, label: 'p50' },
			{ value: 99, label: 'p99' },
		],
		note: 'Share of requests whose first token (TTFT) or whole answer (end to end) came within a time.',
	};
}
