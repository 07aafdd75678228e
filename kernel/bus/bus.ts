import { ConfigError } from '../../protocol/errors.ts';
import type { Store, StoreOptions } from './store.ts';
import type { FoundQueue, QueueOptions, WorkQueue } from './work-queue.ts';

/**
 * A bus carries bytes by subject. Two are made: memory (one process) and NATS; both pass the suite in
 * `bus-contract.test-support.ts`. Order holds per publisher and subscription, never across publishers.
 */
export interface Bus {
	/** The largest payload of one message, in bytes. */
	readonly maxBytes: number;
	/** Sends to every subscription of the subject. Never blocks; fails only when the bus is closed. */
	publish(subject: string, payload: Uint8Array): void;
	/**
	 * Hands every message of the subject to `handler`, in order. What the handler returns answers a request.
	 * A handler that throws ends the bus with that error (see `closed`).
	 */
	subscribe(subject: string, handler: Handler): Subscription;
	/**
	 * Sends and waits for one answer.
	 *
	 * @throws NoResponderError at once if nobody subscribes; RequestTimeoutError after `timeoutMs`
	 */
	request(
		subject: string,
		payload: Uint8Array,
		timeoutMs: number,
		options?: RequestOptions,
	): Promise<Uint8Array>;
	/**
	 * Opens a store of this name, which whoever is on the bus may share.
	 *
	 * @throws StoreError where there can be none
	 */
	openStore(name: string, options: StoreOptions): Promise<Store>;
	/**
	 * Opens the work queue of this name; one that is not there is made.
	 *
	 * @throws StoreError where there can be none
	 */
	openQueue(name: string, options: QueueOptions): Promise<WorkQueue>;
	/**
	 * The work queues that there are, whoever made them.
	 *
	 * @throws StoreError where there can be none
	 */
	findQueues(): Promise<readonly FoundQueue[]>;
	/** Resolves when everything published and subscribed so far has reached the bus. */
	flush(): Promise<void>;
	/** Closes after a last flush. */
	close(): Promise<void>;
	/** Resolves when the bus is closed: with null in good order, else with the reason. */
	readonly closed: Promise<Error | null>;
}

export interface RequestOptions {
	/** Answers for which it returns false are passed over; the request goes on waiting. Default: the first answer is taken. */
	readonly accept?: (answer: Uint8Array) => boolean;
	/**
	 * Together with `accept`: does not end because nobody seems to be there. On a server that others use anybody can say
	 * so; whoever asks for something that takes long has other ways to know who is alive.
	 */
	readonly patient?: boolean;
	/** Nobody else uses the server: if it says that nobody is there, the request ends at once, also with `accept`. */
	readonly isBelieved?: boolean;
	/** Nobody waits for the answer any more: the request ends with the reason of the signal. */
	readonly signal?: AbortSignal;
}

export type Handler = (payload: Uint8Array) => Answer | Promise<Answer>;
/** The answer to a request; several: the parts of one. Undefined answers nothing. */
export type Answer = Uint8Array | readonly Uint8Array[] | undefined;

export interface Subscription {
	unsubscribe(): void;
}

/** Nobody listens to the subject: the process is gone, or was never there. */
export class NoResponderError extends Error {
	override readonly name = 'NoResponderError';
	readonly subject: string;

	constructor(subject: string, options?: ErrorOptions) {
		super(`Cannot request "${subject}": nobody answers there`, options);
		this.subject = subject;
	}
}

/** Somebody listens, but did not answer in time. */
export class RequestTimeoutError extends Error {
	override readonly name = 'RequestTimeoutError';
	readonly subject: string;

	constructor(subject: string, timeoutMs: number, options?: ErrorOptions) {
		super(`Cannot request "${subject}": no answer within ${timeoutMs} ms`, options);
		this.subject = subject;
	}
}

/** The login that we have does not let us publish or subscribe there: no other try will do. */
export class NotPermittedError extends ConfigError {}

/** The bus is closed or was lost. */
export class BusClosedError extends Error {
	override readonly name = 'BusClosedError';
}
