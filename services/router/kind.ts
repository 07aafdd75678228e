import { SimulationError } from '../../protocol/errors.ts';
import { COMPLETED_PORT, REQUEST_FIELDS } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { ActorEnv, ActorKind, EventActor, InputSpec, WireInput } from '../actor/contract.ts';
import type { Prng } from '../actor/random.ts';
import { RouterConfig } from './config.ts';
import { type GeneratorState, StoredStream } from './generator.ts';
import { makeGenerator, vidurRouting } from './make-generator.ts';
import { copyStream, type MersenneState, pythonBelow } from './mersenne-twister.ts';
import { leastOutstanding, randomChoice, roundRobin } from './policies.ts';

/** Only a policy that asks for it needs a wire from each replica. */
const COMPLETED: InputSpec = { ...COMPLETED_PORT, optional: true };

export interface RouterState {
	generator: GeneratorState;
	/** Requests sent so far to each replica, in the order of the configuration. */
	assigned: number[];
	routing: readonly number[];
	/** Vidur's stream for the policy `random`; null: our own. */
	vidurRouting: MersenneState | null;
}

/** Makes requests and hands each, at the instant of its arrival, to one replica. */
export const routerKind: ActorKind<RouterConfig> = {
	kind: 'router',
	config: RouterConfig,
	create: createRouter,
};

function createRouter(config: RouterConfig, env: ActorEnv): EventActor<RouterState> {
	const generator = makeGenerator(config, env);
	const choose = makeChoice(config);
	const vidur = vidurRouting(config);
	const outputs = config.replicas.map(
		(replica): PortSpec => ({ name: `to-${replica}`, kind: 'event', fields: [...REQUEST_FIELDS] }),
	);
	const row = new Float64Array(REQUEST_FIELDS.length);
	return {
		timing: 'event',
		inputs: [COMPLETED],
		outputs,
		init: () => ({
			generator: generator.init(),
			assigned: config.replicas.map(() => 0),
			routing: env.random('routing').state(),
			vidurRouting: vidur === null ? null : copyStream(vidur),
		}),
		nextUs: (state) => state.generator.nextUs,
		step(state, timeUs, inputs, ports) {
			const requests = state.generator;
			while (requests.nextUs === timeUs) {
				const replica = choose(state, timeUs, inputs[0] ?? []);
				row[0] = requests.issued;
				row[1] = (timeUs - requests.lastUs) / SECOND_US;
				row[2] = requests.prefillTokens;
				row[3] = requests.decodeTokens;
				ports[replica]?.append(timeUs, row);
				state.assigned[replica] = (state.assigned[replica] ?? 0) + 1;
				generator.advance(requests);
			}
			return state;
		},
	};
}

type Choice = (state: RouterState, timeUs: number, wires: readonly WireInput[]) => number;

function makeChoice(config: RouterConfig): Choice {
	const { replicas } = config;
	if (config.policy === 'round_robin')
		return (state) => roundRobin(state.generator.issued, replicas.length);
	if (config.policy === 'random') {
		const stream = new StoredStream();
		return (state) => {
			if (state.vidurRouting !== null) return pythonBelow(state.vidurRouting, replicas.length);
			const prng: Prng = stream.at(state.routing);
			const replica = randomChoice(prng, replicas.length);
			state.routing = stream.position();
			return replica;
		};
	}
	const completed = new Float64Array(replicas.length);
	let order: readonly number[] | null = null;
	return (state, timeUs, wires) => {
		order ??= wireOrder(wires, replicas);
		for (let i = 0; i < replicas.length; i++) {
			const wire = wires[order[i] as number];
			completed[i] = wire?.seek(timeUs) ? wire.value(0) : 0;
		}
		return leastOutstanding(state.assigned, completed);
	};
}

/** For each replica, which wire comes from it. */
function wireOrder(wires: readonly WireInput[], replicas: readonly string[]): number[] {
	return replicas.map((replica) => {
		const index = wires.findIndex((wire) => wire.source === replica);
		if (index !== -1) return index;
		throw new SimulationError(
			`Cannot route by least_outstanding: no wire from "${replica}" ends in the router's input "completed"`,
		);
	});
}
