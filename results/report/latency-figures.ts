import { DateTime } from 'luxon';
import { ascending, quantile } from './columns.ts';
import type { Curve, Figure } from './figure.ts';
import { atRest, capPeriods, drawable, rounded } from './figure-values.ts';
import { formatSpan } from './format.ts';
import type { Curves } from './level.ts';
import type { Distribution, RequestQuantiles } from './quantiles.ts';
import type { Requests, Run } from './run.ts';
import type { Steps } from './steps.ts';

const LATENCY_BUCKETS = 200;
/** Fewer requests than this give no 99th percentile worth drawing a bucket for. */
const REQUESTS_PER_BUCKET = 50;
const CDF_POINTS = 400;
/** Spans into which a short run is cut, to hold latency against energy; longer runs are cut by hours. */
const SPANS_LEAST = 24;
const SPANS_MAX = 500;

/**
 * Mean time between the output tokens of each request, s; NaN of one that has a single token. The prefill
 * yields the first.
 */
export function timeBetweenTokens({ e2eS, ttftS, decodeTokens }: Requests): Float64Array {
	return e2eS.map((wholeS, i) => {
		const gaps = (decodeTokens[i] as number) - 1;
		return gaps > 0 ? (wholeS - (ttftS[i] as number)) / gaps : Number.NaN;
	});
}

const LEVELS = [
	{ name: 'p50', level: 0.5, dash: false },
	{ name: 'p99', level: 0.99, dash: true },
];

/** The latencies of which a run has any. */
function kindsOf(requests: Requests): { label: string; color: string; values: Float64Array }[] {
	return [
		{ label: 'TTFT', color: 'ttft', values: requests.ttftS },
		{ label: 'TBT', color: 'tbt', values: timeBetweenTokens(requests) },
		{ label: 'end to end', color: 'e2e', values: requests.e2eS },
	].filter(({ values }) => values.some((value) => value > 0));
}

/** Each level has so many buckets of the one before it. */
const FINER = 6;

/** Numbers of buckets for who looks closer, up to the most that are worth having. */
function finerCounts(buckets: number, finest: number): number[] {
	const counts: number[] = [];
	for (let count = FINER * buckets; count < finest; count *= FINER) counts.push(count);
	return [...counts, finest];
}

/** Medians and tails of each kind in equal buckets of time. */
function bucketsOf(
	kinds: readonly { readonly values: Float64Array }[],
	{ count, arrivedS }: Requests,
	{ startS, bucketS, buckets }: { startS: number; bucketS: number; buckets: number },
): Curves {
	const members: number[][] = Array.from({ length: buckets }, () => []);
	for (let i = 0; i < count; i++) {
		const bucket = Math.min(Math.floor((arrivedS[i] as number) / bucketS), buckets - 1);
		members[bucket]?.push(i);
	}
	const ys = kinds.flatMap(({ values }) => {
		const sorted = members.map((indexes) =>
			ascending(Float64Array.from(indexes, (i) => values[i] as number)),
		);
		return LEVELS.map(({ level }) => Float64Array.from(sorted, (some) => quantile(some, level)));
	});
	return { x: Float64Array.from(members, (_, i) => startS + i * bucketS), ys };
}

/** Medians and tails over the run, by time of arrival. */
export function latencyFigure(steps: Steps, requests: Requests): Figure {
	const durationS = steps.count * steps.stepS;
	const wanted = Math.floor(requests.count / REQUESTS_PER_BUCKET);
	const buckets = Math.max(1, Math.min(LATENCY_BUCKETS, wanted, steps.count));
	const kinds = kindsOf(requests);
	const startS = steps.startS[0] ?? 0;
	const whole = bucketsOf(kinds, requests, { startS, bucketS: durationS / buckets, buckets });
	const finest = Math.max(1, Math.min(wanted, steps.count));
	const curves = kinds.flatMap(({ label, color, values }) => {
		const whole = ascending(values);
		return LEVELS.map(({ name, level, dash }): Curve => {
			const rest = atRest('', quantile(whole, level));
			return { label: `${label} ${name}`, color, dash, atRest: rest };
		});
	});
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
		data: [Array.from(whole.x), ...whole.ys.map((row) => Array.from(row, drawable))],
		...(finest <= buckets
			? {}
			: {
					finer: () =>
						finerCounts(buckets, finest).map((count) => {
							const bucketS = durationS / count;
							const of = { startS, bucketS, buckets: count };
							return { spanS: bucketS, ...bucketsOf(kinds, requests, of) };
						}),
				}),
		shades: capPeriods(steps),
		marks: [],
		note: `Completed requests by their time of arrival, in buckets of ${formatSpan(durationS / buckets)}. TBT: mean time between the tokens of a request. Shaded: a power cap is in force.`,
	};
}

/** A latency of all requests, as shares and the values that they do not exceed. */
interface Spread {
	readonly label: string;
	readonly color: string;
	readonly points: readonly { readonly x: number; readonly share: number }[];
	readonly median: number;
}

/** How the latencies of all requests are distributed. */
export function cdfFigure(requests: Requests): Figure {
	const levels = Array.from({ length: CDF_POINTS }, (_, i) => i / (CDF_POINTS - 1));
	const spreads = kindsOf(requests).map(({ label, color, values }): Spread => {
		const sorted = ascending(values);
		const points = levels.map((share) => ({ x: quantile(sorted, share), share }));
		return { label, color, points, median: quantile(sorted, 0.5) };
	});
	return spreadFigure(
		spreads,
		'Share of completed requests whose first token (TTFT), whole answer (end to end) or mean time between tokens (TBT) came within a time.',
	);
}

