import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { NatsEnv } from '../../kernel/bus/nats-context.ts';
import { ownProgram } from '../../kernel/host/program.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { holdFolder, STUDY_LOCK } from '../../run/launch/hold-folder.ts';
import type { QueuePoolOptions } from '../jobs/queue-pool.ts';
import { JobRunner } from '../sweep/job-runner.ts';
import { JobStore } from '../sweep/job-store.ts';
import { PoolClosed, WorkerPool } from '../sweep/worker-pool.ts';

/** What the commands that do many jobs have in common. */
export interface StudyOptions {
	readonly jobs?: string;
	/** Whether to lend jobs to workers at NATS_URL. */
	readonly workers?: boolean;
	readonly retry?: boolean;
	readonly out?: string;
	readonly json?: boolean;
}

/** What a study has from whoever runs it. */
export interface StudySurroundings {
	/** Says how to reach NATS. */
	readonly env: NatsEnv;
	/** Aborted: the study ends, and what is done is kept. */
	readonly signal: AbortSignal;
	/** Hears something worth knowing, in a line. */
	say(text: string): void;
}

/** A study was ended before its time; the same one goes on from where it was. */
export class StudyInterrupted extends Error {
	override readonly name = 'AbortError';
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

export const WORKERS_HELP =
	'also lend runs to gridbeat worker --jobs at NATS_URL; --jobs 0: to them alone';

/**
 * Runs `work` with processes of `script` and the results that are kept in `folder`; with `--workers` also with
 * those that ask for work over NATS.
 *
 * @param options `prepare` is called once the folder is ours, before anything is written there
 * @throws ConfigError for a folder that somebody else is writing in, StudyInterrupted where the signal ended it
 */
export async function withSession<T>(
	script: string,
	folder: string,
	options: StudyOptions & StudySurroundings & { readonly prepare?: () => void },
	work: (session: StudySession) => Promise<T>,
): Promise<T> {
	const here = jobsOf(options);
	const held = holdFolder(folder, STUDY_LOCK, options.say);
	try {
		options.prepare?.();
		return await inSession(script, folder, { ...options, here }, work);
	} finally {
		held.release();
	}
}

async function inSession<T>(
	script: string,
	folder: string,
	{ here, ...options }: StudyOptions & StudySurroundings & { readonly here: number },
	work: (session: StudySession) => Promise<T>,
): Promise<T> {
	const store = new JobStore(join(folder, 'jobs'));
	const program = ownProgram();
	const local = { pool: new WorkerPool(script, here), size: here };
	const workers =
		options.workers === true ? await lendTo({ local, program, folder }, options) : null;
	const pool = workers?.pool ?? local.pool;
	const runner = new JobRunner({ store, pool, program, retry: options.retry === true });
	const { signal } = options;
	const interrupt = () => pool.close();
	if (signal.aborted) interrupt();
	signal.addEventListener('abort', interrupt);
	try {
		const where = whereText(here, workers?.at ?? null);
		return await work({ runner, width: workers === null ? here : LENT_MAX, program, where });
	} catch (error) {
		if (!(error instanceof PoolClosed)) throw error;
		throw new StudyInterrupted(
			`Interrupted; what is done is kept in ${folder}, and the same command goes on from there`,
		);
	} finally {
		signal.removeEventListener('abort', interrupt);
		pool.close();
		if (workers === null || (await workers.pool.left()))
			rmSync(join(folder, QUEUE_FILE), { force: true });
		await workers?.bus.close();
	}
}

function whereText(here: number, workersAt: string | null): string {
	if (workersAt === null) return `${here} at a time`;
	const home = here === 0 ? '' : `${here} at a time here, others `;
	return `${home}on workers at ${workersAt}`;
}

/** Jobs that wait for workers at a time. */
const LENT_MAX = 10_000;
const SILENCE_MS = 10_000;

async function lendTo(
	{
		local,
		program,
		folder,
	}: Pick<QueuePoolOptions, 'local' | 'program'> & {
		readonly folder: string;
	},
	{ env, say }: StudySurroundings,
) {
	if ((env['NATS_URL'] ?? '') === '')
		throw new ConfigError(
			'Cannot use --workers without a NATS server: set NATS_URL to nats://host:4222, as for gridbeat worker --jobs',
		);
	// Loaded when asked for: most studies know no bus.
	const [{ studyBus, withQueues }, { QueuePool }, { INCOMING }, { JOB_RESULTS }] =
		await Promise.all([
			import('./study-bus.ts'),
			import('../jobs/queue-pool.ts'),
			import('../jobs/incoming.ts'),
			import('./job-results.ts'),
		]);
	removeIncoming(folder, INCOMING);
	const { id, isResumed } = queueId(folder);
	const { bus, at, group } = await studyBus(env, `study/${process.pid}`, say);
	const silenceMs = Number(process.env['GRIDBEAT_WAIT_LIMIT_MS'] ?? '') || SILENCE_MS;
	const results = JOB_RESULTS;
	const queue = `${group}-${id}`;
	const options = { bus, queue, isResumed, program, local, silenceMs, results, say };
	try {
		const pool = await withQueues(at, () => QueuePool.open(options));
		return { bus, pool, at };
	} catch (error) {
		if (!isResumed) rmSync(join(folder, QUEUE_FILE));
		await bus.close();
		throw error;
	}
}

/** What a study's queue is called is kept until the study ends, so that one that was killed finds what workers did since. */
const QUEUE_FILE = '.queue';
const QUEUE_ID_BYTES = 16;

function queueId(folder: string): { readonly id: string; readonly isResumed: boolean } {
	const path = join(folder, QUEUE_FILE);
	const before = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
	if (/^[0-9a-f]{32}$/.test(before)) return { id: before, isResumed: true };
	const id = randomBytes(QUEUE_ID_BYTES).toString('hex');
	writeFileSync(path, `${id}\n`);
	return { id, isResumed: false };
}

/** What workers had begun to send to a study that was killed. */
function removeIncoming(folder: string, incoming: RegExp): void {
	for (const path of [folder, join(folder, 'runs')].filter((one) => existsSync(one)))
		for (const name of readdirSync(path))
			if (incoming.test(name)) rmSync(join(path, name), { recursive: true, force: true });
}

/** How many things are done here at a time. */
export function jobsOf({ jobs: text, workers }: StudyOptions): number {
	if (text === undefined) return availableParallelism();
	const jobs = Number(text);
	const least = workers === true ? 0 : 1;
	if (!Number.isInteger(jobs) || jobs < least)
		throw new ConfigError(`Cannot use --jobs "${text}": give a whole number from ${least} on`);
	return jobs;
}
