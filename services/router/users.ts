import type { InputSpec, WireInput } from '../../kernel/actor/contract.ts';
import type { Prng } from '../../kernel/actor/random.ts';
import { ANSWERED_PORT, COMPLETED_FIELDS } from '../../protocol/ports.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { SECOND_US, type SimTime } from '../../protocol/time.ts';
import type { RouterConfig } from './config.ts';
import { StoredStream } from './stored-stream.ts';

/** Users who each send their next request when the one before is answered: a closed loop. */

const COMPLETED = positionsOf(COMPLETED_FIELDS);

/** Where the users of a router are. */
export interface UsersState {
	/** When those send who have no request under way, in order of time. */
	readyUs: number[];
	/** Requests that were answered, or refused, so far. */
	answered: number;
	thinking: readonly number[];
}

/** How users think. */
export interface Thinking {
	readonly count: number;
	readonly thinkS: number;
	readonly stream: Prng;
}

/** The input on which a router hears of answers, last of its inputs; none where nobody waits for them. */
export function userInputs({ users }: Pick<RouterConfig, 'users'>): InputSpec[] {
	return users === undefined ? [] : [{ ...ANSWERED_PORT, trigger: true }];
}

/** How many requests have left the replicas; the wires have been sought. */
export function answeredBy(wires: readonly WireInput[]): number {
	return wires.reduce((sum, wire) => sum + wire.value(COMPLETED.count), 0);
}

/** All of them have something to ask at the start. */
export function firstUsers({ count, stream }: Thinking): UsersState {
	return { readyUs: new Array(count).fill(0), answered: 0, thinking: stream.state() };
}

/** Has those who were answered think, and send then. */
export function makeThink({
	thinkS,
}: Thinking): (users: UsersState, nowUs: SimTime, answered: number) => void {
	const stream = new StoredStream();
	return (users, nowUs, answered) => {
		for (; users.answered < answered; users.answered++) {
			const thoughtS = thinkS === 0 ? 0 : stream.at(users.thinking).exponential() * thinkS;
			if (thinkS > 0) users.thinking = stream.position();
			const readyUs = nowUs + Math.round(thoughtS * SECOND_US);
			const later = users.readyUs.findIndex((other) => other > readyUs);
			users.readyUs.splice(later === -1 ? users.readyUs.length : later, 0, readyUs);
		}
	};
}
