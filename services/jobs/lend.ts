import { appendFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { decode, encode } from '../../protocol/codec.ts';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import type { JobEnd, JobFile } from '../../protocol/job-messages.ts';
import type { Message } from '../../protocol/messages.ts';
import { JOBS_SUBJECT, studySubjects } from '../../protocol/subjects.ts';
import type { Bus, Subscription } from '../bus/bus.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { JobProgress, Pool, PoolJob } from '../sweep/pool.ts';
import { PoolClosed } from '../sweep/worker-pool.ts';

export interface LendOptions {
	readonly bus: Bus;
	/** A name of its own on the bus. */
	readonly study: string;
	/** See programIdentity: only workers with the same one get jobs. */
	readonly program: string;
	/** Does jobs here as well, so many at a time. */
	readonly local: { readonly pool: Pool; readonly size: number };
	/** A worker that is silent for so long has lost its job. */
	readonly silenceMs: number;
	/** Told what people should know. */
	readonly say: (text: string) => void;
}

interface Waiting {
	readonly job: PoolJob;
	readonly progress: JobProgress;
	readonly resolve: (outcome: Outcome) => void;
	readonly reject: (error: Error) => void;
	/** Workers that were lost while they did it, or could not. */
	losses: number;
}

/** A job in the hands of a worker. */
interface Loan {
	readonly waiting: Waiting;
	readonly worker: string;
	heardMs: number;
	/** Bytes of files so far. */
	received: number;
}

/** Words come so many times within the silence that ends a loan. */
const WORDS_PER_SILENCE = 10;
/** After so many workers a job is done here, or fails. */
const LOSSES_MAX = 3;

/** What is being received goes by this name beside where it will be. */
export const INCOMING = /\.incoming-[\w-]+$/;

/**
 * Does jobs here and lends them to workers that ask for them over a bus. A job whose worker dies, falls silent or
 * gives it back waits again, ahead of the others. Where a job is done changes nothing of what it comes to.
 */
export class LendingPool implements Pool {
	readonly #options: LendOptions;
	readonly #queue: Waiting[] = [];
	readonly #loans = new Map<string, Loan>();
	readonly #subscriptions: Subscription[];
	readonly #timer: NodeJS.Timeout;
	readonly #refused = new Set<string>();
	#atHome = 0;
	#count = 0;
	#isClosed = false;
	#isCutOff = false;

	constructor(options: LendOptions) {
		this.#options = options;
		const { bus, study, silenceMs } = options;
		const { take, word, file, end } = studySubjects(study);
		this.#subscriptions = [
			bus.subscribe(JOBS_SUBJECT, (bytes) => this.#offer(bytes)),
			bus.subscribe(take, (bytes) => encode(this.#lend(decode(bytes, 'job-take').worker))),
			bus.subscribe(word, (bytes) => {
				const { token, part } = decode(bytes, 'job-word');
				return this.#heard(token, ({ waiting, worker }) => waiting.progress(part, worker));
			}),
			bus.subscribe(file, (bytes) => {
				const message = decode(bytes, 'job-file');
				return this.#heard(message.token, (loan) => {
					receive(loan.waiting.job, message);
					loan.received += message.bytes.length;
				});
			}),
			bus.subscribe(end, (bytes) => {
				const message = decode(bytes, 'job-end');
				return this.#heard(message.token, (loan) => this.#end(loan, message));
			}),
		];
		this.#timer = setInterval(() => this.#expire(), silenceMs / 4);
		void bus.closed.then((reason) => this.#cutOff(reason));
	}

	run(job: PoolJob, progress: JobProgress = () => {}): Promise<Outcome> {
		return new Promise((resolve, reject) => {
			this.#queue.push({ job, progress, resolve, reject, losses: 0 });
			this.#work();
		});
	}

	close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		clearInterval(this.#timer);
		for (const subscription of this.#subscriptions) subscription.unsubscribe();
		this.#options.local.pool.close();
		for (const [token, { waiting }] of this.#loans) this.#drop(token, waiting);
		for (const { reject } of this.#queue.splice(0)) reject(new PoolClosed('the pool was closed'));
	}

	#drop(token: string, { job, reject }: Waiting): void {
		this.#loans.delete(token);
		forgetIncoming(job, token);
		reject(new PoolClosed('the pool was closed'));
	}

	/** Takes jobs off the queue for the processes of this machine. */
	#work(): void {
		const { pool, size } = this.#options.local;
		while (this.#atHome < size && this.#queue.length > 0) {
			const { job, progress, resolve, reject } = this.#queue.shift() as Waiting;
			this.#atHome++;
			void pool
				.run(job, progress)
				.then(resolve, reject)
				.finally(() => {
					this.#atHome--;
					if (!this.#isClosed) this.#work();
				});
		}
	}

	#offer(bytes: Uint8Array): Uint8Array | undefined {
		const { program, worker } = decode(bytes, 'jobs-wanted');
		const { study } = this.#options;
		// Silence: another study may have work for it.
		if (this.#queue.length === 0) return undefined;
		if (program === this.#options.program) return encode({ type: 'jobs-offered', study });
		if (!this.#refused.has(worker))
			this.#options.say(`Worker ${worker} is of another version (${program}) and gets no runs`);
		this.#refused.add(worker);
		const reason = `the study has version ${this.#options.program}, this is ${program}`;
		return encode({ type: 'refused', reason, retry: true });
	}

	#lend(worker: string): Message {
		const place = this.#queue.findIndex(({ losses }) => losses < LOSSES_MAX);
		if (place === -1) return { type: 'refused', reason: 'nothing is left to do', retry: true };
		const [waiting] = this.#queue.splice(place, 1) as [Waiting];
		const token = `loan-${++this.#count}`;
		this.#loans.set(token, { waiting, worker, heardMs: performance.now(), received: 0 });
		waiting.progress(0, worker);
		const { kind, hash, spec, folder = null, command = null } = waiting.job;
		const wordEveryMs = this.#options.silenceMs / WORDS_PER_SILENCE;
		const told = { type: 'job', token, kind, hash, spec, folder, command, wordEveryMs };
		return told as Message;
	}

	/** A worker speaks of its job, if it still is its own. */
	#heard(token: string, act: (loan: Loan) => void): Uint8Array {
		const loan = this.#loans.get(token);
		if (loan === undefined)
			return encode({ type: 'refused', reason: 'the job is somebody else’s by now', retry: false });
		loan.heardMs = performance.now();
		try {
			act(loan);
			return encode({ type: 'ok' });
		} catch (error) {
			// Such as a full disk: no other worker would do better.
			this.#loans.delete(token);
			forgetIncoming(loan.waiting.job, token);
			loan.waiting.reject(error as Error);
			return encode({ type: 'refused', reason: messageOf(error), retry: false });
		}
	}

	#end({ waiting, worker, received }: Loan, { token, outcome, reason, bytes }: JobEnd): void {
		this.#loans.delete(token);
		if (outcome === null) {
			this.#giveBack(waiting, token, `${worker} gave it back: ${reason}`);
			return;
		}
		if (received !== bytes) {
			this.#giveBack(
				waiting,
				token,
				`of its files ${received} of ${bytes} bytes came from ${worker}`,
			);
			return;
		}
		if ('result' in outcome) settle(waiting.job, token);
		else forgetIncoming(waiting.job, token);
		waiting.resolve(outcome as Outcome);
	}

	#giveBack(waiting: Waiting, token: string, reason: string): void {
		forgetIncoming(waiting.job, token);
		waiting.losses++;
		if (waiting.losses >= LOSSES_MAX && this.#options.local.size === 0) {
			waiting.resolve({ failure: `no worker did it; the last one: ${reason}` });
			return;
		}
		this.#options.say(`A run is done again: ${reason}`);
		this.#queue.unshift(waiting);
		this.#work();
	}

	#expire(): void {
		const nowMs = performance.now();
		const { silenceMs } = this.#options;
		for (const [token, { waiting, worker, heardMs }] of this.#loans) {
			if (nowMs - heardMs < silenceMs) continue;
			this.#loans.delete(token);
			this.#giveBack(
				waiting,
				token,
				`${worker} is silent since ${(silenceMs / 1000).toFixed(0)} s`,
			);
		}
	}

	/** Without a bus there are no workers: what they had is done here. */
	#cutOff(reason: Error | null): void {
		if (this.#isClosed || this.#isCutOff) return;
		this.#isCutOff = true;
		const why = reason?.message ?? 'the bus was closed';
		const { size } = this.#options.local;
		this.#options.say(`No more workers: ${why}`);
		for (const [token, { waiting }] of this.#loans) {
			this.#loans.delete(token);
			forgetIncoming(waiting.job, token);
			this.#queue.unshift(waiting);
		}
		if (size === 0)
			for (const { reject } of this.#queue.splice(0)) reject(new SimulationError(why));
		this.#work();
	}
}

const incomingOf = (folder: string, token: string): string => `${folder}.incoming-${token}`;

function receive({ folder }: PoolJob, { token, path, bytes }: JobFile): void {
	const within = normalize(path);
	if (folder === undefined || isAbsolute(within) || within.startsWith('..'))
		throw new SimulationError(
			`Cannot take the file "${path}" of a worker: it is outside its folder`,
		);
	const target = join(incomingOf(folder, token), within);
	mkdirSync(dirname(target), { recursive: true });
	appendFileSync(target, bytes);
}

/** What was received takes its place as a whole. */
function settle({ folder }: PoolJob, token: string): void {
	if (folder === undefined) return;
	rmSync(folder, { recursive: true, force: true });
	renameSync(incomingOf(folder, token), folder);
}

function forgetIncoming({ folder }: PoolJob, token: string): void {
	if (folder !== undefined) rmSync(incomingOf(folder, token), { recursive: true, force: true });
}
