import { randomBytes } from 'node:crypto';
import type * as z from 'zod';
import type { Bus, Subscription } from '../../kernel/bus/bus.ts';
import { encode } from '../../protocol/codec.ts';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { JobEnd, JobsWanted, JobTake } from '../../protocol/job-messages.ts';
import type { Message, MessageOf, MessageType } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { type RefusalKind, Refusals } from '../../protocol/refusals.ts';
import { JOBS_SUBJECT, studySubjects } from '../../protocol/subjects.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { JobProgress, Pool, PoolJob } from '../sweep/pool.ts';
import { PoolClosed } from '../sweep/worker-pool.ts';
import { BadFile, IncomingFiles } from './incoming.ts';

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
	/** What results look like, by kind of job: others are not taken from workers. */
	readonly results: Readonly<Record<string, z.ZodType>>;
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
	readonly token: string;
	readonly waiting: Waiting;
	/** For people. */
	readonly worker: string;
	/** What the worker that took the job said, and says with every word of it. */
	readonly secret: string;
	readonly files: IncomingFiles;
	heardMs: number;
}

/** Words come so many times within the silence that ends a loan. */
const WORDS_PER_SILENCE = 10;
/** After so many workers a job is done here, or fails. */
const LOSSES_MAX = 3;
/** A worker that sent so much that cannot be right gets no more jobs. */
const LIES_MAX = 3;
/** Workers that are remembered. */
const WORKERS_MAX = 10_000;
/** Of what workers call themselves, and why they give a job back. */
const WORD_LENGTH_MAX = 300;

/**
 * Does jobs here and lends them to workers that ask for them over a bus. A job whose worker dies, falls silent or
 * gives it back waits again, ahead of the others. Where a job is done changes nothing of what it comes to: a result
 * that cannot be one, or a file that may not be, ends that loan and nothing else.
 */
export class LendingPool implements Pool {
	/** Messages that were no words of workers that we lend to. */
	readonly refusals: Refusals;
	readonly #options: LendOptions;
	readonly #queue: Waiting[] = [];
	readonly #loans = new Map<string, Loan>();
	readonly #subscriptions: Subscription[];
	readonly #timer: NodeJS.Timeout;
	/** Workers of another version that were refused by name. */
	readonly #refused = new Set<string>();
	/** What cannot be right, by the secret of the worker that sent it. */
	readonly #lies = new Map<string, number>();
	#atHome = 0;
	#isClosed = false;
	#isCutOff = false;

