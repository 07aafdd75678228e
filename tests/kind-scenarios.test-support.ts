import { readFileSync } from 'node:fs';
import { projectFile } from '../kernel/files/project-file.ts';
import type { ScenarioText } from './whole-run.test-support.ts';

/** A run in which every kind and every way of it that remembers something takes part, and what it reads. */
export interface KindScenario {
	readonly scenario: ScenarioText;
	readonly files: Readonly<Record<string, string>>;
}

const START = '2024-06-20T10:00';
/** Clean and dirty by turns: a cap comes and goes in the middle of batches. */
const cleanAndDirty = Array.from({ length: 60 }, (_, i) => `${i * 20},${i % 2 === 0 ? 500 : 100}`);
const FLIPPING = {
	carbon: { source: 'trace', path: 'carbon.csv', kind: 'average', extend: 'hold' },
	cap: [{ signal: 'carbon', above: 300, capWPerGpu: 170, hysteresis: 20 }],
};
const CARBON = { 'carbon.csv': ['time,carbon', ...cleanAndDirty, ''].join('\n') };

const short = { start: START, until: '3min', step: '20s', window: '1min' };
const everything = { batches: true, chromeTrace: true, operations: true };
const bare = { solar: [], batteries: [] };

/** Replicas that serve, in all the ways in which they can. */
export const SERVING: Readonly<Record<string, KindScenario>> = {
	'batches, traces and operations, with caps that split batches': {
		scenario: {
			...{ ...short, ...bare, ...FLIPPING },
			requests: { qps: 4 },
			serving: { replicas: 2 },
			outputs: everything,
		},
		files: CARBON,
	},
	'a pipeline, with operations and few KV blocks': {
		scenario: {
			...{ ...short, ...bare, ...FLIPPING, until: '2min' },
			requests: { qps: 1, policy: 'least_outstanding' },
			serving: { replicas: 2, pipelineStages: 4, scheduler: 'sarathi', numBlocks: 900 },
			outputs: { ...everything, requests: 'sketch' },
		},
		files: CARBON,
	},
	'two pools, prefixes of sessions and a shared cache': {
		scenario: {
			...{ ...short, ...bare, ...FLIPPING },
			requests: { qps: 4, prefixes: { type: 'sessions', sessions: 20, meanTurns: 4 } },
			serving: {
				prefixCache: { type: 'shared' },
				disaggregation: {
					...{ prefillReplicas: 2, decodeReplicas: 2, policy: 'random' },
					kvTransfer: { bandwidthGBps: 2, latencyUs: 500, overlap: 'layerwise' },
				},
			},
		},
		files: CARBON,
	},
	'two pools that ask, and sarathi': {
		scenario: {
			...{ ...short, ...bare },
			requests: { qps: 4 },
			serving: {
				scheduler: 'sarathi',
				disaggregation: { prefillReplicas: 1, decodeReplicas: 2, policy: 'least_outstanding' },
			},
		},
		files: {},
	},
	'a prefix router, groups, evictions and sarathi': {
		scenario: {
			...{ ...short, ...bare, ...FLIPPING },
			requests: {
				...{ qps: 6, policy: 'prefix', lengths: { type: 'zipf' } },
				prefixes: { type: 'groups', groups: 12, tokens: 600 },
			},
			serving: {
				...{ replicas: 2, scheduler: 'sarathi', prefixCache: { type: 'shared' } },
				numBlocks: 1200,
			},
			outputs: everything,
		},
		files: CARBON,
	},
	'sleep, servers, and cooling by the weather': {
		scenario: {
			...{ ...short, ...bare, location: 'Berlin', until: '40min', window: '10min' },
			requests: {
				qps: 0.02,
				rate: {
					diurnal: { weekday: new Array(24).fill(1).map((_, hour) => 1 + (hour % 3)) },
					bursts: { type: 'markov', burstFactor: 9, meanBurst: '2min', meanCalm: '5min' },
				},
			},
			serving: {
				replicas: 2,
				host: { idleW: 1500, busyW: 1800, networkW: 200, gpus: 8 },
				sleep: { afterS: 20, wakeS: 10 },
				pue: {
					byOutdoorC: [
						[10, 1.1],
						[20, 1.15],
						[35, 1.4],
					],
				},
			},
		},
		files: {},
	},
	'orca, with a hit rate and gaps that cluster': {
		scenario: {
			...{ ...short, ...bare, ...FLIPPING },
			requests: { qps: 2, policy: 'random', intervals: { type: 'gamma', cv: 2 } },
			serving: {
				...{ replicas: 2, scheduler: 'orca' },
				prefixCache: { type: 'hit-rate', fraction: 0.4, distribution: 'uniform' },
			},
			outputs: everything,
		},
		files: CARBON,
	},
	'lightllm, with requests of a file': {
		scenario: {
			...{ ...short, ...bare },
			requests: { lengths: { type: 'trace-file', path: 'requests.csv' }, overlong: 'drop' },
			serving: { replicas: 2, scheduler: 'lightllm', sleep: { afterS: 5, wakeS: 2 } },
			outputs: everything,
		},
		files: { 'requests.csv': requestRows() },
	},
	'faster transformer, with the requests of Vidur': {
		scenario: {
			...{ ...short, ...bare, ...FLIPPING, until: '2min' },
			requests: { qps: 1, policy: 'random', compatibility: 'vidur', lengths: { type: 'uniform' } },
			serving: { replicas: 1, scheduler: 'faster_transformer', pipelineStages: 2 },
			outputs: everything,
		},
		files: CARBON,
	},
	'two sites and where requests come from': {
		scenario: {
			...{ ...short, solar: [{ peakPowerW: 20_000 }] },
			serving: { replicas: 2 },
			sites: [
				{
					...{ name: 'california', location: 'San Francisco' },
					carbon: { source: 'zone', zone: 'US-CA' },
				},
				{ name: 'sweden', location: 'Stockholm' },
			],
			requests: {
				qps: 4,
				origins: [
					{ name: 'us', location: 'San Francisco', share: 2 },
					{ name: 'eu', location: 'Berlin' },
				],
				geo: { policy: 'weighted', maxOutstandingPerReplica: 12, hysteresis: 5 },
			},
		},
		files: {},
	},
};

