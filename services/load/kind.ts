import * as z from 'zod';
import { Followed } from '../../feeds/signal/followed.ts';
import { type LiveState, liveMean, sampledSpan } from '../../feeds/signal/live.ts';
import { loadTrace } from '../../feeds/signal/load.ts';
import { TraceOptions, traceAt, traceMean } from '../../feeds/signal/trace.ts';
import type { ActorEnv, ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { POWER_PORT } from '../../protocol/ports.ts';
import { LoadSign } from '../../protocol/scenario/loads.ts';
import { Sampling } from '../../protocol/signals.ts';
import { followingOf } from '../following.ts';

const ConstantSource = z.strictObject({
	type: z.literal('constant'),
	powerW: z.number().nonnegative({ error: 'a power is at least 0 W; the sign says its direction' }),
});

const TraceSource = z.strictObject({
	type: z.literal('trace'),
	/** mean: the average over each step, so that energy is exact. start: the value at its start, as in Vessim. */
	sampling: Sampling,
	...TraceOptions.shape,
});

const FeedSource = z.strictObject({
	type: z.literal('feed'),
	sampling: Sampling,
	followed: Followed,
	/** What holds where it is silent; null: nothing. */
	fallback: ConstantSource.nullable(),
	/** The run's start, milliseconds since 1970, UTC. */
	startEpochMs: z.int(),
});

/** Configuration of an actor of kind 'load'. */
export const LoadConfig = z.strictObject({
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** A consumer's power is negated: values in files and here are magnitudes. */
	sign: LoadSign,
	source: z.discriminatedUnion('type', [ConstantSource, TraceSource, FeedSource]),
});
export type LoadConfig = z.infer<typeof LoadConfig>;

/** The magnitude of the power over [fromUs, untilUs), W. */
function readerOf(
	source: Exclude<LoadConfig['source'], { type: 'feed' }>,
): (fromUs: number, untilUs: number) => number {
	if (source.type === 'constant') return () => source.powerW;
	const { type: _type, sampling, ...options } = source;
	const trace = loadTrace(options);
	return sampling === 'start'
		? (fromUs) => traceAt(trace, fromUs)
		: (fromUs, untilUs) => traceMean(trace, fromUs, untilUs);
}

/** Actor kind 'load': a power that nothing in the run changes (a building, cooling, a generator). Output `power`. */
export const loadKind: ActorKind<LoadConfig> = {
	kind: 'load',
	config: LoadConfig,
	create(config, env) {
		const { source } = config;
		return source.type === 'feed'
			? followingLoad(config, source, env)
			: knownLoad(config, readerOf(source));
	},
};

function knownLoad(
	{ stepUs, sign }: LoadConfig,
	read: (fromUs: number, untilUs: number) => number,
): TimeActor<null> {
	const direction = directionOf(sign);
	const row = [0];
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: [POWER_PORT],
		init: () => null,
		step(state, span, _inputs, outputs) {
			row[0] = direction * read(span.fromUs, span.untilUs);
			(outputs[0] as OutputPort).append(span.fromUs, row);
			return state;
		},
	};
}

/** A load that is measured while the run goes on. */
function followingLoad(
	{ stepUs, sign }: LoadConfig,
	{ followed, fallback, sampling, startEpochMs }: z.infer<typeof FeedSource>,
	env: ActorEnv,
): TimeActor<LiveState> {
	const { following } = followed;
	const held = fallback === null ? null : { mean: () => fallback.powerW };
	const direction = directionOf(sign);
	const row = [0];
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: [POWER_PORT],
		...followingOf(followed, env, { startEpochMs }),
		step(state, span, _inputs, outputs) {
			row[0] = direction * liveMean(state, sampledSpan(span, sampling), following, held);
			(outputs[0] as OutputPort).append(span.fromUs, row);
			return state;
		},
	};
}

function directionOf(sign: LoadConfig['sign']): number {
	return sign === 'consumer' ? -1 : 1;
}
