import { messageOf, SimulationError } from '../../protocol/errors.ts';
import type { ActorName, Wire } from '../../protocol/readings.ts';
import { FOREVER_US, formatSimTime, type SimTime } from '../../protocol/time.ts';
import type { Actor, EventActor, RunEnding, SpanActor, TimeActor } from './contract.ts';
import { PortWriter } from './port-writer.ts';
import { WireQueue } from './wire-queue.ts';

/** What an actor waits for: an input that is not known far enough. */
export interface Wait {
	readonly wire: Wire;
	/** The time, on the consumer's side, before which the wire is known. */
	readonly knownUntilUs: SimTime;
}

/**
 * Drives one actor: executes each of its steps as soon as every input is known for it, never before.
 * `progressUs` says how far it has got: every step that starts before it has been executed.
 */
export abstract class ActorRuntime {
	readonly name: ActorName;
	readonly actor: Actor;
	readonly inputs: readonly WireQueue[][];
	readonly outputs: readonly PortWriter[];
	progressUs: SimTime = 0;
	/** Number of steps executed, for diagnosis and benchmarks. */
	steps = 0;
	protected state: unknown;
	/** Start of the step being executed. */
	protected atUs: SimTime = 0;
	private readonly queues: WireQueue[] = [];

	constructor(name: ActorName, actor: Actor) {
		this.name = name;
		this.actor = actor;
		this.inputs = actor.inputs.map(() => []);
		this.outputs = actor.outputs.map((spec) => new PortWriter(name, spec));
		this.state = actor.init();
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

	/** The time before which every input is known. */
	knownUntilUs(): SimTime {
		let known = FOREVER_US;
		for (let i = 0; i < this.queues.length; i++) {
			const until = (this.queues[i] as WireQueue).knownUntilUs;
			if (until < known) known = until;
		}
		return known;
	}

	/** Executes what can be executed before `limitUs`. True if it got any further. */
	advance(limitUs: SimTime): boolean {
		const known = this.knownUntilUs();
		const untilUs = known < limitUs ? known : limitUs;
		if (untilUs <= this.progressUs) return false;
		try {
			this.run(untilUs);
		} catch (error) {
			throw this.located(error);
		}
		this.progressUs = untilUs;
		return true;
	}

	/** The inputs that keep the actor from reaching `limitUs`. */
	waits(limitUs: SimTime): Wait[] {
		return this.queues
			.filter((queue) => queue.knownUntilUs < limitUs)
			.map((queue) => ({ wire: queue.wire, knownUntilUs: queue.knownUntilUs }));
	}

	windowDone(untilUs: SimTime): void {
		try {
			this.actor.windowDone?.(this.state, untilUs);
		} catch (error) {
			throw this.located(error);
		}
	}

	async finish(end: RunEnding): Promise<void> {
		await this.actor.finish?.(this.state, end);
	}

	protected abstract run(untilUs: SimTime): void;

	private located(error: unknown): SimulationError {
		if (error instanceof SimulationError && error.actor !== null) return error;
		const at = error instanceof SimulationError ? (error.timeUs ?? this.atUs) : this.atUs;
		const place = { actor: this.name, timeUs: at };
		if (error instanceof SimulationError)
			return new SimulationError(error.message, place, { cause: error });
		return new SimulationError(
			`Cannot step "${this.name}" at ${formatSimTime(at)}: ${messageOf(error)}`,
			place,
			{ cause: error },
		);
	}
}

class TimeRuntime extends ActorRuntime {
	private nextUs: SimTime = 0;

	protected override run(untilUs: SimTime): void {
		const actor = this.actor as TimeActor;
		while (this.nextUs < untilUs) {
			const fromUs = this.nextUs;
			this.atUs = fromUs;
			seekIntervals(this.inputs, actor, fromUs);
			const span = { fromUs, untilUs: fromUs + actor.stepUs };
			this.state = actor.step(this.state, span, this.inputs, this.outputs);
			this.steps++;
			this.nextUs = span.untilUs;
		}
		for (const output of this.outputs) output.promise(this.nextUs);
	}
}

class EventRuntime extends ActorRuntime {
	private lastUs: SimTime = -1;
	private triggers: readonly WireQueue[] | null = null;

	protected override run(untilUs: SimTime): void {
		const actor = this.actor as EventActor;
		this.triggers ??= actor.inputs.flatMap((input, port) =>
			input.trigger === true ? (this.inputs[port] ?? []) : [],
		);
		let timeUs = this.pendingUs(actor);
		while (timeUs < untilUs) {
			if (timeUs < this.lastUs) this.refuse(timeUs);
			this.lastUs = timeUs;
			this.atUs = timeUs;
			seekIntervals(this.inputs, actor, timeUs);
			this.state = actor.step(this.state, timeUs, this.inputs, this.outputs);
			this.steps++;
			// Rows at this very time were visible to the step; what it did not take is over.
			for (const queue of this.triggers) while (queue.take(timeUs + 1));
			const next = this.pendingUs(actor);
			if (next <= timeUs) this.refuse(next);
			timeUs = next;
		}
		let promiseUs = actor.nextUs(this.state);
		for (const queue of this.triggers) {
			promiseUs = Math.min(promiseUs, queue.nextUs(), queue.knownUntilUs);
		}
		for (const output of this.outputs) output.promise(Math.min(promiseUs, FOREVER_US));
	}

	private pendingUs(actor: EventActor): SimTime {
		let timeUs = actor.nextUs(this.state);
		for (const queue of this.triggers ?? []) timeUs = Math.min(timeUs, queue.nextUs());
		return timeUs;
	}

	private refuse(timeUs: SimTime): never {
		throw new SimulationError(
			`Cannot step "${this.name}" at ${formatSimTime(timeUs)}: it is already at ${formatSimTime(this.lastUs)}`,
			{ actor: this.name, timeUs },
		);
	}
}

class SpanRuntime extends ActorRuntime {
	protected override run(untilUs: SimTime): void {
		const actor = this.actor as SpanActor;
		const span = { fromUs: this.progressUs, untilUs };
		this.atUs = span.fromUs;
		this.state = actor.step(this.state, span, this.inputs, this.outputs);
		this.steps++;
		for (let port = 0; port < this.outputs.length; port++) {
			const promiseUs = actor.promiseUs(this.state, port, untilUs);
			(this.outputs[port] as PortWriter).promise(Math.min(promiseUs, FOREVER_US));
		}
	}
}

function seekIntervals(inputs: readonly WireQueue[][], actor: Actor, timeUs: SimTime): void {
	for (let port = 0; port < inputs.length; port++) {
		if (actor.inputs[port]?.kind !== 'interval') continue;
		const queues = inputs[port] as WireQueue[];
		for (let i = 0; i < queues.length; i++) (queues[i] as WireQueue).seek(timeUs);
	}
}

export function makeRuntime(name: ActorName, actor: Actor): ActorRuntime {
	if (actor.timing === 'time') return new TimeRuntime(name, actor);
	return actor.timing === 'event' ? new EventRuntime(name, actor) : new SpanRuntime(name, actor);
}
