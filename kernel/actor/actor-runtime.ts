import { type Command, isFor } from '../../protocol/commands.ts';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import { type ActorName, portPath, type Wire } from '../../protocol/readings.ts';
import { formatSimTime, type SimTime } from '../../protocol/time.ts';
import { type Actor, NotYetError, type RunEnding } from './contract.ts';
import type { ActorMoment, WireMoment } from './moment.ts';
import { PortWriter } from './port-writer.ts';
import { WireQueue } from './wire-queue.ts';

/** What an actor waits for: an input that is not known far enough. */
export interface Wait {
	readonly wire: Wire;
	/** The time, on the consumer's side, before which the wire is known. */
	readonly knownUntilUs: SimTime;
}

/** Where rows leave the host. The loop calls it; a host turns them into messages. */
export interface Outlet {
	/** The ports of `actor` that other hosts' loops wait for have new rows or promises. */
	loop(actor: ActorRuntime, ports: readonly PortWriter[]): void;
	/** `port` has gathered a block of rows, or its window has ended. */
	block(actor: ActorRuntime, port: PortWriter): void;
	/** True if news for loops wait to be sent with those of other actors. */
	readonly hasUnsent: boolean;
	/** Sends them. */
	flush(): void;
	/** True while so much is on its way to other hosts that no more may be sent. */
	readonly isFull: boolean;
}

/**
 * One actor as the loop sees it: when its next step is, and the parts of a step. All that changes is in its moment, which
 * can be taken and put back between two steps.
 */
export abstract class ActorRuntime {
	readonly name: ActorName;
	readonly actor: Actor;
	readonly inputs: readonly WireQueue[][];
	readonly outputs: readonly PortWriter[];
	/** Every step that starts before it has been taken. */
	progressUs: SimTime = 0;
	/** Number of steps taken, for diagnosis and benchmarks. */
	steps = 0;
	/** Messages sent to others in its loop, by it or by it for all that speak together. */
	loopSeq = 0;
	/** It has news for its loop that wait to be sent with those of others. */
	hasUnsent = false;
	protected state: unknown;
	/** Start of the step taken last, -1 before the first. */
	protected lastUs: SimTime = -1;
	private readonly queues: WireQueue[] = [];
	/** Ports that other hosts' loops wait for. */
	loopPorts: readonly PortWriter[] = [];
	/** Actors of its own host and loop that it hears. */
	private heard: readonly ActorRuntime[] = [];
	private blockPorts: readonly PortWriter[] = [];

	constructor(name: ActorName, actor: Actor) {
		this.name = name;
		this.actor = actor;
		this.inputs = actor.inputs.map(() => []);
		this.outputs = actor.outputs.map((spec) => new PortWriter(name, spec));
		this.state = firstState(name, actor);
	}

	/** Adds the consumer's end of a wire; call in the order in which wires shall be indexed. */
	connect(wire: Wire): WireQueue {
		const port = this.actor.inputs.findIndex((input) => input.name === wire.to.port);
		const spec = this.actor.inputs[port];
		if (spec === undefined) throw new Error(`no input "${wire.to.port}" on "${this.name}"`);
		const queue = new WireQueue(wire, spec.fields.length);
		this.inputs[port]?.push(queue);
		this.queues.push(queue);
		return queue;
	}

	output(port: string): PortWriter {
		const writer = this.outputs.find((candidate) => candidate.spec.name === port);
		if (writer === undefined) throw new Error(`no output "${port}" on "${this.name}"`);
		return writer;
	}

	/** Every wire is connected. */
	connected(): void {
		this.loopPorts = this.outputs.filter((port) => port.loop !== null);
		this.blockPorts = this.outputs.filter((port) => port.block !== null);
	}

	/** Says whom of its own host and loop it hears. */
	hears(actors: readonly ActorRuntime[]): void {
		this.heard = actors;
	}

	/** True if it acts on news now that others have not been sent yet. */
	actsOnUnsent(): boolean {
		for (let i = 0; i < this.heard.length; i++)
			if ((this.heard[i] as ActorRuntime).hasUnsent) return true;
		return false;
	}

	/** The time before which every input is known, `limitUs` at most. */
	inputsKnownUntilUs(limitUs: SimTime): SimTime {
		let known = limitUs;
		for (let i = 0; i < this.queues.length; i++) {
			const until = (this.queues[i] as WireQueue).knownUntilUs;
			if (until < known) known = until;
		}
		return known;
	}

	/** When it steps next, as far as its inputs are known. */
	abstract nextUs(): SimTime;

	/** Takes the step at `atUs`, a span to `untilUs` or less far; returns when it steps next, as `nextUs` does. */
	abstract step(atUs: SimTime, untilUs: SimTime): SimTime;

	/** Promises what follows from having taken every step before `nextUs`. */
	abstract promise(nextUs: SimTime): void;

	/** Hands what others wait for to the outlet. */
	publish(outlet: Outlet, windowEndUs: SimTime): void {
		const isEnd = this.progressUs >= windowEndUs;
		if (isEnd) this.checkPromises(windowEndUs);
		if (this.loopPorts.length > 0 && hasNews(this.loopPorts, windowEndUs))
			outlet.loop(this, this.loopPorts);
		for (let i = 0; i < this.blockPorts.length; i++) {
			const port = this.blockPorts[i] as PortWriter;
			if (!isEnd && !port.hasBlock(windowEndUs)) continue;
			port.say(windowEndUs);
			outlet.block(this, port);
		}
	}

	/** The inputs that keep the actor from reaching `limitUs`, or there its host from being done. */
	waits(limitUs: SimTime): Wait[] {
		const isThere = this.progressUs >= limitUs;
		return this.queues
			.filter((queue) => (isThere ? !queue.isSettled(limitUs) : queue.knownUntilUs < limitUs))
			.map((queue) => ({ wire: queue.wire, knownUntilUs: queue.knownUntilUs }));
	}

