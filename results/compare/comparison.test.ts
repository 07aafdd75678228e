import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { Case } from './cases.ts';
import { comparedFigures } from './comparison.ts';
import { comparisonText } from './show.ts';

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

test('comparisonText() says what differs and which runs did not end', () => {
	const [a, b] = [made('a', { '1': 2 }), made('b', { '1': 3 })];
	const failed = { ...b, runs: b.runs.map((run) => ({ ...run, status: 'failed' })) };
	const cases = [a, failed];
	const text = comparisonText({ cases, figures: comparedFigures(cases, [metric]) });
	assert.match(text, /^Keys that differ\n {2}key: a \| b\n/);
	assert.match(text, /capHours \(h\) │ +2 │ +3 │ +\+1 │ +\+50 %/);
	assert.match(text, /b-1: failed$/);
});

test.run();
