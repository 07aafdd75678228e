import type { LiveSource, Outside } from '../../../kernel/actor/contract.ts';
import { SECOND_US, type SimTime } from '../../../protocol/time.ts';
import type { ArrivalLog } from './arrival-log.ts';
import type { ArrivalsConfig, ServedModel } from './config.ts';

type LiveClock = NonNullable<Outside['clock']>;

/** A request as somebody outside makes it. */
export interface AskedRequest {
	/** Place of its model. */
	readonly model: number;
	readonly promptTokens: number;
	readonly answerTokens: number;
	/** As `LoggedArrival` has them. */
	readonly pieces: readonly number[];
}

/** What came of a request. */
export interface Served {
	/** Which replica had it first. */
	readonly replica: string;
	/** Simulated time at which the last token was there. */
	readonly atUs: SimTime;
	/** Of GPUs: its prompt and its answer. */
	readonly energyWh: number;
	/** By the grid's intensity at its end; null: that is not known. */
	readonly carbonG: number | null;
	/** Tokens of its prompt that were found in a cache; null: there is none. */
	readonly cachedTokens: number | null;
}

/** Hears of one request. Nothing more comes after `served` or `failed`. */
export interface Listener {
	/** So many tokens of the answer are there, the last of them since `atUs`. */
	tokens(count: number, atUs: SimTime): void;
	served(how: Served): void;
	failed(reason: string): void;
}

/** Why a request is not taken: the run has not begun, is paused, or is over; or too many are under way. */
export type Closed = 'waiting' | 'paused' | 'over' | 'full' | 'unwritten';

export type Submitted =
	| { readonly type: 'taken'; readonly arrival: number; readonly atUs: SimTime }
	| { readonly type: 'refused'; readonly why: Closed };

interface Open {
	readonly listener: Listener;
	told: number;
	replica: string;
	/** Real time that an answer is on its way back. */
	latencyMs: number;
}

/** Where an exchange stands in what is outside of a host. */
export const EXCHANGE = 'exchange';

/** Calls back once after so many milliseconds, unless the returned function is called before. */
export type After = (ms: number, callBack: () => void) => () => void;

/** While requests are under way more is known so often, ms: by so much tokens are late. */
const BUSY_MS = 1;
const IDLE_MS = 10;
/** Where a run goes as fast as it can it still waits for whoever may ask, so often by so much. */
const UNPACED_US = SECOND_US;

/**
 * Where requests from outside meet a run that goes on. It is made before the run and put into what is outside of the host,
 * where the actors `arrivals` and `answers` find it: one takes requests from here, each with a place in simulated time that is
 * logged before it acts, the other brings back what comes of them.
 */
export class Exchange {
	readonly #after: After;
	#config: ArrivalsConfig | null = null;
	#log: ArrivalLog | null = null;
	#clock: LiveClock | null = null;
	#isOver = false;
	#knownUs: SimTime = 0;
	readonly #wakes = new Set<() => void>();
	#cancelTick: () => void = () => {};
	#isWaking = false;
	readonly #open = new Map<number, Open>();
	readonly #byRequest = new Map<number, number>();

	constructor(after: After) {
		this.#after = after;
	}

	/** Those that can be asked for. */
	get models(): readonly ServedModel[] {
		return this.#config?.models ?? [];
	}

	/** Tokens of a piece of a prompt; null: nobody asks for pieces. */
	get pieceTokens(): number | null {
		return this.#config?.pieceTokens ?? null;
	}

	/** Requests under way. */
	get outstanding(): number {
		return this.#open.size;
	}

