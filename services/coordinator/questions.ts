import type { Bus, RequestOptions } from '../../kernel/bus/bus.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { LostError, ProtocolError } from '../../protocol/errors.ts';
import type { Message, MessageOf, MessageType, Refused } from '../../protocol/messages.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { StatusReport } from '../../protocol/status-messages.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';

/** After so many answers that cannot be the host's, it is given up: no other will come. */
const ATTEMPTS = 20;
/** A host that says so often in a row that it carries out nothing has not heard the question, or its answer was lost. */
const IDLE_MAX = 2;

export interface Question<T extends MessageType> {
	readonly host: string;
	readonly message: Message;
	readonly timeoutMs: number;
	/** What it may be answered with. */
	readonly types: readonly T[];
	/** Why an answer cannot be one; null if it can. */
	readonly refusal: (answer: MessageOf<T>) => string | null;
}

/** A question that is not answered yet. */
interface OpenQuestion {
	readonly over: AbortController;
	/** So often in a row the host carried out nothing. */
	idle: number;
	ask(): void;
}

/** Asks hosts, and takes only answers that can be theirs: others are refused and counted, and it asks again. */
export class Questions {
	private readonly bus: Bus;
	private readonly subjects: RunSubjects;
	private readonly refusals: Refusals;
	/** Which process has the place of a host by now. */
	private readonly seatOf: (host: string) => number;
	private readonly open = new Map<string, Set<OpenQuestion>>();
	/** What was asked last at each subject, and how often by now. */
	private readonly asked = new Map<string, { readonly bytes: Uint8Array; times: number }>();

	constructor(
		bus: Bus,
		subjects: RunSubjects,
		refusals: Refusals,
		seatOf: (host: string) => number,
	) {
		this.bus = bus;
		this.seatOf = seatOf;
		this.subjects = subjects;
		this.refusals = refusals;
	}

	/**
	 * Hosts answer the same question with the same answer, so asking again does nothing twice.
	 *
	 * @throws LostError for a host that refuses, or has no answer of its own; the reason for which it was given up; what the
	 * bus throws
	 */
	async ask<T extends MessageType>(
		{ host, message, timeoutMs, types, refusal }: Question<T>,
		options: RequestOptions = {},
	): Promise<MessageOf<T>> {
		const seat = this.seatOf(host);
		const subject =
			message.type === 'status' ? this.subjects.status(host, seat) : this.subjects.host(host, seat);
		let reason = '';
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const answer = await this.answerOf(host, (signal) =>
				this.bus.request(subject, this.bytesOf(subject, message), timeoutMs, {
					...options,
					signal,
				}),
			);
			try {
				const read = decode<T | 'refused'>(answer, ...types, 'refused');
				const why = isRefused(read) ? read.reason : refusal(read as MessageOf<T>);
				if (why === null) return read as MessageOf<T>;
				reason = isRefused(read)
					? `it refuses: ${why}`
					: `a ${read.type} that does not fit: ${why}`;
				this.refusals.refuse({ subject, kind: 'unexpected', reason });
			} catch (error) {
				if (!(error instanceof ProtocolError)) throw error;
				reason = error.message;
				this.refusals.refuse({ subject, kind: 'unreadable', reason });
			}
		}
		throw new LostError(`Cannot go on with "${host}": ${reason}`, { actor: host });
	}

	/** A request says how often it was made before, so that the host takes it for no copy. */
	private bytesOf(subject: string, message: Message): Uint8Array {
		const bytes = encode(message);
		if (message.type === 'status') return bytes;
		const asked = this.asked.get(subject);
		if (asked === undefined || Buffer.compare(asked.bytes, bytes) !== 0) {
			this.asked.set(subject, { bytes, times: 1 });
			return bytes;
		}
		return encode({ ...message, again: asked.times++ } as Message);
	}

	/** What a host says that it is doing: one that does nothing is asked again what it has not answered. */
	heard(host: string, carriesOut: StatusReport['carriesOut']): void {
		for (const question of this.open.get(host) ?? []) {
			question.idle = carriesOut === null ? question.idle + 1 : 0;
			if (question.idle < IDLE_MAX) continue;
			question.idle = 0;
			question.ask();
		}
	}

	/** Nobody waits any more for what was asked so far. */
	giveUp(reason: Error): void {
		for (const questions of this.open.values())
			for (const { over } of questions) over.abort(reason);
	}

	/** The first answer, however often it is asked. */
	private async answerOf(
		host: string,
		request: (signal: AbortSignal) => Promise<Uint8Array>,
	): Promise<Uint8Array> {
		const over = new AbortController();
		const ours = this.open.get(host) ?? new Set<OpenQuestion>();
		this.open.set(host, ours);
		let question: OpenQuestion | null = null;
		let times = 0;
		try {
			return await new Promise<Uint8Array>((resolve, reject) => {
				const ask = () => {
					times++;
					void request(over.signal).then(resolve, reject);
				};
				question = { over, idle: 0, ask };
				ours.add(question);
				ask();
			});
		} finally {
			if (question !== null) ours.delete(question);
			// Asked once, as nearly always, nothing waits any more: to say so would cost more than the rest of a window.
			if (times > 1) over.abort(new Error('it was answered'));
		}
	}
}

function isRefused(message: Message): message is Refused {
	return message.type === 'refused';
}
