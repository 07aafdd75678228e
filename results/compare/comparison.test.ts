import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { answersOf } from './answer.ts';
import type { Case } from './cases.ts';
import { caveatsOf, comparableFigures } from './caveats.ts';
import { comparedFigures } from './comparison.ts';
import { comparisonText } from './comparison-text.ts';
import { plainRows } from './differences.ts';
import { chooseMetrics } from './metrics.ts';

/** A case whose runs have one figure each, by seed. */
function made(label: string, values: Readonly<Record<string, number>>): Case {
	return {
		label,
		runs: Object.entries(values).map(([seed, capHours]) => ({
			folder: `${label}-${seed}`,
			seed,
			status: 'complete',
			summary: { capHours } as Summary,
			keys: new Map([['key', label]]),
			scenario: { key: label },
			version: '1',
			timezone: 'UTC',
		})),
	};
}

const metric = { name: 'capHours', unit: 'h', of: ({ capHours }: Summary) => capHours };

function second(cases: readonly Case[]) {
	const figure = comparedFigures(cases, [metric])[0]?.cases[1];
	if (figure === undefined) throw new Error('no figure');
	return figure;
}

const near = (actual: number, expected: number): void =>
	assert.ok(Math.abs(actual - expected) < 1e-3, `${actual}, not ${expected}`);

test('comparedFigures() pairs runs of the same seeds', () => {
	const base = made('a', { '1': 10, '2': 20, '3': 30 });
	const { difference, differenceHalfWidth, percent, halfWidth } = second([
		base,
		made('b', { '1': 11, '2': 21.5, '3': 31 }),
	]);
	near(difference, 7 / 6);
	near(percent, (100 * 7) / 6 / 20);
	// Differences 1, 1.5, 1: s = 0.28868; t of 2 degrees of freedom is 4.303.
	near(differenceHalfWidth, (4.303 * 0.288675) / Math.sqrt(3));
	assert.ok(halfWidth > 20, 'that of the mean itself is far wider');
});

test('comparedFigures() takes Welch’s interval where the seeds are others', () => {
	// Variances of the means 1/3 and 5/3, 4.08 degrees of freedom, t of 4 is 2.776.
	const { difference, differenceHalfWidth } = second([
		made('a', { '1': 1, '2': 2, '3': 3 }),
		made('b', { '4': 2, '5': 4, '6': 6, '7': 8 }),
	]);
	near(difference, 3);
	near(differenceHalfWidth, 2.776 * Math.SQRT2);
});

test('comparedFigures() has no interval of single runs, no per cent of nothing, no noise', () => {
	const one = second([made('a', { '1': 0 }), made('b', { '1': 3 })]);
	assert.ok(Number.isNaN(one.differenceHalfWidth));
	assert.ok(Number.isNaN(one.percent));
	assert.is(second([made('a', { '1': 0.1 + 0.2 }), made('b', { '1': 0.3 })]).difference, 0);
	const none = comparedFigures(
		[made('a', { '1': Number.NaN }), made('b', { '1': Number.NaN })],
		[metric],
	);
	assert.equal(none, []);
});

/** Of the unit of others, of which it may be what rounding left. */
function energies(values: readonly (readonly [label: string, ...figures: number[]])[]) {
	const cases = values.map(([label, ...figures]) => ({
		...made(label, { '1': 0 }),
		runs: made(label, { '1': 0 }).runs.map((run) => ({
			...run,
			summary: { figures } as unknown as Summary,
		})),
	}));
	const metrics = (values[0]?.slice(1) ?? []).map((_, i) => ({
		name: `energy.${i}`,
		unit: 'kWh',
		of: (summary: Summary) => (summary as unknown as { figures: number[] }).figures[i] as number,
	}));
	return comparedFigures(cases, metrics);
}

