import { ascending, quantile } from '../report/columns.ts';
import type { Figure } from '../report/figure.ts';
import { atRest, drawable, rounded } from '../report/figure-values.ts';
import { formatSpan } from '../report/format.ts';
import type { Distribution } from '../report/quantiles.ts';
import { axisOf, colorOf, type DrawnCase, type Frame, figure } from './overlay-frame.ts';

/** More spans of arrival than this are not drawn. */
const SPANS_MAX = 200;
/** Fewer requests than this give no 99th percentile worth drawing a span for. */
const REQUESTS_PER_SPAN = 50;
const CDF_POINTS = 200;
const LEVELS = [
	{ name: 'p50', level: 0.5, dash: true },
	{ name: 'p99', level: 0.99, dash: false },
] as const;

/** The latencies that are drawn. */
export const LATENCIES = [
	{ id: 'ttft', of: 'ttftS', title: 'TTFT', words: 'Time to the first token' },
	{ id: 'e2e', of: 'e2eS', title: 'End to end', words: 'Time to the whole answer' },
	{ id: 'tbt', of: 'tbtS', title: 'TBT', words: 'Mean time between tokens' },
] as const;
type Latency = (typeof LATENCIES)[number];

/** Median and tail of a latency by time of arrival, of the cases that have a row for each request. */
export function latencyOverTime(
	cases: readonly DrawnCase[],
	frame: Frame,
	{ id, of, title, words }: Latency,
): Figure[] {
	const known = cases.flatMap(({ label, series: { latencies } }, i) => {
		if (latencies === null || !latencies[of].some((value) => value > 0)) return [];
		return [{ label, color: colorOf(i), arrivedS: latencies.arrivedS, values: latencies[of] }];
	});
	if (known.length === 0) return [];
	const { durationS, spanS: stepS } = frame;
	const fewest = Math.min(...known.map(({ values }) => values.length));
	const wanted = Math.min(SPANS_MAX, Math.max(1, Math.floor(fewest / REQUESTS_PER_SPAN)));
	const spanS = stepS * Math.max(1, Math.ceil(durationS / stepS / wanted));
	const spans = Math.max(1, Math.ceil(durationS / spanS));
	const drawn = known.flatMap(({ label, color, arrivedS, values }) => {
		const sorted = bySpan(arrivedS, values, { spanS, spans });
		const whole = ascending(values);
		return LEVELS.map(({ name, level, dash }) => ({
			curve: { label: `${label} ${name}`, color, dash, atRest: atRest('', quantile(whole, level)) },
			values: sorted.map((some) => quantile(some, level)),
		}));
	});
	const axis = axisOf(
		frame,
		Array.from({ length: spans }, (_, i) => i * spanS),
	);
	return [
		figure(
			{
				id: `${id}-over-time`,
				title: `${title} over time`,
				...{ yLabel: 'Seconds, logarithmic', unit: 's', logY: true },
				note: `${words} of completed requests by their time of arrival, in spans of ${formatSpan(spanS)}: the 99th percentile drawn through, the median dashed.`,
			},
			axis,
			drawn,
		),
	];
}

function bySpan(
	arrivedS: Float64Array,
	values: Float64Array,
	{ spanS, spans }: { readonly spanS: number; readonly spans: number },
): Float64Array[] {
	const members = Array.from({ length: spans }, (): number[] => []);
	for (let i = 0; i < values.length; i++)
		members[Math.min(spans - 1, Math.floor((arrivedS[i] as number) / spanS))]?.push(
			values[i] as number,
		);
	return members.map((some) => ascending(Float64Array.from(some)));
}

/** How a latency is distributed, from rows of requests or from sketches. */
export function distribution(
	cases: readonly DrawnCase[],
	{ id, of, title }: Exclude<Latency, { readonly id: 'tbt' }>,
): Figure[] {
	const known = cases.flatMap(({ label, series: { latencies, sketches } }, i) => {
		const rows =
			latencies !== null ? sharesOf(latencies[of]) : sketched(sketches?.[of] ?? undefined);
		return rows.length === 0 ? [] : [{ label, color: colorOf(i), rows }];
	});
	const points = known
		.flatMap(({ rows }, which) => rows.map((row) => ({ ...row, which })))
		.filter(({ x }) => x > 0)
		.sort((a, b) => a.x - b.x);
	if (points.length === 0) return [];
	return [
		{
			id: `${id}-distribution`,
			title: `${title}: distribution`,
			...{ yLabel: 'Requests done within, %', unit: '%', x: 'duration' },
			...{ logY: false, yRange: [0, 100], stepped: false },
			curves: known.map(({ label, color, rows }) => {
				const median = rows.find(({ share }) => share >= 0.5)?.x ?? Number.NaN;
				return { label, color, atRest: { ...atRest('p50', median), unit: 's' } };
			}),
			data: [
				points.map(({ x }) => rounded(x)),
				...known.map((_, which) =>
					points.map((point) => (point.which === which ? drawable(100 * point.share) : null)),
				),
			],
			shades: [],
			marks: [
				{ value: 50, label: 'p50' },
				{ value: 99, label: 'p99' },
			],
			note: 'Share of completed requests that were done within a time.',
		},
	];
}

function sharesOf(values: Float64Array): { x: number; share: number }[] {
	const sorted = ascending(values);
	return Array.from({ length: CDF_POINTS }, (_, i) => {
		const share = i / (CDF_POINTS - 1);
		return { x: quantile(sorted, share), share };
	});
}

function sketched(of: Distribution | undefined): { x: number; share: number }[] {
	if (of === undefined) return [];
	return Array.from(of.values, (x, i) => ({ x, share: of.shares[i] as number }));
}
