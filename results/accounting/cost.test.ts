import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { billOf, type Calendar, type Tariff } from './cost.ts';
import { embodiedG } from './embodied.ts';
import { siteSteps } from './steps.test-support.ts';

const NOTHING: Tariff = {
	exportUsdPerKwh: null,
	demandUsdPerKw: null,
	demandIntervalS: 900,
	...{ demandRatchet: null, fixedUsdPerMonth: null, tiers: [] },
	gpuUsdPerHour: null,
};
const ONE_PERIOD: Calendar = { periodOf: () => 0, periodS: () => 30 * 86_400 };

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
	const bill = billOf(steps, tariff, 0, {
		...ONE_PERIOD,
		periodOf: (k) => (k < 3 ? 6 : 7),
	});
	assert.is(bill.peakImportW, 4000);
	assert.ok(Math.abs(bill.demandUsd - 50) < 1e-12);
	assert.is(Number.isNaN(bill.energyUsd), true);
});

test('a ratchet bills a share of the highest month before, as many months back as it says', () => {
	// Four periods of two hours with peaks of 10, 2, 9 and 1 kW.
	const kw = [10, 4, 2, 1, 9, 9, 1, 1];
	const steps = siteSteps({
		loadW: kw.map((one) => 1000 * one),
		gridW: kw.map((one) => -1000 * one),
	});
	const calendar = { ...ONE_PERIOD, periodOf: (k: number) => Math.floor(k / 2) };
	const demandUsd = (demandRatchet: Tariff['demandRatchet']) =>
		billOf(
			steps,
			{ ...NOTHING, demandUsdPerKw: 1, demandIntervalS: 3600, demandRatchet },
			0,
			calendar,
		).demandUsd;
	assert.is(demandUsd(null), 10 + 2 + 9 + 1);
	assert.is(demandUsd({ share: 0.5, months: 11 }), 10 + 5 + 9 + 5);
	assert.is(demandUsd({ share: 0.5, months: 1 }), 10 + 5 + 9 + 4.5);
	assert.is(demandUsd({ share: 0.95, months: 2 }), 10 + 9.5 + 9.5 + 8.55);
});

test('tiers add to the price of what is imported above them in a month, a fixed charge to the time covered', () => {
	const steps = siteSteps({ loadW: new Array(48).fill(1000), gridW: new Array(48).fill(-1000) });
	const tariff = {
		...NOTHING,
		fixedUsdPerMonth: 15,
		tiers: [
			{ aboveKwh: 10, plusUsdPerKwh: 0.1 },
			{ aboveKwh: 20, plusUsdPerKwh: 0.2 },
		],
	};
	const near = (actual: number, expected: number) =>
		assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}`);
	const one = billOf(steps, tariff, 0, ONE_PERIOD);
	near(one.tierUsd, 38 * 0.1 + 28 * 0.2);
	near(one.fixedUsd, (15 * 2) / 30);
	// Two months begin anew, each as long as it is.
	const two = billOf(steps, tariff, 0, {
		periodOf: (k) => (k < 24 ? 1 : 2),
		periodS: (k) => (k < 24 ? 31 : 28) * 86_400,
	});
	near(two.tierUsd, 2 * (14 * 0.1 + 4 * 0.2));
	near(two.fixedUsd, 15 / 31 + 15 / 28);
});

test('an idle GPU costs its hours and its share of making', () => {
	const steps = siteSteps({ loadW: [100, 100], gridW: [-100, -100] });
	const bill = billOf(steps, { ...NOTHING, gpuUsdPerHour: 2.21 }, 3, ONE_PERIOD);
	assert.ok(Math.abs(bill.gpuUsd - 13.26) < 1e-12);
	// As Vidur-Energy counts it: 150 kg over five years is 3.42 g per GPU-hour.
	assert.ok(Math.abs(embodiedG(1, 150, 5, 3600) - 3.4246575) < 1e-6);
});

test.run();
