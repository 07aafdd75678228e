import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readable, readableText } from './headlines.ts';
import { type FigureRow, type RepeatRun, repeatedFigures } from './repeated-figures.ts';
import { repeatsCsv, repeatsText } from './show.ts';

function runOf(seed: string, values: Readonly<Record<string, number>> | null): RepeatRun {
	const rows = Object.entries(values ?? {}).map(([metric, value]): FigureRow => {
		const unit = metric.endsWith('S.p99') ? 's' : metric.endsWith('Kwh') ? 'kWh' : 'gCO2eq';
		return { metric, value, unit };
	});
	const failure = values === null ? 'Cannot go on: it is odd' : null;
	return { seed, folder: `repeat-${seed}`, rows: values === null ? null : rows, failure };
}

const LOAD = 'energy.loadKwh';

test('repeatedFigures() has each figure over the runs that have it, with Student’s interval', () => {
	const runs = [
		runOf('1', { [LOAD]: 10, other: 1 }),
		runOf('2', null),
		runOf('3', { [LOAD]: 14 }),
		runOf('4', { [LOAD]: 12 }),
	];
	const [load, other] = repeatedFigures(runs);
	assert.is(load?.count, 3);
	assert.is(load?.mean, 12);
	// s = 2; t of 2 degrees of freedom is 4.303.
	assert.ok(Math.abs((load?.halfWidth ?? 0) - (4.303 * 2) / Math.sqrt(3)) < 1e-9);
	assert.equal(load?.values, [10, null, 14, 12]);
	assert.equal([load?.least, load?.most], [10, 14]);
	assert.is(other?.count, 1);
	assert.ok(Number.isNaN(other?.halfWidth));
	const csv = repeatsCsv({ title: 'Here', runs, figures: repeatedFigures(runs) }).split('\n');
	assert.match(csv[0] ?? '', /^metric,unit,runs,mean,halfWidth95,low95,high95,least,most,seed 1,/);
	assert.is(csv[2], 'other,gCO2eq,1,1,,,,1,1,1,,,');
});

test('repeatedFigures() gives equal numbers as they are, without what adding them up leaves', () => {
	const [load] = repeatedFigures(['1', '2', '3'].map((seed) => runOf(seed, { [LOAD]: 0.1 })));
	assert.is(load?.mean, 0.1);
	assert.is(load?.halfWidth, 0);
});

test('readable() has the digits that the interval allows, in a unit that suits the mean', () => {
	const of = (unit: string, mean: number, halfWidth: number) => ({
		...{ metric: 'm', unit, mean, halfWidth, count: 3, values: [] },
		...{ least: mean - halfWidth, most: mean + halfWidth },
	});
	assert.is(readableText(of('kWh', 3.86391, 0.00318)), '3.8639 ± 0.0032 kWh');
	assert.is(readableText(of('1', 64727.3, 251.2)), '64,727 ± 251');
	assert.is(readableText(of('s', 0.0838921, 0.0000781)), '83.892 ± 0.078 ms');
	assert.is(readableText(of('gCO2eq', 1104.8, 0.851)), '1.10480 ± 0.00085 kg');
	assert.is(readableText(of('%', 100, 1e-12)), '100 ± 0 %');
	assert.is(readableText(of('W', 293.1, Number.NaN)), '293.1 W');
	assert.is(readable(of('kWh', 10.6, 2.66)).least, '7.9');
});

test('repeatsText() says which repeats failed, and when chance plays no part', () => {
	const same = ['7', '8', '9'].map((seed) => runOf(seed, { [LOAD]: 2 }));
	const text = repeatsText({ title: 'Here', runs: same, figures: repeatedFigures(same) });
	assert.match(text, /^Here: 3 repeats, seeds 7 to 9\nEnergy/);
	assert.match(text, /\n {2}demand +2 +± 0 +2 +2 +kWh\n/);
	assert.match(
		text,
		/\nAll repeats came out the same: nothing in this scenario is drawn at random$/,
	);
	const some = [...same, runOf('may', null)];
	const failed = repeatsText({ title: 'Here', runs: some, figures: repeatedFigures(same) });
	assert.match(failed, /^Here: 4 repeats, seeds 7, 8, 9, may\n/);
	assert.match(failed, /\nSeed may: Cannot go on: it is odd\nMeans are over the other 3\n/);
});

test.run();
