import type { Bus, RequestOptions } from '../../kernel/bus/bus.ts';
import { decode, encode } from '../../protocol/codec.ts';
import { LostError, ProtocolError } from '../../protocol/errors.ts';
import type { Message, MessageOf, MessageType, Refused } from '../../protocol/messages.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';

/** After so many answers that cannot be the host's, it is given up: no other will come. */
const ATTEMPTS = 20;

export interface Question<T extends MessageType> {
	readonly host: string;
	readonly message: Message;
	readonly timeoutMs: number;
	/** What it may be answered with. */
	readonly types: readonly T[];
	/** Why an answer cannot be one; null if it can. */
	readonly refusal: (answer: MessageOf<T>) => string | null;
}

/** Asks hosts, and takes only answers that can be theirs: others are refused and counted, and it asks again. */
export class Questions {
	private readonly bus: Bus;
	private readonly subjects: RunSubjects;
	private readonly refusals: Refusals;
	/** Which process has the place of a host by now. */
	private readonly seatOf: (host: string) => number;

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
	 * @throws LostError for a host that refuses, or has no answer of its own; what the bus throws
	 */
	async ask<T extends MessageType>(
		{ host, message, timeoutMs, types, refusal }: Question<T>,
		options: RequestOptions = {},
	): Promise<MessageOf<T>> {
		const seat = this.seatOf(host);
		const subject =
			message.type === 'status' ? this.subjects.status(host, seat) : this.subjects.host(host, seat);
		const bytes = encode(message);
		let reason = '';
		for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
			const answer = await this.bus.request(subject, bytes, timeoutMs, options);
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
}

function isRefused(message: Message): message is Refused {
	return message.type === 'refused';
}
