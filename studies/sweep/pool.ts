import type { Json } from '../../kernel/files/canonical.ts';
import type { Outcome } from './job-store.ts';

/** A job as whoever does it receives it. */
export interface PoolJob {
	readonly kind: string;
	readonly hash: string;
	readonly spec: Json;
	/** Where to put its files, if it is to keep any; no part of what makes two jobs the same. */
	readonly folder?: string;
	/** The command line that does this job alone, for what it writes. */
	readonly command?: string;
}

/** Told how far a job is, from 0 to 1, and where it runs if not in this process's own children. */
export type JobProgress = (part: number, where?: string) => void;

/** Something that does jobs, a few at a time. */
export interface Pool {
	run(job: PoolJob, progress?: JobProgress): Promise<Outcome>;
	/** Ends at once. Whoever waits for a job gets PoolClosed. */
	close(): void;
}
