import { downsample } from './downsample.ts';
import { type Curve, capPeriods, drawable, type Figure } from './figure.ts';
import { formatNumber, formatSpan } from './format.ts';
import { cdfFigure, latencyFigure } from './latency-figures.ts';
import type { Run, Steps } from './run.ts';

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
	const { windW, productionW } = steps;
	const solarW =
		windW === null ? productionW : productionW.map((value, i) => value - (windW[i] as number));
	const series = [steps.loadW.map((value) => -value), solarW, steps.gridW];
	if (windW !== null) {
		curves.push({ label: 'Wind', color: 'wind', fill: true });
		series.push(windW);
	}
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

/** A figure of columns over the steps of a run, thinned to what can be seen. */
export function timeFigure(
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
