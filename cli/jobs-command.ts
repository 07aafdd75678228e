import type { NatsEnv } from '../kernel/bus/nats-context.ts';
import { EXIT } from '../kernel/host/program.ts';
import { runJobsWorker } from '../studies/session/jobs-worker.ts';
import { onInterruptions } from './interruptions.ts';
import type { RunLog } from './run-log.ts';

/**
 * `gridbeat worker --jobs`: whole runs for studies elsewhere, until Ctrl-C. Returns the exit code.
 *
 * @param log hears what is said too
 * @param modules of kinds of the user's own that they may load, by their paths
 */
export async function runJobs(
	env: NatsEnv,
	jobs: string | true,
	modules: readonly string[],
	log: RunLog | null,
): Promise<number> {
	const stop = new AbortController();
	const stopListening = onInterruptions(() => stop.abort());
	const say = (text: string) => {
		process.stdout.write(`${text}\n`);
		log?.event({ event: 'notice', text });
	};
	try {
		await runJobsWorker(jobs === true ? undefined : jobs, modules, {
			...{ env, signal: stop.signal, say },
		});
		return EXIT.done;
	} finally {
		stopListening();
		log?.close();
	}
}
