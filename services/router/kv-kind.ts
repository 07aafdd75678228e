import * as z from 'zod';
import type { ActorEnv, ActorKind, EventActor } from '../../kernel/actor/contract.ts';
import { COMPLETED_PORT, PREFILLED_FIELDS } from '../../protocol/ports.ts';
import { Name, type PortSpec } from '../../protocol/readings.ts';
import { given } from '../../protocol/scenario/given.ts';
import { Disaggregation } from '../../protocol/scenario/serving.ts';
import { completedBy, leastOutstanding, randomChoice, roundRobin } from './policies.ts';
import { StoredStream } from './stored-stream.ts';

/** Which replicas a kv-router serves, and how. */
export const KvRouterConfig = z.strictObject({
	policy: given(Disaggregation.shape).policy,
	/** The decode pool. */
	replicas: z.array(Name).min(1),
});
export type KvRouterConfig = z.infer<typeof KvRouterConfig>;

interface KvRouterState {
	/** Requests sent so far to each replica, in the order of the configuration. */
	readonly assigned: number[];
	sent: number;
	routing: readonly number[];
}

/** Assigns each request whose prompt is done, at that instant, to a replica of the decode pool. */
export const kvRouterKind: ActorKind<KvRouterConfig> = {
	kind: 'kv-router',
	config: KvRouterConfig,
	create: createKvRouter,
};

function createKvRouter(config: KvRouterConfig, env: ActorEnv): EventActor<KvRouterState> {
	const { replicas, policy } = config;
	const stream = new StoredStream();
	const row = new Float64Array(PREFILLED_FIELDS.length);
	const asks = policy === 'least_outstanding' ? completedBy(replicas) : null;
	const choose = (state: KvRouterState, completed: Float64Array | null): number => {
		if (completed !== null) return leastOutstanding(state.assigned, completed);
		if (policy === 'round_robin') return roundRobin(state.sent, replicas.length);
		const replica = randomChoice(stream.at(state.routing), replicas.length);
		state.routing = stream.position();
		return replica;
	};
	return {
		timing: 'event',
		inputs: [
			{ name: 'prefilled', kind: 'event', fields: [...PREFILLED_FIELDS], trigger: true },
			{ ...COMPLETED_PORT, optional: true },
		],
		outputs: replicas.map(
			(replica): PortSpec => ({
				name: `to-${replica}`,
				kind: 'event',
				fields: [...PREFILLED_FIELDS],
			}),
		),
		init: () => ({
			assigned: replicas.map(() => 0),
			sent: 0,
			routing: env.random('routing').state(),
		}),
		nextUs: () => Number.POSITIVE_INFINITY,
		step(state, timeUs, inputs, ports) {
			const completed = asks === null ? null : asks(inputs[1] ?? [], timeUs);
			for (const wire of inputs[0] ?? [])
				while (wire.take(timeUs + 1)) {
					const replica = choose(state, completed);
					for (let field = 0; field < row.length; field++) row[field] = wire.value(field);
					ports[replica]?.append(timeUs, row);
					state.assigned[replica] = (state.assigned[replica] as number) + 1;
					state.sent++;
				}
			return state;
		},
	};
}
