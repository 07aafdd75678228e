import type { Breather } from './breather.ts';
import type { Bus } from './bus.ts';

/** What a broker needs of the world: timeouts of requests, and rests. */
export interface BrokerOptions {
	/**
	 * Chooses which of `count` waiting channels delivers next. A channel is one publisher's messages to one
	 * subscription: order holds inside it and nowhere else. Default: the oldest message first.
	 */
	readonly pick?: (count: number) => number;
	/** The largest payload of one message, as a server has it. Default: any has room. */
	readonly maxBytes?: number;
	readonly setTimer?: (callback: () => void, delayMs: number) => { cancel(): void };
	/**
	 * Takes each message and each answer on its way: it comes as often as `arrive` is called, with the bytes that are given
	 * then. Default: once, at once, as it is. For faults.
	 */
	readonly carry?: (leg: Leg, arrive: (payload: Uint8Array) => void) => void;
	/** Deliveries follow each other at once, also those that answer others: without rests nothing else runs meanwhile. */
	readonly breather?: Breather;
}

/** A message, or an answer, on its way from one connection to another. */
export interface Leg {
	readonly from: Bus;
	readonly to: Bus;
	readonly subject: string;
	readonly payload: Uint8Array;
	readonly isAnswer: boolean;
}

/** One connection to a broker. */
export interface MemoryConnection extends Bus {
	/** Ends it at once, as a crash of the process would; null: in good order. */
	end(reason: Error | null): void;
}
