import type { KindScenario } from './kind-scenarios.test-support.ts';

const rows = Array.from({ length: 60 }, (_, i) => `${i * 20},${i % 2 === 0 ? 500 : 100}`);
const CARBON = ['time,carbon', ...rows, ''].join('\n');

const ARRIVALS = Array.from({ length: 340 }, (_, arrival) => {
	const prompt = 64 * (1 + (arrival % 5));
	const pieces = [1 + (arrival % 3), 48, 10 + (arrival % 5), prompt - 32];
	const sizes = { promptTokens: prompt, answerTokens: 16 };
	return JSON.stringify({ arrival, atUs: 1 + 700_003 * arrival, model: 0, ...sizes, pieces });
});

/** Requests from outside, by the log of a run that nobody asks any more. */
export const LIVE: Readonly<Record<string, KindScenario>> = {
	'requests from outside, with a cache that they share': {
		scenario: {
			...{ start: '2024-06-20T10:00', until: '4min', step: '20s', window: '1min' },
			...{ solar: [], batteries: [] },
			carbon: { source: 'trace', path: 'carbon.csv', kind: 'average', extend: 'hold' },
			cap: [{ signal: 'carbon', above: 300, capWPerGpu: 170, hysteresis: 20 }],
			requests: { source: 'live', policy: 'prefix' },
			serving: { replicas: 2, prefixCache: { type: 'shared' } },
		},
		files: { 'carbon.csv': CARBON, 'arrivals.jsonl': `${ARRIVALS.join('\n')}\n` },
	},
};
