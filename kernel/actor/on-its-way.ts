import { encode } from '../../protocol/codec.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import { type Bus, RequestTimeoutError } from '../bus/bus.ts';

/** It asks after this part of what may be on its way, so that it need not stop while the answer comes. */
const ASK_SHARE = 1 / 4;
/** A hearer that does not answer by then is busy: it is asked again. */
const ANSWER_MS = 10_000;

/** Whom a host asks, and how much may be on its way to them. */
export interface Hearers {
	/** Actors of other hosts that hear readings of this one, one of each host. */
	readonly actors: readonly string[];
	/** The most that is sent before they have heard what was sent before. */
	readonly aheadBytes: number;
}

/**
 * Bounds what is on its way from a host to others, so that a slow one slows whoever speaks to it, and no server has to keep much
 * for it. Messages of one sender are heard in their order: an answer to what is asked after them says that they were heard.
 */
export class OnItsWay {
	private readonly bus: Bus;
	private readonly subjects: RunSubjects;
	private readonly hearers: Hearers;
	private bytes = 0;
	private unasked = 0;
	/** Counts the times that all was forgotten: answers to what was asked before count for nothing. */
	private forgotten = 0;
	private waiting: (() => void)[] = [];

	constructor(bus: Bus, subjects: RunSubjects, hearers: Hearers) {
		this.bus = bus;
		this.subjects = subjects;
		this.hearers = hearers;
	}

	/** So much is on its way that no more may be sent for now. */
	get isFull(): boolean {
		return this.bytes > this.hearers.aheadBytes;
	}

	/** Notes that so many bytes were sent. */
	add(bytes: number): void {
		const { actors, aheadBytes } = this.hearers;
		if (actors.length === 0) return;
		this.bytes += bytes;
		this.unasked += bytes;
		if (this.unasked >= ASK_SHARE * aheadBytes) void this.ask();
	}

	/** Resolves once more may be sent. */
	async room(): Promise<void> {
		while (this.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
	}

	/** What was sent so far is waited for no more. */
	forget(): void {
		this.forgotten++;
		this.bytes = 0;
		this.unasked = 0;
		this.wake();
	}

	private async ask(): Promise<void> {
		const { forgotten, unasked } = this;
		this.unasked = 0;
		await Promise.all(this.hearers.actors.map((actor) => this.askOne(actor, forgotten)));
		if (this.forgotten !== forgotten) return;
		this.bytes -= unasked;
		this.wake();
	}

	private async askOne(actor: string, forgotten: number): Promise<void> {
		const question = encode({ type: 'heard' });
		while (this.forgotten === forgotten) {
			try {
				await this.bus.request(this.subjects.heard(actor), question, ANSWER_MS);
				return;
			} catch (error) {
				// Whoever leads the run notices one that is gone, and a lost bus ends the host.
				if (!(error instanceof RequestTimeoutError)) return;
			}
		}
	}

	private wake(): void {
		for (const resolve of this.waiting.splice(0)) resolve();
	}
}
