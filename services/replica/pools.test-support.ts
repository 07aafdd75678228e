import type { ActorEnv, EventActor, SpanActor, WireInput } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { findDevice } from '../../silicon/device.ts';
import { powerCurve } from '../../silicon/power.ts';
import type { Predictor } from '../../silicon/predictor/predictor.ts';
import { findModel } from '../../silicon/profile/load-cards.ts';
import { type KvRouterConfig, kvRouterKind } from '../router/kv-kind.ts';
import { replicaActor } from './actor.ts';
import { ReplicaConfig, replicaDefaults } from './config.ts';
import { createEngine } from './engine/engine.ts';
import type { KvLink } from './engine/handoff.ts';
import { fastMachine, type Machine } from './engine/machine.ts';
import type { Sleep } from './engine/rest.ts';
import { PREFILLED, REQUESTS } from './replica-ports.ts';
import type { ReplicaState } from './replica-state.ts';
import { fastScheduler, type SchedulerFrame } from './scheduler/build.ts';
import type { PrefixCacheConfig } from './scheduler/prefix-cache.ts';

export type Row = readonly [timeUs: number, ...values: number[]];

/** Two pools around one kv-router; all replicas of a pool are alike. */
export interface Pools {
	readonly scheduler: ReplicaConfig['scheduler'];
	readonly numBlocks: number;
	readonly predictor: Predictor;
	readonly link: KvLink;
	readonly latencyUs: number;
	readonly policy: Exclude<KvRouterConfig['policy'], 'least_outstanding'>;
	readonly decodeReplicas: number;
	readonly prefixCache?: PrefixCacheConfig;
	readonly sleep?: Sleep;
}

/** What a run of the pools gave. */
export interface PoolsRun {
	/** Rows of completed requests, by replica: prefill pool first. */
	readonly completed: Row[][];
	/** Rows handed over, by replica of the prefill pool. */
	readonly prefilled: Row[][];
	/** Machines and their states, prefill pool first. */
	readonly states: ReturnType<Machine['create']>[];
}

const STEP_US = 500_000;

/** A wire with all its rows known. */
function wireOf(source: string, rows: readonly Row[]): WireInput {
	let taken = 0;
	const current = () => rows[taken - 1] as Row;
	return {
		source,
		knownUntilUs: Number.POSITIVE_INFINITY,
		seek: () => false,
		value: (field) => current()[field + 1] as number,
		get timeUs() {
			return current()[0];
		},
		nextUs: () => rows[taken]?.[0] ?? Number.POSITIVE_INFINITY,
		take(untilUs) {
			if ((rows[taken]?.[0] ?? Number.POSITIVE_INFINITY) >= untilUs) return false;
			taken++;
			return true;
		},
	};
}

/** A machine of a pool; without a role one that serves requests to their end. */
export function poolMachine(pools: Pools, role: 'prefill' | 'decode' | null): Machine {
	const { scheduler, numBlocks, predictor, prefixCache } = pools;
	const frame: SchedulerFrame = {
		numBlocks,
		maxBatch: 4,
		blocksPerRequest: Math.floor(numBlocks / 4),
		stages: 1,
		vidur: false,
	};
	const fast = fastScheduler(scheduler, frame);
	if (fast === null) throw new Error(`${scheduler.type} has two engines`);
	const cut = { tensorParallel: 1, pipelineStages: 1 };
	const engine = createEngine({
		predictor,
		scheduler: fast,
		power: powerCurve(findModel('meta-llama/Meta-Llama-3-8B'), findDevice('a100'), cut),
		observer: null,
		limits: { numBlocks, blockSize: scheduler.blockSize, maxTokensPerRequest: 1_000_000 },
		...(role === 'prefill' ? { link: pools.link } : {}),
	});
	const cache =
		prefixCache === undefined || role === 'decode' ? null : { config: prefixCache, seed: [1, 2] };
	return fastMachine(engine, cache, role === 'decode', pools.sleep) as Machine;
}

/**
 * Runs requests, by prefill replica, through the pools.
 *
 * @param ends of the spans that each actor steps over
 * @param prefixes rows for the port `prefix`, by prefill replica
 */
export function runPools(
	pools: Pools,
	requests: readonly (readonly Row[])[],
	ends: readonly number[],
	prefixes: readonly (readonly Row[])[] = [],
): PoolsRun {
	const run: PoolsRun = { completed: [], prefilled: [], states: [] };
	const { latencyUs, prefixCache } = pools;
	requests.forEach((rows, i) => {
		const prefill = actorOf(pools, { role: 'prefill', bandwidthGBps: 1, layerwise: false });
		const pieces = prefixCache === undefined ? [] : [wireOf('router', prefixes[i] ?? [])];
		const { ports, state } = play(prefill, [[wireOf('router', rows)], [], pieces], ends);
		run.completed.push(ports[REQUESTS] as Row[]);
		run.prefilled.push(ports[PREFILLED] as Row[]);
		run.states.push(state);
	});
	for (const rows of routed(pools, run.prefilled)) {
		const decode = actorOf(pools, { role: 'decode', latencyUs });
		const { ports, state } = play(decode, [[wireOf('kv-router', rows)], [], []], ends);
		run.completed.push(ports[REQUESTS] as Row[]);
		run.states.push(state);
	}
	return run;
}

type Played = SpanActor<ReplicaState>;

function actorOf(pools: Pools, handoff: NonNullable<ReplicaConfig['handoff']>): Played {
	const { scheduler, prefixCache = null } = pools;
	const settings = { ...replicaDefaults, stepUs: STEP_US, scheduler, handoff, prefixCache };
	const machine = poolMachine(pools, handoff.role);
	return replicaActor('replica', ReplicaConfig.parse(settings), machine);
}

function play(actor: Played, inputs: readonly WireInput[][], ends: readonly number[]) {
	const ports: Row[][] = actor.outputs.map(() => []);
	const writers = ports.map((rows) => ({
		append: (timeUs: number, values: ArrayLike<number>) => {
			rows.push([timeUs, ...Array.from(values)]);
		},
	}));
	let state = actor.init();
	let fromUs = 0;
	for (const untilUs of ends) {
		// What it remembers survives a checkpoint.
		state = actor.step(structuredClone(state), { fromUs, untilUs }, inputs, writers);
		fromUs = untilUs;
	}
	return { ports, state: state.engine };
}

/** The handed-over rows by decode replica, as the kv-router sends them. */
function routed(pools: Pools, prefilled: readonly Row[][]): Row[][] {
	const env: ActorEnv = {
		name: 'kv-router',
		random: (purpose) => namedPrng(`1/kv-router/${purpose}`),
		announce: () => undefined,
	};
	const replicas = Array.from({ length: pools.decodeReplicas }, (_, i) => `decode-${i + 1}`);
	const router = kvRouterKind.create({ policy: pools.policy, replicas }, env) as EventActor;
	const sent: Row[][] = replicas.map(() => []);
	const ports = sent.map((rows) => ({
		append: (timeUs: number, values: ArrayLike<number>) => {
			rows.push([timeUs, ...Array.from(values)]);
		},
	}));
	const wires = prefilled.map((rows, i) => wireOf(`prefill-${i + 1}`, rows));
	const times = new Set(prefilled.flatMap((rows) => rows.map(([timeUs]) => timeUs)));
	let state = router.init();
	for (const timeUs of [...times].sort((a, b) => a - b))
		state = router.step(state, timeUs, [wires, []], ports);
	return sent;
}
