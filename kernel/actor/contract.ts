import type * as z from 'zod';
import type { Command, TakesCommands } from '../../protocol/commands.ts';
import type { Outcome } from '../../protocol/outcome.ts';
import type { ActorName, PortSpec } from '../../protocol/readings.ts';
import type { SimTime, Span } from '../../protocol/time.ts';
import type { LiveClock } from './live-clock.ts';
import type { Plain } from './plain-data.ts';
import type { Prng } from './random.ts';

/**
 * What an actor is to the runtime. An actor is a pure model: all it knows of time, chance and others comes
 * in as arguments, all it says goes out through `outputs`, and all it remembers is its state: plain data (`Plain`), so
 * that a copy of it, given to an actor made anew of the same configuration, goes on as this one would. A step may
 * change its state in place and return the same object; so whoever wants to keep a state keeps a copy. What an actor
 * keeps beside its state is room to work in, or saves the work of a pure function; nothing else outlives a step.
 * kind-contract.test-support.ts holds every kind to that.
 */
export type Actor<State = unknown> = TimeActor<State> | EventActor<State> | SpanActor<State>;

interface ActorShape<State> {
	/** Input ports, in the order in which `inputs` is indexed. */
	readonly inputs: readonly InputSpec[];
	/** Output ports, in the order in which `outputs` is indexed. */
	readonly outputs: readonly PortSpec[];
	/** Which commands it follows beside those on the number of replicas; left out: none. Others are refused before they act. */
	readonly takes?: TakesCommands;
	/** The state at time 0. A state that is not plain data does not compile here. */
	init(): Plain<State>;
	/**
	 * A command acts from `atUs` on, the start of a window: called before anything of it is simulated, and when all before it is.
	 * Only those on the number of replicas come that are not for this actor. Left out: it need not know of any. Changes the
	 * state in place.
	 */
	command?(state: State, atUs: SimTime, command: Command): void;
	/**
	 * Begins what runs beside the actor in its process and acts on it by `env.propose` alone, such as the poller of a feed. Called
	 * once, when the process begins its first window; never in a run that is replayed. Left out: nothing does.
	 *
	 * @throws what keeps it from ever beginning, such as a key that is missing there: the run fails
	 */
	attend?(): Promise<Attendant>;
	/**
	 * Called when every actor of the host has come to the end of a window, before anybody hears that it is done; for
	 * sinks that keep what belongs to whole windows. One that throws a NotYetError is called again until it comes through.
	 */
	windowDone?(state: State, untilUs: SimTime): void;
	/**
	 * Called once when the run is over, however it ended; for sinks that hold a resource. One that throws a NotYetError is
	 * called again until it comes through.
	 */
	finish?(state: State, end: RunEnding): Promise<void>;
}

/** What runs beside an actor; no result depends on it but by the commands that it proposes. */
export interface Attendant {
	/** Resolves when nothing of it goes on. */
	end(): Promise<void>;
}

/** How a run ended, as an actor hears of it. */
export interface RunEnding {
	readonly outcome: Outcome;
	readonly reason: string;
	/** End of the last window that every actor completed. */
	readonly simulatedUntilUs: SimTime;
}

/** An input port. Several wires may end in it; they are ordered by the name of their source actor. */
export interface InputSpec extends PortSpec {
	/** Event actors only: a row arriving here makes the actor step at its time. */
	readonly trigger?: boolean;
	/** May stay without a wire. */
	readonly optional?: boolean;
}

/** Steps at 0, stepUs, 2 stepUs, …; each step covers [t, t + stepUs) and its outputs are known that far. */
export interface TimeActor<State = unknown> extends ActorShape<State> {
	readonly timing: 'time';
	readonly stepUs: SimTime;
	step(state: State, span: Span, inputs: Inputs, outputs: Outputs): State;
}

/**
 * Steps at times of its own (`nextUs`) and when a row arrives on an input marked `trigger`. A step happens
 * at one instant. Rows put out have times >= that instant.
 */
export interface EventActor<State = unknown> extends ActorShape<State> {
	readonly timing: 'event';
	/** The time of the next step it wants by itself, Infinity for none. Must not lie before its last step. */
	nextUs(state: State): SimTime;
	step(state: State, timeUs: SimTime, inputs: Inputs, outputs: Outputs): State;
	/** What it hears from outside the simulation; left out: nothing. */
	readonly live?: LiveSource;
}

