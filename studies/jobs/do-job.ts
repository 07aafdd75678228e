import type { Json } from '../../kernel/files/canonical.ts';
import { jobHash } from '../../kernel/files/identity.ts';
import type { Job } from '../../protocol/job-messages.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { WorkerPool } from '../sweep/worker-pool.ts';

/** What a worker can do. */
export interface DoerOptions {
	readonly program: string;
	/** The processes that do jobs of a kind; null for a kind that is not known. */
	readonly poolOf: (kind: string) => WorkerPool | null;
	/** Paths of modules of the user's that jobs may load; no other code is run because a message names it. */
	readonly modules: readonly string[];
}

/** A job in the hands of a worker. */
interface Task {
	readonly job: Job;
	/** Where its files go; null if none are wanted. */
	readonly folder: string | null;
	/** Aborted: its process is ended. */
	readonly signal: AbortSignal;
	readonly progress: (part: number) => void;
}

/** What a job came to, or why it cannot be done here. */
export type DoneHere = { readonly outcome: Outcome } | { readonly reason: string };

/** Does a job in a process of this machine. */
export async function doJob(
	{ program: own, poolOf, modules }: DoerOptions,
	{ job: { program, kind, hash, spec, command }, folder, signal, progress }: Task,
): Promise<DoneHere> {
	if (program !== own) return { reason: `it is of version ${own}, the job of ${program}` };
	const pool = poolOf(kind);
	if (pool === null) return { reason: `it knows no jobs of kind "${kind}"` };
	const foreign = modulesIn(spec).find((path) => !modules.includes(path));
	if (foreign !== undefined)
		return {
			reason: `it loads the module "${foreign}"; start the worker with --module and that path, if it may`,
		};
	if (jobHash({ program, kind, spec: spec as Json }) !== hash)
		return {
			reason: 'its data files are not those of the study; put them at the same paths there',
		};
	const task = {
		...{ kind, hash, spec: spec as Json },
		...(folder === null ? {} : { folder }),
		...(command === null ? {} : { command }),
	};
	return { outcome: await pool.run(task, progress, signal) };
}

/** Modules of the user's that a job would load. */
function modulesIn(value: unknown): string[] {
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, part]) =>
		key === 'module' && typeof part === 'string' ? [part] : modulesIn(part),
	);
}
