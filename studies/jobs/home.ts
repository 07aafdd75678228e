import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery, WorkQueue } from '../../kernel/bus/work-queue.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { Pool } from '../sweep/pool.ts';
import { RETRY_MS, TAKE_MS, WORDS_PER_SILENCE } from './limits.ts';
import type { WaitingJob } from './waiting-job.ts';

export interface HomeOptions {
	readonly pool: Pool;
	/** Jobs done at a time. */
	readonly size: number;
	readonly queue: () => WorkQueue;
	readonly silenceMs: number;
	/** The job of this name, if it has no outcome yet. */
	readonly jobOf: (name: string) => WaitingJob | undefined;
	/** A job that nobody is known to have, while the server is away. */
	readonly nextAway: () => WaitingJob | null;
	/** Whether anything is in the queue. */
	readonly isWanted: () => boolean;
	readonly settle: (job: WaitingJob, outcome: Outcome) => void;
}

/** The processes of a study’s own: they take jobs out of the queue as workers elsewhere do, so that none is done twice. */
export class Home {
	readonly #options: HomeOptions;
	/** Jobs that are done here, whoever else is there. */
	readonly #own: WaitingJob[] = [];
	#isClosed = false;
	#isCutOff = false;
	#isAway = false;
	#wakers: (() => void)[] = [];

	constructor(options: HomeOptions) {
		this.#options = options;
		for (let slot = 0; slot < options.size; slot++) void this.#slot();
	}

	/** Does this job here, if anything is done here at all. */
	add(job: WaitingJob): boolean {
		if (this.#options.size === 0) return false;
		job.stage = 'home';
		this.#own.push(job);
		this.wake();
		return true;
	}

	/** There may be something to do. */
	wake(): void {
		for (const waker of this.#wakers.splice(0)) waker();
	}

	/** Whether the server is away for now: jobs are not taken out of the queue then. */
	setAway(isAway: boolean): void {
		this.#isAway = isAway;
		if (isAway) this.wake();
	}

	/** The queue cannot be reached any more. */
	cutOff(): void {
		this.#isCutOff = true;
		this.wake();
	}

	close(): void {
		this.#isClosed = true;
		this.#options.pool.close();
		this.wake();
	}

	async #slot(): Promise<void> {
		while (!this.#isClosed) {
			const own = this.#own.shift() ?? this.#fromMemory();
			if (own !== null) await this.#do(own);
			else if (this.#isCutOff || !this.#options.isWanted())
				await new Promise<void>((resolve) => this.#wakers.push(resolve));
			else if (this.#isAway) await sleep(RETRY_MS);
			else await this.#take();
		}
	}

	/** Workers may do it too, of the queue, once the server is back: it comes to the same. */
	#fromMemory(): WaitingJob | null {
		const job = this.#isAway && !this.#isCutOff ? this.#options.nextAway() : null;
		if (job !== null) job.stage = 'home';
		return job;
	}

	async #take(): Promise<void> {
		const { queue, jobOf, silenceMs } = this.#options;
		let delivery: Delivery | null;
		try {
			delivery = await queue().take(TAKE_MS);
		} catch {
			await sleep(RETRY_MS);
			return;
		}
		if (delivery === null) return;
		const taken = delivery;
		const job = this.#isClosed ? undefined : jobOf(taken.name);
		if (job === undefined || job.stage === 'home') {
			// Of an earlier life of this study, or done already.
			await taken.done().catch(() => {});
			return;
		}
		job.stage = 'home';
		const words = setInterval(
			() => void taken.working().catch(() => {}),
			silenceMs / WORDS_PER_SILENCE,
		);
		try {
			await this.#do(job);
			await taken.done().catch(() => {});
		} finally {
			clearInterval(words);
		}
	}

	async #do(job: WaitingJob): Promise<void> {
		try {
			this.#options.settle(job, await this.#options.pool.run(job.job, job.progress));
		} catch (error) {
			job.reject(error as Error);
		}
	}
}