	constructor(options: LendOptions) {
		this.#options = options;
		this.refusals = new Refusals(options.say);
		const { study, silenceMs, bus } = options;
		const { take, word, file, end } = studySubjects(study);
		this.#subscriptions = [
			this.#listen(JOBS_SUBJECT, 'jobs-wanted', (message) => this.#offer(message)),
			this.#listen(take, 'job-take', (message) => encode(this.#lend(message))),
			this.#listen(word, 'job-word', (message) =>
				this.#heard(word, message, ({ waiting, worker }) => waiting.progress(message.part, worker)),
			),
			this.#listen(file, 'job-file', (message) =>
				this.#heard(file, message, ({ files }) => files.take(message)),
			),
			this.#listen(end, 'job-end', (message) =>
				this.#heard(end, message, (loan) => this.#end(loan, message)),
			),
		];
		this.#timer = setInterval(() => this.#expire(), silenceMs / 4);
		void bus.closed.then((reason) => this.#cutOff(reason));
	}

	#listen<T extends MessageType>(
		subject: string,
		type: T,
		handle: (message: MessageOf<T>) => Uint8Array | undefined,
	): Subscription {
		const { refusals } = this;
		return this.#options.bus.subscribe(
			subject,
			guarded({ subject, types: [type], refusals }, handle),
		);
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
		for (const loan of [...this.#loans.values()]) {
			this.#drop(loan);
			loan.waiting.reject(new PoolClosed('the pool was closed'));
		}
		for (const { reject } of this.#queue.splice(0)) reject(new PoolClosed('the pool was closed'));
		const { count, duplicates } = this.refusals.tally();
		if (count + duplicates > 0)
			this.#options.say(`Refused ${count + duplicates} messages that were not of this study`);
	}

	/** The loan is over, and nothing that came with it stays. */
	#drop({ token, files }: Loan): void {
		this.#loans.delete(token);
		files.forget();
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

	#offer(wanted: JobsWanted): Uint8Array | undefined {
		const { study } = this.#options;
		// Silence: another study may have work for it.
		if (this.#queue.length === 0) return undefined;
		if (wanted.program === this.#options.program) return encode({ type: 'jobs-offered', study });
		const worker = plainText(wanted.worker, WORD_LENGTH_MAX);
		const program = plainText(wanted.program, WORD_LENGTH_MAX);
		if (!this.#refused.has(worker) && this.#refused.size < WORKERS_MAX) {
			this.#options.say(`Worker ${worker} is of another version (${program}) and gets no runs`);
			this.#refused.add(worker);
		}
		const reason = `the study has version ${this.#options.program}, this is ${program}`;
		return encode({ type: 'refused', reason, retry: true });
	}

	#lend({ worker: name, secret }: JobTake): Message {
		const nothing = (reason: string) => ({ type: 'refused', reason, retry: true }) as const;
		if ((this.#lies.get(secret) ?? 0) >= LIES_MAX)
			return nothing('what came from this worker could not be right');
		const place = this.#queue.findIndex(({ losses }) => losses < LOSSES_MAX);
		if (place === -1) return nothing('nothing is left to do');
		const [waiting] = this.#queue.splice(place, 1) as [Waiting];
		const worker = plainText(name, WORD_LENGTH_MAX);
		const { kind, hash, spec, folder = null, command = null } = waiting.job;
		const token = `loan-${randomBytes(32).toString('hex')}`;
		const files = new IncomingFiles(folder, token);
		const heardMs = performance.now();
		this.#loans.set(token, { token, waiting, worker, secret, files, heardMs });
		waiting.progress(0, worker);
		const wordEveryMs = this.#options.silenceMs / WORDS_PER_SILENCE;
		const told = { type: 'job', token, kind, hash, spec, folder, command, wordEveryMs };
		return told as Message;
	}

	/** A worker speaks of its job, if it still is its own. */
	#heard(
		subject: string,
		{ token, secret }: { readonly token: string; readonly secret: string },
		act: (loan: Loan) => void,
	): Uint8Array {
		const loan = this.#loans.get(token);
		if (loan === undefined || loan.secret !== secret) {
			const reason = 'the job is somebody else’s by now';
			const kind: RefusalKind = loan === undefined ? 'unexpected' : 'not-authentic';
			this.refusals.refuse({ subject, kind, reason });
			return encode({ type: 'refused', reason, retry: false });
		}
		loan.heardMs = performance.now();
		try {
			act(loan);
			return encode({ type: 'ok' });
		} catch (error) {
			if (error instanceof BadFile) this.#caught(loan, error.message);
			else {
				// Such as a full disk: no other worker would do better.
				this.#drop(loan);
				loan.waiting.reject(error as Error);
			}
			return encode({ type: 'refused', reason: plainText(messageOf(error)), retry: false });
		}
	}

	#end(loan: Loan, { outcome, reason, hash, bytes, sha256 }: JobEnd): void {
		const { waiting, worker, files } = loan;
		const { job } = waiting;
		if (outcome === null) {
			this.#giveBack(loan, `${worker} gave it back: ${plainText(reason, WORD_LENGTH_MAX)}`);
			return;
		}
		if (hash !== job.hash) throw new BadFile('its end is that of another job');
		if (files.bytes !== bytes) {
			this.#giveBack(loan, `of its files ${files.bytes} of ${bytes} bytes came from ${worker}`);
			return;
		}
		if (sha256 !== files.digest()) throw new BadFile('its files are not those that it names');
		if ('failure' in outcome) {
			this.#drop(loan);
			waiting.resolve({ failure: plainText(outcome.failure) });
			return;
		}
		const wrong = this.#options.results[job.kind]?.safeParse(outcome.result);
		if (wrong?.success !== true) throw new BadFile(`its result is none of a ${job.kind}`);
		this.#loans.delete(loan.token);
		files.settle();
		waiting.resolve(outcome as Outcome);
	}

	/** The worker sent what cannot be right. */
	#caught(loan: Loan, what: string): void {
		const { secret, worker } = loan;
		if (this.#lies.size < WORKERS_MAX || this.#lies.has(secret))
			this.#lies.set(secret, (this.#lies.get(secret) ?? 0) + 1);
		this.#giveBack(
			loan,
			`what ${worker} sent cannot be right: ${plainText(what, WORD_LENGTH_MAX)}`,
		);
	}

	#giveBack(loan: Loan, reason: string): void {
		const { waiting } = loan;
		this.#drop(loan);
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
		for (const loan of [...this.#loans.values()]) {
			if (nowMs - loan.heardMs < silenceMs) continue;
			this.#giveBack(loan, `${loan.worker} is silent since ${(silenceMs / 1000).toFixed(0)} s`);
		}
	}

	/** Without a bus there are no workers: what they had is done here. */
	#cutOff(reason: Error | null): void {
		if (this.#isClosed || this.#isCutOff) return;
		this.#isCutOff = true;
		const why = plainText(reason?.message ?? 'the bus was closed');
		const { size } = this.#options.local;
		this.#options.say(`No more workers: ${why}`);
		for (const loan of [...this.#loans.values()]) {
			this.#drop(loan);
			this.#queue.unshift(loan.waiting);
		}
		if (size === 0)
			for (const { reject } of this.#queue.splice(0)) reject(new SimulationError(why));
		this.#work();
	}
}
