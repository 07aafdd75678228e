import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { close } from '../../tests/close.test-support.ts';
import { clearnessIndex, erbs } from './erbs.ts';
import { extraterrestrialWm2 } from './extraterrestrial.ts';

test('erbs() gives the values of pvlib', () => {
	// Reference values are rounded to 1e-6 W/m2 and 1e-6.
	const cases = [
		[50, 85, 1, 96.719267, 41.57036, 0.405724],
		[1000, 10, 1, 794.205651, 217.860117, 0.718133],
		[1000, 10, 171, 842.001578, 170.790318, 0.768214],
	] as const;
	for (const [ghi, zenith, doy, dni, dhi, kt] of cases) {
		const outside = extraterrestrialWm2(doy);
		const light = erbs(ghi, zenith, outside);
		close(light.dni, dni, 1e-7);
		close(light.dhi, dhi, 1e-7);
		close(clearnessIndex(ghi, zenith, outside), kt, 2e-6);
	}
});

test('erbs() takes all light of a very low sun as diffuse', () => {
	assert.equal(erbs(20, 87.5, 1367), { ghi: 20, dni: 0, dhi: 20 });
	assert.equal(erbs(0, 30, 1367), { ghi: 0, dni: 0, dhi: 0 });
});

test.run();
