import type {
	ActorEnv,
	ActorKind,
	EventActor,
	Inputs,
	Outputs,
	WireInput,
} from '../../kernel/actor/contract.ts';
import type { Prng } from '../../kernel/actor/random.ts';
import { REQUEST_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import { changedPorts, changeOf, changeTeller } from './changes.ts';
import { RouterConfig, tellsPrefixes } from './config.ts';
import type { GeneratorState } from './generator.ts';
import { Origins, ROUTER_INPUTS, routerOutputs, siteOfReplica } from './geo.ts';
import type { GeoConfig } from './geo-config.ts';
import { LiveTaker, liveInputs, liveOutputs, tellTaken } from './live.ts';
import { checkPrefixes, makeGenerator, vidurRouting } from './make-generator.ts';
import { copyStream, type MersenneState, pythonBelow } from './mersenne-twister.ts';
import { completedBy, leastOutstanding, randomChoice, roundRobin, wireOrder } from './policies.ts';
import {
	choosePrefix,
	createPrefixIndex,
	type PrefixIndex,
	rememberPrefix,
} from './prefix-index.ts';
import { type PrefixDraws, prefixSource } from './prefixes.ts';
import { type ScalingState, scaleTo, servingAt, startScaling } from './scaling.ts';
import { asksOutstanding, type ChoiceState, type Look, SiteChooser } from './site-choice.ts';
import { StoredStream } from './stored-stream.ts';
import { answerInputs, takeAnswers } from './users.ts';

const REQUEST = positionsOf(REQUEST_FIELDS);

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
	/** Stream of the requests' origins. */
	origins: readonly number[];
	/** null: no site is chosen ahead of the replica. */
	choice: ChoiceState | null;
	/** null: all replicas serve at all times. */
	scaling: ScalingState | null;
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
	const { replicas, geo } = config;
	const chooser = geo?.choice ? new SiteChooser(geo, geo.choice) : null;
	const choose = geo && chooser !== null ? withinSites(config, geo, chooser) : makeChoice(config);
	const vidur = vidurRouting(config);
	const prefixes = config.prefixes === null ? null : prefixSource(config.prefixes);
	const inputs = [...ROUTER_INPUTS, ...liveInputs(config), ...answerInputs(config)];
	const answers = inputs.length - 1;
	const outputs = routerOutputs(config, changedPorts(config));
	const tellChange = changeTeller(config, outputs);
	const origins = geo === undefined ? null : new Origins(config, geo, env, outputs.length);
	const live = config.live === undefined ? null : new LiveTaker(inputs);
	const chooseOf = config.live === undefined ? () => choose : modelChoices(config, choose);
	const send = sender(config, origins);
	return {
		timing: 'event',
		inputs,
		outputs: [...outputs, ...liveOutputs(config)],
		init: () => ({
			generator: generator.init(),
			assigned: replicas.map(() => 0),
			routing: env.random('routing').state(),
			vidurRouting: vidur === null ? null : copyStream(vidur),
			prefixes: prefixes === null ? null : prefixes.init(env.random('prefixes')),
			index: config.policy === 'prefix' ? createPrefixIndex(replicas.length) : null,
			origins: origins?.init() ?? [],
			choice: chooser?.init() ?? null,
			scaling: config.scaling === undefined ? null : startScaling(config.scaling),
		}),
		nextUs: (state) => state.generator.nextUs,
		command(state, atUs, command) {
			if (command.type !== 'replicas') return;
			if (state.scaling !== null && config.scaling !== undefined)
				scaleTo(state.scaling, config.scaling, atUs, command.replicas);
		},
		step(state, timeUs, wires, ports) {
			const requests = state.generator;
			generator.answered?.(requests, timeUs, takeAnswers(wires[answers] ?? [], timeUs));
			while (requests.nextUs === timeUs) {
				const change = changeOf(requests);
				if (requests.isLeftOut) {
					tellChange(ports, timeUs, { row: change, replica: 0 });
					generator.advance(requests);
					continue;
				}
				const pieces =
					prefixes === null || state.prefixes === null
						? NO_PIECES
						: prefixes.draw(state.prefixes, requests);
				const origin = origins?.draw(state) ?? 0;
				const { prefillTokens, decodeTokens } = requests;
				const request = { timeUs, inputs: wires, pieces, origin, prefillTokens, decodeTokens };
				const replica = send(state, ports, choose, request);
				tellChange(ports, timeUs, { row: change, replica });
				generator.advance(requests);
			}
			live?.take(wires, timeUs, ({ arrival, model, ...asked }) => {
				const origin = origins?.draw(state) ?? 0;
				const request = { timeUs, inputs: wires, origin, ...asked };
				const replica = send(state, ports, chooseOf(model), request);
				const latencyS = origins?.wayS({ origin, replica }) ?? 0;
				tellTaken(ports, timeUs, [arrival, requests.issued, replica, latencyS]);
				requests.lastUs = timeUs;
				requests.issued++;
			});
			return state;
		},
	};
}

type Send = (state: RouterState, ports: Outputs, choice: Choice, request: Arrival) => number;

/** Sends requests to replicas, and returns which one has it. */
function sender(config: RouterConfig, origins: Origins | null): Send {
	const { replicas, geo } = config;
	const firstPrefix = replicas.length * (geo?.origins.length ?? 1);
	const hasPrefixes = tellsPrefixes(config);
	const row = new Float64Array(REQUEST_FIELDS.length);
	return (state, ports, choice, request) => {
		const { timeUs, pieces, origin } = request;
		const { issued, lastUs } = state.generator;
		const replica = choice(state, request);
		row[REQUEST.request_id] = issued;
		row[REQUEST.inter_arrival] = (timeUs - lastUs) / SECOND_US;
		row[REQUEST.prefill_tokens] = request.prefillTokens;
		row[REQUEST.decode_tokens] = request.decodeTokens;
		const port = origin * replicas.length + replica;
		if (hasPrefixes)
			for (let i = 0; i < pieces.length; i += 2)
				ports[firstPrefix + port]?.append(timeUs, [
					issued,
					pieces[i] as number,
					pieces[i + 1] as number,
				]);
		ports[port]?.append(timeUs, row);
		origins?.tell(ports, timeUs, { id: issued, origin, replica });
		state.assigned[replica] = (state.assigned[replica] ?? 0) + 1;
		return replica;
	};
}

