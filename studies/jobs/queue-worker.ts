import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../kernel/bus/bus.ts';
import { type Store, StoreError } from '../../kernel/bus/store.ts';
import type { Delivery, FoundQueue } from '../../kernel/bus/work-queue.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Job } from '../../protocol/job-messages.ts';
import type { Message } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { Refusals } from '../../protocol/refusals.ts';
import {
	jobSubject,
	RESULTS_STORE,
	studySubject,
	WORKERS_SUBJECT,
} from '../../protocol/subjects.ts';
import type { Outcome } from '../sweep/job-store.ts';
import { type DoerOptions, type DoneHere, doJob } from './do-job.ts';
import { type SentFiles, sendFiles } from './job-files.ts';
import { RESULTS, RETRY_MS, SERVER_BACK_MS, TAKE_MS, WORDS_PER_SILENCE } from './limits.ts';

export interface QueueWorkerOptions extends DoerOptions {
	readonly bus: Bus;
	/** See studyGroup: names of the queues that it may take from begin with it. */
	readonly group: string;
	/** Machine and process, for people. */
	readonly worker: string;
	/** Whole runs done at a time. */
	readonly slots: number;
	/** Told what people should know. */
	readonly say: (text: string) => void;
	/** A study of which it could not do a job gets on without it for so long. Default: 10 s. */
	readonly restMs?: number;
}

const REST_MS = 10_000;
/** How often it looks which studies there are, and how often it says that it has room. */
const FIND_MS = 500;
const WANTED_MS = 5_000;

/** Null: nobody wants the job any more. */
type End = DoneHere | null;

/** A worker's side of QueuePool: takes whole runs out of the queues of studies, does them in processes of its own, and puts what they come to into a store. */
export class QueueWorker {
	/** Jobs that were none. */
	readonly refusals: Refusals;
	readonly #options: QueueWorkerOptions;
	readonly #stopping = new AbortController();
	#found: Promise<readonly FoundQueue[]> = Promise.resolve([]);
	#foundMs = Number.NEGATIVE_INFINITY;
	#wantedMs = Number.NEGATIVE_INFINITY;
	#turn = 0;
	/** Until when it leaves a queue alone. */
	readonly #resting = new Map<string, number>();
	readonly #told = new Set<string>();
	#store: Promise<Store> | null = null;

	constructor(options: QueueWorkerOptions) {
		this.#options = options;
		this.refusals = new Refusals(options.say);
		// A few for each slot; a machine with many cores is no leak.
		setMaxListeners(0, this.#stopping.signal);
	}

	/** Works until `stop` is called or the bus is lost. */
	async run(): Promise<void> {
		const slots = Array.from({ length: this.#options.slots }, () => this.#slot());
		const lost = this.#options.bus.closed.then(() => this.#stopping.abort());
		await Promise.race([Promise.all(slots), lost]);
		await Promise.allSettled(slots);
	}

	/** Gives back what is not done. */
	stop(): void {
		this.#stopping.abort();
	}

	async #slot(): Promise<void> {
		const { signal } = this.#stopping;
		while (!signal.aborted) {
			let wait = FIND_MS;
			try {
				const queue = await this.#next();
				const delivery = queue === null ? null : await queue.take(TAKE_MS);
				if (queue !== null) wait = 0;
				if (queue !== null && delivery !== null) await this.#take(queue, delivery);
			} catch (error) {
				// A server that is busy or away, a queue that is gone by now.
				if (!(error instanceof StoreError)) throw error;
				wait = RETRY_MS;
			}
			if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => {});
		}
	}

	/** The queue to take from: one after the other of those with jobs that nobody had, or else of all. */
	async #next(): Promise<FoundQueue | null> {
		const nowMs = performance.now();
		if (nowMs - this.#wantedMs > WANTED_MS) {
			this.#wantedMs = nowMs;
			const { program, worker, bus } = this.#options;
			bus.publish(WORKERS_SUBJECT, encode({ type: 'jobs-wanted', program, worker }));
		}
		if (nowMs - this.#foundMs > FIND_MS) {
			this.#foundMs = nowMs;
			this.#found = this.#options.bus.findQueues();
		}
		const ours = (await this.#found).filter((queue) => this.#isOurs(queue, nowMs));
		const waiting = ours.filter(({ waiting: count }) => count > 0);
		const from = waiting.length > 0 ? waiting : ours;
		return from[this.#turn++ % from.length] ?? null;
	}

	#isOurs({ name, about, waiting }: FoundQueue, nowMs: number): boolean {
		const { group, program, say } = this.#options;
		if (name.startsWith(`${group}-`)) return (this.#resting.get(name) ?? 0) <= nowMs;
		if (waiting === 0 || this.#told.has(about)) return false;
		this.#told.add(about);
		const reason =
			about === program
				? 'it has another join key'
				: `the study has version ${plainText(about)}, this is ${program}`;
		say(`Cannot work for a study: ${reason}`);
		return false;
	}

	async #take(queue: FoundQueue, delivery: Delivery): Promise<void> {
		let job: Job;
		try {
			job = decode(delivery.payload, 'job');
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error;
			const subject = jobSubject(queue.name, '*');
			this.refusals.refuse({ subject, kind: 'unreadable', reason: error.message });
			await delivery.done();
			return;
		}
		if (delivery.count > job.tries) await this.#give(queue, delivery, { job, outcome: null });
		else await this.#do(queue, delivery, job);
	}

	async #do(queue: FoundQueue, delivery: Delivery, job: Job): Promise<void> {
		const over = new AbortController();
		const stop = () => over.abort();
		const { signal } = this.#stopping;
		signal.addEventListener('abort', stop, { once: true });
		if (signal.aborted) stop();
		const folder = job.folder === null ? null : mkdtempSync(join(tmpdir(), 'gridbeat-job-'));
		const name = `${job.kind} ${plainText(job.hash.slice(0, 8))}`;
		const startedMs = performance.now();
		this.#options.say(`Begins ${name}`);
		let part = 0;
		let isWanted = true;
		const word = () => {
			const { worker } = this.#options;
			const { name: own, count } = delivery;
			this.#say(queue, { type: 'job-word', job: own, worker, part, count });
			const lost = (wanted: boolean) => {
				if (wanted) return;
				isWanted = false;
				over.abort();
			};
			delivery.working().then(lost, () => {});
		};
		word();
		const words = setInterval(word, queue.silenceMs / WORDS_PER_SILENCE);
		try {
			const told = await doJob(this.#options, {
				...{ job, folder, signal: over.signal },
				progress: (done) => {
					part = done;
				},
			});
			const stopped = isWanted ? { reason: 'it was stopped' } : null;
			const end = over.signal.aborted ? stopped : told;
			const how = await this.#end({ queue, delivery, job, folder }, end);
			const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
			this.#options.say(`${name}: ${plainText(how)} (${seconds} s)`);
		} finally {
			clearInterval(words);
			signal.removeEventListener('abort', stop);
			if (folder !== null) rmSync(folder, { recursive: true, force: true });
		}
	}

