import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Actor } from '../kernel/actor/contract.ts';
import { packedBytes } from '../kernel/actor/kind-contract.test-support.ts';
import { restoredActor } from '../kernel/actor/restored-actor.test-support.ts';
import type { ReplicaState } from '../services/replica/replica-state.ts';
import { type Cast, runWhole, type ScenarioText } from './whole-run.test-support.ts';

/** How large the state of a replica is: it follows the requests that it serves, and not the time for which it has run. */
const test = suite('state of a replica');

/** Requests all alike that arrive one like the other: about 64 run at any time. */
const STEADY = {
	requests: {
		...{ qps: 5.15, intervals: { type: 'static' } },
		lengths: { type: 'fixed', prefillTokens: 256, decodeTokens: 700 },
	},
	...{ start: '2024-06-20T10:00', step: '10s', window: '1min', solar: [], batteries: [] },
};

interface Size {
	running: number;
	bytes: number;
	/** Of them, what is known of prefixes. */
	prefixBytes: number;
}

/** The largest state, prefixes apart, and the most that ran, from a time on at which all has come to rest. */
async function sizeOf(serving: ScenarioText, minutes: number): Promise<Size> {
	const most: Size = { running: 0, bytes: 0, prefixBytes: 0 };
	const look = (state: unknown): void => {
		const { engine, ...rest } = state as ReplicaState;
		if (!('runningCount' in engine)) throw new TypeError('the other engine');
		const { prefix, ...own } = engine;
		most.running = Math.max(most.running, engine.runningCount);
		most.bytes = Math.max(most.bytes, packedBytes({ ...rest, engine: own }));
		if (prefix !== null) most.prefixBytes = Math.max(most.prefixBytes, packedBytes(prefix));
	};
	const wrap = ({ kind, make }: Cast): Actor =>
		kind === 'replica'
			? restoredActor(make(), { every: Number.POSITIVE_INFINITY, spare: make, look }).actor
			: make();
	const isShared = 'prefixCache' in serving;
	const prefixes = isShared ? { type: 'groups', groups: 8, tokens: 200 } : null;
	const requests = { ...STEADY.requests, prefixes };
	const scenario = { ...STEADY, requests, serving: { replicas: 1, ...serving } };
	await runWhole({ ...scenario, until: `${minutes}min` }, wrap);
	return most;
}

/** Numbers that count take more bytes as they grow; 9 at most. */
const COUNTERS_BYTES = 300;
const PARTS_MAX = 1.02;

for (const [title, serving] of Object.entries({
	vllm: {},
	sarathi: { scheduler: 'sarathi' },
	'vllm-v1': { scheduler: 'vllm-v1', maxNumSeqs: 128 },
	'a shared prefix cache': { prefixCache: { type: 'shared' }, numBlocks: 6000 },
}))
	test(`a replica's state is not larger after twice the time: ${title}`, async () => {
		const once = await sizeOf(serving, 6);
		const twice = await sizeOf(serving, 12);
		process.stdout.write(
			`replica (${title}): ${twice.bytes} bytes with at most ${twice.running} requests running, and ${twice.prefixBytes} of a prefix cache\n`,
		);
		assert.ok(once.running >= 55 && once.running <= 70, `${once.running} requests ran`);
		assert.is(twice.running, once.running);
		assert.ok(twice.bytes <= once.bytes + COUNTERS_BYTES, `${once.bytes}, then ${twice.bytes}`);
		assert.ok(
			twice.prefixBytes <= PARTS_MAX * once.prefixBytes,
			`${once.prefixBytes}, then ${twice.prefixBytes}`,
		);
	});

test.run();
