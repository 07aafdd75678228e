import type { Bus, Subscription } from '../../kernel/bus/bus.ts';
import { guarded } from '../../protocol/guarded.ts';
import type { JobOver, JobsWanted, JobWord } from '../../protocol/job-messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { Refusals } from '../../protocol/refusals.ts';
import { studySubject, WORKERS_SUBJECT } from '../../protocol/subjects.ts';
import { WORD_LENGTH_MAX } from './limits.ts';
import type { WaitingJob } from './waiting-job.ts';

export interface WordsOptions {
	readonly bus: Bus;
	readonly queue: string;
	readonly program: string;
	readonly silenceMs: number;
	/** The job of this name, if it has no outcome yet. */
	readonly jobOf: (name: string) => WaitingJob | undefined;
	/** A worker says that it has put a result there. */
	readonly onDone: (job: WaitingJob) => void;
	readonly say: (text: string) => void;
}

/** Workers of another version that are named. */
const WORKERS_MAX = 1_000;

/** What workers say of the jobs of a study: it is shown to people and makes things faster, and decides nothing. */
export class WorkerWords {
	/** Messages that were no words of workers. */
	readonly refusals: Refusals;
	readonly #options: WordsOptions;
	readonly #subscriptions: readonly Subscription[];
	readonly #named = new Set<string>();

	constructor(options: WordsOptions) {
		this.#options = options;
		const refusals = new Refusals(options.say);
		this.refusals = refusals;
		const subject = studySubject(options.queue);
		const types = ['job-word', 'job-over'] as const;
		const wanted = { subject: WORKERS_SUBJECT, types: ['jobs-wanted'] as const, refusals };
		this.#subscriptions = [
			options.bus.subscribe(
				subject,
				guarded({ subject, types, refusals }, (word): undefined => {
					if (word.type === 'job-word') this.#goesOn(word);
					else this.#isOver(word);
				}),
			),
			options.bus.subscribe(
				WORKERS_SUBJECT,
				guarded(wanted, (word): undefined => this.#wanted(word)),
			),
		];
	}

	close(): void {
		for (const subscription of this.#subscriptions) subscription.unsubscribe();
	}

	/** Why the last worker that had a job did not do it. */
	reasonOf({ reason, worker }: WaitingJob): string {
		return reason ?? `${worker} is silent since ${(this.#options.silenceMs / 1000).toFixed(0)} s`;
	}

	#jobOf({ job: name }: JobWord | JobOver): WaitingJob | null {
		const job = this.#options.jobOf(name);
		if (job !== undefined) return job;
		const subject = studySubject(this.#options.queue);
		const reason = 'the job has its outcome, or was never there';
		this.refusals.refuse({ subject, kind: 'unexpected', reason });
		return null;
	}

	#goesOn(word: JobWord): void {
		const job = this.#jobOf(word);
		// Who lost it to another is not heard any more.
		if (job === null || word.count < job.count) return;
		if (word.count > job.count) {
			// The first word of the one before may be lost with it.
			if (word.count > 1 && job.reason === null) this.again(this.reasonOf(job));
			job.count = word.count;
			job.worker = plainText(word.worker, WORD_LENGTH_MAX);
			job.reason = null;
		}
		job.progress(word.part, job.worker);
	}

	#isOver(word: JobOver): void {
		const job = this.#jobOf(word);
		if (job === null) return;
		if (word.reason === null) {
			this.#options.onDone(job);
			return;
		}
		const worker = plainText(word.worker, WORD_LENGTH_MAX);
		job.reason = `${worker} gave it back: ${plainText(word.reason, WORD_LENGTH_MAX)}`;
		this.again(job.reason);
	}

	/** Tells people why a job is done once more. */
	again(reason: string): void {
		this.#options.say(`A run is done again: ${reason}`);
	}

	#wanted(wanted: JobsWanted): undefined {
		if (wanted.program === this.#options.program) return;
		const worker = plainText(wanted.worker, WORD_LENGTH_MAX);
		if (this.#named.has(worker) || this.#named.size >= WORKERS_MAX) return;
		this.#named.add(worker);
		const program = plainText(wanted.program, WORD_LENGTH_MAX);
		this.#options.say(`Worker ${worker} is of another version (${program}) and gets no runs`);
	}
}
