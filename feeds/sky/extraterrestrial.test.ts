import { test } from 'uvu';
import { close } from '../../tests/close.test-support.ts';
import { extraterrestrialWm2 } from './extraterrestrial.ts';

test('extraterrestrialWm2() gives the values of pvlib through the year', () => {
	const cases = [
		[1, 1413.981805],
		[80, 1376.8923612194285],
		[172, 1321.6235925714136],
		[266, 1356.5996934592044],
		[300, 1383.6362028955045],
		[355, 1412.7085643562702],
	] as const;
	for (const [doy, value] of cases) close(extraterrestrialWm2(doy), value, 1e-9);
});

test.run();
