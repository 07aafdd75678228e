import { type ChildProcess, fork } from 'node:child_process';
import { plainText } from '../../protocol/plain-text.ts';
import type { Outcome } from './job-store.ts';
import type { JobProgress, Pool, PoolJob } from './pool.ts';
import type { WorkerMessage } from './worker-side.ts';

/** Thrown to whoever waits for a job of a pool that was closed. */
export class PoolClosed extends Error {
	override readonly name = 'PoolClosed';
}

interface Waiting {
	readonly job: PoolJob;
	readonly progress: JobProgress;
	readonly resolve: (outcome: Outcome) => void;
	readonly reject: (error: Error) => void;
}

interface Worker {
	readonly process: ChildProcess;
	job: Waiting | null;
	/** The end of what it wrote to standard error. */
	said: string;
}

const SAID_LIMIT = 2_000;

/**
 * Child processes that do jobs, each one at a time. They are forked when there is work for them. A job whose
 * process dies fails, with the way it died; the others go on.
 */
export class WorkerPool implements Pool {
	readonly #script: string;
	readonly #size: number;
	readonly #workers = new Set<Worker>();
	readonly #queue: Waiting[] = [];
	#isClosed = false;

	/** @param script the compiled file that calls `serveJobs` */
	constructor(script: string, size: number) {
		this.#script = script;
		this.#size = size;
	}

	/** @param signal gives the job up: it fails, and the process that does it is killed */
	run(job: PoolJob, progress: JobProgress = () => {}, signal?: AbortSignal): Promise<Outcome> {
		return new Promise((resolve, reject) => {
			const waiting = { job, progress, resolve, reject };
			this.#queue.push(waiting);
			signal?.addEventListener('abort', () => this.#giveUp(waiting), { once: true });
			this.#handOut();
		});
	}

	#giveUp(waiting: Waiting): void {
		const place = this.#queue.indexOf(waiting);
		if (place !== -1) {
			this.#queue.splice(place, 1);
			waiting.resolve({ failure: 'it was given up' });
		}
		for (const worker of this.#workers) if (worker.job === waiting) worker.process.kill('SIGKILL');
	}

	/** Ends the workers at once. Whoever waits for a job gets PoolClosed. */
	close(): void {
		this.#isClosed = true;
		for (const worker of this.#workers) {
			worker.process.kill('SIGKILL');
			worker.job?.reject(new PoolClosed('the pool was closed'));
			worker.job = null;
		}
		for (const { reject } of this.#queue.splice(0)) reject(new PoolClosed('the pool was closed'));
	}

	#handOut(): void {
		while (this.#queue.length > 0) {
			const worker = this.#idleWorker();
			if (worker === null) return;
			const job = this.#queue.shift() as Waiting;
			if (this.#isClosed) {
				job.reject(new PoolClosed('the pool was closed'));
				continue;
			}
			worker.job = job;
			worker.process.send(job.job, () => {});
		}
	}

	#idleWorker(): Worker | null {
		for (const worker of this.#workers) if (worker.job === null) return worker;
		return this.#workers.size < this.#size ? this.#fork() : null;
	}

	#fork(): Worker {
		const child = fork(this.#script, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
		const worker: Worker = { process: child, job: null, said: '' };
		this.#workers.add(worker);
		child.stderr?.on('data', (chunk: Buffer) => {
			worker.said = (worker.said + chunk.toString()).slice(-SAID_LIMIT);
		});
		child.on('message', (message: WorkerMessage) => {
			if ('progress' in message) {
				worker.job?.progress(message.progress);
				return;
			}
			this.#end(worker, message.outcome);
			this.#handOut();
		});
		child.on('error', (error) => {
			worker.said = error.message;
		});
		child.on('close', (code, signal) => {
			this.#workers.delete(worker);
			const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
			const word = worker.said.trim().split('\n').pop() ?? '';
			this.#end(worker, {
				failure: `its process ${how}${word === '' ? '' : `: ${plainText(word)}`}`,
			});
			if (!this.#isClosed) this.#handOut();
		});
		return worker;
	}

	#end(worker: Worker, outcome: Outcome): void {
		const { job } = worker;
		worker.job = null;
		job?.resolve(outcome);
	}
}