/** The same of a run that kept the distributions of its requests alone; none where it has none. */
export function sketchedCdfFigure({ distributions, ttftS, e2eS }: RequestQuantiles): Figure[] {
	const { perOutputTokenS } = distributions;
	const at = (of: Distribution | undefined, share: number) =>
		of?.values[of.shares.findIndex((one) => one >= share)] ?? Number.NaN;
	const kinds = [
		{ label: 'TTFT', color: 'ttft', of: distributions.ttftS, median: ttftS.p50 },
		{
			label: 'decoding, per token',
			color: 'tbt',
			of: perOutputTokenS,
			median: at(perOutputTokenS, 0.5),
		},
		{ label: 'end to end', color: 'e2e', of: distributions.e2eS, median: e2eS.p50 },
	];
	const spreads = kinds.flatMap(({ label, color, of, median }): Spread[] => {
		if (of === undefined || !of.values.some((value) => value > 0)) return [];
		const points = Array.from(of.values, (x, i) => ({ x, share: of.shares[i] as number }));
		return [{ label, color, points, median }];
	});
	if (spreads.length === 0) return [];
	return [
		spreadFigure(
			spreads,
			'Share of completed requests whose first token (TTFT) or whole answer (end to end) came within a time, and of their time from the first token to the last per output token. From quantile sketches, within 0.1 %.',
		),
	];
}

function spreadFigure(spreads: readonly Spread[], note: string): Figure {
	const usable = spreads
		.flatMap(({ points }, which) => points.map((point) => ({ ...point, which })))
		.filter(({ x }) => x > 0)
		.sort((a, b) => a.x - b.x);
	const share = (curve: number): (number | null)[] =>
		usable.map(({ which, share: of }) => (which === curve ? drawable(100 * of) : null));
	return {
		id: 'cdf',
		title: 'Distribution of latency',
		yLabel: 'Requests done within, %',
		unit: '%',
		x: 'duration',
		logY: false,
		yRange: [0, 100],
		stepped: false,
		curves: spreads.map(({ label, color, median }) => ({
			label,
			color,
			atRest: { ...atRest('p50', median), unit: 's' },
		})),
		data: [usable.map(({ x }) => rounded(x)), ...spreads.map((_, which) => share(which))],
		shades: [],
		marks: [
			{ value: 50, label: 'p50' },
			{ value: 99, label: 'p99' },
		],
		note,
	};
}

/** Latency of the requests that arrived in an hour against the energy of that hour. */
export function energyLatencyFigure(run: Run, requests: Requests): Figure[] {
	const { steps } = run;
	const durationS = steps.count * steps.stepS;
	if (requests.count === 0 || durationS === 0) return [];
	const wantedS = Math.max(Math.min(3600, durationS / SPANS_LEAST), durationS / SPANS_MAX);
	const perSpan = Math.max(1, Math.round(wantedS / steps.stepS));
	const spanS = perSpan * steps.stepS;
	const spans = Math.ceil(steps.count / perSpan);
	const kwh = new Float64Array(spans);
	for (let i = 0; i < steps.count; i++) {
		const span = Math.floor(i / perSpan);
		kwh[span] = (kwh[span] as number) + ((steps.loadW[i] as number) * steps.stepS) / 3_600_000;
	}
	const ttfts: number[][] = Array.from({ length: spans }, () => []);
	for (let i = 0; i < requests.count; i++)
		ttfts[Math.floor((requests.arrivedS[i] as number) / spanS)]?.push(requests.ttftS[i] as number);
	const zone = run.metadata.gridbeat.timezone ?? 'UTC';
	const points = ttfts
		.flatMap((values, span) => {
			// What is cut short by the end has less energy for no reason of its own.
			if (values.length === 0 || (span + 1) * perSpan > steps.count) return [];
			const sorted = ascending(Float64Array.from(values));
			const at = DateTime.fromSeconds(steps.startS[span * perSpan] as number, { zone });
			const name = at.toFormat('yyyy-MM-dd HH:mm');
			return [{ x: kwh[span] as number, name, sorted }];
		})
		.sort((a, b) => a.x - b.x);
	if (points.length < 2) return [];
	const names = points.map(({ name }) => name);
	return [
		{
			id: 'latency-energy',
			title: 'Latency against energy',
			yLabel: 'TTFT in seconds, logarithmic',
			unit: 's',
			x: 'value',
			xAxis: { label: `Energy of ${formatSpan(spanS)}`, unit: 'kWh', log: false, marks: [] },
			logY: true,
			yRange: null,
			stepped: false,
			curves: LEVELS.map(({ name, dash }) => ({
				label: `TTFT ${name}`,
				color: dash ? 'load' : 'ttft',
				points: 'only',
			})),
			names: LEVELS.map(() => names),
			data: [
				points.map(({ x }) => rounded(x)),
				...LEVELS.map(({ level }) => points.map(({ sorted }) => drawable(quantile(sorted, level)))),
			],
			shades: [],
			marks: [],
			note: `A point for each ${formatSpan(spanS)}: the energy that the site took, and the TTFT of the requests that arrived in it.`,
		},
	];
}
