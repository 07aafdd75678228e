import { SimulationError } from '../../protocol/errors.ts';
import type { ActorName } from '../../protocol/readings.ts';
import { FOREVER_US, formatSimTime, type SimTime, type Span } from '../../protocol/time.ts';
import type { Breather } from '../bus/breather.ts';
import { ActorRuntime } from './actor-runtime.ts';
import type { Actor, EventActor, LiveSource, SpanActor, TimeActor } from './contract.ts';
import type { PortWriter } from './port-writer.ts';
import type { WireQueue } from './wire-queue.ts';

/** What a step is for an actor of each timing. */
export function makeRuntime(name: ActorName, actor: Actor, breather: Breather): ActorRuntime {
	if (actor.timing === 'time') return new TimeRuntime(name, actor);
	if (actor.timing === 'span') return new SpanRuntime(name, actor, breather);
	return actor.live === undefined
		? new EventRuntime(name, actor)
		: new LiveRuntime(name, actor, actor.live);
}

class TimeRuntime extends ActorRuntime {
	override nextUs(): SimTime {
		return this.lastUs < 0 ? 0 : this.lastUs + (this.actor as TimeActor).stepUs;
	}

	override step(atUs: SimTime): SimTime {
		const actor = this.actor as TimeActor;
		this.lastUs = atUs;
		seekIntervals(this.inputs, actor, atUs);
		const span = { fromUs: atUs, untilUs: atUs + actor.stepUs };
		this.state = actor.step(this.state, span, this.inputs, this.outputs);
		this.steps++;
		return span.untilUs;
	}

	override promise(nextUs: SimTime): void {
		promiseAll(this.outputs, nextUs);
	}
}

class EventRuntime extends ActorRuntime {
	private triggers: readonly WireQueue[] = [];

	override connected(): void {
		super.connected();
		this.triggers = this.actor.inputs.flatMap((input, port) =>
			input.trigger === true ? (this.inputs[port] ?? []) : [],
		);
	}

	override nextUs(): SimTime {
		let timeUs = (this.actor as EventActor).nextUs(this.state);
		for (const queue of this.triggers) timeUs = Math.min(timeUs, queue.nextUs());
		if (timeUs <= this.lastUs) this.refuse(timeUs);
		return timeUs;
	}

	override step(atUs: SimTime): SimTime {
		const actor = this.actor as EventActor;
		this.lastUs = atUs;
		seekIntervals(this.inputs, actor, atUs);
		this.state = actor.step(this.state, atUs, this.inputs, this.outputs);
		this.steps++;
		// Rows at this very time were visible to the step; what it did not take is over.
		for (const queue of this.triggers) while (queue.take(atUs + 1));
		return this.nextUs();
	}

	override promise(nextUs: SimTime): void {
		let untilUs = nextUs;
		for (const queue of this.triggers) untilUs = Math.min(untilUs, queue.knownUntilUs);
		promiseAll(this.outputs, Math.min(untilUs, FOREVER_US));
	}

	private refuse(timeUs: SimTime): never {
		throw new SimulationError(
			`Cannot step "${this.name}" at ${formatSimTime(timeUs)}: it is already at ${formatSimTime(this.lastUs)}`,
			{ actor: this.name, timeUs },
		);
	}
}

/** As any event actor, and no further than is known of outside. */
class LiveRuntime extends EventRuntime {
	private readonly live: LiveSource;

	constructor(name: ActorName, actor: Actor, live: LiveSource) {
		super(name, actor);
		this.live = live;
	}

	override inputsKnownUntilUs(limitUs: SimTime): SimTime {
		return super.inputsKnownUntilUs(Math.min(limitUs, this.live.knownUntilUs()));
	}

	override promise(nextUs: SimTime): void {
		super.promise(Math.min(nextUs, this.live.knownUntilUs()));
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

/** Steps are pieces of a span. How long they are changes no result, so it is no part of a moment: it is learned anew. */
class SpanRuntime extends ActorRuntime {
	private readonly breather: Breather;
	/** Length of the pieces that long spans are cut into: learned from how long they take. */
	private pieceUs: SimTime = 0;
	private timed: TimedPiece | null = null;

	constructor(name: ActorName, actor: Actor, breather: Breather) {
		super(name, actor);
		this.breather = breather;
	}

	override nextUs(): SimTime {
		return this.progressUs;
	}

	override step(atUs: SimTime, untilUs: SimTime): SimTime {
		const endUs = this.cutUs(atUs, untilUs);
		// A short span is not timed: with a clock read for each, a replica that is asked at every arrival is slower.
		const isLong = 2 * (endUs - atUs) >= this.pieceUs;
		const startedMs = isLong ? this.breather.nowMs() : 0;
		this.piece({ fromUs: atUs, untilUs: endUs });
		if (isLong) this.learn(this.breather.nowMs() - startedMs, endUs - atUs, endUs < untilUs);
		return endUs;
	}

	override promise(nextUs: SimTime): void {
		const actor = this.actor as SpanActor;
		for (let port = 0; port < this.outputs.length; port++) {
			const promiseUs = actor.promiseUs(this.state, port, nextUs);
			(this.outputs[port] as PortWriter).promise(Math.min(promiseUs, FOREVER_US));
		}
	}

	private piece(span: Span): void {
		const actor = this.actor as SpanActor;
		this.lastUs = span.fromUs;
		this.state = actor.step(this.state, span, this.inputs, this.outputs);
		this.steps++;
		this.progressUs = span.untilUs;
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

function promiseAll(outputs: readonly PortWriter[], untilUs: SimTime): void {
	for (let i = 0; i < outputs.length; i++) (outputs[i] as PortWriter).promise(untilUs);
}
