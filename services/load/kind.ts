import * as z from 'zod';
import { loadTrace } from '../../feeds/signal/load.ts';
import { TraceOptions, traceAt, traceMean } from '../../feeds/signal/trace.ts';
import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { POWER_PORT } from '../../protocol/ports.ts';
import { LoadSign } from '../../protocol/scenario/loads.ts';
import { Sampling } from '../../protocol/signals.ts';

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

/** Configuration of an actor of kind 'load'. */
export const LoadConfig = z.strictObject({
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	/** A consumer's power is negated: values in files and here are magnitudes. */
	sign: LoadSign,
	source: z.discriminatedUnion('type', [ConstantSource, TraceSource]),
});
export type LoadConfig = z.infer<typeof LoadConfig>;

/** The magnitude of the power over [fromUs, untilUs), W. */
function readerOf(source: LoadConfig['source']): (fromUs: number, untilUs: number) => number {
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
	create(config): TimeActor<null> {
		const read = readerOf(config.source);
		const direction = config.sign === 'consumer' ? -1 : 1;
		const row = [0];
		return {
			timing: 'time',
			stepUs: config.stepUs,
			inputs: [],
			outputs: [POWER_PORT],
			init: () => null,
			step(state, span, _inputs, outputs) {
				row[0] = direction * read(span.fromUs, span.untilUs);
				(outputs[0] as OutputPort).append(span.fromUs, row);
				return state;
			},
		};
	},
};
