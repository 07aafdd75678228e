import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MINUTE_US } from '../../protocol/time.ts';
import { namedPrng } from '../actor/random.ts';
import { CELL_US, meanIndex, quantileAt, startClouds } from './cloud-process.ts';
import { hermiteVariances, mehlerCovariance } from './hermite.ts';

const PARAMETERS = {
	indexQuantiles: [0.1, 0.3, 0.8, 1, 1.1],
	slowShare: 0.4,
	slowHours: 12,
	fastHours: 0.7,
};
const CELLS = 400_000;

test('meanIndex() has the quantiles and the autocorrelation that its parameters say', () => {
	const state = startClouds(PARAMETERS, namedPrng('1/test/clouds'));
	const series = Array.from({ length: CELLS }, (_, cell) =>
		meanIndex(state, PARAMETERS, cell * CELL_US, (cell + 1) * CELL_US),
	);
	const sorted = Float64Array.from(series).sort();
	// 400,000 cells are about 2,800 independent values of the slow part: 2 % in probability.
	for (const probability of [0.1, 0.25, 0.5, 0.75, 0.9]) {
		const share = sorted.findIndex((v) => v > quantileAt(PARAMETERS.indexQuantiles, probability));
		assert.ok(Math.abs(share / CELLS - probability) < 0.02, `${share / CELLS} at ${probability}`);
	}
	const variances = hermiteVariances((p) => quantileAt(PARAMETERS.indexQuantiles, p));
	const mean = series.reduce((a, b) => a + b) / CELLS;
	for (const lag of [0, 1, 6, 24, 144]) {
		let covariance = 0;
		for (let i = lag; i < CELLS; i++)
			covariance += ((series[i] as number) - mean) * ((series[i - lag] as number) - mean);
		const hours = lag / 12;
		const correlation = 0.4 * Math.exp(-hours / 12) + 0.6 * Math.exp(-hours / 0.7);
		const expected = mehlerCovariance(variances, correlation);
		const relative = Math.abs(covariance / CELLS - expected) / mehlerCovariance(variances, 1);
		assert.ok(relative < 0.02, `lag ${lag}: off by ${relative} of the variance`);
	}
});

test('meanIndex() weights cells by their part of the span', () => {
	const cells = startClouds(PARAMETERS, namedPrng('2/test/clouds'));
	const first = meanIndex(cells, PARAMETERS, 0, CELL_US);
	const second = meanIndex(cells, PARAMETERS, CELL_US, 2 * CELL_US);
	const across = startClouds(PARAMETERS, namedPrng('2/test/clouds'));
	const mean = meanIndex(across, PARAMETERS, MINUTE_US, 7 * MINUTE_US);
	assert.ok(Math.abs(mean - (4 * first + 2 * second) / 6) < 1e-12);
	assert.is(across.cell, 1);
});

test.run();
