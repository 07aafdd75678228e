import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { close } from '../../tests/close.test-support.ts';
import { absoluteAirMass, pressurePa, relativeAirMass } from './air-mass.ts';

test('relativeAirMass() gives the values of pvlib', () => {
	const cases = [
		[0, 0.9997119918558381],
		[30, 1.153992233363676],
		[60, 1.9942928525292494],
		[75, 3.8129118692207755],
		[80, 5.586035879851199],
		[85, 10.305791327930306],
		[88, 19.433245107572006],
		[89.9, 36.46678629892429],
	] as const;
	for (const [zenith, value] of cases) close(relativeAirMass(zenith), value, 1e-12);
	assert.is(relativeAirMass(90.01), Number.POSITIVE_INFINITY);
});

test('pressurePa() gives the values of pvlib', () => {
	// The reference table is rounded to 1 mPa.
	const cases = [
		[-100, 102532.073],
		[0, 101324.999],
		[1000, 89874.75],
		[8000, 35600.496],
	] as const;
	for (const [altitude, value] of cases) close(pressurePa(altitude), value, 2e-8);
});

test('absoluteAirMass() is the relative one at sea level', () => {
	close(absoluteAirMass(2, 101_325), 2, 0);
	close(absoluteAirMass(2, 50_662.5), 1, 0);
});

test.run();
