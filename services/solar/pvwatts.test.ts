import { test } from 'uvu';
import { close } from '../../tests/close.test-support.ts';
import {
	inverterAcW,
	lowLightLossW,
	PVWATTS_LOSSES_PERCENT,
	pvwattsDcW,
	totalLossesPercent,
} from './pvwatts.ts';

test('pvwattsDcW() gives the values of pvlib', () => {
	close(pvwattsDcW(900, 30, 100, -0.003), 88.65, 1e-14);
	close(pvwattsDcW(850, 48.3, 5000, -0.0047), 3784.5825, 1e-14);
	close(pvwattsDcW(900, 400, 100, -0.003), 0, 0);
});

test('totalLossesPercent() gives the values of PVWatts', () => {
	close(totalLossesPercent(PVWATTS_LOSSES_PERCENT), 14.075660688264469, 1e-14);
	close(totalLossesPercent({ ...PVWATTS_LOSSES_PERCENT, age: 1 }), 14.934904, 1e-7);
});

test('inverterAcW() gives the values of pvlib and never exceeds its rating', () => {
	const cases = [
		[5, 4.318306526927468],
		[10, 9.216278924976653],
		[25, 23.861782712462386],
		[50, 48.10957766939919],
		[75, 72.15565009857839],
		[90, 86.48646674276227],
		[99, 95.05009907647609],
		[100, 96],
		[500, 96],
		[0, 0],
	] as const;
	for (const [dc, ac] of cases) close(inverterAcW(dc, 100), ac, 1e-14);
	close(inverterAcW(90, 100, 0.95), 85.58556604752516, 1e-14);
	close(inverterAcW(50, 100, 0.95), 47.60843624, 1e-9);
	close(inverterAcW(0.001, 1, 0.95), 0, 0);
	close(inverterAcW(1, 0), 0, 0);
});

test('lowLightLossW() takes off what pvlib takes off with k = 0.01 and a capped adjustment', () => {
	for (const [light, watts] of [
		[100, 8.9125],
		[1200, 118.2],
	] as const)
		close(pvwattsDcW(light, 30, 100, -0.003) - lowLightLossW(light, 100, 0.01), watts, 1e-12);
	close(lowLightLossW(200, 100, 0.01), 1, 1e-12);
	close(lowLightLossW(600, 100, 0.01), 0.5, 1e-12);
});

test.run();
