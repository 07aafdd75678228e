import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { billOf, type Tariff } from './cost.ts';
import { embodiedG } from './embodied.ts';
import { siteSteps } from './steps.test-support.ts';

const NOTHING: Tariff = {
	exportUsdPerKwh: null,
	demandUsdPerKw: null,
	demandIntervalS: 900,
	gpuUsdPerHour: null,
};
const ONE_PERIOD = () => 0;

test('a day with two prices: 12 hours of 2 kW at 0.10 and 12 at 0.30 cost 9.60 USD', () => {
	const steps = siteSteps({
		loadW: new Array(24).fill(2000),
		gridW: new Array(24).fill(-2000),
		priceUsdPerKwh: [...new Array(12).fill(0.1), ...new Array(12).fill(0.3)],
	});
	const bill = billOf(steps, NOTHING, 0, ONE_PERIOD);
	assert.ok(Math.abs(bill.energyUsd - 9.6) < 1e-12);
	assert.is(bill.exportUsd, 0);
});

test('exports earn what the tariff says, and nothing by default', () => {
	const steps = siteSteps({
		loadW: [0],
		productionW: [3000],
		gridW: [3000],
		priceUsdPerKwh: [0.2],
	});
	assert.is(billOf(steps, NOTHING, 0, ONE_PERIOD).exportUsd, 0);
	const paid = billOf(steps, { ...NOTHING, exportUsdPerKwh: 0.08 }, 0, ONE_PERIOD);
	assert.ok(Math.abs(paid.exportUsd - 0.24) < 1e-12);
	assert.is(paid.energyUsd, 0);
});

test('exports earn what they earn in each step, and cost where that is below 0', () => {
	const steps = siteSteps({
		loadW: [0, 0, 1000],
		productionW: [3000, 2000, 0],
		gridW: [3000, 2000, -1000],
		priceUsdPerKwh: [0.3, 0.3, 0.3],
		exportUsdPerKwh: [0.2, -0.05, 0.4],
	});
	const bill = billOf(steps, NOTHING, 0, ONE_PERIOD);
	assert.ok(Math.abs(bill.exportUsd - (0.6 - 0.1)) < 1e-12);
	assert.ok(Math.abs(bill.energyUsd - 0.3) < 1e-12);
});

test('the demand charge takes the highest mean of whole intervals, for each period', () => {
	// 5-minute steps: a spike of 9 kW within a quarter of an hour of mean 4 kW; next period at most 1 kW.
	const steps = siteSteps({
		stepS: 300,
		loadW: [1500, 9000, 1500, 1000, 1000, 1000],
		gridW: [-1500, -9000, -1500, -1000, -1000, -1000],
	});
	const tariff = { ...NOTHING, demandUsdPerKw: 10 };
	const bill = billOf(steps, tariff, 0, (k) => (k < 3 ? 6 : 7));
	assert.is(bill.peakImportW, 4000);
	assert.ok(Math.abs(bill.demandUsd - 50) < 1e-12);
	assert.is(Number.isNaN(bill.energyUsd), true);
});

test('an idle GPU costs its hours and its share of making', () => {
	const steps = siteSteps({ loadW: [100, 100], gridW: [-100, -100] });
	const bill = billOf(steps, { ...NOTHING, gpuUsdPerHour: 2.21 }, 3, ONE_PERIOD);
	assert.ok(Math.abs(bill.gpuUsd - 13.26) < 1e-12);
	// As Vidur-Energy counts it: 150 kg over five years is 3.42 g per GPU-hour.
	assert.ok(Math.abs(embodiedG(1, 150, 5, 3600) - 3.4246575) < 1e-6);
});

test.run();
