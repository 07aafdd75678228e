import { SimulationError } from '../../protocol/errors.ts';
import { compareNames, portPath, type Wire } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Breather } from '../bus/breather.ts';
import type { ActorRuntime, Outlet } from './actor-runtime.ts';
import type { Actor } from './contract.ts';
import { type Graph, isLoopWire } from './graph.ts';
import type { ActorMoment } from './moment.ts';
import { makeRuntime } from './timings.ts';
import type { WireQueue } from './wire-queue.ts';

/** What surrounds a group: where rows leave the host, and when to rest. */
export interface Surroundings {
	readonly outlet: Outlet;
	readonly breather: Breather;
}

/** The actors of one host and the wires that touch them. Wires between them are memory. */
export class ActorGroup {
	readonly runtimes: readonly ActorRuntime[];
	/** Its actors by the components of the graph, upstream first. */
	readonly components: readonly (readonly ActorRuntime[])[];
	/** The wires that come from other hosts step by step, by port path of their source. */
	readonly incomingLoop: ReadonlyMap<string, readonly WireQueue[]>;
	/** The wires that come from other hosts in blocks, by port path of their source. */
	readonly incomingBlock: ReadonlyMap<string, readonly WireQueue[]>;
	readonly outlet: Outlet;
	readonly breather: Breather;

	constructor(
		actors: ReadonlyMap<string, Actor>,
		wires: readonly Wire[],
		graph: Graph,
		{ outlet, breather }: Surroundings,
	) {
		this.outlet = outlet;
		this.breather = breather;
		const byName = new Map<string, ActorRuntime>();
		const heard = new Map<ActorRuntime, Set<ActorRuntime>>();
		for (const [name, actor] of actors) byName.set(name, makeRuntime(name, actor, breather));
		const incomingLoop = new Map<string, WireQueue[]>();
		const incomingBlock = new Map<string, WireQueue[]>();
		for (const wire of inSourceOrder(wires)) {
			const producer = byName.get(wire.from.actor);
			const consumer = byName.get(wire.to.actor);
			const queue = consumer?.connect(wire);
			if (queue !== undefined && producer !== undefined) {
				producer.output(wire.from.port).addLocal(queue);
				if (consumer !== undefined && isLoopWire(graph, wire))
					heard.set(consumer, (heard.get(consumer) ?? new Set()).add(producer));
			} else if (queue !== undefined) {
				const incoming = isLoopWire(graph, wire) ? incomingLoop : incomingBlock;
				const key = portPath(wire.from);
				incoming.set(key, [...(incoming.get(key) ?? []), queue]);
			} else if (producer !== undefined) {
				const port = producer.output(wire.from.port);
				if (isLoopWire(graph, wire)) port.sendsLoop();
				else port.sendsBlocks(wire.live);
			}
		}
		this.incomingLoop = incomingLoop;
		this.incomingBlock = incomingBlock;
		this.runtimes = [...byName.values()];
		for (const runtime of this.runtimes) {
			runtime.connected();
			runtime.hears([...(heard.get(runtime) ?? [])]);
		}
		this.components = graph.components
			.map((names) => names.flatMap((name) => byName.get(name) ?? []))
			.filter((members) => members.length > 0);
	}

	/** True if every step before the window's end is taken, and no reading from before it is on its way. */
	isSettled(windowEndUs: SimTime): boolean {
		for (const { progressUs } of this.runtimes) if (progressUs < windowEndUs) return false;
		for (const incoming of [this.incomingLoop, this.incomingBlock])
			for (const queues of incoming.values())
				for (const queue of queues) if (!queue.isSettled(windowEndUs)) return false;
		return true;
	}

	takeMoment(how: { share?: boolean } = {}): ActorMoment[] {
		return this.runtimes.map((runtime) => runtime.takeMoment(how));
	}

	/**
	 * Each actor goes on from its moment.
	 *
	 * @throws SimulationError if one is missing or does not fit; then nothing is changed
	 */
	putMoment(moments: readonly ActorMoment[]): void {
		for (const { runtime, moment } of this.pairsOf(moments)) runtime.putMoment(moment);
	}

	/**
	 * Each actor goes on at the start of a window from its moment there, wherever it was placed when that was taken.
	 *
	 * @throws SimulationError as putMoment()
	 */
	beginAt(moments: readonly ActorMoment[], windowStartUs: SimTime): void {
		const pairs = this.pairsOf(moments);
		for (const { runtime, moment } of pairs) runtime.beginAt(moment, windowStartUs);
		for (const { outputs } of this.runtimes) for (const port of outputs) port.promiseAgain();
	}

	private pairsOf(moments: readonly ActorMoment[]) {
		const byName = new Map(moments.map((moment) => [moment.name, moment]));
		return this.runtimes.map((runtime) => {
			const moment = byName.get(runtime.name);
			if (moment === undefined)
				throw new SimulationError(`Cannot go on with "${runtime.name}": there is no moment of it`);
			runtime.checkFits(moment);
			return { runtime, moment };
		});
	}
}

/** Wires into one port are indexed by the name of their source, whatever the order in the scenario. */
function inSourceOrder(wires: readonly Wire[]): Wire[] {
	return [...wires].sort(
		(a, b) =>
			compareNames(a.from.actor, b.from.actor) ||
			compareNames(a.from.port, b.from.port) ||
			compareNames(a.to.actor, b.to.actor) ||
			compareNames(a.to.port, b.to.port),
	);
}
