import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Bus } from '../../kernel/bus/bus.ts';
import { MemoryBroker } from '../../kernel/bus/memory-bus.ts';
import type { Delivery, FoundQueue } from '../../kernel/bus/work-queue.ts';
import { jobHash } from '../../kernel/files/identity.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { Job } from '../../protocol/job-messages.ts';
import type { Message } from '../../protocol/messages.ts';
import { RESULTS_STORE, studySubject } from '../../protocol/subjects.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { Pool, PoolJob } from '../sweep/pool.ts';
import type { WorkerPool } from '../sweep/worker-pool.ts';
import { RESULTS } from './limits.ts';
import { QueuePool } from './queue-pool.ts';
import { QueueWorker } from './queue-worker.ts';

/** Jobs in a queue in memory; what does them are functions of ours. */

export const PROGRAM = 'test';
export const QUEUE = 'g-study';
const GROUP = 'g';
const RESULT_KINDS = { odd: z.number() };
export const EMPTY = createHash('sha256').digest('hex');

export function jobOf(value: number, into?: string): PoolJob {
	const spec = { value };
	const hash = jobHash({ program: PROGRAM, kind: 'odd', spec });
	return { kind: 'odd', hash, spec, ...(into === undefined ? {} : { folder: into }) };
}

export const square = ({ spec }: PoolJob): Outcome => ({
	result: (spec as { value: number }).value ** 2,
});

interface WorkerOptions {
	readonly program?: string;
	readonly group?: string;
	readonly bus?: Bus;
}

type Work = (job: PoolJob) => Outcome | Promise<Outcome>;

class HandPool implements Pool {
	readonly #work: Work;

	constructor(work: Work) {
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

export interface Bench {
	readonly pool: QueuePool;
	readonly said: string[];
	connect(): Bus;
	/** Another study, or the same one again. */
	study(queue: string, more?: { isResumed?: boolean; bus?: Bus }): Promise<QueuePool>;
	/** Starts a worker that does jobs as `work` does. */
	worker(name: string, work: Work, more?: WorkerOptions): QueueWorker;
}

/** A study that does `atHome` jobs at a time by itself. */
export async function withBench(
	{ atHome, silenceMs = 60_000 }: { atHome: number; silenceMs?: number },
	work: (bench: Bench) => Promise<void>,
): Promise<void> {
	const broker = new MemoryBroker();
	const said: string[] = [];
	const say = (text: string) => void said.push(text);
	const study: Bench['study'] = (queue, { isResumed = false, bus = broker.connect() } = {}) =>
		QueuePool.open({
			...{ bus, queue, isResumed, program: PROGRAM, silenceMs, say },
			...{ results: RESULT_KINDS, local: { pool: new HandPool(square), size: atHome } },
		});
	const pool = await study(QUEUE);
	const workers: QueueWorker[] = [];
	try {
		await work({
			...{ pool, said, study, connect: () => broker.connect() },
			worker(name, doIt, { program = PROGRAM, group = GROUP, bus = broker.connect() } = {}) {
				const own = new HandPool(doIt) as unknown as WorkerPool;
				const worker = new QueueWorker({
					...{ modules: [], group, restMs: 1, bus, program, worker: name },
					...{ slots: 1, say: () => {}, poolOf: (kind) => (kind === 'odd' ? own : null) },
				});
				workers.push(worker);
				void worker.run();
				return worker;
			},
		});
	} finally {
		for (const worker of workers) worker.stop();
		pool.close();
		await pool.left();
		// What a study left that was killed would be waited for.
		const bus = broker.connect();
		for (const { name } of await bus.findQueues())
			await (await bus.openQueue(name, { about: '', silenceMs, deliveriesMax: 1 })).remove();
	}
}

/** Takes a job as a worker would. */
export async function takeJob(bus: Bus, from = QUEUE): Promise<{ delivery: Delivery; job: Job }> {
	for (;;) {
		const queue = (await bus.findQueues()).find(({ name }) => name === from) as FoundQueue;
		const delivery = await queue.take(1_000);
		if (delivery !== null) return { delivery, job: decode(delivery.payload, 'job') };
	}
}

/** What a worker says that a job came to. */
export function resultOf(
	{ delivery, job }: { readonly delivery: Pick<Delivery, 'name'>; readonly job: Job },
	more: object = {},
): Message {
	return {
		...{ type: 'job-result', job: delivery.name, hash: job.hash, worker: 'liar' },
		...{ outcome: { result: 7 }, parts: 'parts-of-liar', files: [], sha256: EMPTY },
		...more,
	} as Message;
}

/** Puts bytes where what a job came to is expected. */
export async function putResult(
	bus: Bus,
	name: string,
	result: Message | Uint8Array,
): Promise<void> {
	const store = await bus.openStore(RESULTS_STORE, RESULTS);
	await store.put(name, result instanceof Uint8Array ? result : encode(result));
}

/** Ends a job as a worker does, with this as what it came to. */
export async function endJob(
	bus: Bus,
	{ delivery }: { readonly delivery: Delivery },
	result: Message | Uint8Array,
): Promise<void> {
	await putResult(bus, delivery.name, result);
	await delivery.done();
	const over = { type: 'job-over', job: delivery.name, worker: 'liar', reason: null } as const;
	bus.publish(studySubject(QUEUE), encode(over));
}
