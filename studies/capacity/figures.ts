import type { Curve, Figure } from '../../results/report/figure.ts';
import { drawable, rounded } from '../../results/report/figure-values.ts';
import { formatNumber } from '../../results/report/format.ts';
import {
	type Answer,
	coordinates,
	type Front,
	GAINS,
	keepsUp,
	type OperatingPoint,
} from './results.ts';
import { type LatencyName, type Objective, objectiveName } from './slo.ts';

/** The words for latencies in figures. */
const LATENCY_WORDS: Readonly<Record<LatencyName, string>> = {
	schedulingDelayS: 'Scheduling delay',
	ttftS: 'TTFT',
	tbtS: 'Time between tokens',
	tpotS: 'Time per output token',
	e2eS: 'End to end',
};

/** Curves that can be distinguished: eight colours, each full and dashed. */
const CURVES_MAX = 16;
/** Points that miss a limit by more than this factor are far from any choice, and would flatten the rest. */
const FAR_BEYOND = 3;

/** Points as a figure has them: one column for x, and for each curve one that is null where it has no point. */
interface Series {
	readonly curve: Curve;
	readonly points: readonly { readonly x: number; readonly y: number; readonly name: string }[];
}

function joined(series: readonly Series[]): Pick<Figure, 'curves' | 'data' | 'names'> {
	const all = series
		.flatMap(({ points }, which) => points.map((point) => ({ ...point, which })))
		.sort((a, b) => a.x - b.x);
	const column = <T>(which: number, of: (point: (typeof all)[number]) => T) =>
		all.map((point) => (point.which === which ? of(point) : null));
	return {
		curves: series.map(({ curve }) => curve),
		data: [
			all.map(({ x }) => rounded(x)),
			...series.map((_, which) => column(which, ({ y }) => drawable(y))),
		],
		names: series.map((_, which) => column(which, ({ name }) => name)),
	};
}

/** Numbers that span a decade are drawn on a logarithmic axis. */
function isWide(values: readonly number[]): boolean {
	const positive = values.filter((value) => value > 0);
	return positive.length > 1 && Math.max(...positive) > 10 * Math.min(...positive);
}

/** A front among all rates tried: what a gain costs in latency. */
export function frontFigure(
	front: Front,
	answers: readonly Answer[],
	objectives: readonly Objective[],
): Figure {
	const { latency, gain } = front;
	const limits = objectives.filter((one) => objectiveName(one) === objectiveName(latency));
	const farS = Math.max(...limits.map(({ limitS }) => FAR_BEYOND * limitS), 0);
	const pointsOf = (points: readonly OperatingPoint[]) =>
		points.flatMap((point) => {
			const { cost: x, gain: y } = coordinates(point, latency, gain.name);
			const name = `${point.label} at ${formatNumber(point.qps)} requests/s`;
			return Number.isFinite(x + y) && (farS === 0 || x <= farS) ? [{ x, y, name }] : [];
		});
	const all = answers.flatMap(({ points }) => points).filter(keepsUp);
	const series: Series[] = [
		{
			curve: { label: 'an objective broken', color: 'c8', dash: true, points: 'only' },
			points: pointsOf(all.filter(({ passes }) => !passes)),
		},
		{
			curve: { label: 'objectives hold', color: 'c1', points: 'only' },
			points: pointsOf(all.filter(({ passes }) => passes)),
		},
		{
			curve: { label: 'Pareto front', color: 'c2', points: 'on line' },
			points: pointsOf(front.points),
		},
	];
	const xs = series.flatMap(({ points }) => points.map(({ x }) => x));
	const words = `${LATENCY_WORDS[latency.latency]} ${latency.statistic}`;
	return {
		id: `front-${latency.latency}-${latency.statistic.replace('.', '-')}-${gain.name}`,
		title: `${words} and what a ${gain.per} gives`,
		yLabel: `R${gain.unit.slice(1)}`,
		unit: '1',
		x: 'value',
		xAxis: {
			label: words,
			unit: 's',
			log: isWide(xs),
			marks: limits.map(({ limitS }) => ({ value: limitS, label: `limit ${limitS} s` })),
		},
		logY: false,
		yRange: null,
		stepped: false,
		...joined(series),
		shades: [],
		marks: [],
		note: `Each point is a configuration at a rate it keeps up with. On the front no other is better in both.${farS > 0 ? ` Left out: beyond ${formatNumber(farS)} s.` : ''}`,
	};
}

/** A latency against the rate, a curve for each configuration. */
export function latencyFigure(
	latency: Front['latency'],
	answers: readonly Answer[],
	objectives: readonly Objective[],
): Figure {
	const feasible = answers.filter(({ best }) => best !== null);
	const order = (answer: Answer) => -(answer.best?.economics[GAINS[0].name] ?? 0);
	const drawn = [...feasible].sort((a, b) => order(a) - order(b)).slice(0, CURVES_MAX);
	const series = drawn.map((answer, i): Series => {
		const isDashed = i >= CURVES_MAX / 2;
		return {
			curve: {
				label: answer.label,
				color: `c${(i % (CURVES_MAX / 2)) + 1}`,
				points: 'on line',
				...(isDashed ? { dash: true } : {}),
			},
			points: answer.points.flatMap((point) => {
				const y = point.evaluation.latencies[latency.latency][latency.statistic] ?? Number.NaN;
				return y > 0 ? [{ x: point.qps, y, name: answer.label }] : [];
			}),
		};
	});
	const limits = objectives.filter((one) => objectiveName(one) === objectiveName(latency));
	const values = series.flatMap(({ points }) => points.map(({ y }) => y));
	const words = `${LATENCY_WORDS[latency.latency]} ${latency.statistic}`;
	const left = feasible.length - drawn.length;
	return {
		id: `rate-${latency.latency}-${latency.statistic.replace('.', '-')}`,
		title: `${words} by rate`,
		yLabel: `${words}, s`,
		unit: 's',
		x: 'value',
		xAxis: {
			label: 'Requests/s',
			unit: '',
			log: isWide(series.flatMap(({ points }) => points.map(({ x }) => x))),
			marks: [],
		},
		logY: isWide([...values, ...limits.map(({ limitS }) => limitS)]),
		yRange: null,
		stepped: false,
		...joined(series),
		shades: [],
		marks: limits.map(({ limitS }) => ({ value: limitS, label: `limit ${limitS} s` })),
		note: `Every rate tried, also those that fail.${left > 0 ? ` The ${drawn.length} that give most per dollar; ${left} more are in trials.csv.` : ''}`,
	};
}
