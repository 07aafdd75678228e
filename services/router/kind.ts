import { COMPLETED_PORT, PREFIX_PORT, REQUEST_FIELDS } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { ActorEnv, ActorKind, EventActor, InputSpec, WireInput } from '../actor/contract.ts';
import type { Prng } from '../actor/random.ts';
import { RouterConfig } from './config.ts';
import { type GeneratorState, StoredStream } from './generator.ts';
import { checkPrefixes, makeGenerator, vidurRouting } from './make-generator.ts';
import { copyStream, type MersenneState, pythonBelow } from './mersenne-twister.ts';
import { completedBy, leastOutstanding, randomChoice, roundRobin } from './policies.ts';
import {
	choosePrefix,
	createPrefixIndex,
	type PrefixIndex,
	rememberPrefix,
} from './prefix-index.ts';
import { type PrefixDraws, prefixSource } from './prefixes.ts';

/** Only a policy that asks for it needs a wire from each replica. */
const COMPLETED: InputSpec = { ...COMPLETED_PORT, optional: true };

export interface RouterState {
	generator: GeneratorState;
	/** Requests sent so far to each replica, in the order of the configuration. */
	assigned: number[];
	routing: readonly number[];
	/** Vidur's stream for the policy `random`; null: our own. */
	vidurRouting: MersenneState | null;
	/** null: prompts have nothing in common. */
	prefixes: PrefixDraws | null;
	/** null: the policy does not ask where prompts have been. */
	index: PrefixIndex | null;
}

/** Makes requests and hands each, at the instant of its arrival, to one replica. */
export const routerKind: ActorKind<RouterConfig> = {
	kind: 'router',
	config: RouterConfig,
	create: createRouter,
};

function createRouter(config: RouterConfig, env: ActorEnv): EventActor<RouterState> {
	checkPrefixes(config);
	const generator = makeGenerator(config, env);
	const choose = makeChoice(config);
	const vidur = vidurRouting(config);
	const { replicas } = config;
	const prefixes = config.prefixes === null ? null : prefixSource(config.prefixes);
	const outputs = [
		...replicas.map(
			(replica): PortSpec => ({
				name: `to-${replica}`,
				kind: 'event',
				fields: [...REQUEST_FIELDS],
			}),
		),
		...(prefixes === null
			? []
			: replicas.map((replica): PortSpec => ({ ...PREFIX_PORT, name: `prefix-${replica}` }))),
	];
	const row = new Float64Array(REQUEST_FIELDS.length);
	return {
		timing: 'event',
		inputs: [COMPLETED],
		outputs,
		init: () => ({
			generator: generator.init(),
			assigned: replicas.map(() => 0),
			routing: env.random('routing').state(),
			vidurRouting: vidur === null ? null : copyStream(vidur),
			prefixes: prefixes === null ? null : prefixes.init(env.random('prefixes')),
			index: config.policy === 'prefix' ? createPrefixIndex(replicas.length) : null,
		}),
		nextUs: (state) => state.generator.nextUs,
		step(state, timeUs, inputs, ports) {
			const requests = state.generator;
			while (requests.nextUs === timeUs) {
				const pieces =
					prefixes === null || state.prefixes === null
						? NO_PIECES
						: prefixes.draw(state.prefixes, requests);
				const replica = choose(state, timeUs, inputs[0] ?? [], pieces);
				row[0] = requests.issued;
				row[1] = (timeUs - requests.lastUs) / SECOND_US;
				row[2] = requests.prefillTokens;
				row[3] = requests.decodeTokens;
				for (let i = 0; i < pieces.length; i += 2)
					ports[replicas.length + replica]?.append(timeUs, [
						requests.issued,
						pieces[i] as number,
						pieces[i + 1] as number,
					]);
				ports[replica]?.append(timeUs, row);
				state.assigned[replica] = (state.assigned[replica] ?? 0) + 1;
				generator.advance(requests);
			}
			return state;
		},
	};
}

const NO_PIECES: readonly number[] = [];

type Choice = (
	state: RouterState,
	timeUs: number,
	wires: readonly WireInput[],
	pieces: readonly number[],
) => number;

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
	const ask = completedBy(replicas);
	return (state, timeUs, wires, pieces) => {
		const completed = ask(wires, timeUs);
		if (state.index === null) return leastOutstanding(state.assigned, completed);
		for (let i = 0; i < replicas.length; i++)
			completed[i] = (state.assigned[i] as number) - (completed[i] as number);
		const replica = choosePrefix(state.index, pieces, state.generator.prefillTokens, completed);
		rememberPrefix(state.index, replica, pieces);
		return replica;
	};
}
