import type { SimTime, Span } from '../../protocol/time.ts';
import type { Actor, EventActor, Inputs, Outputs, SpanActor, TimeActor } from './contract.ts';
import { unsharedCopy } from './plain-data.ts';

/** When an actor gives way to another one. */
export interface Restoring {
	/** After every so many steps. */
	readonly every: number;
	/** An actor made anew of the same configuration. */
	spare(): Actor;
	/** Shown the state after each step. */
	readonly look?: (state: unknown) => void;
}

/**
 * An actor that after every so many steps is another one: a new one goes on from a copy of the state. For tests: whoever
 * keeps its memory in the state says the same as ever.
 */
export function restoredActor(first: Actor, { every, spare, look }: Restoring) {
	let actor = first;
	let steps = 0;
	let restores = 0;
	const after = (state: unknown): unknown => {
		look?.(state);
		steps++;
		if (steps % every !== 0) return state;
		actor = spare();
		restores++;
		// By turns one that keeps what two places share, and one that does not.
		return restores % 2 === 1 ? structuredClone(state) : unsharedCopy(state);
	};
	const common = {
		inputs: first.inputs,
		outputs: first.outputs,
		init: () => first.init(),
		...(first.windowDone === undefined
			? {}
			: { windowDone: (state: unknown, untilUs: SimTime) => actor.windowDone?.(state, untilUs) }),
		...(first.finish === undefined
			? {}
			: { finish: async (state: unknown, end: never) => actor.finish?.(state, end) }),
	};
	return { actor: shaped(first, common, () => actor, after), restores: () => restores };
}

type Common = Omit<TimeActor, 'timing' | 'stepUs' | 'step'>;

function shaped(
	first: Actor,
	common: Common,
	now: () => Actor,
	after: (state: unknown) => unknown,
): Actor {
	const stepOn = (state: unknown, span: Span, inputs: Inputs, outputs: Outputs): unknown =>
		after((now() as TimeActor | SpanActor).step(state, span, inputs, outputs));
	if (first.timing === 'time')
		return { ...common, timing: 'time', stepUs: first.stepUs, step: stepOn };
	if (first.timing === 'event')
		return {
			...common,
			timing: 'event',
			nextUs: (state) => (now() as EventActor).nextUs(state),
			step: (state, timeUs, inputs, outputs) =>
				after((now() as EventActor).step(state, timeUs, inputs, outputs)),
		};
	return {
		...common,
		timing: 'span',
		...(first.alignUs === undefined ? {} : { alignUs: first.alignUs }),
		...(first.alignedPorts === undefined ? {} : { alignedPorts: first.alignedPorts }),
		promiseUs: (state, port, untilUs) => (now() as SpanActor).promiseUs(state, port, untilUs),
		step: stepOn,
	};
}
