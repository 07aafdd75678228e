import type { Json } from '../../kernel/files/canonical.ts';
import { messageOf } from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { Outcome } from './job-store.ts';
import type { PoolJob } from './pool.ts';

/** What a worker says: how far its job is (0 to 1), or what it came to. */
export type WorkerMessage = { readonly progress: number } | { readonly outcome: Outcome };

/** Does a job; may report how far it is. */
type Work = (job: PoolJob, progress: (part: number) => void) => Promise<Json> | Json;

/** Progress is reported at most this often. */
const PROGRESS_INTERVAL_MS = 250;

/**
 * Makes this process a worker: it does one job after the other, as they come from the process that forked it,
 * and ends with it. Ctrl-C, and a terminal that is closed, are the
 * parent's business.
 */
export function serveJobs(work: Work): void {
	const say = (message: WorkerMessage) => process.send?.(message);
	let saidMs = 0;
	const progress = (part: number) => {
		const nowMs = performance.now();
		if (nowMs - saidMs < PROGRESS_INTERVAL_MS) return;
		saidMs = nowMs;
		say({ progress: part });
	};
	for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
	process.on('disconnect', () => process.exit());
	process.on('message', (job: PoolJob) => {
		void outcomeOf(() => work(job, progress)).then((outcome) => say({ outcome }));
	});
}

async function outcomeOf(work: () => Promise<Json> | Json): Promise<Outcome> {
	try {
		return { result: await work() };
	} catch (error) {
		return { failure: plainText(messageOf(error)) };
	}
}
