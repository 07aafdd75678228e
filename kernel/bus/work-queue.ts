/**
 * A queue of jobs that outlives whoever put them there. A job is handed to one taker at a time and stays until that one says
 * that it is done; a taker that falls silent has lost it to the next. Everybody who is on the bus finds the queues there are.
 */
export interface WorkQueue {
	/** Adds a job. A name that is there already has two then, and whoever takes the second finds it done. @throws StoreError */
	put(name: string, payload: Uint8Array): Promise<void>;
	/** What is left of it. @throws GoneError where the queue is not there any more; StoreError */
	state(): Promise<QueueState>;
	/** The next job, if one comes within some `waitMs`. @throws StoreError */
	take(waitMs: number): Promise<Delivery | null>;
	/** Removes it with all jobs that are in it: those who have one are told. @throws StoreError */
	remove(): Promise<void>;
}

export interface QueueState {
	/** Names of the jobs that nobody has done. */
	readonly left: ReadonlySet<string>;
	/** No job waits for a taker, and nobody has one: what is left was given out as often as it may be. */
	readonly isIdle: boolean;
}

/** A job in the hands of the one who took it. */
export interface Delivery {
	readonly name: string;
	readonly payload: Uint8Array;
	/** How many times it has been given out, this one included. */
	readonly count: number;
	/** Keeps it for another while; false once nobody wants it any more. @throws StoreError */
	working(): Promise<boolean>;
	/** It leaves the queue. @throws StoreError */
	done(): Promise<void>;
	/** Somebody else shall do it, after a while. @throws StoreError */
	giveBack(delayMs: number): Promise<void>;
}

/** How a queue is made. */
export interface QueueOptions {
	/** For those who find it. */
	readonly about: string;
	/** A taker that is silent for so long has lost its job. */
	readonly silenceMs: number;
	/** A job is given out so many times at most. */
	readonly deliveriesMax: number;
}

/** A queue as others see it. */
export interface FoundQueue {
	readonly name: string;
	readonly about: string;
	readonly silenceMs: number;
	/** Jobs that nobody has taken yet. */
	readonly waiting: number;
	take(waitMs: number): Promise<Delivery | null>;
}

/** What jobs and queues may be called: a part of a subject. */
const PART = /^[A-Za-z0-9_-]{1,200}$/;

/** @throws RangeError for what could be no part of a subject */
export function checkQueueName(name: string): void {
	if (!PART.test(name)) throw new RangeError(`Cannot call a queue or a job "${name}"`);
}