	command(atUs: SimTime, command: Command): void {
		if (!isFor(command, this.name)) return;
		try {
			this.actor.command?.(this.state, atUs, command);
		} catch (error) {
			throw this.located(error);
		}
	}

	windowDone(untilUs: SimTime): void {
		try {
			this.actor.windowDone?.(this.state, untilUs);
		} catch (error) {
			throw error instanceof NotYetError ? error : this.located(error);
		}
	}

	async finish(end: RunEnding): Promise<void> {
		await this.actor.finish?.(this.state, end);
	}

	/**
	 * All that it is at this moment; not within a step.
	 *
	 * @param share its state is not copied: whoever takes it makes a copy of it at once
	 */
	takeMoment({ share = false } = {}): ActorMoment {
		const { name, progressUs, lastUs, steps, loopSeq } = this;
		return {
			...{ name, state: share ? this.state : this.copyState(), progressUs, lastUs, steps, loopSeq },
			inputs: this.inputs.map((queues) => queues.map((queue) => queue.takeMoment())),
			outputs: this.outputs.map((port) => port.takeMoment()),
		};
	}

	/** @throws SimulationError for a moment of an actor with other ports or wires */
	checkFits({ name, inputs, outputs }: ActorMoment): void {
		const own = shapeOf(
			this.inputs.map((queues) => queues.map(({ wire }) => portPath(wire.from))),
			this.outputs.map(({ spec }) => spec.name),
		);
		const its = shapeOf(
			inputs.map((wires) => wires.map(({ from }) => from)),
			outputs.map(({ port }) => port),
		);
		if (name === this.name && its === own) return;
		const place = { actor: this.name };
		const reason = `it has ${its}, not ${own}`;
		throw new SimulationError(`Cannot put "${name}" into "${this.name}": ${reason}`, place);
	}

	/** Goes on from a moment that fits. */
	putMoment(moment: ActorMoment): void {
		this.putCore({ ...moment, state: structuredClone(moment.state) }, (queue, wire) =>
			queue.putMoment(wire),
		);
		this.loopSeq = moment.loopSeq;
		moment.outputs.forEach((port, i) => {
			this.outputs[i]?.putMoment(port);
		});
	}

	private putCore(moment: ActorMoment, put: (queue: WireQueue, wire: WireMoment) => void): void {
		this.state = moment.state;
		this.progressUs = moment.progressUs;
		this.lastUs = moment.lastUs;
		this.steps = moment.steps;
		moment.inputs.forEach((wires, port) => {
			wires.forEach((wire, i) => {
				const queue = this.inputs[port]?.[i];
				if (queue !== undefined) put(queue, wire);
			});
		});
	}

	/** Goes on at the start of a window from a moment there that fits and that nobody else has; messages are counted anew. */
	beginAt(moment: ActorMoment, windowStartUs: SimTime): void {
		this.putCore(moment, (queue, wire) => queue.beginAt(wire, windowStartUs));
		this.loopSeq = 0;
		moment.outputs.forEach((port, i) => {
			this.outputs[i]?.beginAt(port, windowStartUs);
		});
	}

	/** An error of a step, with its place. */
	located(error: unknown): SimulationError {
		if (error instanceof SimulationError && error.actor !== null) return error;
		const atUs = Math.max(0, this.lastUs);
		const at = error instanceof SimulationError ? (error.timeUs ?? atUs) : atUs;
		const place = { actor: this.name, timeUs: at };
		if (error instanceof SimulationError)
			return new SimulationError(error.message, place, { cause: error });
		return new SimulationError(
			`Cannot step "${this.name}" at ${formatSimTime(at)}: ${messageOf(error)}`,
			place,
			{ cause: error },
		);
	}

	private copyState(): unknown {
		try {
			return structuredClone(this.state);
		} catch (error) {
			const place = { actor: this.name, timeUs: this.progressUs };
			throw new SimulationError(
				`Cannot copy the state of "${this.name}": ${messageOf(error)}`,
				place,
			);
		}
	}

	/** Nobody is done with a window before all is said of it. */
	private checkPromises(windowEndUs: SimTime): void {
		for (const { spec, promisedUs } of this.outputs) {
			if (promisedUs >= windowEndUs) continue;
			throw new SimulationError(
				`Cannot end a window at ${formatSimTime(windowEndUs)}: "${this.name}.${spec.name}" is known until ${formatSimTime(promisedUs)} only`,
				{ actor: this.name, timeUs: windowEndUs },
			);
		}
	}
}

/** @throws SimulationError naming the actor, for what `init` throws */
export function firstState(name: ActorName, actor: Actor): unknown {
	try {
		return actor.init();
	} catch (error) {
		if (error instanceof SimulationError && error.actor !== null) throw error;
		const message = `Cannot begin "${name}": ${messageOf(error)}`;
		throw new SimulationError(message, { actor: name, timeUs: 0 }, { cause: error });
	}
}

/** True if a loop port has rows to send or promises more than when it was last sent. */
function hasNews(ports: readonly PortWriter[], windowEndUs: SimTime): boolean {
	let news = false;
	for (let i = 0; i < ports.length; i++) {
		const port = ports[i] as PortWriter;
		if (port.say(windowEndUs) || (port.loop?.rows ?? 0) > 0) news = true;
	}
	return news;
}

function shapeOf(wires: readonly (readonly string[])[], ports: readonly string[]): string {
	const inputs = wires.map((sources) => sources.join(' ')).join(', ');
	return `inputs from [${inputs}] and outputs [${ports.join(', ')}]`;
}