test('comparedFigures() takes what rounding leaves of sums for no difference, and what is small for one', () => {
	const [sum, rest, small] = energies([
		['a', 1e6, 0, 0.01],
		['b', 1e6 * (1 + 1e-12), 3e-10, 0.01001],
	]);
	assert.is(sum?.cases[1]?.difference, 0);
	assert.is(rest?.cases[1]?.difference, 0, 'left of sums of a million');
	assert.ok(Math.abs((small?.cases[1]?.percent ?? 0) - 0.1) < 1e-6);
});

test('comparisonText() says what differs, what changed and which runs did not end', () => {
	const [a, b] = [made('a', { '1': 2 }), made('b', { '1': 3 })];
	const failed = { ...b, runs: b.runs.map((run) => ({ ...run, status: 'failed' })) };
	const cases = [a, failed];
	const comparison = { cases, figures: comparedFigures(cases, [metric]) };
	const text = comparisonText(comparison, { isWhole: false });
	assert.match(text, /^b-1 is failed: its figures are those of a part\n/);
	assert.match(text, /\nWhat changed in the scenario\n {2}key: a \| b\n/);
	assert.match(text, /\n {2}hours under a power cap {2}h {2}2 {2}3 {10}\+1 {2}\+50 %\n/);
	assert.match(text, /\nOne run each, so no intervals/);
});

test('a difference within its interval over repeats is no difference beyond chance', () => {
	const e2e = (values: Readonly<Record<string, number>>) =>
		made('', values).runs.map((run) => ({
			...run,
			summary: { serving: { ttftS: { p99: run.summary.capHours } } } as Summary,
		}));
	const ttft = chooseMetrics(['serving.ttftS.p99']);
	const answer = (...values: Readonly<Record<string, number>>[]) => {
		const cases = values.map((of, i) => ({ label: `case ${i}`, runs: e2e(of) }));
		return answersOf(cases, plainRows(comparedFigures(cases, ttft)));
	};
	const base = { '1': 0.5, '2': 0.6, '3': 0.7 };
	assert.equal(
		answer(base, { '1': 0.52, '2': 0.6, '3': 0.69 }, { '1': 0.25, '2': 0.3, '3': 0.36 }),
		[
			{
				label: 'case 1',
				sentences: ['no difference beyond chance in TTFT p99 (95 %, over repeats)'],
			},
			{
				label: 'case 2',
				sentences: ['TTFT p99 49.4 % shorter (303 ± 137 instead of 600 ± 248 ms)'],
			},
		],
	);
	assert.equal(answer(base, base)[0]?.sentences, ['no difference in TTFT p99']);
	assert.equal(answer({ '1': 0.5 }, { '1': 0.75 })[0]?.sentences, [
		'TTFT p99 50 % longer (750 instead of 500 ms)',
	]);
});

test('average and marginal carbon never stand side by side, nor parts of runs beside wholes without a word', () => {
	const of = (kind: string, durationS: number, version: string): Case => ({
		label: kind,
		runs: [
			{
				...{
					folder: kind,
					seed: '1',
					status: 'complete',
					keys: new Map(),
					version,
					timezone: 'UTC',
				},
				...{ scenario: {}, summary: { durationS, emissions: { kind } } as unknown as Summary },
			},
		],
	});
	const figures = ['emissions.importG', 'servingEnergy.carbonG', 'energy.loadKwh'].map((name) => ({
		...{ name, unit: name.endsWith('G') ? 'gCO2eq' : 'kWh', cases: [] },
	}));
	const mixed = [of('average', 3600, '1'), of('marginal', 7200, '2')];
	assert.equal(caveatsOf(mixed), [
		'The runs are of different length (60 min, 2 h): their sums do not compare',
		'The runs are of different versions of the program (1, 2)',
		'The carbon signals are of different kinds (average, marginal): figures of carbon do not compare and are left out',
	]);
	assert.equal(
		comparableFigures(mixed, figures).map(({ name }) => name),
		['energy.loadKwh'],
	);
	const alike = [of('average', 3600, '1'), of('average', 3600, '1')];
	assert.equal(caveatsOf(alike), []);
	assert.is(comparableFigures(alike, figures).length, 3);
});

test.run();
