import { batteryFigures } from './battery-figures.ts';
import { carbonFigures } from './carbon-figures.ts';
import { costFigures } from './cost-figures.ts';
import type { Curve, Figure } from './figure.ts';
import {
	cdfFigure,
	energyLatencyFigure,
	latencyFigure,
	sketchedCdfFigure,
} from './latency-figures.ts';
import { capitalised, USUAL } from './producers.ts';
import type { Run } from './run.ts';
import type { Steps } from './steps.ts';
import { timeFigure } from './time-figure.ts';
import { usageFigures } from './usage-figures.ts';

/** All figures of a run that its files have data for. */
export function figuresOf(run: Run): Figure[] {
	const { requests, quantiles, steps } = run;
	const hasRequests = requests !== null && requests.count > 0;
	const [intensity, emissions] = carbonFigures(run);
	return [
		powerFigure(steps),
		...socFigure(run),
		...(intensity ? [intensity] : []),
		...(hasRequests ? [latencyFigure(steps, requests), cdfFigure(requests)] : []),
		...(quantiles === null ? [] : sketchedCdfFigure(quantiles)),
		...(emissions ? [emissions] : []),
		...usageFigures(run),
		...(hasRequests ? energyLatencyFigure(run, requests) : []),
		...batteryFigures(run),
		...costFigures(steps),
	];
}

function powerFigure(steps: Steps): Figure {
	const kw = (values: Float64Array): Float64Array => values.map((value) => value / 1000);
	const curves: Curve[] = [
		{ label: 'Load', color: 'load' },
		{ label: capitalised(USUAL.adjective), color: USUAL.color, fill: true },
		{ label: 'Grid (export +, import −)', color: 'grid' },
	];
	const restW = steps.productionW.map((value, i) =>
		steps.producers.reduce((left, { powerW }) => left - (powerW[i] as number), value),
	);
	const series = [steps.loadW.map((value) => -value), restW, steps.gridW];
	for (const { noun, color, powerW } of steps.producers) {
		curves.push({ label: capitalised(noun), color, fill: true });
		series.push(powerW);
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
	const colors = ['battery', 'grid', USUAL.color, 'carbon'];
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
			atRest: 'last',
		},
	);
	return [{ ...figure, yRange: [0, 100], marks }];
}
