import { test } from 'uvu';
import { close } from '../../tests/close.test-support.ts';
import { perezSkyWm2 } from './perez.ts';
import {
	beamWm2,
	cosIncidence,
	groundWm2,
	hayDaviesSkyWm2,
	isotropicSkyWm2,
} from './transposition.ts';

// pvlib's test_irradiance: three suns on a module tilted 40 degrees to the south.
const MODULE = { tiltDeg: 40, azimuthDeg: 180 };
const OUTSIDE = 1321.1655834833093;
const CASES = [
	{
		sun: { zenithDeg: 82.85457044, azimuthDeg: 66.71410338 },
		light: { ghi: 0, dni: 316.1949056, dhi: 40.46149818 },
		hayDavies: 27.177514187,
		perez: 31.463507701,
		isotropic: 35.728402011,
		beam: 0,
	},
	{
		sun: { zenithDeg: 10.56413562, azimuthDeg: 144.76567754 },
		light: { ghi: 0, dni: 939.95469881, dhi: 118.45831879 },
		hayDavies: 102.994861811,
		perez: 109.084331622,
		isotropic: 104.60132782,
		beam: 798.31939281,
	},
	{
		sun: { zenithDeg: 72.41687122, azimuthDeg: 287.04104128 },
		light: { ghi: 0, dni: 646.22886049, dhi: 62.03376265 },
		hayDavies: 33.190865289,
		perez: 45.459789638,
		isotropic: 54.777190907,
		beam: 33.50143401,
	},
];

test('hayDaviesSkyWm2(), isotropicSkyWm2() and beamWm2() give the values of pvlib', () => {
	for (const { sun, light, hayDavies, isotropic, beam } of CASES) {
		close(hayDaviesSkyWm2(light, OUTSIDE, sun, MODULE), hayDavies, 1e-8);
		close(isotropicSkyWm2(light.dhi, MODULE.tiltDeg), isotropic, 1e-8);
		close(beamWm2(light.dni, cosIncidence(sun, MODULE)), beam, 1e-8);
	}
	close(isotropicSkyWm2(100, 40), 88.30222215594891, 1e-14);
});

test('perezSkyWm2() gives the values of pvlib', () => {
	// The table's air mass is that of the true zenith (0.2 % apart at the lowest sun), ours of the given one.
	for (const { sun, light, perez } of CASES)
		close(perezSkyWm2(light, OUTSIDE, sun, MODULE), perez, 2e-4);
});

test('beam, Perez’ sky and ground over sand add up to the light that pvlib has on the plane', () => {
	const GROUND = [3.73105791, 48.78881252, 12.03502531];
	const GLOBAL = [35.19456561, 956.18253696, 90.99624896];
	CASES.forEach(({ sun, light }, i) => {
		// Its global irradiance is that of direct and diffuse to 0.1 %.
		const ghi = light.dhi + light.dni * Math.cos((sun.zenithDeg * Math.PI) / 180);
		const ground = groundWm2(ghi, 0.4, MODULE.tiltDeg);
		close(ground, GROUND[i] as number, 1e-3);
		const sky = perezSkyWm2(light, OUTSIDE, sun, MODULE);
		const beam = beamWm2(light.dni, cosIncidence(sun, MODULE));
		close(beam + sky + ground, GLOBAL[i] as number, 3e-4);
	});
});

test('groundWm2() is nothing on a flat module and half the reflected light on a wall', () => {
	close(groundWm2(800, 0.25, 0), 0, 0);
	close(groundWm2(800, 0.25, 90), 100, 1e-12);
});

test.run();
