import type { ActorName } from '../../protocol/readings.ts';
import type { SimTime } from '../../protocol/time.ts';

/**
 * All that an actor is at a moment between two of its steps. Plain data that shares nothing with the actor: put into a
 * new actor of the same configuration and wires, it goes on as the first one would have.
 *
 * Columns are 64-bit little-endian floats as in messages: row times in microseconds, then the values of each field.
 */
export interface ActorMoment {
	readonly name: ActorName;
	/** What its model remembers. */
	readonly state: unknown;
	/** Every step that starts before it is taken. */
	readonly progressUs: SimTime;
	/** Start of the step taken last, -1 before the first: the next one follows from it, the state and the inputs. */
	readonly lastUs: SimTime;
	/** Steps taken so far. */
	readonly steps: number;
	/** Messages sent so far to others in its loop. */
	readonly loopSeq: number;
	/** The wires that end in each input port. */
	readonly inputs: readonly (readonly WireMoment[])[];
	/** Each output port. */
	readonly outputs: readonly PortMoment[];
}

/** What has arrived over a wire and can still be read. */
export interface WireMoment {
	/** The port at the other end, such as `solar.power`. */
	readonly from: string;
	/** The time, on the consumer's side, before which every row is known. */
	readonly knownUntilUs: SimTime;
	/** The first row is the current one: sought or taken, and held until the next. */
	readonly hasCurrent: boolean;
	/** Times are the consumer's. */
	readonly columns: Uint8Array;
}

/** How far an output port has spoken, and what of it was not sent yet. */
export interface PortMoment {
	readonly port: string;
	/** Nothing more comes before this. */
	readonly promisedUs: SimTime;
	/** Time of its last row. */
	readonly lastUs: SimTime;
	/** What of that was sent to other hosts. */
	readonly saidUs: SimTime;
	/** Blocks sent so far. */
	readonly blockSeq: number;
	/** Rows for others in its loop. */
	readonly loop: Uint8Array;
	/** Rows for all others. */
	readonly block: Uint8Array;
}
