import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { capMarks } from './cap-marks.ts';
import { runningSum } from './columns.ts';
import { fuelOverTime } from './dispatch.ts';
import type { Band, Figure } from './figure.ts';
import { formatNumber } from './format.ts';
import type { Run } from './run.ts';
import type { Steps } from './steps.ts';
import { timeFigure } from './time-figure.ts';

/** The intensity of the grid and what the run emitted; none without a carbon signal. */
export function carbonFigures(run: Run): Figure[] {
	const { steps, metadata } = run;
	const { carbon } = steps;
	if (carbon === null) return [];
	return [intensityFigure(steps, carbon, metadata), emissionFigure(run, carbon)];
}

function intensityFigure(steps: Steps, carbon: Float64Array, metadata: RunMetadata): Figure {
	const { carbon_kind: kind, cap_rules: rules, thresholds } = metadata.gridbeat;
	const bands = thresholds ? bandsOf(thresholds) : [];
	const { marginal } = steps;
	const marks = [
		...capMarks(rules, 'carbon'),
		...(marginal === null ? [] : capMarks(rules, 'marginal')),
	];
	const figure = timeFigure(steps, marginal === null ? [carbon] : [carbon, marginal], {
		id: 'carbon',
		title: 'Grid carbon intensity',
		yLabel: 'g CO₂eq per kWh',
		unit: 'g/kWh',
		curves: [
			{ label: kind ? `${kind} intensity` : 'intensity', color: 'carbon' },
			...(marginal === null
				? []
				: [{ label: 'marginal intensity', color: 'mark', dash: true } as const]),
		],
		note: `${bands.length === 0 ? '' : 'Tinted: low and high, by the thresholds of the scenario. '}Shaded over all figures: a power cap is in force.`,
	});
	return { ...figure, marks, bands };
}

function bandsOf({ lowGPerKwh, highGPerKwh }: { lowGPerKwh: number; highGPerKwh: number }): Band[] {
	const [low, high] = [formatNumber(lowGPerKwh), formatNumber(highGPerKwh)];
	return [
		{ from: null, until: lowGPerKwh, color: 'low', label: `low, below ${low} g/kWh` },
		{ from: highGPerKwh, until: null, color: 'high', label: `high, above ${high} g/kWh` },
	];
}

/** Of a power in a step at the step's intensity. */
function kgOf({ stepS }: Steps, carbon: Float64Array): (watts: number, step: number) => number {
	return (watts, i) => (watts * (carbon[i] as number) * stepS) / 3_600_000_000;
}

/** What imports and generators have emitted from the start to the end of each step, kg. */
export function emittedKg(run: Run, carbon: Float64Array): Float64Array {
	const kg = kgOf(run.steps, carbon);
	const fuelKg = fuelOverTime(run, ({ co2KgPerL }) => co2KgPerL);
	return runningSum(
		run.steps.gridW.map((gridW, i) => kg(Math.max(0, -gridW), i) + (fuelKg[i] as number)),
	);
}

/** Running sums: what the demand would have emitted from the grid, what the run emitted, and the difference. */
function emissionFigure(run: Run, carbon: Float64Array): Figure {
	const { steps } = run;
	const gross = runningSum(steps.loadW.map(kgOf(steps, carbon)));
	const net = emittedKg(run, carbon);
	const offset = gross.map((grossKg, i) => grossKg - (net[i] as number));
	const emitted = steps.generators.length > 0 ? 'of imports and generators' : 'of imports';
	return timeFigure(steps, [gross, net, offset], {
		id: 'emissions',
		title: 'Emissions since the start',
		yLabel: 'kg CO₂eq, running sum',
		unit: 'kg',
		curves: [
			{ label: 'had the grid served all (gross)', color: 'carbon', dash: true },
			{ label: `${emitted} (net)`, color: 'grid' },
			{ label: 'avoided (offset)', color: 'battery' },
		],
		note: 'Each step’s energy times the intensity of that step. Avoided = gross − net: it falls while a battery charges from the grid. Exports earn no credit.',
		atRest: 'last',
	});
}