const NO_PIECES: readonly number[] = [];

/** What there is to know of a request where it is routed. */
interface Arrival {
	readonly timeUs: SimTime;
	readonly inputs: Inputs;
	readonly pieces: readonly number[];
	readonly origin: number;
	readonly prefillTokens: number;
	readonly decodeTokens: number;
}

type Choice = (state: RouterState, arrival: Arrival) => number;

function makeChoice(config: RouterConfig): Choice {
	const { replicas, scaling } = config;
	const serving = (state: RouterState, timeUs: SimTime) =>
		scaling === undefined || state.scaling === null
			? replicas.length
			: servingAt(state.scaling, scaling, timeUs);
	if (config.policy === 'round_robin')
		return (state, { timeUs }) => roundRobin(state.generator.issued, serving(state, timeUs));
	if (config.policy === 'random') {
		const stream = new StoredStream();
		return (state, { timeUs }) => {
			const count = serving(state, timeUs);
			if (state.vidurRouting !== null) return pythonBelow(state.vidurRouting, count);
			const prng: Prng = stream.at(state.routing);
			const replica = randomChoice(prng, count);
			state.routing = stream.position();
			return replica;
		};
	}
	const ask = completedBy(replicas);
	return (state, { timeUs, inputs, pieces, prefillTokens }) => {
		const completed = ask(inputs[0] ?? [], timeUs);
		if (state.index === null)
			return leastOutstanding(state.assigned, completed, serving(state, timeUs));
		for (let i = 0; i < replicas.length; i++)
			completed[i] = (state.assigned[i] as number) - (completed[i] as number);
		const replica = choosePrefix(state.index, pieces, prefillTokens, completed);
		rememberPrefix(state.index, replica, pieces);
		return replica;
	};
}

/** Of each model: where all replicas have it, as any request is sent; else among those that do. */
function modelChoices(config: RouterConfig, any: Choice): (model: number) => Choice {
	const { replicas, policy } = config;
	const ask = policy === 'least_outstanding' ? completedBy(replicas) : null;
	const choices = (config.live?.models ?? []).map((those): Choice => {
		if (those.length === replicas.length) return any;
		return (state, { timeUs, inputs }) => {
			const completed = ask?.(inputs[0] ?? [], timeUs) ?? null;
			const of = (values: ArrayLike<number>) => those.map((replica) => values[replica] as number);
			const sent = of(state.assigned);
			const place =
				completed === null
					? roundRobin(
							sent.reduce((sum, count) => sum + count, 0),
							those.length,
						)
					: leastOutstanding(sent, of(completed));
			return those[place] as number;
		};
	});
	return (model) => choices[model] ?? any;
}

/** First a site, then a replica there by the router's policy. */
function withinSites(config: RouterConfig, geo: GeoConfig, chooser: SiteChooser): Choice {
	const { replicas, policy } = config;
	const members = geo.sites.map((site) => site.replicas.map((name) => replicas.indexOf(name)));
	const siteOf = siteOfReplica(replicas, geo);
	const asks =
		policy === 'least_outstanding' || (geo.choice !== null && asksOutstanding(geo.choice));
	const ask = completedBy(replicas);
	const none = new Float64Array(replicas.length);
	const stream = new StoredStream();
	const sum = (values: ArrayLike<number>, sums: Float64Array) => {
		sums.fill(0);
		for (let i = 0; i < siteOf.length; i++)
			sums[siteOf[i] as number] = (sums[siteOf[i] as number] as number) + (values[i] as number);
		return sums;
	};
	const [sent, done] = [new Float64Array(members.length), new Float64Array(members.length)];
	let order: readonly number[] | null = null;
	const hear = (choice: ChoiceState, wires: readonly WireInput[], look: Look) => {
		order ??= wireOrder(wires, replicas);
		for (const [replica, place] of order.entries()) {
			const from = { site: siteOf[replica] as number, replica };
			chooser.hear(choice, from, { ...look, wire: wires[place] as WireInput });
		}
	};
	const within = (state: RouterState, site: number, completed: ArrayLike<number>): number => {
		const there = members[site] as readonly number[];
		const of = (values: ArrayLike<number>) => there.map((replica) => values[replica] as number);
		if (policy === 'round_robin')
			return there[roundRobin(sent[site] as number, there.length)] as number;
		if (policy === 'least_outstanding')
			return there[leastOutstanding(of(state.assigned), of(completed))] as number;
		const replica = randomChoice(stream.at(state.routing), there.length);
		state.routing = stream.position();
		return there[replica] as number;
	};
	return (state, { timeUs, inputs, origin }) => {
		const choice = state.choice as ChoiceState;
		const wires = inputs[0] ?? [];
		const completed = asks ? ask(wires, timeUs) : none;
		const look: Look = {
			...{ timeUs, origin, sent: sum(state.assigned, sent), completed: sum(completed, done) },
			...{ signals: inputs[1] ?? [], prices: inputs[2] ?? [], supplies: inputs[3] ?? [] },
		};
		if (asks) hear(choice, wires, look);
		return within(state, chooser.choose(choice, look), completed);
	};
}