/**
 * What comes from outside while a run goes on, such as requests over HTTP. An actor goes on as far as the source is known,
 * and so do all that hear it. What comes has a place in simulated time that is never before what was known already; the
 * actor writes it down before it says so, and reads it from there: a run that goes back, or is repeated, says the same.
 */
export interface LiveSource {
	/**
	 * The time before which everything is known. It never goes back, also where the run does, and it is the same at each
	 * question until `wake` is called: whoever asks goes on for as long as it grows.
	 */
	knownUntilUs(): SimTime;
	/** Has `wake` called, from outside a step, whenever more is known; called once for each host that the actor is in. */
	onMore(wake: () => void): void;
}

/**
 * Simulates whole spans by itself: everything it needs to know about [fromUs, untilUs) is in `inputs`, and
 * it does all that happens before untilUs. For models whose own events are far finer than the messages
 * they exchange (a replica's iterations) and for sinks.
 */
export interface SpanActor<State = unknown> extends ActorShape<State> {
	readonly timing: 'span';
	/** `alignedPorts` are known at the ends of spans of this length only: windows must be multiples of it. */
	readonly alignUs?: SimTime;
	/** Outputs that are known at the end of a span of `alignUs` only, such as averages. Default: all. */
	readonly alignedPorts?: readonly string[];
	step(state: State, span: Span, inputs: Inputs, outputs: Outputs): State;
	/**
	 * The time before which output port number `port` will say nothing more, once simulated to `untilUs`.
	 * May lie before `untilUs` (an average is known at its interval's end) but never goes back.
	 */
	promiseUs(state: State, port: number, untilUs: SimTime): SimTime;
}

/** `inputs[port][wire]`: the wires that end in each input port. */
export type Inputs = readonly (readonly WireInput[])[];

/** One wire's readings on the consumer's side; times already include the wire's delay. */
export interface WireInput {
	/** The actor at the other end. */
	readonly source: ActorName;
	/** The time before which every row is known. */
	readonly knownUntilUs: SimTime;
	/**
	 * Goes to the last row at or before `timeUs` and forgets older ones. False if there is none yet.
	 * Time actors find each interval wire already sought to the step's time.
	 */
	seek(timeUs: SimTime): boolean;
	/** Field `field` of the current row: after `seek` the sought row, after `take` the taken one. */
	value(field: number): number;
	/** The time of the current row. */
	readonly timeUs: SimTime;
	/** Time of the first row not yet taken or sought past, Infinity if there is none (yet). */
	nextUs(): SimTime;
	/** Takes the next row if its time is before `untilUs`: it becomes the current row. */
	take(untilUs: SimTime): boolean;
}

/** `outputs[port]`: where a step puts its rows. */
export type Outputs = readonly OutputPort[];

export interface OutputPort {
	/** Appends a row. Times of one port never go back. `values` is copied, in the order of the port's fields. */
	append(timeUs: SimTime, values: ArrayLike<number>): void;
}

/** What the runtime hands to an actor when it is made. */
export interface ActorEnv {
	readonly name: ActorName;
	/** The random stream `seed/name/purpose`. */
	random(purpose: string): Prng;
	/** Tells whoever watches the run some key figures (units in their names); for sinks only. */
	announce(timeUs: SimTime, values: Readonly<Record<string, number | null>>): void;
	/** Left out: nobody is there, as where a run is repeated. No result may depend on it but by what a live source logs. */
	readonly outside?: Outside;
	/**
	 * Wants a command to act from the next window on; for whoever runs beside the actor in its process, such as a poller of a feed,
	 * never for its model. It may be lost: what comes next is proposed again. Left out where no run can hear it.
	 */
	propose?(command: Command): void;
}

/** What is beside the simulation in the process of an actor, by name: whoever puts something there knows what it is. */
export interface Outside {
	/** By what simulated time follows real time. */
	readonly clock?: LiveClock;
	readonly [name: string]: unknown;
}

/**
 * A kind of actor: how a configuration becomes an actor. `create` may read data files and feeds (it runs
 * once, before the first step); nothing after it may.
 */
export interface ActorKind<Config = unknown> {
	readonly kind: string;
	readonly config: z.ZodType<Config>;
	create(config: Config, env: ActorEnv): Promise<Actor> | Actor;
}

/**
 * Something beside the simulation keeps a sink from its work, and may pass: a disk is full. Thrown by `windowDone` and `finish`, and
 * by `create` where it goes on with what another has begun; they are called again until they come through, and the run waits.
 */
export class NotYetError extends Error {
	override readonly name = 'NotYetError';
}
