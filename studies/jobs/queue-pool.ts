import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../../kernel/bus/store.ts';
import { sha256 } from '../../kernel/files/canonical.ts';
import { encode } from '../../protocol/codec.ts';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import type { Message } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { JobProgress, Pool, PoolJob } from '../sweep/pool.ts';
import { PoolClosed } from '../sweep/worker-pool.ts';
import type { Collected } from './collect.ts';
import { type Fetch, Fetches } from './fetches.ts';
import { Home } from './home.ts';
import { RETRY_MS, SERVER_BACK_MS, TRIES } from './limits.ts';
import { StudyQueue, type StudyQueueOptions } from './study-queue.ts';
import type { WaitingJob } from './waiting-job.ts';
import { WorkerWords } from './worker-words.ts';

export interface QueuePoolOptions extends StudyQueueOptions {
	/** The queue is that of a study that was killed: what workers did meanwhile is taken. */
	readonly isResumed: boolean;
	/** Does jobs here as well, so many at a time. */
	readonly local: { readonly pool: Pool; readonly size: number };
	/** Told what people should know. */
	readonly say: (text: string) => void;
}

/** Nobody is known to have it. */
function isFree({ stage, count }: WaitingJob): boolean {
	return stage !== 'home' && count === 0;
}

/** Jobs that are in the queue at a time: if the study is killed, workers do so many in vain at most. */
const AHEAD = 256;
/** How often the queue is looked at: words of workers may be lost, the queue is not. */
const LOOK_MS = 1_000;
/** The queue is idle while a job is in it, so many looks in a row: it was given out as often as it may be. */
const IDLE_LOOKS = 3;
const LEAVE_LIMIT_MS = 5_000;

/**
 * Puts jobs into a work queue, and takes what they came to out of a store. Words of workers make that faster; what counts is whether a
 * job is still in the queue, and what lies in the store. Where a job is done changes nothing of what it comes to: a result
 * that cannot be one, or a file that may not be, is left aside, and the job is done again.
 */
export class QueuePool implements Pool {
	readonly #options: QueuePoolOptions;
	readonly #queue: StudyQueue;
	readonly #words: WorkerWords;
	readonly #home: Home;
	/** Jobs without an outcome, by name. */
	readonly #jobs = new Map<string, WaitingJob>();
	/** Those that are not in the queue yet. */
	readonly #next: WaitingJob[] = [];
	/** Jobs that were in the queue before. */
	readonly #before: ReadonlySet<string>;
	readonly #fetches = new Fetches((fetch) => this.#collect(fetch));
	#idleLooks = 0;
	#isLooking = false;
	readonly #looks: NodeJS.Timeout;
	#isClosed = false;
	#isCutOff = false;
	#leaving: Promise<boolean> = Promise.resolve(false);

	/** @throws StoreError where the server has no JetStream */
	static async open(options: QueuePoolOptions): Promise<QueuePool> {
		const queue = await StudyQueue.open(options);
		return new QueuePool(options, queue, (await queue.queue.state()).left);
	}

