import { SimulationError } from '../../protocol/errors.ts';
import { compareNames, portPath, type Wire } from '../../protocol/readings.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { Breather } from '../bus/breather.ts';
import { type ActorRuntime, makeRuntime } from './actor-runtime.ts';
import type { Actor } from './contract.ts';
import { type Graph, isLoopWire } from './graph.ts';
import type { PortWriter } from './port-writer.ts';
import type { WireQueue } from './wire-queue.ts';

/** Where rows leave the host. The group calls it; a host turns it into messages. */
export interface Outlet {
	/** The ports of `actor` that other hosts' loops wait for have new rows or promises. */
	loop(actor: ActorRuntime, ports: readonly PortWriter[]): void;
	/** `port` has gathered a block of rows, or its window has ended. */
	block(actor: ActorRuntime, port: PortWriter): void;
}

/** The actors reached the window's end, wait for others' readings, or were put down for a rest. */
export type Pumped = 'done' | 'waits' | 'tired';

/** What a group calls: where rows leave the host, and when to rest. */
export interface Surroundings {
	readonly outlet: Outlet;
	readonly breather: Breather;
}

/** Blocks are sent when they have this many rows or bytes, and at the end of a window. */
const BLOCK_ROWS = 4096;
/** Below the largest message that a NATS server accepts by default, 1 MiB. */
const BLOCK_BYTES = 768 * 1024;

/** Rows of a block of a port with this many fields. */
export function blockRows(fields: number): number {
	return Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_BYTES / (8 * (1 + fields)))));
}

interface Member {
	readonly runtime: ActorRuntime;
	readonly loopPorts: readonly PortWriter[];
	readonly blockPorts: readonly PortWriter[];
	readonly loopSentUs: Float64Array;
}

/**
 * The actors of one host. Wires between them are memory; `pump` lets each go on as far as its inputs are
 * known, upstream first, so that those outside loops work in spans as long as the window allows.
 */
export class ActorGroup {
	readonly runtimes: readonly ActorRuntime[];
	/** The wires that come from other hosts step by step, by port path of their source. */
	readonly incomingLoop: ReadonlyMap<string, readonly WireQueue[]>;
	/** The wires that come from other hosts in blocks, by port path of their source. */
	readonly incomingBlock: ReadonlyMap<string, readonly WireQueue[]>;
	private readonly components: readonly (readonly Member[])[];
	private readonly outlet: Outlet;
	private readonly breather: Breather;
	private isTired = false;
	private windowEndUs: SimTime = 0;

	constructor(
		actors: ReadonlyMap<string, Actor>,
		wires: readonly Wire[],
		graph: Graph,
		{ outlet, breather }: Surroundings,
	) {
		this.outlet = outlet;
		this.breather = breather;
		const byName = new Map<string, ActorRuntime>();
		for (const [name, actor] of actors) byName.set(name, makeRuntime(name, actor, breather));
		const incomingLoop = new Map<string, WireQueue[]>();
		const incomingBlock = new Map<string, WireQueue[]>();
		for (const wire of inSourceOrder(wires)) {
			const producer = byName.get(wire.from.actor);
			const consumer = byName.get(wire.to.actor);
			const queue = consumer?.connect(wire);
			if (queue !== undefined && producer !== undefined) {
				producer.output(wire.from.port).addLocal(queue);
			} else if (queue !== undefined) {
				const incoming = isLoopWire(graph, wire) ? incomingLoop : incomingBlock;
				const key = portPath(wire.from);
				incoming.set(key, [...(incoming.get(key) ?? []), queue]);
			} else if (producer !== undefined) {
				const port = producer.output(wire.from.port);
				if (isLoopWire(graph, wire)) port.sendsLoop();
				else port.sendsBlocks();
			}
		}
		this.incomingLoop = incomingLoop;
		this.incomingBlock = incomingBlock;
		this.runtimes = [...byName.values()];
		this.components = graph.components
			.map((names) => names.flatMap((name) => byName.get(name) ?? []).map(memberOf))
			.filter((members) => members.length > 0);
	}

	/** Allows simulation up to `untilUs`. */
	grant(untilUs: SimTime): void {
		if (untilUs < this.windowEndUs) {
			throw new SimulationError(
				`Cannot go back from ${formatSimTime(this.windowEndUs)} to ${formatSimTime(untilUs)}`,
			);
		}
		this.windowEndUs = untilUs;
	}

	/** Lets every actor go on as far as it can, or until a rest is due: then call it again after the rest. */
	pump(): Pumped {
		let done = true;
		this.isTired = false;
		for (const members of this.components) {
			while (this.turn(members));
			if (this.isTired) return 'tired';
			for (const member of members) if (member.runtime.progressUs < this.windowEndUs) done = false;
		}
		return done ? 'done' : 'waits';
	}

	/** One turn of a component: true if any of its actors got further and no rest is due. */
	private turn(members: readonly Member[]): boolean {
		let moved = false;
		for (let i = 0; i < members.length; i++) {
			if (!this.advance(members[i] as Member)) continue;
			moved = true;
			// Asked after a step, never before one: after each rest somebody gets further.
			if (this.breather.isDue()) {
				this.isTired = true;
				return false;
			}
		}
		return moved;
	}

	private advance(member: Member): boolean {
		const { runtime, loopPorts, blockPorts } = member;
		if (!runtime.advance(this.windowEndUs)) return false;
		if (loopPorts.length > 0 && hasNews(member)) this.outlet.loop(runtime, loopPorts);
		if (blockPorts.length > 0) {
			const ended = runtime.progressUs >= this.windowEndUs;
			for (const port of blockPorts) {
				const full = blockRows(port.spec.fields.length);
				if (ended || (port.block?.rows ?? 0) >= full) this.outlet.block(runtime, port);
			}
		}
		return true;
	}
}

function memberOf(runtime: ActorRuntime): Member {
	const loopPorts = runtime.outputs.filter((port) => port.loop !== null);
	return {
		runtime,
		loopPorts,
		blockPorts: runtime.outputs.filter((port) => port.block !== null),
		loopSentUs: new Float64Array(loopPorts.length),
	};
}

/** True if a loop port has rows to send or promises more than when it was last sent. */
function hasNews({ loopPorts, loopSentUs }: Member): boolean {
	let news = false;
	for (let i = 0; i < loopPorts.length; i++) {
		const port = loopPorts[i] as PortWriter;
		if ((port.loop?.rows ?? 0) > 0 || port.promisedUs > (loopSentUs[i] as number)) news = true;
		loopSentUs[i] = port.promisedUs;
	}
	return news;
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
