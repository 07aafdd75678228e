import type { InputSpec, WireInput } from '../../kernel/actor/contract.ts';
import type { Prng } from '../../kernel/actor/random.ts';
import { ANSWERED_PORT, LEFT_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import type { RouterConfig } from './config.ts';
import { StoredStream } from './stored-stream.ts';

/** Users who each send their next request when the one before is answered: a closed loop. */

const LEFT = positionsOf(LEFT_FIELDS);

/** Where the users of a router are. */
export interface UsersState {
	/** When those send who have no request under way, in order of time. */
	readonly readyUs: number[];
	thinking: readonly number[];
}

/** How users think. */
export interface Thinking {
	readonly count: number;
	readonly thinkS: number;
	readonly rampS: number;
	readonly stream: Prng;
}

/** A request that has left its replica. */
export interface Answer {
	readonly id: number;
	readonly isRefused: boolean;
}

/** The input on which a router hears of answers, last of its inputs; none where nobody waits for them. */
export function answerInputs({
	users,
	sessions,
}: Pick<RouterConfig, 'users' | 'sessions'>): InputSpec[] {
	return users === undefined && sessions === undefined ? [] : [{ ...ANSWERED_PORT, trigger: true }];
}

/** Takes the answers that are there by `timeUs`, in the order of their replicas' names. */
export function takeAnswers(wires: readonly WireInput[], timeUs: SimTime): Answer[] {
	const answers: Answer[] = [];
	for (const wire of wires)
		while (wire.take(timeUs + 1))
			answers.push({ id: wire.value(LEFT.request_id), isRefused: wire.value(LEFT.refused) === 1 });
	return answers;
}

/** They have something to ask at the start, one after the other over the ramp. */
export function firstUsers(thinking: Thinking): UsersState {
	const readyUs = Array.from({ length: thinking.count }, (_, user) => beginsUs(thinking, user));
	return { readyUs, thinking: thinking.stream.state() };
}

/** When a user sends first, counted from 0. */
export function beginsUs({ count, rampS }: Thinking, user: number): SimTime {
	return Math.round((rampS * SECOND_US * user) / count);
}

/** Has a user think: when the next request follows what is answered now. */
export type Think = (users: UsersState, nowUs: SimTime) => SimTime;

/** How users think, as their state has it. */
export function makeThink({ thinkS }: Thinking): Think {
	const stream = new StoredStream();
	return (users, nowUs) => {
		const thoughtS = thinkS === 0 ? 0 : stream.at(users.thinking).exponential() * thinkS;
		if (thinkS > 0) users.thinking = stream.position();
		return nowUs + Math.round(thoughtS * SECOND_US);
	};
}

/** A user who has thought sends at that time. */
export function queueUser({ readyUs }: UsersState, atUs: SimTime): void {
	const later = readyUs.findIndex((other) => other > atUs);
	readyUs.splice(later === -1 ? readyUs.length : later, 0, atUs);
}
