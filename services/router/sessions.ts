import type { Prng } from '../../kernel/actor/random.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import type { RouterConfig } from './config.ts';
import { equalGaps, exponentialGaps, type GapSampler, gammaGaps } from './intervals.ts';
import type { LengthSampler } from './lengths.ts';
import { StoredStream } from './stored-stream.ts';

/**
 * Sessions: requests that follow from each other's answers. A turn's prompt is all that was said before and something new; it sends one
 * call or several at once over that prompt, and when all are answered and a pause is over the next turn follows, whose prompt begins
 * with this one's and its answers.
 */

/** A call that will be sent. */
export interface Call {
	readonly atUs: SimTime;
	/** Of its session. */
	readonly place: number;
	readonly prefillTokens: number;
	readonly decodeTokens: number;
	/** Names and tokens of its beginning, in turns: its answer too where the next turn goes on from it. */
	readonly pieces: readonly number[];
}

/** A session that is open. */
interface Session {
	name: number;
	/** Tokens that the next turn's prompt begins with. */
	context: number;
	turn: number;
	turns: number;
	/** Calls of the turn that are not answered. */
	open: number;
	/** Tokens of the context when they are. */
	grown: number;
	/** Whether one of them was refused. */
	isRefused: boolean;
}

/** All sessions. Plain data. */
export interface SessionsState {
	/** Calls to be sent, in order of time; of equals the one that was decided first. */
	readonly due: Call[];
	/** By place; null: free. */
	readonly sessions: (Session | null)[];
	/** The place of each request that is not answered, by its id. */
	readonly underWay: Record<string, number>;
	begun: number;
	stream: readonly number[];
	lengths: readonly number[];
}

type Shape = NonNullable<RouterConfig['sessions']>;

/** How turns are made. */
export interface Turns {
	readonly shape: Shape;
	readonly first: LengthSampler;
	readonly later: LengthSampler;
	/** Longest prompt and output together. */
	readonly maxTokens: number;
}

/** All prompts of all sessions begin with the piece of this name; sessions are counted from 1. */
const SYSTEM = 0;

/** No session is open. */
export function noSessions(streams: {
	readonly sessions: Prng;
	readonly lengths: Prng;
}): SessionsState {
	return {
		...{ due: [], sessions: [], underWay: {}, begun: 0 },
		stream: streams.sessions.state(),
		lengths: streams.lengths.state(),
	};
}

/** Begins sessions and their turns; what becomes of a place whose session is over is the caller's to say. */
export class SessionMaker {
	readonly #turns: Turns;
	readonly #pause: GapSampler;
	readonly #stream = new StoredStream();
	readonly #lengths = new StoredStream();

	constructor(turns: Turns) {
		this.#turns = turns;
		this.#pause = pauseGaps(turns.shape.pauseCv);
	}

	/** A new session at a place, or at the first that is free, with its first turn at `atUs`. */
	begin(state: SessionsState, atUs: SimTime, place = freePlace(state)): void {
		const { meanTurns, turns, systemTokens } = this.#turns.shape;
		state.begun++;
		const session: Session = {
			...{ name: state.begun, context: systemTokens, turn: 0 },
			turns: turns === 'fixed' ? meanTurns : this.#draw(state, geometric(meanTurns)),
			...{ open: 0, grown: 0, isRefused: false },
		};
		state.sessions[place] = session;
		this.#turn(state, session, { place, atUs });
	}

	/** A request has gone out. */
	sent(state: SessionsState, call: Call, id: number): void {
		state.underWay[id] = call.place;
	}

	/**
	 * A request is answered, or refused.
	 *
	 * @returns the place of a session that is over; -1: it goes on
	 */
	answered(
		state: SessionsState,
		id: number,
		{ nowUs, isRefused }: { readonly nowUs: SimTime; readonly isRefused: boolean },
	): number {
		const place = state.underWay[id];
		if (place === undefined)
			throw new SimulationError(
				`Cannot go on from the answer to request "${id}": none waits for it`,
			);
		delete state.underWay[id];
		return this.over(state, place, { nowUs, isRefused });
	}

	/** A call of the session at a place is over, sent or not. */
	over(
		state: SessionsState,
		place: number,
		{ nowUs, isRefused }: { readonly nowUs: SimTime; readonly isRefused: boolean },
	): number {
		const session = state.sessions[place] as Session;
		session.open--;
		session.isRefused ||= isRefused;
		if (session.open > 0) return -1;
		session.context = session.grown;
		session.turn++;
		if (session.isRefused || session.turn >= session.turns) {
			state.sessions[place] = null;
			return place;
		}
		const { pauseS } = this.#turns.shape;
		const pausedS = pauseS === 0 ? 0 : pauseS * this.#draw(state, this.#pause);
		this.#turn(state, session, { place, atUs: nowUs + Math.round(pausedS * SECOND_US) });
		return -1;
	}

	/** The calls of a session's next turn. One that has no room left gives way to a new session. */
	#turn(state: SessionsState, session: Session, at: { place: number; atUs: SimTime }): void {
		const { shape, first, later, maxTokens } = this.#turns;
		const isFirst = session.turn === 0;
		const calls = this.#calls(state);
		const prng = this.#lengths.at(state.lengths);
		const drawn = Array.from({ length: calls }, () => (isFirst ? first : later)(prng));
		state.lengths = this.#lengths.position();
		const answers = drawn.map(({ decodeTokens }) => decodeTokens);
		const prompt = session.context + (drawn[0]?.prefillTokens ?? 0);
		if (!isFirst && prompt + Math.max(...answers) > maxTokens) {
			this.begin(state, at.atUs, at.place);
			return;
		}
		session.open = calls;
		session.grown = answers.reduce((sum, tokens) => sum + tokens, prompt);
		session.isRefused = false;
		const { systemTokens } = shape;
		const system = systemTokens > 0 ? [SYSTEM, systemTokens] : [];
		for (const [i, decodeTokens] of answers.entries()) {
			const own = prompt - systemTokens + (i === 0 ? decodeTokens : 0);
			const pieces = [...system, session.name, own];
			insert(state.due, { ...at, prefillTokens: prompt, decodeTokens, pieces });
		}
	}

	#calls(state: SessionsState): number {
		const { fanOut, fanOutShare } = this.#turns.shape;
		if (fanOut === 1 || fanOutShare === 1) return fanOut;
		return this.#draw(state, (prng) => prng.uniform()) < fanOutShare ? fanOut : 1;
	}

	#draw(state: SessionsState, sample: GapSampler): number {
		const drawn = sample(this.#stream.at(state.stream));
		state.stream = this.#stream.position();
		return drawn;
	}
}

function pauseGaps(cv: number): GapSampler {
	if (cv === 0) return equalGaps;
	return cv === 1 ? exponentialGaps : gammaGaps(cv);
}

/** Turns of which each is the last with the same chance. */
function geometric(mean: number): GapSampler {
	if (mean === 1) return () => 1;
	const goesOn = Math.log(1 - 1 / mean);
	return (prng) => 1 + Math.floor(Math.log(1 - prng.uniform()) / goesOn);
}

function freePlace({ sessions }: SessionsState): number {
	const free = sessions.indexOf(null);
	return free === -1 ? sessions.length : free;
}

function insert(due: Call[], call: Call): void {
	let place = due.length;
	while (place > 0 && (due[place - 1] as Call).atUs > call.atUs) place--;
	due.splice(place, 0, call);
}
