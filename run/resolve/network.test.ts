import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { distanceKm, latencyMs, networkOf } from './network.ts';
import { frameOf } from './plan.ts';
import { Scenario } from './scenario.ts';
import { sitesOf } from './sites.ts';

const USUAL = { pathFactor: 2.1, overheadMs: 0.5 };

test('distanceKm() is the great-circle distance of known pairs', () => {
	// Distances on the WGS84 ellipsoid (Karney); a sphere is within 0.6 %.
	const pairs = [
		[{ latitude: 52.52, longitude: 13.405 }, { latitude: 59.3293, longitude: 18.0686 }, 811],
		[{ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 }, 20_004],
		[{ latitude: 90, longitude: 0 }, { latitude: 0, longitude: 77 }, 10_002],
	] as const;
	for (const [from, to, km] of pairs) {
		assert.ok(Math.abs(distanceKm(from, to) / km - 1) < 0.006, `${distanceKm(from, to)} ~ ${km}`);
		assert.is(distanceKm(from, to), distanceKm(to, from));
	}
});

test('latencyMs() is light in fibre, times the path factor, plus both ends', () => {
	// 1000 km / (199.86 km/ms) = 5.0035 ms.
	assert.ok(Math.abs(latencyMs(1000, USUAL) - (5.003_46 * 2.1 + 1)) < 1e-3);
	assert.is(latencyMs(0, USUAL), 1);
});

const sites = [
	{ name: 'near', location: 'Berlin' },
	{ name: 'far', location: 'Sydney' },
];
const networkFor = (requests: object) => {
	const scenario = Scenario.parse({ sites, requests });
	return networkOf(scenario, sitesOf(scenario, frameOf(scenario)));
};

test('networkOf() takes a given latency over a computed one, and has one origin at the first site', () => {
	const origins = [{ name: 'users', location: 'Berlin', latencyMs: { far: 150.5 } }];
	assert.equal(networkFor({ origins }).latencyUs, [[1000, 150_500]]);
	const alone = networkFor({});
	assert.equal(alone.origins, [{ name: 'near', share: 1 }]);
	assert.is(alone.latencyUs[0]?.[0], 1000);
});

test('networkOf() refuses latencies to sites that there are not, and sitesOf() origins without sites', () => {
	const origins = [{ name: 'users', location: 'Berlin', latencyMs: { mars: 1 } }];
	assert.throws(() => networkFor({ origins }), /to "mars": no such site; known are near, far$/);
	const lone = Scenario.parse({ requests: { geo: { policy: 'nearest' } } });
	assert.throws(
		() => sitesOf(lone, frameOf(lone)),
		(error: unknown) => error instanceof ConfigError && /without sites/.test(error.message),
	);
});

test.run();
