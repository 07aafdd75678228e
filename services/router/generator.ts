import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import { namedPrng, type Prng } from '../actor/random.ts';
import { clipLengths, type LengthSampler } from './lengths.ts';
import type { RequestTrace } from './load.ts';

/** The next request to arrive, or the fact that there is none. */
export interface GeneratorState {
	/** Requests that have arrived; also the id of the next. */
	issued: number;
	/** When the next one arrives; Infinity when there is none. */
	nextUs: SimTime;
	/** When the last one arrived, NaN before the first. */
	lastUs: SimTime;
	prefillTokens: number;
	decodeTokens: number;
	/** The next arrival before rounding to microseconds, so that rounding does not add up. */
	exactUs: number;
	arrivals: readonly number[];
	lengths: readonly number[];
}

/** Makes requests one after another, always one drawn ahead. */
export interface Generator {
	init(): GeneratorState;
	/** Counts the next request as arrived and draws the one after it. */
	advance(state: GeneratorState): void;
}

/** When requests end: none arrives at or after `untilUs`, none after the first `maxRequests`. */
export interface Limits {
	readonly untilUs: SimTime | null;
	readonly maxRequests: number | null;
	readonly maxTokens: number;
}

/** The two random streams of a generator at their start. */
export interface GeneratorStreams {
	readonly arrivals: Prng;
	readonly lengths: Prng;
}

/**
 * A stream whose position lives in the actor's state, so that a window can run again: `at` gives the
 * stream at a stored position, without rebuilding it while nothing has gone back.
 */
export class StoredStream {
	#prng: Prng | null = null;
	#position: readonly number[] | null = null;

	at(position: readonly number[]): Prng {
		if (this.#prng === null || this.#position !== position) this.#prng = namedPrng('', position);
		return this.#prng;
	}

	/** The position after the numbers drawn since `at`. */
	position(): readonly number[] {
		this.#position = this.#prng?.state() ?? [];
		return this.#position;
	}
}

/**
 * Poisson arrivals: independent exponential gaps of mean 1/qps, the first request after one gap. (Vidur
 * cuts gaps at 3/qps, which makes its rate 5 % too high; here the rate is as asked.)
 */
export function poissonGenerator(
	qps: number,
	sample: LengthSampler,
	limits: Limits,
	streams: GeneratorStreams,
): Generator {
	const arrivals = new StoredStream();
	const lengths = new StoredStream();
	const meanGapUs = SECOND_US / qps;
	const draw = (state: GeneratorState): void => {
		state.exactUs += arrivals.at(state.arrivals).exponential() * meanGapUs;
		state.arrivals = arrivals.position();
		const drawn = clipLengths(sample(lengths.at(state.lengths)), limits.maxTokens);
		state.lengths = lengths.position();
		state.prefillTokens = drawn.prefillTokens;
		state.decodeTokens = drawn.decodeTokens;
		state.nextUs = withinLimits(Math.round(state.exactUs), state.issued, limits);
	};
	return {
		init() {
			const state = emptyState();
			state.arrivals = streams.arrivals.state();
			state.lengths = streams.lengths.state();
			draw(state);
			return state;
		},
		advance(state) {
			pass(state);
			draw(state);
		},
	};
}

/** Replays a trace: arrivals and lengths in the order of its rows. */
export function traceGenerator(trace: RequestTrace, limits: Limits): Generator {
	const draw = (state: GeneratorState): void => {
		const row = state.issued;
		const arrivalUs = trace.arrivalUs[row] ?? Number.POSITIVE_INFINITY;
		const clipped = clipLengths(
			{
				prefillTokens: trace.prefillTokens[row] ?? 1,
				decodeTokens: trace.decodeTokens[row] ?? 1,
			},
			limits.maxTokens,
		);
		state.prefillTokens = clipped.prefillTokens;
		state.decodeTokens = clipped.decodeTokens;
		state.nextUs = withinLimits(arrivalUs, row, limits);
	};
	return {
		init() {
			const state = emptyState();
			draw(state);
			return state;
		},
		advance(state) {
			pass(state);
			draw(state);
		},
	};
}

function emptyState(): GeneratorState {
	return {
		issued: 0,
		nextUs: Number.POSITIVE_INFINITY,
		lastUs: Number.NaN,
		prefillTokens: 0,
		decodeTokens: 0,
		exactUs: 0,
		arrivals: [],
		lengths: [],
	};
}

function pass(state: GeneratorState): void {
	state.lastUs = state.nextUs;
	state.issued += 1;
}

function withinLimits(arrivalUs: SimTime, issued: number, limits: Limits): SimTime {
	const over =
		(limits.untilUs !== null && arrivalUs >= limits.untilUs) ||
		(limits.maxRequests !== null && issued >= limits.maxRequests);
	return over ? Number.POSITIVE_INFINITY : arrivalUs;
}
