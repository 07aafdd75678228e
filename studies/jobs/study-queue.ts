import type * as z from 'zod';
import type { Bus } from '../../kernel/bus/bus.ts';
import { GoneError, StoreError } from '../../kernel/bus/store.ts';
import type { QueueState, WorkQueue } from '../../kernel/bus/work-queue.ts';
import { RESULTS_STORE } from '../../protocol/subjects.ts';
import { Collector } from './collect.ts';
import { RESULTS, TRIES } from './limits.ts';

/** What a look at the queue of a study shows. */
export type Look =
	| { readonly type: 'there'; readonly state: QueueState }
	/** The server cannot say, and why; since so many milliseconds. */
	| { readonly type: 'away'; readonly reason: string; readonly forMs: number }
	/** The server had lost the queue: there is an empty one. */
	| { readonly type: 'anew' };

export interface StudyQueueOptions {
	readonly bus: Bus;
	/** Its name. */
	readonly queue: string;
	/** See programIdentity: only workers with the same one do its jobs. */
	readonly program: string;
	/** A worker that is silent for so long has lost its job. */
	readonly silenceMs: number;
	/** What results look like, by kind of job: others are not taken from workers. */
	readonly results: Readonly<Record<string, z.ZodType>>;
}

interface Parts {
	readonly queue: WorkQueue;
	readonly collector: Collector;
}

/** The queue of a study on a server, which may go away, come back, and have lost it. */
export class StudyQueue {
	/** How many times the server was away. */
	outages = 0;
	readonly #options: StudyQueueOptions;
	#parts: Parts;
	#awaySinceMs: number | null = null;

	/** @throws StoreError where the server has no JetStream */
	static async open(options: StudyQueueOptions): Promise<StudyQueue> {
		return new StudyQueue(options, await openParts(options));
	}

	private constructor(options: StudyQueueOptions, parts: Parts) {
		this.#options = options;
		this.#parts = parts;
	}

	get queue(): WorkQueue {
		return this.#parts.queue;
	}

	get collector(): Collector {
		return this.#parts.collector;
	}

	get isAway(): boolean {
		return this.#awaySinceMs !== null;
	}

	async look(): Promise<Look> {
		try {
			const state = await this.queue.state();
			this.#awaySinceMs = null;
			return { type: 'there', state };
		} catch (error) {
			return error instanceof GoneError ? this.#again() : this.#away(error);
		}
	}

	async #again(): Promise<Look> {
		try {
			this.#parts = await openParts(this.#options);
			if (!this.isAway) this.outages++;
			this.#awaySinceMs = null;
			return { type: 'anew' };
		} catch (error) {
			return this.#away(error);
		}
	}

	#away(error: unknown): Look {
		if (!(error instanceof StoreError)) throw error;
		const nowMs = performance.now();
		if (!this.isAway) this.outages++;
		this.#awaySinceMs ??= nowMs;
		return { type: 'away', reason: error.message, forMs: nowMs - this.#awaySinceMs };
	}
}

async function openParts({
	bus,
	queue: name,
	program,
	silenceMs,
	results,
}: StudyQueueOptions): Promise<Parts> {
	const queue = await bus.openQueue(name, { about: program, silenceMs, deliveriesMax: TRIES + 1 });
	const store = await bus.openStore(RESULTS_STORE, RESULTS);
	return { queue, collector: new Collector(store, results) };
}
