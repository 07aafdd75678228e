import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { programFile } from '../../kernel/files/project-file.ts';
import type { Experiment } from './experiment.ts';
import type { Flavour, Outcome } from './run-experiment.ts';

/** An experiment to be run. */
export interface Job {
	readonly experiment: Experiment;
	readonly flavour: Flavour;
}

/** What a worker says of a job: what it came to, or why it could not be run. */
export type Answer = { readonly outcome: Outcome } | { readonly error: string };

/**
 * Runs jobs on as many threads as there are cores (or `threads`), the longest first. The answers are in the order
 * of the jobs and do not depend on the number of threads. `done` is called after each.
 *
 * @throws Error when a thread dies
 */
export async function runAll(
	jobs: readonly Job[],
	threads = availableParallelism(),
	done: (count: number) => void = () => {},
): Promise<Answer[]> {
	const answers = new Array<Answer>(jobs.length);
	const waiting = jobs
		.map((job, index) => ({ job, index }))
		.sort((a, b) => a.job.experiment.requests - b.job.experiment.requests);
	let count = 0;
	const work = () =>
		new Promise<void>((resolve, reject) => {
			const worker = new Worker(programFile('studies/experiments/experiment-worker'));
			let current = -1;
			const next = () => {
				const taken = waiting.pop();
				if (taken === undefined) {
					void worker.terminate().then(() => resolve());
					return;
				}
				current = taken.index;
				worker.postMessage(taken.job);
			};
			worker.on('message', (answer: Answer) => {
				answers[current] = answer;
				count++;
				done(count);
				next();
			});
			worker.on('error', reject);
			next();
		});
	await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
	return answers;
}
