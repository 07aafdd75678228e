import type * as z from 'zod';
import type { Store } from '../../kernel/bus/store.ts';
import { decode } from '../../protocol/codec.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { PoolJob } from '../sweep/pool.ts';
import { BadFile, IncomingFiles } from './incoming.ts';
import { dropFiles, receiveFiles } from './job-files.ts';

/** More than any result has: its files are named there. */
const RESULT_BYTES_MAX = 16 * 2 ** 20;

/** A job in the queue of a study. */
export interface QueuedJob {
	readonly name: string;
	readonly job: PoolJob;
}

export type Collected =
	/** Nobody has put a result there. */
	| { readonly type: 'none' }
	| { readonly type: 'outcome'; readonly outcome: Outcome; readonly worker: string }
	/** It was given to as many workers as it may. */
	| { readonly type: 'given-up' }
	/** What is there cannot be right. */
	| { readonly type: 'bad'; readonly worker: string; readonly reason: string };

/** Takes what jobs came to out of the store, with their files, if it can be right. */
export class Collector {
	readonly #store: Store;
	readonly #results: Readonly<Record<string, z.ZodType>>;

	/** @param results what results look like, by kind of job */
	constructor(store: Store, results: Readonly<Record<string, z.ZodType>>) {
		this.#store = store;
		this.#results = results;
	}

	/**
	 * What a job came to; its files are then where they are to be, and nothing of it is in the store.
	 *
	 * @throws StoreError, and for a disk that is full: no other worker would do better
	 */
	async collect({ name, job }: QueuedJob): Promise<Collected> {
		const bytes = await this.#store.get(name, RESULT_BYTES_MAX);
		if (bytes === null) return { type: 'none' };
		let worker = 'a worker';
		const incoming = new IncomingFiles(job.folder ?? null, name);
		try {
			const result = decode(bytes, 'job-result');
			worker = plainText(result.worker);
			if (result.job !== name || result.hash !== job.hash)
				throw new BadFile('its end is that of another job');
			const { outcome } = result;
			if (outcome === null) return { type: 'given-up' };
			if ('failure' in outcome)
				return { type: 'outcome', outcome: { failure: plainText(outcome.failure) }, worker };
			if (this.#results[job.kind]?.safeParse(outcome.result).success !== true)
				throw new BadFile(`its result is none of a ${job.kind}`);
			await receiveFiles(this.#store, result, incoming);
			incoming.settle();
			await dropFiles(this.#store, result);
			return { type: 'outcome', outcome: outcome as Outcome, worker };
		} catch (error) {
			incoming.forget();
			if (!(error instanceof BadFile || error instanceof ProtocolError)) throw error;
			return { type: 'bad', worker, reason: plainText(error.message) };
		} finally {
			await this.#store.drop(name);
		}
	}
}
