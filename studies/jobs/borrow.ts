import { createHash, randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bus, NoResponderError, RequestTimeoutError } from '../../kernel/bus/bus.ts';
import type { Json } from '../../kernel/files/canonical.ts';
import { jobHash } from '../../kernel/files/identity.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Job } from '../../protocol/job-messages.ts';
import type { Message, MessageOf, MessageType } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { Refusals } from '../../protocol/refusals.ts';
import { JOBS_SUBJECT, type StudySubjects, studySubjects } from '../../protocol/subjects.ts';
import { escapeHtml } from '../../results/report/html.ts';
import type { Outcome } from '../sweep/job-store.ts';
import type { WorkerPool } from '../sweep/worker-pool.ts';

export interface BorrowOptions {
	readonly bus: Bus;
	readonly program: string;
	/** Machine and process, for people. */
	readonly worker: string;
	/** Whole runs done at a time. */
	readonly slots: number;
	/** The processes that do jobs of a kind; null for a kind that is not known. */
	readonly poolOf: (kind: string) => WorkerPool | null;
	/** Told what people should know. */
	readonly say: (text: string) => void;
	/** Paths of modules of the user's that jobs may load; no other code is run because a message names it. */
	readonly modules: readonly string[];
}

const ASK_MS = 1_000;
const IDLE_MS = 300;
const ANSWER_MS = 10_000;
/** Well below the largest message of a NATS server, 1 MB. */
const PART_BYTES = 256 * 1024;

/** What was sent of a job's files, see IncomingFiles. */
interface Sent {
	readonly bytes: number;
	readonly sha256: string;
}

const NO_FILES: Sent = { bytes: 0, sha256: createHash('sha256').digest('hex') };

/** Modules of the user's that a job would load. */
function modulesIn(value: unknown): string[] {
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, part]) =>
		key === 'module' && typeof part === 'string' ? [part] : modulesIn(part),
	);
}

/** A worker's side of LendingPool: asks for whole runs, does them in processes of its own, and sends back what they come to. */
export class Borrower {
	/** Answers that were none. */
	readonly refusals: Refusals;
	readonly #options: BorrowOptions;
	/** Says that a word of a job comes from the worker that took it. */
	readonly #secret = randomBytes(32).toString('hex');
	readonly #stopping = new AbortController();
	#isTold = false;

