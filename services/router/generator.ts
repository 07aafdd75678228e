import type { FileCursor } from '../../feeds/signal/load.ts';
import type { Prng } from '../../kernel/actor/random.ts';
import { SimulationError } from '../../protocol/errors.ts';
import type { Overlong } from '../../protocol/scenario/requests.ts';
import { DAY_US, SECOND_US, type SimTime } from '../../protocol/time.ts';
import type { ClientsState } from './client-heap.ts';
import type { GapSampler } from './intervals.ts';
import type { LengthSampler } from './lengths.ts';
import { arrivalUs, type RateProfile, type RateState } from './rate.ts';
import { clipLengths, type RequestLengths } from './request-lengths.ts';
import type { SessionsState } from './sessions.ts';
import { StoredStream } from './stored-stream.ts';
import type { TraceReader } from './trace-reader.ts';
import {
	type Answer,
	firstUsers,
	makeThink,
	queueUser,
	type Thinking,
	type UsersState,
} from './users.ts';
import type { VidurGenerator, VidurState } from './vidur-requests.ts';

/** The next request to arrive, or the fact that there is none, and where its sources have got to. */
export interface GeneratorState {
	/** Requests that have arrived; also the id of the next. */
	issued: number;
	/** When the next one arrives; Infinity when there is none. */
	nextUs: SimTime;
	/** When the last one arrived, NaN before the first. */
	lastUs: SimTime;
	prefillTokens: number;
	decodeTokens: number;
	/** As the source has them. */
	askedPrefill: number;
	askedDecode: number;
	/** It is too long, or has no tokens, and is not sent; it has 0 tokens then. */
	isLeftOut: boolean;
	/** Names of the prompt's blocks, where a trace gives them. */
	hashIds: readonly number[] | null;
	/** Whose turn it is, where a trace says so. */
	session: number | null;
	/** The next arrival before rounding to microseconds, so that rounding does not add up. */
	exactUs: number;
	arrivals: readonly number[];
	lengths: readonly number[];
	/** Place in the file that gives arrivals; null: none does. */
	file: FileCursor | null;
	/** null: the rate is constant. */
	rate: RateState | null;
	/** null: not Vidur's generator. */
	vidur: VidurState | null;
	/** null: nobody waits for answers. */
	users: UsersState | null;
	/** null: no request follows from another. */
	sessions: SessionsState | null;
	/** null: clients are not told apart. */
	clients: ClientsState | null;
	/** What the request begins with, names and tokens in turns, where its session says so. */
	pieces: readonly number[] | null;
}

/** Makes requests one after another, always one drawn ahead. */
export interface Generator {
	init(): GeneratorState;
	/** Counts the next request as arrived, unless it is left out, and draws the one after it. */
	advance(state: GeneratorState): void;
	/** These requests are answered now; left out: nobody waits for answers. */
	answered?(state: GeneratorState, nowUs: SimTime, answers: readonly Answer[]): void;
}

/** When requests end: none arrives at or after `untilUs`, none after the first `maxRequests`. */
export interface Limits {
	readonly untilUs: SimTime | null;
	readonly maxRequests: number | null;
	readonly maxTokens: number;
	readonly overlong: Overlong;
}

/** The two random streams of a generator at their start. */
export interface GeneratorStreams {
	readonly arrivals: Prng;
	readonly lengths: Prng;
}

/** Gaps between arrivals: drawn as multiples of `meanGapUs`, which holds where the rate's factor is 1. */
export interface Gaps {
	readonly sample: GapSampler;
	readonly meanGapUs: number;
	/** null: constant. */
	readonly rate: RateProfile | null;
}

/** No run is longer: a rate that stays 0 makes no request, instead of looking for one for ever. */
const LONGEST_RUN_US = 20 * 366 * DAY_US;

/** Synthetic arrivals, the first after one gap, each with lengths of its own. */
export function syntheticGenerator(
	gaps: Gaps,
	sample: LengthSampler,
	limits: Limits,
	streams: GeneratorStreams,
): Generator {
	const { rate, meanGapUs } = gaps;
	const arrivals = new StoredStream();
	const drawLengths = lengthDraw(sample, limits);
	const untilUs = limits.untilUs ?? LONGEST_RUN_US;
	const draw = (state: GeneratorState): void => {
		const workUs = gaps.sample(arrivals.at(state.arrivals)) * meanGapUs;
		state.arrivals = arrivals.position();
		state.exactUs =
			rate === null || state.rate === null
				? state.exactUs + workUs
				: arrivalUs(rate, state.rate, { fromUs: state.exactUs, workUs, untilUs });
		drawLengths(state);
		state.nextUs = withinLimits(Math.round(state.exactUs), state.issued, limits);
	};
	return drawnAhead(draw, (state) => {
		state.arrivals = streams.arrivals.state();
		state.lengths = streams.lengths.state();
		state.rate = rate?.init() ?? null;
	});
}

