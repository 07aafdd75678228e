import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rangesOfMeans, rangeText, repeatsAnswer } from './answer.ts';
import { headlinesOf } from './headlines.ts';
import { type FigureRow, repeatedFigures } from './repeated-figures.ts';

/** A night in Berlin: all is served by what the battery held at the start. */
const night = (importKwh: number): FigureRow[] => [
	{ metric: 'serving.completed', value: 100, unit: '1' },
	{ metric: 'serving.ttftS.p99', value: 0.3, unit: 's' },
	{ metric: 'serving.e2eS.p99', value: 7, unit: 's' },
	{ metric: 'energy.loadKwh', value: 1, unit: 'kWh' },
	{ metric: 'energy.importKwh', value: importKwh, unit: 'kWh' },
	{ metric: 'energy.renewableShare', value: 0, unit: '%' },
	{ metric: 'energy.initialShare', value: 100 - 100 * importKwh, unit: '%' },
	{ metric: 'emissions.importG', value: 400 * importKwh, unit: 'gCO2eq' },
	{ metric: 'emissions.grossG', value: 400, unit: 'gCO2eq' },
	{ metric: 'emissions.generatorG', value: 0, unit: 'gCO2eq' },
	{ metric: 'emissions.avoidedByInitialG', value: 400 - 400 * importKwh, unit: 'gCO2eq' },
	{ metric: 'emissions.reduction', value: 100 - 100 * importKwh, unit: '%' },
	{ metric: 'servingEnergy.curve.lowKwh', value: 0.8, unit: 'kWh' },
	{ metric: 'servingEnergy.curve.highKwh', value: 1.2, unit: 'kWh' },
	{ metric: 'servingEnergy.curve.lowPercent', value: -20, unit: '%' },
	{ metric: 'servingEnergy.curve.highPercent', value: 20, unit: '%' },
	...(['low', 'high'] as const).flatMap((end) => [
		{ metric: `servingEnergy.curve.${end}.importKwh`, value: end === 'low' ? 0 : 0.2, unit: 'kWh' },
		{ metric: `servingEnergy.curve.${end}.importG`, value: end === 'low' ? 0 : 80, unit: 'gCO2eq' },
		{ metric: `servingEnergy.curve.${end}.grossG`, value: 400, unit: 'gCO2eq' },
	]),
];

const runsOf = (...imports: number[]) =>
	imports.map((kwh, i) => ({
		...{ seed: String(i + 1), folder: `repeat-${i + 1}`, failure: null },
		rows: night(kwh),
	}));

test('repeats of a night name what the battery held at the start, and call none of it renewable', () => {
	const runs = runsOf(0, 0);
	const figures = repeatedFigures(runs);
	const answer = repeatsAnswer({ title: 'night', runs, figures });
	assert.match(
		answer,
		/^In the mean of 2 repeats, 99 of 100 of 100 requests had their first token/,
	);
	assert.match(
		answer,
		'drew 1 kWh (0.8 to 1.2), 0 % of it renewable and 100 % from what batteries held',
	);
	assert.match(
		answer,
		/0 kWh \(0 to 0\.2\) came from the grid and emitted 0 g \(0 to 80\) of CO₂eq\.$/,
	);
	const labels = headlinesOf(figures).map(({ label }) => label);
	assert.ok(labels.includes('share of demand served by the initial charge'));
	assert.ok(labels.includes('avoided by the initial charge'));
});

test('means of repeats stand within the error of their power curve, in the unit of the mean', () => {
	const figures = repeatedFigures(runsOf(0.1, 0.2));
	const ranges = rangesOfMeans(figures);
	const of = (metric: string) => {
		const figure = figures.find((one) => one.metric === metric);
		return figure === undefined ? null : rangeText(figure, ranges);
	};
	assert.is(of('energy.loadKwh'), ' (0.8 to 1.2)');
	assert.is(of('emissions.importG'), ' (0 to 80)');
	assert.is(of('energy.initialShare'), '');
	assert.is(of('serving.completed'), '');
	const bare = figures.filter(({ metric }) => !metric.includes('curve'));
	assert.is(rangesOfMeans(bare).loadKwh, null);
});

test('repeats that all failed have no figures to speak of', () => {
	const runs = [{ seed: '1', folder: 'repeat-1', rows: null, failure: 'no' }];
	assert.is(repeatsAnswer({ title: 'x', runs, figures: [] }), 'No repeat came to its end.');
});

test.run();
