import type { Figure } from '../report/figure.ts';
import { lastAtRest, meanAtRest } from '../report/figure-values.ts';
import { formatSpan } from '../report/format.ts';
import { overTime } from '../report/time-levels.ts';
import { distribution, LATENCIES, latencyOverTime } from './latency-overlays.ts';
import {
	axisOf,
	colorOf,
	type DrawnCase,
	type Frame,
	figure,
	frameOf,
	type Shape,
} from './overlay-frame.ts';
import type { CaseSeries } from './series.ts';

/** The cases over one another: latency quantiles over time, power, batteries, caps, carbon, cost and distributions. */
export function overlaysOf(cases: readonly DrawnCase[], hasCarbon: boolean): Figure[] {
	if (cases.length === 0) return [];
	const frame = frameOf(cases);
	return [
		...LATENCIES.flatMap((kind) => latencyOverTime(cases, frame, kind)),
		...stepFigures(cases, frame, hasCarbon),
		...[LATENCIES[0], LATENCIES[1]].flatMap((kind) => distribution(cases, kind)),
	];
}

/** A series of steps, and how the steps of a point become its value. */
interface StepSeries extends Shape {
	readonly of: (series: CaseSeries) => Float64Array | null;
	readonly how: 'mean' | 'end';
	/** Not drawn where all cases have the same. */
	readonly ifDifferent?: true;
}

const kw = (values: Float64Array): Float64Array => values.map((value) => value / 1000);

const POWER = { yLabel: 'Power in kW', unit: 'kW', how: 'mean', note: '' } as const;

const STEP_SERIES: readonly StepSeries[] = [
	{ ...POWER, id: 'demand', title: 'Demand', of: ({ loadW }) => kw(loadW) },
	{
		...POWER,
		...{ id: 'grid', title: 'Grid power (export +, import −)', of: ({ gridW }) => kw(gridW) },
	},
	{
		...{ id: 'soc', title: 'State of charge', yLabel: 'State of charge in %', unit: '%' },
		...{ yRange: [0, 100], how: 'mean', note: 'All batteries as one.', of: ({ soc }) => soc },
	},
	{
		...{ id: 'cap', title: 'Power cap in force', yLabel: 'W per GPU', unit: 'W', how: 'mean' },
		note: 'Nothing is drawn while there is no cap.',
		of: ({ capW }) => (capW.some((watts) => !Number.isNaN(watts)) ? capW : null),
	},
	{
		...{ id: 'emissions', title: 'Emissions since the start', unit: 'kg', how: 'end' },
		yLabel: 'kg CO₂eq, running sum',
		note: 'Of imports and generators: each step’s energy times the intensity of that step.',
		of: (series) => series.emittedKg,
	},
	{
		...{ id: 'cost', title: 'Cost of imports since the start', unit: 'USD', how: 'end' },
		yLabel: 'USD, running sum',
		note: 'Without demand charge and pay for exports.',
		of: ({ costUsd }) => costUsd,
	},
	{
		...{ id: 'intensity', title: 'Grid carbon intensity', unit: 'g/kWh', how: 'mean' },
		...{ yLabel: 'g CO₂eq per kWh', note: '', ifDifferent: true, of: ({ carbon }) => carbon },
	},
];

const OF_CARBON: ReadonlySet<string> = new Set(['emissions', 'intensity']);

function stepFigures(cases: readonly DrawnCase[], frame: Frame, hasCarbon: boolean): Figure[] {
	const { durationS, timezone, isSinceStart } = frame;
	const spanS = isSinceStart ? frame.spanS : frame.stepS;
	const points = Math.max(1, Math.ceil(durationS / spanS));
	const axis = axisOf(
		frame,
		Array.from({ length: points }, (_, i) => i * spanS),
	);
	return STEP_SERIES.flatMap(({ of, how, ifDifferent, ...shape }) => {
		if (!hasCarbon && OF_CARBON.has(shape.id)) return [];
		const known = cases.flatMap(({ label, series }, i) => {
			const values = of(series);
			return values === null ? [] : [{ label, color: colorOf(i), series, values }];
		});
		const texts = new Set(known.map(({ values }) => values.join()));
		if (known.length === 0 || (ifDifferent === true && texts.size < 2)) return [];
		const isThinned = known.some(({ series }) => series.stepS < spanS);
		const of1 = how === 'mean' ? 'Means' : 'Values at the end';
		const thinned = isThinned ? `${of1} of each ${formatSpan(spanS)}.` : '';
		const drawn = known.map(({ label, color, series, values }) => ({
			curve: { label, color, atRest: how === 'mean' ? meanAtRest(values) : lastAtRest(values) },
			values: pointsOf(values, { stepS: series.stepS, spanS, points, how }),
		}));
		const note = [shape.note, thinned].filter((part) => part !== '').join(' ');
		const whole = figure({ ...shape, note }, axis, drawn);
		if (isSinceStart) return [whole];
		const curves = {
			x: Float64Array.from(axis.at),
			ys: drawn.map((one) => Float64Array.from(one.values)),
		};
		return [{ ...whole, ...overTime(curves, { stepS: spanS, timezone }) }];
	});
}

/** Each point has the mean of the numbers among its steps, or the last of them; NaN where there is none. */
function pointsOf(
	values: Float64Array,
	{
		stepS,
		spanS,
		points,
		how,
	}: {
		readonly stepS: number;
		readonly spanS: number;
		readonly points: number;
		readonly how: 'mean' | 'end';
	},
): number[] {
	return Array.from({ length: points }, (_, i) => {
		const from = Math.round((i * spanS) / stepS);
		const until = Math.min(values.length, Math.round(((i + 1) * spanS) / stepS));
		if (from >= until) return Number.NaN;
		if (how === 'end') return values[until - 1] as number;
		const known = values.subarray(from, until).filter((value) => !Number.isNaN(value));
		return known.reduce((sum, value) => sum + value, 0) / known.length;
	});
}