	/** What became of a job, in words. */
	async #end(
		taken: {
			readonly queue: FoundQueue;
			readonly delivery: Delivery;
			readonly job: Job;
			readonly folder: string | null;
		},
		end: End,
	): Promise<string> {
		const { queue, delivery, job, folder } = taken;
		if (end === null) return 'nobody wants it any more';
		if ('outcome' in end) {
			const files = 'result' in end.outcome ? folder : null;
			const isSent = await this.#give(queue, delivery, { job, outcome: end.outcome, files });
			if (isSent) return 'failure' in end.outcome ? end.outcome.failure : 'done';
		}
		const reason = 'reason' in end ? end.reason : 'its result could not be put into the store';
		// Others may do it at once.
		if (!this.#stopping.signal.aborted)
			this.#resting.set(queue.name, performance.now() + (this.#options.restMs ?? REST_MS));
		const { worker } = this.#options;
		this.#say(queue, { type: 'job-over', job: delivery.name, worker, reason });
		await delivery.giveBack(0);
		return `given back: ${reason}`;
	}

	/** Puts what a job came to into the store, and takes it out of the queue; false if the store does not take it. */
	async #give(
		queue: FoundQueue,
		delivery: Delivery,
		{
			job,
			outcome,
			files = null,
		}: { readonly job: Job; readonly outcome: Outcome | null; readonly files?: string | null },
	): Promise<boolean> {
		const { name } = delivery;
		const { worker } = this.#options;
		const beganMs = performance.now();
		while (!this.#stopping.signal.aborted && performance.now() - beganMs < SERVER_BACK_MS) {
			try {
				const store = await this.#results();
				const sent: SentFiles = await sendFiles(store, files, job.folder);
				const result = { type: 'job-result', job: name, hash: job.hash, worker, outcome, ...sent };
				await store.put(name, encode(result as Message));
			} catch (error) {
				this.#waitForStore(error);
				await sleep(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
				continue;
			}
			// Where that does not arrive it is given out once more, or is in no queue any more: its result is there.
			await delivery.done().catch((error: unknown) => this.#waitForStore(error));
			this.#say(queue, { type: 'job-over', job: name, worker, reason: null });
			return true;
		}
		return false;
	}

	/** The store is full or away, or somebody makes it anew. */
	#waitForStore(error: unknown): void {
		if (!(error instanceof StoreError)) throw error;
		this.#store = null;
		if (!this.#told.has(error.message)) this.#options.say(error.message);
		this.#told.add(error.message);
	}

	#results(): Promise<Store> {
		this.#store ??= this.#options.bus
			.openStore(RESULTS_STORE, { ...RESULTS, create: false })
			.catch((error: unknown) => {
				this.#store = null;
				throw error;
			});
		return this.#store;
	}

	/** To people; lost with the bus. */
	#say({ name }: FoundQueue, message: Message): void {
		try {
			this.#options.bus.publish(studySubject(name), encode(message));
		} catch {
			this.#stopping.abort();
		}
	}
}
