import { ascending, quantile } from './columns.ts';
import { downsample } from './downsample.ts';
import { formatNumber, formatSpan } from './format.ts';
import type { Requests, Run, Steps } from './run.ts';

/** One curve of a figure; `color` names a variable of the page's style. */
export interface Curve {
	readonly label: string;
	readonly color: string;
	readonly dash?: boolean;
	readonly fill?: boolean;
}

/** A figure as the page draws it. Missing values are null. */
export interface Figure {
	readonly id: string;
	readonly title: string;
	/** What the vertical axis shows, with its unit. */
	readonly yLabel: string;
	readonly unit: string;
	/** time: seconds since 1970, drawn in local time. duration: seconds, logarithmic. */
	readonly x: 'time' | 'duration';
	readonly logY: boolean;
	/** Held range of the vertical axis, or null to fit the data. */
	readonly yRange: readonly [number, number] | null;
	/** Values hold from a point to the next: drawn as steps. */
	readonly stepped: boolean;
	readonly curves: readonly Curve[];
	readonly data: readonly (readonly (number | null)[])[];
	/** Spans to shade, in x. */
	readonly shades: readonly (readonly [number, number])[];
	/** Horizontal lines. */
	readonly marks: readonly { value: number; label: string }[];
	readonly note: string;
}

const LATENCY_BUCKETS = 200;
/** Fewer requests than this give no 99th percentile worth drawing a bucket for. */
const REQUESTS_PER_BUCKET = 50;
const CDF_POINTS = 400;

/** All figures of a run that its files have data for. */
export function figuresOf(run: Run): Figure[] {
	const figures = [powerFigure(run.steps), ...socFigure(run), ...carbonFigure(run)];
	if (run.requests !== null && run.requests.count > 0)
		figures.push(latencyFigure(run.steps, run.requests), cdfFigure(run.requests));
	return [...figures, ...usageFigures(run)];
}

function powerFigure(steps: Steps): Figure {
	const kw = (values: Float64Array): Float64Array => values.map((value) => value / 1000);
	const curves: Curve[] = [
		{ label: 'Load', color: 'load' },
		{ label: 'Solar', color: 'solar', fill: true },
		{ label: 'Grid (export +, import −)', color: 'grid' },
	];
	const series = [steps.loadW.map((value) => -value), steps.productionW, steps.gridW];
	if (steps.batteries.length > 0) {
		curves.push({ label: 'Battery (charge +, discharge −)', color: 'battery' });
		series.push(steps.batteryW);
	}
	return timeFigure(steps, series.map(kw), {
		id: 'power',
		title: 'Power flow',
		yLabel: 'Power in kW',
		unit: 'kW',
		curves,
		note: 'Production is positive, consumption negative. Each value is the average over its step.',
	});
}

function socFigure(run: Run): Figure[] {
	const { steps, metadata } = run;
	if (steps.batteries.length === 0) return [];
	const known = Object.values(metadata.microgrids).flatMap((grid) => grid.dispatchables ?? []);
	const marks = known.flatMap(({ name, min_soc }) =>
		typeof min_soc === 'number'
			? [{ value: 100 * min_soc, label: `least allowed${known.length > 1 ? ` (${name})` : ''}` }]
			: [],
	);
	const colors = ['battery', 'grid', 'solar', 'carbon'];
	const figure = timeFigure(
		steps,
		steps.batteries.map(({ soc }) => soc.map((value) => 100 * value)),
		{
			id: 'soc',
			title: 'State of charge',
			yLabel: 'State of charge in %',
			unit: '%',
			curves: steps.batteries.map(({ name }, i) => ({
				label: name,
				color: colors[i % colors.length] as string,
			})),
			note: 'At the start of each step.',
		},
	);
	return [{ ...figure, yRange: [0, 100], marks }];
}

