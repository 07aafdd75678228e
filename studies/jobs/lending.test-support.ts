import * as assert from 'uvu/assert';
import * as z from 'zod';
import type { Bus } from '../../kernel/bus/bus.ts';
import { MemoryBroker } from '../../kernel/bus/memory-bus.ts';
import { jobHash } from '../../kernel/files/identity.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { Job } from '../../protocol/job-messages.ts';
import type { Message } from '../../protocol/messages.ts';
import { studySubjects } from '../../protocol/subjects.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { Pool, PoolJob } from '../sweep/pool.ts';
import type { WorkerPool } from '../sweep/worker-pool.ts';
import { Borrower } from './borrow.ts';
import { LendingPool } from './lend.ts';

/** Jobs over a bus in memory; what does them are functions of ours. */

export const PROGRAM = 'test';
export const SUBJECTS = studySubjects('study');
/** Of those who do no work but speak. */
export const SECRET = '5e'.repeat(32);
const RESULTS = { odd: z.number() };

export function jobOf(value: number, into?: string): PoolJob {
	const spec = { value };
	const hash = jobHash({ program: PROGRAM, kind: 'odd', spec });
	return { kind: 'odd', hash, spec, ...(into === undefined ? {} : { folder: into }) };
}

export const square = ({ spec }: PoolJob): Outcome => ({
	result: (spec as { value: number }).value ** 2,
});

class HandPool implements Pool {
	readonly #work: (job: PoolJob) => Outcome | Promise<Outcome>;

	constructor(work: (job: PoolJob) => Outcome | Promise<Outcome>) {
		this.#work = work;
	}

	run(job: PoolJob, _progress?: unknown, signal?: AbortSignal): Promise<Outcome> {
		const givenUp = new Promise<Outcome>((resolve) => {
			signal?.addEventListener('abort', () => resolve({ failure: 'it was given up' }));
		});
		return Promise.race([Promise.resolve(this.#work(job)), givenUp]);
	}

	close(): void {}
}

interface Bench {
	readonly pool: LendingPool;
	readonly said: string[];
	connect(): Bus;
	/** Starts a worker that does jobs as `work` does. */
	worker(
		name: string,
		work: (job: PoolJob) => Outcome | Promise<Outcome>,
		program?: string,
	): Borrower;
}

/** A study that does `atHome` jobs at a time by itself. */
export async function withBench(
	{ atHome, silenceMs = 60_000 }: { atHome: number; silenceMs?: number },
	work: (bench: Bench) => Promise<void>,
): Promise<void> {
	const broker = new MemoryBroker();
	const said: string[] = [];
	const local = { pool: new HandPool(square), size: atHome };
	const say = (text: string) => void said.push(text);
	const options = { study: 'study', program: PROGRAM, local, silenceMs, results: RESULTS, say };
	const pool = new LendingPool({ ...options, bus: broker.connect() });
	const workers: Borrower[] = [];
	try {
		await work({
			...{ pool, said, connect: () => broker.connect() },
			worker(name, doIt, program = PROGRAM) {
				const own = new HandPool(doIt) as unknown as WorkerPool;
				const borrower = new Borrower({
					modules: [],
					...{ bus: broker.connect(), program, worker: name, slots: 1, say: () => {} },
					poolOf: (kind) => (kind === 'odd' ? own : null),
				});
				workers.push(borrower);
				void borrower.run();
				return borrower;
			},
		});
	} finally {
		for (const worker of workers) worker.stop();
		pool.close();
	}
}

export async function ask(bus: Bus, subject: string, message: Message): Promise<Message> {
	const answer = await bus.request(subject, encode(message), 5_000);
	return decode(answer, 'jobs-offered', 'job', 'refused', 'ok');
}

/** Takes a job as a worker of this name would. */
export async function takeJob(bus: Bus, worker: string, secret = SECRET): Promise<Job> {
	const job = await ask(bus, SUBJECTS.take, { type: 'job-take', worker, secret });
	assert.is(job.type, 'job');
	return job as Job;
}
