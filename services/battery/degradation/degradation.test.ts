import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cycleStress, degradationOf, fadeAt, stressAt } from './degradation.ts';

const OPTIONS = {
	temperatureC: 25,
	initialFade: 0,
	endOfLifeFade: 0.2,
	replacementUsdPerKwh: 300,
	capacityKwh: 10,
};

const DAY_S = 86_400;

test('stressAt() is fadeAt() backwards', () => {
	for (const fade of [0, 1e-6, 0.01, 0.0575, 0.2, 0.9])
		assert.ok(Math.abs(fadeAt(stressAt(fade)) - fade) < 1e-12, `${fade}`);
});

test("a life of full cycles is as long as Xu's curve says", () => {
	// By hand at depth 1, mean 0.5, 25 degC: 1 / (1.4e5 - 1.23e5) = 5.882e-5 a cycle; 0.8 = 0.9425 exp(-f)
	// at f = 0.16391 (the interphase is formed by then), so 2786.5 cycles, calendar apart.
	const each = cycleStress(1, 0.5, 25);
	assert.ok(Math.abs(each - 1 / 17_000) < 1e-15);
	const life = stressAt(0.2) / each;
	assert.ok(Math.abs(life - Math.log(0.9425 / 0.8) * 17_000) < 1e-3, `${life}`);
});

test('shallow cycles wear less than their share of a deep one, and heat and high charge wear more', () => {
	assert.ok(10 * cycleStress(0.1, 0.5, 25) < cycleStress(1, 0.5, 25));
	assert.ok(cycleStress(0.5, 0.8, 25) > cycleStress(0.5, 0.5, 25));
	// 6.93e-2 (T - 25) is about ln 2 for 10 degrees.
	const ratio = cycleStress(0.5, 0.5, 35) / cycleStress(0.5, 0.5, 25);
	assert.ok(ratio > 1.9 && ratio < 2, `${ratio}`);
});

test('degradationOf() a battery at rest is calendar fade alone, and grows with time', () => {
	const rest = degradationOf([0.5, 0.5], 365 * DAY_S, OPTIONS);
	const stress = 4.14e-10 * 365 * DAY_S;
	assert.ok(Math.abs(rest.fadePercent - 100 * fadeAt(stress)) < 1e-12);
	assert.is(rest.cycleSharePercent, 0);
	assert.is(rest.cycles, 0);
	const used = (100 * stress) / stressAt(0.2);
	assert.ok(Math.abs(rest.lifeUsedPercent - used) < 1e-9);
	assert.ok(Math.abs(rest.costUsd - (used / 100) * 3000) < 1e-9);
});

test('degradationOf() counts cycles by their depth; the fade of an aged battery is slower', () => {
	const path = [0.5, 1, 0.2, 0.6, 0.4, 1];
	const fresh = degradationOf(path, DAY_S, OPTIONS);
	assert.is(fresh.cycles, 2.5);
	assert.ok(Math.abs(fresh.deepestPercent - 80) < 1e-9);
	const aged = degradationOf(path, DAY_S, { ...OPTIONS, initialFade: 0.1 });
	assert.ok(aged.fadePercent < fresh.fadePercent);
	assert.is(aged.lifeUsedPercent, fresh.lifeUsedPercent);
});

test.run();