	private constructor(options: QueuePoolOptions, queue: StudyQueue, before: ReadonlySet<string>) {
		this.#options = options;
		this.#queue = queue;
		this.#before = before;
		const jobOf = (name: string) => this.#jobs.get(name);
		this.#words = new WorkerWords({
			...{ ...options, jobOf },
			onDone: (job) => this.#collectSoon(job, false),
		});
		this.#home = new Home({
			...{ ...options.local, queue: () => queue.queue, silenceMs: options.silenceMs, jobOf },
			nextAway: () => [...this.#jobs.values()].find(isFree) ?? null,
			isWanted: () => this.#jobs.size > 0,
			settle: (job, outcome) => this.#settle(job, outcome),
		});
		this.#looks = setInterval(() => void this.#look(), LOOK_MS);
		void options.bus.closed.then((reason) =>
			this.#cutOff(plainText(reason?.message ?? 'the bus was closed')),
		);
	}

	/** Messages that were no words of workers. */
	get refusals(): Refusals {
		return this.#words.refusals;
	}

	run(job: PoolJob, progress: JobProgress = () => {}): Promise<Outcome> {
		return new Promise((resolve, reject) => {
			const { kind, hash, spec, folder = null, command = null } = job;
			const { program } = this.#options;
			const payload = encode({
				...{ type: 'job', program, kind, hash, spec, folder, command, tries: TRIES },
			} as Message);
			const waiting: WaitingJob = {
				...{ name: `job-${sha256(payload)}`, payload, job, progress, resolve, reject },
				...{ stage: 'new', losses: 0, outages: 0, count: 0, worker: 'its worker', reason: null },
			};
			this.#jobs.set(waiting.name, waiting);
			if (this.#isCutOff) this.#home.add(waiting);
			else this.#next.push(waiting);
			this.#fill();
		});
	}

	close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		clearInterval(this.#looks);
		this.#words.close();
		this.#home.close();
		for (const { reject } of this.#jobs.values()) reject(new PoolClosed('the pool was closed'));
		this.#jobs.clear();
		const limit = sleep(LEAVE_LIMIT_MS, false, { ref: false });
		const removed = () =>
			this.#queue.queue.remove().then(
				() => true,
				() => false,
			);
		if (!this.#isCutOff) this.#leaving = Promise.race([removed(), limit]);
		const { count, duplicates } = this.refusals.tally();
		if (count + duplicates > 0)
			this.#options.say(`Refused ${count + duplicates} messages that were not of this study`);
	}

	/** After `close()`: resolves when the queue is gone and workers are told; false if that could not be. */
	left(): Promise<boolean> {
		return this.#leaving;
	}

	/** Keeps the queue filled. */
	#fill(): void {
		const room = AHEAD - (this.#jobs.size - this.#next.length);
		if (this.#isClosed || this.#isCutOff) return;
		for (const job of this.#next.splice(0, Math.max(0, room))) void this.#begin(job);
	}

	async #begin(job: WaitingJob): Promise<void> {
		if (this.#options.isResumed) {
			// A worker may have done it, or have it; a failure is tried again.
			const found = await this.#queue.collector.collect(job).catch(() => null);
			if (found?.type === 'outcome' && 'result' in found.outcome)
				return this.#settle(job, found.outcome);
			if (this.#before.has(job.name)) {
				job.stage = 'queued';
				this.#home.wake();
				return;
			}
		}
		await this.#put(job);
	}

	async #put(job: WaitingJob): Promise<void> {
		for (let attempt = 1; this.#isWaiting(job) && job.stage !== 'home'; attempt++) {
			job.outages = this.#queue.outages;
			try {
				await this.#queue.queue.put(job.name, job.payload);
				if (job.stage === 'new') job.stage = 'queued';
				this.#home.wake();
				return;
			} catch (error) {
				await this.#look();
				if (this.#queue.isAway) attempt = 0;
				if (attempt >= TRIES) return this.#giveUp(job, messageOf(error));
				await sleep(RETRY_MS);
			}
		}
	}

	#isWaiting(job: WaitingJob): boolean {
		return this.#jobs.get(job.name) === job && !this.#isCutOff;
	}

	#settle(job: WaitingJob, outcome: Outcome): void {
		if (this.#jobs.get(job.name) !== job) return;
		this.#jobs.delete(job.name);
		job.resolve(outcome);
		this.#fill();
	}

	/** No worker does it. */
	#giveUp(job: WaitingJob, reason: string): void {
		if (!this.#isWaiting(job) || job.stage === 'home' || this.#home.add(job)) return;
		this.#settle(job, { failure: `no worker did it; the last one: ${reason}` });
	}

	/** What has left the queue is done; what is left in an idle one will not be. */
	async #look(): Promise<void> {
		if (this.#isLooking || this.#isCutOff || this.#jobs.size === 0) return;
		const known = [...this.#jobs.values()]
			.filter(({ stage }) => stage === 'queued')
			.map((job) => ({ job, losses: job.losses }));
		this.#isLooking = true;
		const look = await this.#queue.look();
		this.#isLooking = false;
		this.#home.setAway(look.type === 'away');
		if (this.#isClosed || look.type === 'away') {
			if (look.type === 'away' && look.forMs >= SERVER_BACK_MS) this.#cutOff(look.reason);
			return;
		}
		if (look.type === 'anew') return this.#putAgain(known.map(({ job }) => job));
		const { left, isIdle } = look.state;
		this.#idleLooks = isIdle ? this.#idleLooks + 1 : 0;
		for (const { job, losses } of known) {
			// Put there again since the answer was on its way.
			if (job.stage !== 'queued' || job.losses !== losses) continue;
			if (!left.has(job.name)) this.#collectSoon(job, true);
			else if (this.#idleLooks >= IDLE_LOOKS) void this.#givenOut(job);
		}
	}

	/** The server came back without what it had. Those who have a job go on with it: its result counts if it comes. */
	#putAgain(jobs: readonly WaitingJob[]): void {
		const { say } = this.#options;
		say(`The NATS server has lost what was in its queue; ${jobs.length} runs are put there again`);
		for (const job of jobs) {
			job.stage = 'new';
			job.count = 0;
			void this.#put(job);
		}
	}

	/** It was given to as many workers as it may; those that lost it while the server was away are no reason to give it up. */
	async #givenOut(job: WaitingJob): Promise<void> {
		if (job.outages === this.#queue.outages) return this.#giveUp(job, this.#words.reasonOf(job));
		job.stage = 'new';
		job.count = 0;
		await this.#put(job);
	}

	/** @param isGone it is in the queue no more */
	#collectSoon(job: WaitingJob, isGone: boolean): void {
		if (job.stage !== 'home') this.#fetches.add({ job, isGone });
	}

	async #collect({ job, isGone }: Fetch): Promise<void> {
		if (!this.#isWaiting(job)) return;
		try {
			const found = await this.#queue.collector.collect(job);
			if (this.#isWaiting(job)) await this.#collected(job, found, isGone);
		} catch (error) {
			// The server will do it later; such as a full disk is nothing that another worker would do better.
			if (error instanceof StoreError) return;
			this.#jobs.delete(job.name);
			job.reject(error as Error);
		}
	}

	async #collected(job: WaitingJob, found: Collected, isGone: boolean): Promise<void> {
		if (found.type === 'outcome') return this.#settle(job, found.outcome);
		if (found.type === 'given-up') return this.#givenOut(job);
		if (found.type === 'none' && !isGone) return;
		if (found.type === 'bad')
			job.reason = `what ${found.worker} sent cannot be right: ${found.reason}`;
		else job.reason = 'it was gone from the queue';
		if (++job.losses >= TRIES) return this.#giveUp(job, job.reason);
		this.#words.again(job.reason);
		// Whoever put something there that is none may have another’s job, who goes on with it.
		if (!isGone && (await this.#queue.queue.state()).left.has(job.name)) return;
		job.count = 0;
		job.stage = 'new';
		await this.#put(job);
	}

	/** Without a bus there are no workers: what they had is done here. */
	#cutOff(why: string): void {
		if (this.#isClosed || this.#isCutOff) return;
		this.#isCutOff = true;
		clearInterval(this.#looks);
		this.#options.say(`No more workers: ${why}`);
		this.#home.cutOff();
		this.#next.length = 0;
		for (const job of [...this.#jobs.values()])
			if (job.stage !== 'home' && !this.#home.add(job)) {
				this.#jobs.delete(job.name);
				job.reject(new SimulationError(why));
			}
	}
}