	constructor(options: BorrowOptions) {
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
			const subjects = await this.#findStudy();
			const job = subjects === null ? null : await this.#take(subjects);
			if (subjects !== null && job !== null) await this.#do(job, subjects);
			else await sleep(IDLE_MS, undefined, { signal }).catch(() => {});
		}
	}

	async #findStudy(): Promise<StudySubjects | null> {
		const { program, worker, say } = this.#options;
		const wanted: Message = { type: 'jobs-wanted', program, worker };
		const answer = await this.#ask(JOBS_SUBJECT, wanted, ASK_MS, 'jobs-offered', 'refused');
		if (answer === null) return null;
		if (answer.type === 'jobs-offered') return studySubjects(answer.study);
		if (!this.#isTold) say(`Cannot work for a study: ${plainText(answer.reason)}`);
		this.#isTold = true;
		return null;
	}

	async #take({ take }: StudySubjects): Promise<Job | null> {
		const { worker } = this.#options;
		const message: Message = { type: 'job-take', worker, secret: this.#secret };
		const answer = await this.#ask(take, message, ANSWER_MS, 'job', 'refused');
		return answer?.type === 'job' ? answer : null;
	}

	async #do(job: Job, subjects: StudySubjects): Promise<void> {
		const over = new AbortController();
		const stop = () => over.abort();
		this.#stopping.signal.addEventListener('abort', stop, { once: true });
		const folder = job.folder === null ? null : mkdtempSync(join(tmpdir(), 'gridbeat-job-'));
		const name = `${job.kind} ${plainText(job.hash.slice(0, 8))}`;
		const startedMs = performance.now();
		this.#options.say(`Begins ${name}`);
		let part = 0;
		const words = setInterval(() => {
			const word: Message = { type: 'job-word', token: job.token, secret: this.#secret, part };
			void this.#isGranted(subjects.word, word).then((granted) => {
				if (!granted) over.abort();
			});
		}, job.wordEveryMs);
		try {
			const told = await this.#outcomeOf(job, folder, over.signal, (done) => {
				part = done;
			});
			const isOver = over.signal.aborted;
			const isDone = !isOver && told.outcome !== null && 'result' in told.outcome;
			const sent = isDone && folder !== null ? await this.#send(job, folder, subjects) : NO_FILES;
			const end = isOver ? { outcome: null, reason: 'it was stopped' } : told;
			const { token, hash } = job;
			await this.#isGranted(subjects.end, {
				...{ type: 'job-end', token, secret: this.#secret, hash, ...end, ...sent },
			} as Message);
			const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
			const failure = end.outcome !== null && 'failure' in end.outcome ? end.outcome.failure : '';
			const how = end.outcome === null ? `given back: ${end.reason}` : failure || 'done';
			this.#options.say(`${name}: ${plainText(how)} (${seconds} s)`);
		} finally {
			clearInterval(words);
			this.#stopping.signal.removeEventListener('abort', stop);
			if (folder !== null) rmSync(folder, { recursive: true, force: true });
		}
	}

	/** No outcome for a job that cannot be done here. */
	async #outcomeOf(
		{ kind, hash, spec, command }: Job,
		folder: string | null,
		signal: AbortSignal,
		progress: (part: number) => void,
	): Promise<{ outcome: Outcome | null; reason: string }> {
		const pool = this.#options.poolOf(kind);
		if (pool === null) return { outcome: null, reason: `it knows no jobs of kind "${kind}"` };
		const foreign = modulesIn(spec).find((path) => !this.#options.modules.includes(path));
		if (foreign !== undefined)
			return {
				outcome: null,
				reason: `it loads the module "${foreign}"; start the worker with --module and that path, if it may`,
			};
		const own = jobHash({ program: this.#options.program, kind, spec: spec as Json });
		if (own !== hash)
			return {
				outcome: null,
				reason: 'its data files are not those of the study; put them at the same paths there',
			};
		const task = {
			...{ kind, hash, spec: spec as Json },
			...(folder === null ? {} : { folder }),
			...(command === null ? {} : { command }),
		};
		return { outcome: await pool.run(task, progress, signal), reason: '' };
	}

	/** Every file of a folder, in order; its reports name the folder where they will be. Returns what was sent. */
	async #send(
		{ token, folder: target }: Job,
		folder: string,
		subjects: StudySubjects,
	): Promise<Sent> {
		let sum = 0;
		const hash = createHash('sha256');
		const sent = (): Sent => ({ bytes: sum, sha256: hash.digest('hex') });
		const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
		for (const name of names.filter((one) => statSync(join(folder, one)).isFile())) {
			let bytes = readFileSync(join(folder, name));
			if (name.endsWith('.html'))
				bytes = Buffer.from(bytes.toString('utf8').replaceAll(folder, escapeHtml(target ?? '')));
			const path = name.split(sep).join('/');
			hash.update(`${path}\n`);
			// An empty file is one part of nothing.
			for (let at = 0; at === 0 || at < bytes.length; at += PART_BYTES) {
				const part = new Uint8Array(bytes.subarray(at, at + PART_BYTES));
				const secret = this.#secret;
				const message: Message = { type: 'job-file', token, secret, path, at, bytes: part };
				if (!(await this.#isGranted(subjects.file, message))) return sent();
				hash.update(part);
				sum += part.length;
			}
		}
		return sent();
	}

	/** False once the job is somebody else's, or the study is gone. */
	async #isGranted(subject: string, message: Message): Promise<boolean> {
		try {
			const answer = await this.#options.bus.request(subject, encode(message), ANSWER_MS);
			return this.#read(subject, answer, 'ok', 'refused')?.type !== 'refused';
		} catch (error) {
			// Late answers mean a busy machine, ours or theirs.
			return error instanceof RequestTimeoutError;
		}
	}

	/** Null where nobody answers, or with something that is no answer. */
	async #ask<T extends MessageType>(
		subject: string,
		message: Message,
		timeoutMs: number,
		...types: T[]
	): Promise<MessageOf<T> | null> {
		let answer: Uint8Array;
		try {
			answer = await this.#options.bus.request(subject, encode(message), timeoutMs);
		} catch (error) {
			if (!(error instanceof NoResponderError || error instanceof RequestTimeoutError))
				this.#stopping.abort();
			return null;
		}
		return this.#read(subject, answer, ...types);
	}

	#read<T extends MessageType>(subject: string, answer: Uint8Array, ...types: T[]) {
		try {
			return decode(answer, ...types);
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error;
			this.refusals.refuse({ subject, kind: 'unreadable', reason: error.message });
			return null;
		}
	}
}
