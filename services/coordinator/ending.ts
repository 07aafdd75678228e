import { NoResponderError, RequestTimeoutError } from '../../kernel/bus/bus.ts';
import { LostError, messageOf, SimulationError } from '../../protocol/errors.ts';
import type { MessageType, Stop } from '../../protocol/messages.ts';
import type { Refusals } from '../../protocol/refusals.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import { failedError } from './host-failure.ts';
import { hostRefusal, placeRefusal } from './host-words.ts';
import type { Membership } from './membership.ts';
import type { Question, Questions } from './questions.ts';
import {
	type CoordinatorLimits,
	LAST_MULTIPLE,
	NEVER_MS,
	type TrustedPlan,
	type World,
} from './run-plan.ts';
import type { Watch } from './watch.ts';

export interface EndingContext {
	readonly plan: TrustedPlan;
	readonly world: World;
	readonly limits: CoordinatorLimits;
	readonly membership: Membership;
	readonly questions: Questions;
	readonly watch: Watch;
	readonly refusals: Refusals;
	readonly subjects: RunSubjects;
	/** How the process of a host ended; null: nobody says that it has. */
	goneHow(host: string): LostError | null;
	/** Nobody waits for the end any more. */
	isGivenUp(): boolean;
}

/** Ends all hosts; returns the first error of one, if the run has not failed before. */
export async function endHosts(context: EndingContext, stop: Stop): Promise<Error | null> {
	const { membership, plan, refusals } = context;
	let error: Error | null = null;
	await Promise.all(
		[...membership.joined].map(async (host) => {
			const question: Question<'stopped' | 'failed'> = {
				...{ host, message: stop, timeoutMs: NEVER_MS, types: ['stopped', 'failed'] },
				refusal: (answer) =>
					answer.type === 'failed'
						? placeRefusal(plan.roster, host, answer)
						: hostRefusal(host, answer),
			};
			try {
				const answer = await endHost(context, question, stop);
				if (answer.type === 'failed') throw failedError(answer);
				refusals.hear(host, answer.refusals);
			} catch (caught) {
				// A run that has failed already is not failed again by hosts that are gone.
				if (stop.outcome === 'failed') return;
				// All that it had to say is said, and what it recorded is there: whoever leads the run writes the end of that.
				if (caught instanceof LostError || caught instanceof NoResponderError) {
					context.world.notice(caught.message);
					return;
				}
				error ??= caught instanceof Error ? caught : new Error(messageOf(caught));
			}
		}),
	);
	return error;
}

/** Waits as long as the host is alive: a recorder on a slow disk has much to write at the end. */
async function endHost<T extends MessageType>(
	{ limits, questions, world, watch, subjects, membership, ...context }: EndingContext,
	question: Question<T>,
	{ outcome }: Stop,
) {
	const { host } = question;
	const limitMs = outcome === 'failed' ? limits.waitLimitMs : LAST_MULTIPLE * limits.waitLimitMs;
	const ask = () => questions.ask(question, { patient: outcome !== 'failed' });
	let answer = ask();
	answer.catch(() => {});
	const lookMs = Math.min(limits.pollMs, limitMs);
	let [dueMs, askedMs] = [limitMs, 0];
	for (let waitedMs = lookMs; ; waitedMs += lookMs) {
		const late = world.sleep(lookMs).then(() => null);
		const first = await Promise.race([answer, late]);
		if (first !== null) return first;
		if (context.isGivenUp()) throw new SimulationError('nobody waits for the end any more');
		if (waitedMs - askedMs >= limits.waitLimitMs) {
			// A host that has just taken its place may not have heard the question: asked again it does nothing twice.
			answer = Promise.race([answer, ask()]);
			answer.catch(() => {});
			askedMs = waitedMs;
		}
		const life = await watch.isEnding(host);
		const answered = await Promise.race([answer, Promise.resolve(null)]);
		if (answered !== null) return answered;
		const gone = context.goneHow(host);
		if (gone !== null) throw gone;
		if (life === 'held') dueMs = waitedMs + limitMs;
		if (waitedMs < dueMs) continue;
		if (life === false)
			throw new RequestTimeoutError(subjects.host(host, membership.seatOf(host)), waitedMs);
		dueMs += limitMs;
		world.notice(`Waiting since ${Math.round(waitedMs / 1000)} s for ${host} to end its work`);
	}
}
