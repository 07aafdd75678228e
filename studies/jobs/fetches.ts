import type { WaitingJob } from './waiting-job.ts';

/** What a job came to, to be fetched; `isGone`: the job is in the queue no more. */
export interface Fetch {
	readonly job: WaitingJob;
	readonly isGone: boolean;
}

/** Results that are fetched at a time. */
const FETCHES = 8;

/** Fetches results, some at a time, and none twice at a time. */
export class Fetches {
	readonly #fetch: (fetch: Fetch) => Promise<void>;
	readonly #jobs = new Set<WaitingJob>();
	readonly #waiting: Fetch[] = [];
	#count = 0;

	constructor(fetch: (fetch: Fetch) => Promise<void>) {
		this.#fetch = fetch;
	}

	add(fetch: Fetch): void {
		if (this.#jobs.has(fetch.job)) return;
		this.#jobs.add(fetch.job);
		this.#waiting.push(fetch);
		this.#next();
	}

	#next(): void {
		while (this.#count < FETCHES) {
			const next = this.#waiting.shift();
			if (next === undefined) return;
			this.#count++;
			void this.#fetch(next).finally(() => {
				this.#count--;
				this.#jobs.delete(next.job);
				this.#next();
			});
		}
	}
}