	/** Why nothing is taken now; null: it is. */
	get closed(): Closed | null {
		const clock = this.#clock;
		if (this.#isOver) return 'over';
		if (this.#config === null || clock === null || !clock.hasBegun) return 'waiting';
		if (clock.isPaused) return 'paused';
		const most = this.#config.maxOutstanding;
		return most !== null && this.#open.size >= most ? 'full' : null;
	}

	/** Takes a request: it arrives now, in simulated time. */
	submit(asked: AskedRequest, listener: Listener): Submitted {
		const { closed } = this;
		const log = this.#log;
		if (closed !== null || log === null || this.#config === null)
			return { type: 'refused', why: closed ?? 'waiting' };
		const arrival = log.count;
		const last = log.at(arrival - 1);
		const atUs = Math.max(this.#nowUs(), this.#knownUs, last === undefined ? 0 : last.atUs + 1);
		if (atUs >= this.#config.untilUs) return { type: 'refused', why: 'over' };
		try {
			log.append({ arrival, atUs, ...asked, pieces: [...asked.pieces] });
		} catch {
			return { type: 'refused', why: 'unwritten' };
		}
		this.#open.set(arrival, { listener, told: 0, replica: '', latencyMs: 0 });
		// Whoever comes in the same turn goes along.
		if (!this.#isWaking) {
			this.#isWaking = true;
			queueMicrotask(() => {
				this.#isWaking = false;
				this.#tick();
			});
		}
		return { type: 'taken', arrival, atUs };
	}

	/** Nobody waits for this one any more. It is served all the same. */
	forget(arrival: number): void {
		this.#open.delete(arrival);
	}

	/** For the actor that takes requests: it is made, perhaps anew. */
	begin(config: ArrivalsConfig, clock: LiveClock, log: ArrivalLog): LiveSource {
		this.#config = config;
		this.#clock = clock;
		this.#log = log;
		this.#wakes.clear();
		const last = log.at(log.count - 1);
		if (last !== undefined) this.#knownUs = Math.max(this.#knownUs, last.atUs + 1);
		return {
			knownUntilUs: () => this.#knownUs,
			onMore: (wake) => {
				this.#wakes.add(wake);
				this.#tick();
			},
		};
	}

	/** For the actor that answers: a replica has a request. */
	taken(arrival: number, request: number, about: { replica: string; latencyMs: number }): void {
		const open = this.#open.get(arrival);
		if (open === undefined) return;
		this.#byRequest.set(request, arrival);
		Object.assign(open, about);
	}

	/** For the actor that answers: there are so many tokens. A run that went back says the same again. */
	tokens(request: number, count: number, atUs: SimTime): void {
		const open = this.#ofRequest(request);
		if (open === undefined) return;
		if (count === 0)
			this.#end(request, (listener) => listener.failed('it needs more memory than a replica has'));
		else if (count > open.told) {
			open.told = count;
			this.#later(open, () => open.listener.tokens(count, atUs));
		}
	}

	/** For the actor that answers: a request is done. */
	served(request: number, how: Omit<Served, 'replica'>): void {
		const { replica = '' } = this.#ofRequest(request) ?? {};
		this.#end(request, (listener) => listener.served({ replica, ...how }));
	}

	/** For the actor that answers: the run is over, and whoever still waits hears why. */
	over(reason: string): void {
		this.#isOver = true;
		this.#cancelTick();
		for (const { listener } of this.#open.values()) listener.failed(reason);
		this.#open.clear();
		this.#byRequest.clear();
		this.#log?.close();
	}

	#ofRequest(request: number): Open | undefined {
		const arrival = this.#byRequest.get(request);
		return arrival === undefined ? undefined : this.#open.get(arrival);
	}

	#end(request: number, tell: (listener: Listener) => void): void {
		const open = this.#ofRequest(request);
		const arrival = this.#byRequest.get(request);
		this.#byRequest.delete(request);
		if (open === undefined || arrival === undefined) return;
		this.#open.delete(arrival);
		this.#later(open, () => tell(open.listener));
	}

	#later({ latencyMs }: Open, act: () => void): void {
		if (latencyMs > 0) this.#after(latencyMs, act);
		else act();
	}

	/** By now more is known: whoever waits for that goes on. */
	#tick(): void {
		this.#cancelTick();
		const { closed } = this;
		if (closed === 'over') return;
		this.#cancelTick = this.#after(this.#open.size > 0 ? BUSY_MS : IDLE_MS, () => this.#tick());
		// Windows do not go on, and real time that goes by is no simulated time.
		if (closed === 'waiting' || closed === 'paused') return;
		const log = this.#log;
		const last = log?.at(log.count - 1);
		const untilUs = this.#config?.untilUs ?? 0;
		const nowUs = Math.max(this.#nowUs(), last === undefined ? 0 : last.atUs + 1);
		const knownUs = nowUs >= untilUs ? Number.POSITIVE_INFINITY : nowUs;
		if (knownUs <= this.#knownUs) return;
		this.#knownUs = knownUs;
		for (const wake of this.#wakes) wake();
	}

	#nowUs(): SimTime {
		const nowUs = this.#clock?.nowUs() ?? 0;
		return nowUs === Number.POSITIVE_INFINITY ? this.#knownUs + UNPACED_US : nowUs;
	}
}
