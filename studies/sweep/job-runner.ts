import type { Json } from '../../kernel/files/canonical.ts';
import { jobHash } from '../../kernel/files/identity.ts';
import type { JobStore, Outcome } from './job-store.ts';
import type { JobProgress, Pool } from './pool.ts';

/** A job: what its worker is given, and a name for people. */
export interface Job {
	readonly kind: string;
	readonly label: string;
	readonly spec: Json;
	/** See PoolJob. */
	readonly folder?: string;
	readonly command?: string;
}

/** A job that is done, now or before. */
export interface DoneJob {
	readonly hash: string;
	readonly outcome: Outcome;
	/** Whether the result was there already, or another job asked for the same. */
	readonly isReused: boolean;
}

export interface JobRunnerOptions {
	readonly store: JobStore;
	readonly pool: Pool;
	/** See programIdentity. */
	readonly program: string;
	/** Whether jobs that failed before are done again. */
	readonly retry: boolean;
}

/** Does each job once: jobs of the same content share one run, and one done before is read from the store. */
export class JobRunner {
	readonly #options: JobRunnerOptions;
	readonly #running = new Map<string, Promise<Outcome>>();

	constructor(options: JobRunnerOptions) {
		this.#options = options;
	}

	hashOf({ kind, spec }: Job): string {
		return jobHash({ program: this.#options.program, kind, spec });
	}

	/** Takes a job as not done: what it left elsewhere is gone. */
	forget(job: Job): void {
		this.#options.store.remove(this.hashOf(job));
	}

	/** @param progress receives how far the job is, from 0 to 1, if it runs now and says so */
	async run(job: Job, progress?: JobProgress): Promise<DoneJob> {
		const hash = this.hashOf(job);
		const running = this.#running.get(hash);
		if (running !== undefined) return { hash, outcome: await running, isReused: true };
		const stored = this.#options.store.read(hash);
		if (stored !== null && !('failure' in stored && this.#options.retry)) {
			this.#running.set(hash, Promise.resolve(stored));
			return { hash, outcome: stored, isReused: true };
		}
		const run = this.#runNow(hash, job, progress);
		this.#running.set(hash, run);
		return { hash, outcome: await run, isReused: false };
	}

	async #runNow(hash: string, job: Job, progress?: JobProgress): Promise<Outcome> {
		const { label, ...told } = job;
		const outcome = await this.#options.pool.run({ ...told, hash }, progress);
		this.#options.store.write({ hash, label, spec: job.spec, outcome });
		return outcome;
	}
}
