import type { Prng } from '../../kernel/actor/random.ts';
import { DAY_US, type SimTime } from '../../protocol/time.ts';
import {
	type Gaps,
	type Generator,
	type GeneratorState,
	type Limits,
	noRequest,
	setLengths,
	withinLimits,
} from './generator.ts';
import { arrivalUs } from './rate.ts';
import { type Call, noSessions, type SessionMaker, type SessionsState } from './sessions.ts';
import { StoredStream } from './stored-stream.ts';
import { beginsUs, makeThink, type Thinking } from './users.ts';

/** How sessions begin, and what follows when one is over. */
interface Begins {
	prepare(state: GeneratorState): void;
	/** Begins those that are due before all calls there are. */
	settle(state: GeneratorState): void;
	over(state: GeneratorState, place: number, nowUs: SimTime): void;
}

/** No run is longer. */
const LONGEST_RUN_US = 20 * 366 * DAY_US;

/** Each user has one session at a time, thinks when it is over, and begins another. */
export function usersBegin(maker: SessionMaker, thinking: Thinking): Begins {
	const think = makeThink(thinking);
	return {
		prepare(state) {
			state.users = { readyUs: [], thinking: thinking.stream.state() };
			for (let user = 0; user < thinking.count; user++)
				maker.begin(sessionsOf(state), beginsUs(thinking, user), user);
		},
		settle() {},
		over(state, place, nowUs) {
			if (state.users === null) return;
			maker.begin(sessionsOf(state), think(state.users, nowUs), place);
		},
	};
}

/** Sessions begin at a rate, whatever becomes of those before. */
export function rateBegins(
	maker: SessionMaker,
	{ rate, ...gaps }: Gaps,
	{ untilUs }: Limits,
	arrivals: Prng,
): Begins {
	const stream = new StoredStream();
	const endUs = untilUs ?? LONGEST_RUN_US;
	const draw = (state: GeneratorState): void => {
		const workUs = gaps.sample(stream.at(state.arrivals)) * gaps.meanGapUs;
		state.arrivals = stream.position();
		state.exactUs =
			rate === null || state.rate === null
				? state.exactUs + workUs
				: arrivalUs(rate, state.rate, { fromUs: state.exactUs, workUs, untilUs: endUs });
	};
	return {
		prepare(state) {
			state.arrivals = arrivals.state();
			state.rate = rate?.init() ?? null;
			draw(state);
		},
		settle(state) {
			const sessions = sessionsOf(state);
			while (state.exactUs < endUs && !(firstUs(sessions) <= Math.round(state.exactUs))) {
				maker.begin(sessions, Math.round(state.exactUs));
				draw(state);
			}
		},
		over() {},
	};
}

/** Requests that are turns of sessions. */
export function sessionGenerator(
	maker: SessionMaker,
	begins: Begins,
	limits: Limits,
	streams: { readonly sessions: Prng; readonly lengths: Prng },
): Generator {
	/** The first call that is due becomes the next request. */
	const show = (state: GeneratorState): void => {
		begins.settle(state);
		const [call] = sessionsOf(state).due;
		state.nextUs =
			call === undefined ? Number.POSITIVE_INFINITY : withinLimits(call.atUs, state.issued, limits);
		if (call === undefined || state.nextUs === Number.POSITIVE_INFINITY) return;
		setLengths(state, call, limits);
		state.pieces = call.pieces;
	};
	const over = (state: GeneratorState, place: number, nowUs: SimTime): void => {
		if (place >= 0) begins.over(state, place, nowUs);
	};
	return {
		init() {
			const state = noRequest();
			state.sessions = noSessions(streams);
			begins.prepare(state);
			show(state);
			return state;
		},
		advance(state) {
			const sessions = sessionsOf(state);
			const call = sessions.due.shift() as Call;
			if (state.isLeftOut) {
				// Nobody answers what is not sent.
				const how = { nowUs: call.atUs, isRefused: true };
				over(state, maker.over(sessions, call.place, how), call.atUs);
			} else {
				maker.sent(sessions, call, state.issued);
				state.lastUs = state.nextUs;
				state.issued++;
			}
			show(state);
		},
		answered(state, nowUs, answers) {
			for (const { id, isRefused } of answers)
				over(state, maker.answered(sessionsOf(state), id, { nowUs, isRefused }), nowUs);
			show(state);
		},
	};
}

function sessionsOf({ sessions }: GeneratorState): SessionsState {
	return sessions as SessionsState;
}

function firstUs({ due }: SessionsState): SimTime {
	return due[0]?.atUs ?? Number.POSITIVE_INFINITY;
}