/** Users who wait for their answers, each request with lengths of its own. */
export function userGenerator(
	thinking: Thinking,
	sample: LengthSampler,
	limits: Limits,
	lengths: Prng,
): Generator {
	const drawLengths = lengthDraw(sample, limits);
	const think = makeThink(thinking);
	const setNext = (state: GeneratorState): void => {
		const firstUs = state.users?.readyUs[0] ?? Number.POSITIVE_INFINITY;
		state.nextUs = withinLimits(firstUs, state.issued, limits);
	};
	const drawn = drawnAhead(
		(state) => {
			drawLengths(state);
			setNext(state);
		},
		(state) => {
			state.lengths = lengths.state();
			state.users = firstUsers(thinking);
		},
	);
	return {
		init: drawn.init,
		advance(state) {
			// Who has nothing to send asks something else at once.
			if (!state.isLeftOut) state.users?.readyUs.shift();
			drawn.advance(state);
		},
		answered(state, nowUs, answers) {
			if (state.users !== null)
				for (const _ of answers) queueUser(state.users, think(state.users, nowUs));
			setNext(state);
		},
	};
}

/** Replays a trace: arrivals in the order of its rows, lengths of the rows or, if given, of a sampler. */
export function traceGenerator(
	trace: TraceReader,
	limits: Limits,
	lengths: { sample: LengthSampler; stream: Prng } | null,
): Generator {
	const drawLengths = lengths === null ? null : lengthDraw(lengths.sample, limits);
	const { request } = trace;
	const draw = (state: GeneratorState): void => {
		// No cell, no row: nothing is read past a limit.
		const isOver = limits.maxRequests !== null && state.issued >= limits.maxRequests;
		if (isOver || state.file === null || !trace.read(state.file)) {
			state.nextUs = Number.POSITIVE_INFINITY;
			return;
		}
		if (drawLengths === null) {
			setLengths(state, request, limits);
			state.hashIds = request.hashIds;
			state.session = request.session;
		} else drawLengths(state);
		state.nextUs = withinLimits(Math.round(request.arrivedAtS * SECOND_US), state.issued, limits);
	};
	return drawnAhead(draw, (state) => {
		state.file = trace.start();
		state.lengths = lengths?.stream.state() ?? [];
	});
}

/** Vidur's own requests; arrivals rounded to microseconds. */
export function vidurCompatibleGenerator(vidur: VidurGenerator, limits: Limits): Generator {
	const draw = (state: GeneratorState): void => {
		if (state.vidur === null || !vidur.next(state.vidur)) {
			state.nextUs = Number.POSITIVE_INFINITY;
			return;
		}
		const { arrivedAtS } = state.vidur.request;
		setLengths(state, state.vidur.request, limits);
		state.nextUs = withinLimits(Math.round(arrivedAtS * SECOND_US), state.issued, limits);
	};
	return drawnAhead(draw, (state) => {
		state.vidur = vidur.init();
	});
}

/** Before the first request: each generator sets what it needs. */
export function noRequest(): GeneratorState {
	return {
		issued: 0,
		nextUs: Number.POSITIVE_INFINITY,
		lastUs: Number.NaN,
		prefillTokens: 0,
		decodeTokens: 0,
		askedPrefill: 0,
		askedDecode: 0,
		isLeftOut: false,
		hashIds: null,
		session: null,
		exactUs: 0,
		arrivals: [],
		lengths: [],
		file: null,
		rate: null,
		vidur: null,
		users: null,
		sessions: null,
		clients: null,
		pieces: null,
	};
}

function drawnAhead(
	draw: (state: GeneratorState) => void,
	prepare: (state: GeneratorState) => void,
): Generator {
	return {
		init() {
			const state = noRequest();
			prepare(state);
			draw(state);
			return state;
		},
		advance(state) {
			if (!state.isLeftOut) {
				state.lastUs = state.nextUs;
				state.issued += 1;
			}
			draw(state);
		},
	};
}

function lengthDraw(sample: LengthSampler, limits: Limits): (state: GeneratorState) => void {
	const stream = new StoredStream();
	return (state) => {
		const drawn = sample(stream.at(state.lengths));
		state.lengths = stream.position();
		setLengths(state, drawn, limits);
	};
}

/**
 * Shows the lengths of the next request, as far as the limits let it be so long.
 *
 * @throws SimulationError for one that is too long, where that is refused
 */
export function setLengths(state: GeneratorState, lengths: RequestLengths, limits: Limits): void {
	const { prefillTokens, decodeTokens } = lengths;
	state.askedPrefill = lengths.askedPrefill ?? prefillTokens;
	state.askedDecode = lengths.askedDecode ?? decodeTokens;
	state.prefillTokens = prefillTokens;
	state.decodeTokens = decodeTokens;
	state.isLeftOut = lengths.isLeftOut === true;
	const tokens = prefillTokens + decodeTokens;
	if (tokens <= limits.maxTokens) return;
	// Before the run nothing was found that could be so long.
	if (limits.overlong === 'refuse')
		throw new SimulationError(
			`Cannot send request "${state.issued}": its ${tokens} tokens exceed the ${limits.maxTokens} a request may have`,
		);
	state.isLeftOut = limits.overlong === 'drop';
	const clipped = clipLengths(lengths, limits.maxTokens);
	state.prefillTokens = state.isLeftOut ? 0 : clipped.prefillTokens;
	state.decodeTokens = state.isLeftOut ? 0 : clipped.decodeTokens;
}

/** The arrival, or Infinity where there is none any more. */
export function withinLimits(arrivalUs: SimTime, issued: number, limits: Limits): SimTime {
	const over =
		(limits.untilUs !== null && arrivalUs >= limits.untilUs) ||
		(limits.maxRequests !== null && issued >= limits.maxRequests);
	return over ? Number.POSITIVE_INFINITY : arrivalUs;
}
