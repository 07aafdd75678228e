import type { Outcome } from '../sweep/job-store.ts';
import type { JobProgress } from '../sweep/pool.ts';
import type { QueuedJob } from './collect.ts';

/** A job of a study that has no outcome yet. */
export interface WaitingJob extends QueuedJob {
	/** As it lies in the queue. */
	readonly payload: Uint8Array;
	readonly progress: JobProgress;
	readonly resolve: (outcome: Outcome) => void;
	readonly reject: (error: Error) => void;
	/** `queued`: whoever takes it does it; `home`: it is done here, whatever the queue says. */
	stage: 'new' | 'queued' | 'home';
	/** Results that were none, and times that it was gone from the queue without one. */
	losses: number;
	/** How many times the server had been away when it was put there. */
	outages: number;
	/** How many times it has been given out, as far as we heard, and to whom last. */
	count: number;
	worker: string;
	/** Why that one did not do it, if it said so. */
	reason: string | null;
}