function carbonFigure(run: Run): Figure[] {
	const { steps, metadata } = run;
	if (steps.carbon === null) return [];
	const { carbon_kind: kind, cap_rules: rules } = metadata.gridbeat;
	const marks = (rules ?? []).flatMap(({ signal, above, below }) => {
		const value = above ?? below;
		if (signal !== 'carbon' || value === undefined) return [];
		return [{ value, label: `cap ${above === undefined ? 'below' : 'above'} ${value} g/kWh` }];
	});
	const figure = timeFigure(steps, [steps.carbon], {
		id: 'carbon',
		title: 'Grid carbon intensity',
		yLabel: 'g CO₂eq per kWh',
		unit: 'g/kWh',
		curves: [{ label: kind ? `${kind} intensity` : 'intensity', color: 'carbon' }],
		note: 'Shaded: a power cap is in force.',
	});
	return [{ ...figure, marks }];
}

function latencyFigure(steps: Steps, requests: Requests): Figure {
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

function cdfFigure(requests: Requests): Figure {
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

function usageFigures({ usage, steps }: Run): Figure[] {
	if (usage === null) return [];
	const startS = steps.startS[0] ?? 0;
	const x = Array.from(usage.timeS, (timeS) => startS + timeS);
	const count = usage.replicas.length;
	const over = `${count} replica${count === 1 ? '' : 's'}, averages over ${formatSpan(usage.bucketS)}.`;
	const make = (
		shape: Pick<Figure, 'id' | 'title' | 'yLabel' | 'unit' | 'curves' | 'note'>,
		values: Float64Array,
	): Figure[] => {
		if (!values.some((value) => Number.isFinite(value))) return [];
		return [
			{
				...shape,
				x: 'time',
				logY: false,
				yRange: null,
				stepped: true,
				data: [x, Array.from(values, drawable)],
				shades: capPeriods(steps),
				marks: [],
			},
		];
	};
	return [
		...make(
			{
				id: 'replica-power',
				title: 'Power of the replicas',
				yLabel: 'Power in kW',
				unit: 'kW',
				curves: [{ label: 'all replicas', color: 'load' }],
				note: `Consumption, here as a positive number. ${over}`,
			},
			usage.powerW.map((value) => value / 1000),
		),
		...make(
			{
				id: 'mfu',
				title: 'Model FLOPS utilisation',
				yLabel: 'MFU in %',
				unit: '%',
				curves: [{ label: 'mean of replicas', color: 'e2e' }],
				note: over,
			},
			usage.mfu,
		),
		...make(
			{
				id: 'outstanding',
				title: 'Requests outstanding',
				yLabel: 'Requests',
				unit: 'requests',
				curves: [{ label: 'all replicas', color: 'ttft' }],
				note: over,
			},
			usage.outstanding,
		),
	];
}

function timeFigure(
	steps: Steps,
	series: readonly Float64Array[],
	shape: Pick<Figure, 'id' | 'title' | 'yLabel' | 'unit' | 'curves' | 'note'>,
): Figure {
	const { x, ys, perBucket } = downsample({ x: steps.startS, ys: series });
	const thinned =
		perBucket === 1
			? ''
			: ` Drawn: least and greatest value of each ${formatNumber(perBucket)} steps (${formatSpan(perBucket * steps.stepS)}).`;
	return {
		...shape,
		x: 'time',
		logY: false,
		yRange: null,
		stepped: perBucket === 1,
		data: [Array.from(x), ...ys.map((y) => Array.from(y, drawable))],
		shades: capPeriods(steps),
		marks: [],
		note: shape.note + thinned,
	};
}

/** The spans during which a power cap is in force, in seconds since 1970. */
export function capPeriods(steps: Steps): [number, number][] {
	const periods: [number, number][] = [];
	for (let i = 0; i < steps.count; i++) {
		if (Number.isNaN(steps.capW[i])) continue;
		const fromS = steps.startS[i] as number;
		const untilS = fromS + steps.stepS;
		const last = periods.at(-1);
		if (last !== undefined && i > 0 && !Number.isNaN(steps.capW[i - 1])) last[1] = untilS;
		else periods.push([fromS, untilS]);
	}
	return periods;
}

function drawable(value: number): number | null {
	return Number.isFinite(value) ? rounded(value) : null;
}

/** Five significant digits: more than a screen shows. */
function rounded(value: number): number {
	return Number(value.toPrecision(5));
}
