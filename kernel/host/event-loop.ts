import type { Breather } from '../bus/breather.ts';

/** A rest is due after this much work: timers and signals wait no longer than it, plus one step of an actor. */
const WORK_MS = 20;
/** The clock is looked at about this often, so that looking costs nothing. */
const LOOK_MS = 1;
/** At most so many questions between two looks. */
const QUESTIONS_MAX = 64;

/** The breather of this process: there is one event loop, so there is one of these for all that work in it. */
export class EventLoopBreather implements Breather {
	readonly #nowMs: () => number;
	#restedMs: number;
	#lookedMs: number;
	/** Questions between two looks: many while they come fast, one where each is a long step's. */
	#questions = 1;
	#left = 1;
	#isDue = false;
	#resting: Promise<void> | null = null;

	constructor(nowMs: () => number = () => performance.now()) {
		this.#nowMs = nowMs;
		this.#restedMs = nowMs();
		this.#lookedMs = this.#restedMs;
	}

	nowMs(): number {
		return this.#nowMs();
	}

	isDue(): boolean {
		if (--this.#left > 0 || this.#isDue) return this.#isDue;
		const nowMs = this.#nowMs();
		const tookMs = nowMs - this.#lookedMs;
		if (tookMs > LOOK_MS) this.#questions = Math.ceil((this.#questions * LOOK_MS) / tookMs);
		else this.#questions = Math.min(2 * this.#questions, QUESTIONS_MAX);
		this.#left = this.#questions;
		this.#lookedMs = nowMs;
		this.#isDue = nowMs - this.#restedMs >= WORK_MS;
		return this.#isDue;
	}

	/** Timers, sockets and signals come before immediates in a turn of the loop. */
	rest(): Promise<void> {
		this.#resting ??= new Promise((resolve) => {
			setImmediate(() => {
				this.#resting = null;
				this.#isDue = false;
				this.#left = 1;
				this.#restedMs = this.#nowMs();
				this.#lookedMs = this.#restedMs;
				resolve();
			});
		});
		return this.#resting;
	}
}

export const eventLoop: Breather = new EventLoopBreather();
