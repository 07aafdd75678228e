import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../protocol/errors.ts';
import { programIdentity } from '../sweep/identity.ts';
import { JobRunner } from '../sweep/job-runner.ts';
import { JobStore } from '../sweep/job-store.ts';
import { PoolClosed, WorkerPool } from '../sweep/worker-pool.ts';
import { EXIT, version } from './run-command.ts';

/** What the commands that do many jobs have in common. */
export interface StudyOptions {
	readonly jobs?: string;
	readonly retry?: boolean;
	readonly out?: string;
	readonly json?: boolean;
}

/** A study at work: its folder, its jobs and its processes. */
export interface StudySession {
	readonly runner: JobRunner;
	/** Processes, and as many things done at a time. */
	readonly width: number;
	readonly program: string;
	/** On what it runs, for people. */
	readonly where: string;
}

const CODE = fileURLToPath(new URL('../..', import.meta.url));

let known: string | null = null;

/** Version and contents of this program, see programIdentity. */
export function ownProgram(): string {
	known ??= programIdentity(CODE, version());
	return known;
}

/**
 * Runs `work` with processes of `script` and the results that are kept in `folder`. Ctrl-C ends the processes;
 * what is done is kept. Returns the exit code.
 */
export async function withSession(
	script: string,
	folder: string,
	options: StudyOptions,
	work: (session: StudySession) => Promise<number>,
): Promise<number> {
	const width = jobsOf(options.jobs);
	const store = new JobStore(join(folder, 'jobs'));
	const pool = new WorkerPool(script, width);
	const program = ownProgram();
	const runner = new JobRunner({ store, pool, program, retry: options.retry === true });
	const interrupt = () => pool.close();
	process.on('SIGINT', interrupt);
	process.on('SIGTERM', interrupt);
	try {
		return await work({ runner, width, program, where: `${width} at a time` });
	} catch (error) {
		if (!(error instanceof PoolClosed)) throw error;
		process.stderr.write(
			`Interrupted; what is done is kept in ${folder}, and the same command goes on from there\n`,
		);
		return EXIT.interrupted;
	} finally {
		process.off('SIGINT', interrupt);
		process.off('SIGTERM', interrupt);
		pool.close();
	}
}

function jobsOf(text: string | undefined): number {
	if (text === undefined) return availableParallelism();
	const jobs = Number(text);
	if (!Number.isInteger(jobs) || jobs < 1)
		throw new ConfigError(`Cannot use --jobs "${text}": give a whole number from 1 on`);
	return jobs;
}
