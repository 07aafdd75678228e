import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../tests/properties.test-support.ts';
import { logTicks, roundTicks, tickLabel, tickLabels } from './value-ticks.ts';

test('roundTicks() gives round values within the range', () => {
	assert.equal(roundTicks(-2.3, 4.1, 5), [-2, 0, 2, 4]);
	assert.equal(roundTicks(0, 0.35, 5), [0, 0.1, 0.2, 0.3]);
});

test('roundTicks() has some ticks and never many', () => {
	const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
	void fc.assert(
		fc.property(number, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (low, span) => {
			const ticks = roundTicks(low, low + span, 5);
			assert.ok(ticks.length >= 2 && ticks.length <= 6, `${ticks.length} ticks`);
		}),
	);
});

test('logTicks() stand at powers of ten, between them, and at round values where a range has neither', () => {
	assert.equal(logTicks(0.05, 120), [0.1, 1, 10, 100]);
	assert.equal(logTicks(0.08, 0.9), [0.1, 0.2, 0.5]);
	assert.equal(logTicks(310, 390), [320, 340, 360, 380]);
	assert.equal(logTicks(1e-9, 1e9), [1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9]);
});

test('labels of ticks are told apart, and say the value of their tick, in any range', () => {
	assert.equal(tickLabels([0, 50, 100]), ['0', '50', '100']);
	assert.equal(tickLabels([0.3, 0.35, 0.4]), ['0.30', '0.35', '0.40']);
	assert.equal(tickLabels([100_000.5, 100_001, 100_001.5]), [
		'100,000.5',
		'100,001.0',
		'100,001.5',
	]);
	assert.equal(tickLabels([-0.0002, 0, 0.0002]), ['−0.0002', '0.0000', '0.0002']);
	assert.equal(tickLabels([1e-9, 2e-9]), ['1e-9', '2e-9']);
	assert.equal(tickLabels([7]), ['7']);
	assert.equal([0, -0, 1e-7, 0.001, 1000, 1e15].map(tickLabel), [
		'0',
		'0',
		'1e-7',
		'0.001',
		'1,000',
		'1e+15',
	]);
	const size = fc.integer({ min: -9, max: 9 });
	const number = fc.double({ min: -10, max: 10, noNaN: true });
	void fc.assert(
		fc.property(number, size, fc.integer({ min: -5, max: 0 }), (at, power, narrower) => {
			const [low, span] = [at * 10 ** power, 10 ** (power + narrower)];
			const ticks = roundTicks(low, low + span, 5);
			const labels = tickLabels(ticks);
			assert.is(new Set(labels).size, ticks.length, labels.join(' '));
			const values = labels.map((label) => Number(label.replace('−', '-').replaceAll(',', '')));
			for (const [i, tick] of ticks.entries())
				assert.ok(Math.abs((values[i] as number) - tick) <= span / 100, `${labels[i]} for ${tick}`);
		}),
	);
});

test.run();