function requestRows(): string {
	const rows = Array.from(
		{ length: 120 },
		(_, i) => `${(i * 1.9).toFixed(1)},${200 + ((i * 977) % 4200)},${10 + ((i * 131) % 300)}`,
	);
	return `arrived_at,num_prefill_tokens,num_decode_tokens\n${rows.join('\n')}\n`;
}

const long = { serving: null, until: '4d', step: '15min', window: '12h' };
const TARIFF = [
	...[0.12, 0.12, 0.12, 0.12, 0.12, 0.14, 0.2, 0.3, 0.32, 0.28, 0.22, 0.18],
	...[0.15, 0.15, 0.16, 0.2, 0.26, 0.34, 0.4, 0.4, 0.36, 0.28, 0.2, 0.14],
];
const hourly = (name: string, of: (hour: number) => number, hours = 24 * 4) => [
	`time,${name}`,
	...Array.from({ length: hours }, (_, hour) => `${hour * 3600},${of(hour).toFixed(4)}`),
	'',
];
const base = (powerW: number) => ({ type: 'constant', name: 'base', powerW });

/** Microgrids without requests, for days. */
export const MICROGRIDS: Readonly<Record<string, KindScenario>> = {
	'an island that wears out its batteries and sheds': {
		scenario: {
			...long,
			solar: [{ peakPowerW: 5000, sky: { type: 'stochastic', years: 'drawn' } }],
			wind: [{ ratedPowerW: 1000 }],
			loads: [
				base(600),
				{ type: 'trace', name: 'office', path: 'office.csv', extend: 'repeat-day' },
			],
			batteries: [
				{
					...{ type: 'simple', name: 'a', capacityWh: 2000, minSoc: 0, initialSoc: 0.5 },
					degradation: { inRun: true, temperatureC: 45 },
				},
				{
					...{ type: 'linear', name: 'b', capacityWh: 3000, minSoc: 0.1, maxSoc: 0.9 },
					...{ standbyW: 3, degradation: { inRun: true, initialFade: 0.05 } },
				},
				{
					...{ type: 'clc', name: 'c', capacityWh: 1000, minSoc: 0.2 },
					degradation: { inRun: true },
				},
			],
			generators: [
				{ ratedPowerW: 500, minRun: '30min', minPause: '1h', strategy: 'cycle-charging' },
			],
			policy: {
				mode: 'islanded',
				shedding: { order: [{ load: 'office', belowSoc: 0.4 }] },
			},
		},
		files: { 'office.csv': hourly('W', (hour) => 300 + 200 * Math.sin(hour)).join('\n') },
	},
	'a policy that goes by forecasts, and outages': {
		scenario: {
			...long,
			start: '2024-03-29T00:00',
			location: 'Berlin',
			solar: [
				{ peakPowerW: 1500, sky: { type: 'trace', path: 'solar.csv', extend: 'repeat-day' } },
			],
			wind: [{ ratedPowerW: 600, speed: { type: 'trace', path: 'wind.csv' } }],
			loads: [base(900)],
			batteries: [
				{
					...{ type: 'simple', capacityWh: 2000, minSoc: 0, initialSoc: 0.6 },
					degradation: { inRun: true, temperatureC: 60 },
				},
			],
			generators: [{ ratedPowerW: 900, startAboveUsdPerKwh: 0.35 }],
			grid: {
				...{ importLimitW: 20_000, exportLimitW: 1500, rampUpW: 200, rampDownW: 900 },
				outages: [{ from: '17h', length: '90min', every: '24h' }],
				outageTrace: { path: 'grid.csv' },
				curtailments: [{ from: '11h', length: '3h', every: '24h', exportLimitW: 200 }],
			},
			price: { source: 'tariff', weekday: TARIFF, weekend: [...TARIFF].reverse() },
			carbon: { source: 'trace', path: 'carbon.csv', kind: 'average' },
			forecast: {
				...{ horizon: '30h', carbon: { source: 'persistence' } },
				price: { source: 'day-ahead' },
			},
			policy: {
				...{ type: 'forecast', follow: 'price', targetSoc: 0.7 },
				shedding: { order: [] },
			},
		},
		files: {
			'solar.csv': hourly('fraction', (hour) => Math.max(0, Math.sin(hour / 4)), 24).join('\n'),
			'wind.csv': hourly('m/s', (hour) => 8 + 5 * Math.sin(hour * 1.3)).join('\n'),
			'grid.csv': hourly('there', (hour) => (hour % 31 === 9 ? 0 : 1)).join('\n'),
			'carbon.csv': hourly('g/kWh', (hour) => 300 + 100 * Math.sin(hour / 3)).join('\n'),
		},
	},
	'a policy of thresholds that remembers': {
		scenario: {
			...long,
			solar: [{ peakPowerW: 3000, sky: { type: 'clear' } }],
			wind: [{ ratedPowerW: 2000, speed: { type: 'constant', speedMs: 8 } }],
			loads: [base(800)],
			batteries: [{ type: 'linear', capacityWh: 4000, minSoc: 0.1 }],
			carbon: { source: 'trace', path: 'carbon.csv', kind: 'average' },
			marginalCarbon: { source: 'constant', valueGPerKwh: 500 },
			forecast: { horizon: '12h', carbon: { source: 'perfect' } },
			policy: { type: 'carbon-arbitrage', chargeBelow: 260, dischargeAbove: 340, hysteresis: 50 },
		},
		files: { 'carbon.csv': hourly('g/kWh', (hour) => 300 + 100 * Math.sin(hour / 3)).join('\n') },
	},
	'a policy of the user’s that remembers, in its thread': {
		scenario: {
			...long,
			...{ until: '2d', step: '30min' },
			solar: [{ peakPowerW: 3000, sky: { type: 'file', path: 'weather.csv' } }],
			loads: [base(800)],
			batteries: [{ type: 'linear', capacityWh: 4000, minSoc: 0.1 }],
			carbon: { source: 'trace', path: 'carbon.csv', kind: 'average' },
			policy: { type: 'plugin', path: 'policy.js', parameters: { chargePowerW: 900 } },
		},
		files: {
			'carbon.csv': hourly('g/kWh', (hour) => 300 + 100 * Math.sin(hour)).join('\n'),
			'policy.js': readFileSync(projectFile('examples/policies/cleaner-than-yesterday.js'), 'utf8'),
			'weather.csv': weatherRows(),
		},
	},
};

function weatherRows(): string {
	const rows = Array.from({ length: 24 * 4 }, (_, hour) => {
		const light = Math.max(0, Math.sin(((hour % 24) - 6) / 12 / 0.32));
		const at = new Date(Date.UTC(2024, 5, 19) + hour * 3_600_000).toISOString();
		return `${at},${(700 * light).toFixed(1)},${(500 * light).toFixed(1)},${(150 * light).toFixed(1)},${15 + (hour % 7)},3`;
	});
	return ['time,ghi,dni,dhi,air_temperature,wind_speed', ...rows, ''].join('\n');
}
