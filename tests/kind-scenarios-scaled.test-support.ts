import type { KindScenario } from './kind-scenarios.test-support.ts';

/** Within steps and at their edges, up and down, and faster than a replica starts. */
const SCHEDULE = { '25s': 3, '61.5s': 1, '80s': 2, '83s': 1, '2min': 3 };

/** Replicas that come and go, and users who wait for them. */
export const SCALED: Readonly<Record<string, KindScenario>> = {
	'replicas that are added and taken away by a schedule': {
		scenario: {
			...{ start: '2024-06-20T10:00', until: '3min', step: '20s', window: '1min' },
			...{ solar: [], batteries: [] },
			requests: { qps: 3, policy: 'least_outstanding' },
			serving: {
				replicas: 2,
				host: { idleW: 1500, busyW: 1800, networkW: 200, gpus: 8 },
				scaling: {
					...{ max: 3, startupS: 7 },
					schedule: Object.entries(SCHEDULE).map(([at, replicas]) => ({ at, replicas })),
				},
			},
		},
		files: {},
	},
	'requests that are tokenised before the scheduler has them': {
		scenario: {
			...{ start: '2024-06-20T10:00', until: '2min', step: '20s', window: '1min' },
			...{ solar: [], batteries: [] },
			requests: { qps: 3, policy: 'least_outstanding' },
			serving: {
				replicas: 2,
				numBlocks: 240,
				overheads: { apiMs: 450, tokenizeUsPerToken: 300 },
			},
		},
		files: {},
	},
	'users who wait for their answers and think': {
		scenario: {
			...{ start: '2024-06-20T10:00', until: '3min', step: '20s', window: '1min' },
			...{ solar: [], batteries: [], serving: { replicas: 2 } },
			requests: { concurrency: 5, thinkS: 2, policy: 'least_outstanding' },
		},
		files: {},
	},
	'agents whose calls fan out and go on when all are answered': {
		scenario: {
			...{ start: '2024-06-20T10:00', until: '3min', step: '20s', window: '1min' },
			...{ solar: [], batteries: [] },
			serving: { replicas: 2, numBlocks: 200, prefixCache: { type: 'shared' } },
			requests: {
				...{ concurrency: 4, thinkS: 3, rampS: 20, policy: 'prefix' },
				lengths: { type: 'uniform', minTokens: 400, maxTokens: 900 },
				sessions: {
					...{ meanTurns: 4, pauseS: 1, pauseCv: 0.4, fanOut: 3, fanOutShare: 0.5 },
					...{ systemTokens: 128, later: { type: 'zipf', minTokens: 60, maxTokens: 300 } },
				},
			},
		},
		files: {},
	},
	'conversations that begin at a changing rate, over two pools': {
		scenario: {
			...{ start: '2024-06-20T10:00', until: '3min', step: '20s', window: '1min' },
			...{ solar: [], batteries: [] },
			serving: { disaggregation: { prefillReplicas: 1, decodeReplicas: 2 } },
			requests: {
				...{ qps: 0.4, lengths: { type: 'uniform', minTokens: 200, maxTokens: 1500 } },
				rate: { bursts: { type: 'markov', burstFactor: 4, meanBurst: '20s', meanCalm: '40s' } },
				sessions: { meanTurns: 3, pauseS: 5 },
			},
		},
		files: {},
	},
	'clients who each send at a rate and in gaps of their own': {
		scenario: {
			...{ start: '2024-06-20T10:00', until: '3min', step: '20s', window: '1min' },
			...{ solar: [], batteries: [], serving: { replicas: 2 } },
			requests: {
				...{ qps: 3, overlong: 'cut' },
				lengths: {
					type: 'distributions',
					prompt: {
						type: 'mixture',
						parts: [
							{ share: 3, of: { type: 'lognormal', median: 300, sigma: 1 } },
							{ share: 1, of: { type: 'pareto', least: 900, alpha: 1.1 } },
						],
					},
					output: { type: 'exponential', mean: 60 },
				},
				clients: {
					type: 'list',
					clients: [
						{ count: 3, gaps: 'gamma', cv: 3, every: '25s', factors: [1, 0, 4] },
						{ weight: 2, gaps: 'weibull', cv: 2 },
						{ gaps: 'static', lengths: { type: 'fixed', prefillTokens: 90, decodeTokens: 9 } },
					],
				},
			},
		},
		files: {},
	},
};
