import { test } from 'uvu';
import { close } from '../../tests/close.test-support.ts';
import { relativeAirMass } from './air-mass.ts';
import { haurwitzGhiWm2, ineichen } from './clear-sky.ts';

const SEA_LEVEL = { linkeTurbidity: 3, altitudeM: 0, extraterrestrialWm2: 1364 };

test('ineichen() gives the values of pvlib at sea level and turbidity 3', () => {
	const cases = [
		[82.85457044, 6.97935524, 65.49426624, 321.16092181, 25.54562017],
		[46.0467599, 1.32355476, 704.6968125, 888.90147035, 87.73601277],
		[10.56413562, 0.93527685, 1044.1230677, 953.24925854, 107.03109696],
		[34.86074109, 1.12008114, 853.02065704, 922.06124712, 96.42909484],
		[72.41687122, 3.01614096, 251.99427693, 655.44925241, 53.9901349],
	] as const;
	for (const [zenithDeg, airMass, ghi, dni, dhi] of cases) {
		const sky = ineichen({ ...SEA_LEVEL, zenithDeg, absoluteAirMass: airMass });
		close(sky.ghi, ghi, 1e-6);
		close(sky.dni, dni, 1e-6);
		close(sky.dhi, dhi, 1e-6);
	}
});

test('ineichen() gives the values of pvlib with the air mass of Kasten and Young', () => {
	const cases = [
		[20, 983.3009709],
		[45, 710.5486194],
		[60, 469.6222712],
		[80, 107.4849152],
		[88, 4.3281087],
	] as const;
	for (const [zenithDeg, ghi] of cases) {
		const sky = { ...SEA_LEVEL, zenithDeg, absoluteAirMass: relativeAirMass(zenithDeg) };
		close(ineichen(sky).ghi, ghi, 1e-7);
	}
});

test('ineichen() is dark when the sun is down', () => {
	const sky = ineichen({
		...SEA_LEVEL,
		zenithDeg: 90.1,
		absoluteAirMass: Number.POSITIVE_INFINITY,
	});
	close(sky.ghi + sky.dni + sky.dhi, 0, 0);
});

test('haurwitzGhiWm2() gives the values of pvlib', () => {
	const cases = [
		[5, 48.6298687941956],
		[10, 135.741748091813],
		[30, 487.894132885425],
		[50, 778.766689344363],
		[90, 1035.0920325345],
		[0, 0],
		[-5, 0],
	] as const;
	for (const [elevation, ghi] of cases) close(haurwitzGhiWm2(90 - elevation), ghi, 1e-12);
});

test.run();
