import { messageOf, SimulationError } from '../../protocol/errors.ts';
import type { ActorName, Wire } from '../../protocol/readings.ts';
import { FOREVER_US, formatSimTime, type SimTime, type Span } from '../../protocol/time.ts';
import type { Breather } from '../bus/breather.ts';
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
	protected readonly breather: Breather;
	private readonly queues: WireQueue[] = [];

	constructor(name: ActorName, actor: Actor, breather: Breather) {
		this.name = name;
		this.actor = actor;
		this.breather = breather;
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

	/** Executes what can be executed before `limitUs`, or until a rest is due. True if it got any further. */
	advance(limitUs: SimTime): boolean {
		const known = this.knownUntilUs();
		const untilUs = known < limitUs ? known : limitUs;
		if (untilUs <= this.progressUs) return false;
		try {
			this.progressUs = this.run(untilUs);
		} catch (error) {
			throw this.located(error);
		}
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

	/** Goes on to `untilUs`, or less far when a rest is due; returns how far it got. */
	protected abstract run(untilUs: SimTime): SimTime;

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

	protected override run(untilUs: SimTime): SimTime {
		const actor = this.actor as TimeActor;
		while (this.nextUs < untilUs) {
			const fromUs = this.nextUs;
			this.atUs = fromUs;
			seekIntervals(this.inputs, actor, fromUs);
			const span = { fromUs, untilUs: fromUs + actor.stepUs };
			this.state = actor.step(this.state, span, this.inputs, this.outputs);
			this.steps++;
			this.nextUs = span.untilUs;
			if (this.nextUs < untilUs && this.breather.isDue()) break;
		}
		for (const output of this.outputs) output.promise(this.nextUs);
		return Math.min(this.nextUs, untilUs);
	}
}

class EventRuntime extends ActorRuntime {
	private lastUs: SimTime = -1;
	private triggers: readonly WireQueue[] | null = null;

	protected override run(untilUs: SimTime): SimTime {
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
			if (timeUs < untilUs && this.breather.isDue()) break;
		}
		let promiseUs = actor.nextUs(this.state);
		for (const queue of this.triggers) {
			promiseUs = Math.min(promiseUs, queue.nextUs(), queue.knownUntilUs);
		}
		for (const output of this.outputs) output.promise(Math.min(promiseUs, FOREVER_US));
		return Math.min(timeUs, untilUs);
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

/** A piece of a span should not take longer than this, nor much less. */
const PIECE_MS = 10;
/** A span is cut into this many pieces until it is known how long they take. */
const PIECES_AT_FIRST = 64;

interface TimedPiece {
	readonly tookMs: number;
	readonly lengthUs: SimTime;
}

/** True if the longer one of two pieces took hardly more time. */
function hardlyMatters(one: TimedPiece | null, other: TimedPiece): boolean {
	if (one === null || one.lengthUs === other.lengthUs) return false;
	const [short, long] = one.lengthUs < other.lengthUs ? [one, other] : [other, one];
	return long.lengthUs >= 1.5 * short.lengthUs && long.tookMs < 1.25 * short.tookMs;
}

class SpanRuntime extends ActorRuntime {
	/** Length of the pieces that long spans are cut into: learned from how long they take. */
	private pieceUs: SimTime = 0;
	private timed: TimedPiece | null = null;

	protected override run(untilUs: SimTime): SimTime {
		let fromUs = this.progressUs;
		for (;;) {
			const endUs = this.cutUs(fromUs, untilUs);
			// A short span is not timed: with a clock read for each, a replica that is asked at every arrival is slower.
			const isLong = 2 * (endUs - fromUs) >= this.pieceUs;
			const startedMs = isLong ? this.breather.nowMs() : 0;
			this.piece({ fromUs, untilUs: endUs });
			if (isLong) this.learn(this.breather.nowMs() - startedMs, endUs - fromUs, endUs < untilUs);
			if (endUs >= untilUs || this.breather.isDue()) return endUs;
			fromUs = endUs;
		}
	}

	private piece(span: Span): void {
		const actor = this.actor as SpanActor;
		this.atUs = span.fromUs;
		this.state = actor.step(this.state, span, this.inputs, this.outputs);
		this.steps++;
		for (let port = 0; port < this.outputs.length; port++) {
			const promiseUs = actor.promiseUs(this.state, port, span.untilUs);
			(this.outputs[port] as PortWriter).promise(Math.min(promiseUs, FOREVER_US));
		}
	}

	/** Where a span is cut: at ends of averaging steps, where models stop anyway, unless one such step takes too long. */
	private cutUs(fromUs: SimTime, untilUs: SimTime): SimTime {
		const { alignUs = 1 } = this.actor as SpanActor;
		if (this.pieceUs === 0)
			this.pieceUs = Math.max(alignUs, Math.ceil((untilUs - fromUs) / PIECES_AT_FIRST));
		let endUs = fromUs + this.pieceUs;
		if (this.pieceUs >= alignUs) endUs -= endUs % alignUs;
		return Math.min(endUs, untilUs);
	}

	/**
	 * Longer where pieces are quick, shorter where they are not, and longer again where shorter ones take hardly less: a
	 * recorder on a slow disk waits for each of its writes, however little is written.
	 */
	private learn(tookMs: number, lengthUs: SimTime, wasCut: boolean): void {
		const last = this.timed;
		this.timed = { tookMs, lengthUs };
		const isQuick = tookMs < PIECE_MS / 2;
		if (isQuick || hardlyMatters(last, this.timed)) {
			if (wasCut) this.pieceUs *= 2;
		} else if (tookMs > PIECE_MS) this.pieceUs = Math.ceil(this.pieceUs / 2);
	}
}

function seekIntervals(inputs: readonly WireQueue[][], actor: Actor, timeUs: SimTime): void {
	for (let port = 0; port < inputs.length; port++) {
		if (actor.inputs[port]?.kind !== 'interval') continue;
		const queues = inputs[port] as WireQueue[];
		for (let i = 0; i < queues.length; i++) (queues[i] as WireQueue).seek(timeUs);
	}
}

export function makeRuntime(name: ActorName, actor: Actor, breather: Breather): ActorRuntime {
	if (actor.timing === 'time') return new TimeRuntime(name, actor, breather);
	return actor.timing === 'event'
		? new EventRuntime(name, actor, breather)
		: new SpanRuntime(name, actor, breather);
}
