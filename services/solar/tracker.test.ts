import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { type Tracker, trackedOrientation, trackerRotationDeg } from './tracker.ts';
import { cosIncidence, incidenceDeg } from './transposition.ts';

const SUNS = [
	[20, 200],
	[45, 100],
	[60, 260],
	[75, 250],
	[85, 95],
	[89, 245],
] as const;

/**
 * Axis tilt, axis azimuth, limit, backtracking, ground cover, cross-axis tilt; then for each sun the rotation,
 * tilt, azimuth and angle of incidence that tracking.singleaxis of pvlib 0.16.1 gives.
 */
const CASES = [
	[
		[0, 180, 45, true, 0.4, 0],
		[7.0959697007, 7.0959697007, 270, 18.747237251],
		[-44.5614514133, 44.5614514133, 90, 7.0530221303],
		[45, 45, 270, 16.9376183952],
		[27.3627167924, 27.3627167924, 270, 49.680627391],
		[-7.614585806, 7.614585806, 90, 77.414905051],
		[1.6559263073, 1.6559263073, 270, 87.4993330881],
	],
	[
		[0, 180, 60, false, 0.4, 0],
		[7.0959697007, 7.0959697007, 270, 18.747237251],
		[-44.5614514133, 44.5614514133, 90, 7.0530221303],
		[59.6187448575, 59.6187448575, 270, 8.6491651053],
		[60, 60, 270, 23.7263389925],
		[-60, 60, 90, 25.4414378454],
		[60, 60, 270, 37.4869260846],
	],
	[
		[10, 170, 90, true, 2 / 7, 0],
		[9.9297269171, 14.0568228398, 215.2324027143, 7.3842103955],
		[-41.9845927257, 42.9429879935, 90.9215732516, 6.6257044658],
		[60.3783481248, 60.8720653113, 254.3613072487, 4.9809253219],
		[73.37605569, 73.6357698831, 257.0321118993, 6.9059301519],
		[-20.3523687691, 22.5824889815, 105.0850762092, 62.798945805],
		[9.3032038605, 13.6259845716, 213.3307307225, 77.4416615313],
	],
	[
		[0, 0, 45, true, 0.4, 0],
		[-7.0959697007, 7.0959697007, 270, 18.747237251],
		[44.5614514133, 44.5614514133, 90, 7.0530221303],
		[-45, 45, 270, 16.9376183952],
		[-27.3627167924, 27.3627167924, 270, 49.680627391],
		[7.614585806, 7.614585806, 90, 77.414905051],
		[-1.6559263073, 1.6559263073, 270, 87.4993330881],
	],
	[
		[5, 90, 75, true, 0.5, -8],
		[19.1422437657, 19.76076605, 165.9048910214, 11.4452962942],
		[9.1173273124, 10.38817505, 151.4945106637, 39.2041881746],
		[19.5385189017, 20.1438965734, 166.2015227883, 63.2782783763],
		[16.3701060363, 17.0966674541, 163.4743108641, 74.6573738553],
		[26.6087231905, 27.040702422, 170.1304787652, 78.8225003802],
		[42.8076871665, 43.042553306, 174.624619713, 75.9979884798],
	],
	[
		[0, 180, 60, true, 0.35, 6],
		[7.0959697007, 7.0959697007, 270, 18.747237251],
		[-44.5614514133, 44.5614514133, 90, 7.0530221303],
		[59.6187448575, 59.6187448575, 270, 8.6491651053],
		[60, 60, 270, 23.7263389925],
		[2.1997111207, 2.1997111207, 270, 87.1913644601],
		[19.7059756344, 19.7059756344, 270, 71.2169993701],
	],
] as const;

function trackerOf(row: (typeof CASES)[number][0]): Tracker {
	const [axisTiltDeg, axisAzimuthDeg, maxAngleDeg, backtrack, gcr, crossAxisTiltDeg] = row;
	return { axisTiltDeg, axisAzimuthDeg, maxAngleDeg, backtrack, gcr, crossAxisTiltDeg };
}

for (const [row, ...expected] of CASES) {
	test(`a tracker of ${row.join(', ')} turns as in pvlib`, () => {
		const tracker = trackerOf(row);
		expected.forEach(([rotation, tilt, azimuth, aoi], i) => {
			const [zenithDeg, azimuthDeg] = SUNS[i] as (typeof SUNS)[number];
			const sun = { zenithDeg, azimuthDeg };
			const plane = trackedOrientation(sun, tracker);
			const near = (actual: number, wanted: number) =>
				assert.ok(Math.abs(actual - wanted) < 2e-9, `${actual} is not ${wanted}`);
			near(trackerRotationDeg(sun, tracker), rotation);
			near(plane.tiltDeg, tilt);
			near(plane.azimuthDeg, azimuth);
			near(incidenceDeg(sun, plane), aoi);
		});
	});
}

const FREE: Tracker = {
	axisTiltDeg: 0,
	axisAzimuthDeg: 180,
	maxAngleDeg: 90,
	backtrack: false,
	gcr: 0.4,
	crossAxisTiltDeg: 0,
};
const angle = (min: number, max: number) => fc.double({ min, max, noNaN: true });

test('a free tracker faces the sun better than any other rotation about its axis', () => {
	fc.assert(
		fc.property(angle(0, 89), angle(0, 360), angle(-90, 90), (zenithDeg, azimuthDeg, other) => {
			const sun = { zenithDeg, azimuthDeg };
			const best = cosIncidence(sun, trackedOrientation(sun, FREE));
			const plane = { tiltDeg: Math.abs(other), azimuthDeg: other < 0 ? 90 : 270 };
			assert.ok(best >= cosIncidence(sun, plane) - 1e-9);
		}),
	);
});

test('a tracker rests flat when the sun is down, and backtracking never turns it further', () => {
	assert.is(trackerRotationDeg({ zenithDeg: 90.1, azimuthDeg: 100 }, FREE), 0);
	fc.assert(
		fc.property(angle(0, 90), angle(0, 360), angle(0.05, 1), (zenithDeg, azimuthDeg, gcr) => {
			const sun = { zenithDeg, azimuthDeg };
			const free = trackerRotationDeg(sun, FREE);
			const back = trackerRotationDeg(sun, { ...FREE, backtrack: true, gcr });
			assert.ok(Math.abs(back) <= Math.abs(free) + 1e-9 && back * free >= 0);
		}),
	);
});

test.run();
