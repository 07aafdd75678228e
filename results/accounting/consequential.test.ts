import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { consequencesOf } from './consequential.ts';
import { siteSteps } from './steps.test-support.ts';

test('consequencesOf() takes each step at its own marginal intensity and credits no export', () => {
	const steps = siteSteps({
		loadW: [1000, 2000, 0],
		productionW: [0, 500, 1500],
		gridW: [-1000, -1500, 1500],
	});
	const figures = consequencesOf(steps, Float64Array.of(100, 500, 900));
	assert.equal(figures, {
		importG: 100 + 750,
		grossG: 100 + 1000,
		avoidedG: 250,
		reduction: 100 * (1 - 850 / 1100),
		exportG: 1350,
		meanGPerKwh: 500,
		minGPerKwh: 100,
		maxGPerKwh: 900,
	});
});

test.run();
