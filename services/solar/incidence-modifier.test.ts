import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { incidenceModifier } from './incidence-modifier.ts';
import { close } from './testdata/close.ts';

test('incidenceModifier() gives the values of pvlib', () => {
	const cases = [
		[60, 0.9460029142226126],
		[75, 0.7740606749083979],
		[80, 0.634116693236723],
		[85, 0.40087915031774424],
	] as const;
	for (const [aoi, value] of cases) close(incidenceModifier(aoi), value, 1e-12);
});

test('incidenceModifier() gives the values of pvlib for plain and coated glass', () => {
	// Rounded to eight digits in the reference.
	const cases = [
		[22.5, 0.99926198, 0.99944171],
		[45, 0.98797788, 0.9917463],
		[67.5, 0.8893998, 0.91506158],
	] as const;
	for (const [aoi, plain, coated] of cases) {
		close(incidenceModifier(aoi), plain, 1e-8);
		close(incidenceModifier(aoi, 1.29), coated, 1e-8);
	}
});

test('incidenceModifier() is 1 straight on and 0 along and behind the glass', () => {
	assert.is(incidenceModifier(0), 1);
	assert.is(incidenceModifier(90), 0);
	assert.is(incidenceModifier(120), 0);
});

test.run();
