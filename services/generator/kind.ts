import * as z from 'zod';
import type {
	ActorEnv,
	ActorKind,
	OutputPort,
	TimeActor,
	WireInput,
} from '../../kernel/actor/contract.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { GENERATOR_STATE_FIELDS, SETPOINT_FIELDS } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { positionsOf } from '../../protocol/readings.ts';
import { AGREEMENT } from '../../protocol/rounding.ts';
import type { SimTime } from '../../protocol/time.ts';

/** Configuration of an actor of kind 'generator': a machine that burns fuel when it is set to. */
export const GeneratorConfig = z
	.strictObject({
		stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
		ratedPowerW: z.number().positive({ error: 'a rated power is above 0 W' }),
		/** While it runs it makes at least this. */
		minPowerW: z.number().nonnegative({ error: 'a least power is at least 0 W' }),
		/** It does not stop sooner after a start, nor start sooner after a stop. */
		minRunUs: z.int().nonnegative(),
		minPauseUs: z.int().nonnegative(),
	})
	.refine((config) => config.minPowerW <= config.ratedPowerW, {
		error: 'the least power exceeds the rated power',
		path: ['minPowerW'],
	})
	.refine((config) => config.minPowerW > 0 || config.minRunUs === 0, {
		error:
			'a generator that has to run on needs a least power above 0 W; no power means that it rests',
		path: ['minPowerW'],
	});
export type GeneratorConfig = z.infer<typeof GeneratorConfig>;

/** A generator at one moment. It starts and stops at the boundaries of steps, at once. */
export interface Generator {
	isRunning: boolean;
	/** Since when it has run, or rested; before the run: for ever. */
	sinceUs: SimTime | null;
}

/** What it can make in its next step. */
interface Feasible {
	readonly minW: number;
	readonly maxW: number;
	readonly mayStop: boolean;
}

function feasibleAt(config: GeneratorConfig, state: Generator, timeUs: SimTime): Feasible {
	const { ratedPowerW, minPowerW, minRunUs, minPauseUs } = config;
	const elapsedUs = state.sinceUs === null ? Number.POSITIVE_INFINITY : timeUs - state.sinceUs;
	if (state.isRunning)
		return { minW: minPowerW, maxW: ratedPowerW, mayStop: elapsedUs >= minRunUs };
	const mayStart = elapsedUs >= minPauseUs;
	return { minW: mayStart ? minPowerW : 0, maxW: mayStart ? ratedPowerW : 0, mayStop: true };
}

/** A setpoint may lie outside by what two programs' rounding may make of the rated power. */
function isFeasible(config: GeneratorConfig, range: Feasible, setpointW: number): boolean {
	if (setpointW === 0) return range.mayStop;
	const slackW = AGREEMENT * config.ratedPowerW;
	return setpointW > 0 && setpointW >= range.minW - slackW && setpointW <= range.maxW + slackW;
}

const SETPOINT: PortSpec = { name: 'setpoint', kind: 'interval', fields: [...SETPOINT_FIELDS] };
const STATE: PortSpec = { name: 'state', kind: 'interval', fields: [...GENERATOR_STATE_FIELDS] };

const STATE_AT = positionsOf(GENERATOR_STATE_FIELDS);

function writeState(row: number[], powerW: number, range: Feasible): number[] {
	row[STATE_AT.power] = powerW;
	row[STATE_AT.feasible_min] = range.minW;
	row[STATE_AT.feasible_max] = range.maxW;
	row[STATE_AT.may_stop] = range.mayStop ? 1 : 0;
	return row;
}

/** The reading before the first step, for the wire to the controller. */
export function initialGeneratorReading(config: GeneratorConfig): number[] {
	return writeState([], 0, feasibleAt(config, { isRunning: false, sinceUs: null }, 0));
}

/**
 * Actor kind 'generator': input `setpoint` (W made, at least 0), output `state`, both as for a battery: the row
 * at t is the state after the step of [t, t + stepUs), and what was set is what is made.
 */
export const generatorKind: ActorKind<GeneratorConfig> = {
	kind: 'generator',
	config: GeneratorConfig,
	create: makeGenerator,
};

function makeGenerator(config: GeneratorConfig, env: ActorEnv): TimeActor<Generator> {
	const row: number[] = [];
	return {
		timing: 'time',
		stepUs: config.stepUs,
		inputs: [SETPOINT],
		outputs: [STATE],
		init: () => ({ isRunning: false, sinceUs: null }),
		step(state, span, inputs, outputs) {
			const setpointW = ((inputs[0] as readonly WireInput[])[0] as WireInput).value(0);
			const range = feasibleAt(config, state, span.fromUs);
			if (!isFeasible(config, range, setpointW))
				throw new SimulationError(
					`Cannot run generator "${env.name}" at "${setpointW} W": it can make ${range.mayStop ? 'nothing or ' : ''}` +
						`${range.minW} to ${range.maxW} W; a controller has to stay within what it announced`,
					{ actor: env.name, timeUs: span.fromUs },
				);
			const runs = setpointW > 0;
			if (runs !== state.isRunning) {
				state.isRunning = runs;
				state.sinceUs = span.fromUs;
			}
			const next = feasibleAt(config, state, span.untilUs);
			(outputs[0] as OutputPort).append(span.fromUs, writeState(row, setpointW, next));
			return state;
		},
	};
}
