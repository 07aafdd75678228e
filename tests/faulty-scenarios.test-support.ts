import { type KindScenario, MICROGRIDS, SERVING } from './kind-scenarios.test-support.ts';

/** Clean and dirty by turns, every 20 s. */
const CARBON = Array.from({ length: 24 }, (_, i) => `${i * 20},${i % 3 === 0 ? 500 : 100}`);
const SUN = Array.from(
	{ length: 24 },
	(_, i) => `${i * 20},${(0.5 + 0.5 * Math.sin(i)).toFixed(4)}`,
);
const WIND = Array.from({ length: 24 }, (_, i) => `${i * 20},${(8 + 5 * Math.sin(i)).toFixed(4)}`);
const fileOf = (name: string, rows: readonly string[]) => [`time,${name}`, ...rows, ''].join('\n');

/** All kinds in one run: a router, two pools with a shared cache, a microgrid with all that it can have, and a policy. */
const EVERYTHING: KindScenario = {
	scenario: {
		...{ start: '2024-06-20T12:00', until: '4min', step: '20s', window: '40s' },
		requests: { qps: 2, prefixes: { type: 'sessions', sessions: 20, meanTurns: 4 } },
		serving: {
			prefixCache: { type: 'shared' },
			disaggregation: {
				...{ prefillReplicas: 1, decodeReplicas: 2, policy: 'random' },
				kvTransfer: { bandwidthGBps: 2, latencyUs: 500, overlap: 'layerwise' },
			},
		},
		outputs: { batches: true, operations: true },
		solar: [{ peakPowerW: 3000, sky: { type: 'trace', path: 'sun.csv' } }],
		wind: [{ ratedPowerW: 800, speed: { type: 'trace', path: 'wind.csv' } }],
		loads: [{ type: 'constant', name: 'office', powerW: 900 }],
		batteries: [
			{
				...{ type: 'linear', name: 'b', capacityWh: 300, minSoc: 0.1 },
				degradation: { inRun: true, temperatureC: 45 },
			},
			{ type: 'clc', name: 'c', capacityWh: 1000, minSoc: 0.2, degradation: { inRun: true } },
		],
		generators: [{ ratedPowerW: 900, minRun: '20s', minPause: '40s' }],
		grid: { importLimitW: 20_000, outages: [{ from: '1min', length: '40s', every: '2min' }] },
		carbon: { source: 'trace', path: 'carbon.csv', kind: 'average', extend: 'hold' },
		cap: [{ signal: 'carbon', above: 300, capWPerGpu: 170, hysteresis: 20 }],
		policy: {
			...{ type: 'carbon-arbitrage', chargeBelow: 200, dischargeAbove: 400, hysteresis: 50 },
			shedding: { order: [] },
		},
	},
	files: {
		'carbon.csv': fileOf('carbon', CARBON),
		'sun.csv': fileOf('fraction', SUN),
		'wind.csv': fileOf('m/s', WIND),
	},
};

/** All that can be told a run: replicas that scale, a feed, batteries, an island, a policy with figures, and the grid's events. */
export const COMMANDED: KindScenario = {
	scenario: {
		...EVERYTHING.scenario,
		// A feed is followed as it is now, whatever the day.
		pace: 100_000,
		serving: { replicas: 1, scaling: { max: 3, startupS: 20, schedule: [] } },
		requests: { qps: 1 },
		outputs: {},
		carbon: {
			source: 'feed',
			feed: { type: 'csv', path: 'meter.csv', column: 'g/kWh', kind: 'average' },
		},
		price: { source: 'constant', valueUsdPerKwh: 0.2 },
		policy: {
			...{ type: 'carbon-arbitrage', chargeBelow: 200, dischargeAbove: 400 },
			shedding: { order: [{ load: 'office' }, { replicasCapWPerGpu: 120 }] },
		},
	},
	files: {
		...EVERYTHING.files,
		'meter.csv': 'time,g/kWh\n2024-06-20T12:00:00Z,250\n',
	},
};

/** What is run whole under faults. */
export const FAULTY_SCENARIOS: Readonly<Record<string, KindScenario>> = {
	'all kinds in one run': EVERYTHING,
	...SERVING,
	...MICROGRIDS,
};
