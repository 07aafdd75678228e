import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { close } from '../../tests/close.test-support.ts';
import { incidenceModifier, incidenceModifierOf } from './incidence-modifier.ts';

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

test('incidenceModifierOf() gives the values of pvlib for ashrae, and all light for none', () => {
	const cases = [
		[0, 0.05, 1],
		[30, 0.05, 0.9922649730810374],
		[60, 0.05, 0.95],
		[80, 0.05, 0.7620614758428185],
		[89, 0.05, 0],
		[90, 0.05, 0],
		[30, 0.1, 0.9845299461620749],
		[60, 0.1, 0.9],
		[80, 0.1, 0.5241229516856369],
	] as const;
	for (const [aoi, b, value] of cases)
		close(incidenceModifierOf({ type: 'ashrae', b }, aoi), value, 1e-12);
	close(incidenceModifierOf({ type: 'none' }, 89), 1, 0);
	close(incidenceModifierOf({ type: 'none' }, 91), 0, 0);
});

test.run();
