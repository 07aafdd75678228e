import type { ActorEnv, Inputs, Outputs, TimeActor } from '../../../kernel/actor/contract.ts';
import { namedPrng } from '../../../kernel/actor/random.ts';
import type { SolarConfig } from '../config.ts';
import { solarKind } from '../kind.ts';
import type { SolarState } from '../sky-source.ts';

const NO_INPUTS: Inputs = [];

/** One row of each output port. */
export interface SolarRow {
	readonly timeUs: number;
	readonly powerW: number;
	/** ghi, dni, dhi, poa, cell temperature, clear-sky index. */
	readonly weather: readonly number[];
}

/** Test support: an environment with the random streams of a seed. */
function seededEnv(seed: number): ActorEnv {
	return {
		name: 'solar',
		random: (purpose) => namedPrng(`${seed}/solar/${purpose}`),
		announce: () => {},
	};
}

/** Test support: makes a solar actor without a runtime around it. */
export function solarActor(config: SolarConfig, seed = 1): TimeActor<SolarState> {
	return solarKind.create(solarKind.config.parse(config), seededEnv(seed)) as TimeActor<SolarState>;
}

/** Test support: steps a solar actor over [fromUs, untilUs) and hands each row to `see`. */
export function stepSolar(
	actor: TimeActor<SolarState>,
	state: SolarState,
	span: { fromUs: number; untilUs: number },
	see: (row: SolarRow) => void,
): SolarState {
	let powerW = 0;
	let current = state;
	const outputs: Outputs = [
		{
			append: (_timeUs, values) => {
				powerW = values[0] as number;
			},
		},
		{ append: (timeUs, values) => see({ timeUs, powerW, weather: Array.from(values) }) },
	];
	for (let fromUs = span.fromUs; fromUs < span.untilUs; fromUs += actor.stepUs)
		current = actor.step(current, { fromUs, untilUs: fromUs + actor.stepUs }, NO_INPUTS, outputs);
	return current;
}
