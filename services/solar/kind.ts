import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { POWER_PORT } from '../../protocol/ports.ts';
import { followingAll } from '../following.ts';
import { SolarConfig } from './config.ts';
import { gatherer, nothingGathered } from './gather.ts';
import { WEATHER } from './port.ts';
import { skySource } from './skies.ts';
import type { SolarState } from './sky-source.ts';
import { partCount, partStartUs } from './step-parts.ts';

/**
 * Actor kind 'solar': a PV system under a sky. Each step's readings are averages: a step is cut into parts of
 * at most five minutes, a part ends where the sun rises or sets, and each has the sun of its middle. Its sky may follow
 * feeds while the run goes on. No inputs; outputs `power` and `weather`.
 */
export const solarKind: ActorKind<SolarConfig> = {
	kind: 'solar',
	config: SolarConfig,
	create(config, env): TimeActor<SolarState> {
		const source = skySource(config, (purpose) => env.random(purpose));
		const parts = source.givesPower ? 1 : partCount(config.stepUs);
		const gather = gatherer(config, source);
		return {
			timing: 'time',
			stepUs: config.stepUs,
			inputs: [],
			outputs: [POWER_PORT, WEATHER],
			init: () => null,
			...(source.follows === undefined ? {} : followingAll(source.follows, env, config)),
			step(state, span, _inputs, outputs) {
				const sums = nothingGathered();
				for (let i = 0; i < parts; i++) {
					const fromUs = partStartUs(span, i, parts);
					const untilUs = partStartUs(span, i + 1, parts);
					gather(sums, { fromUs, untilUs }, state);
				}
				const { powerW, ghi, dni, dhi, poaWm2, cellC, index } = sums;
				(outputs[0] as OutputPort).append(span.fromUs, [powerW]);
				const weather = [ghi, dni, dhi, poaWm2, cellC, index];
				(outputs[1] as OutputPort).append(span.fromUs, weather);
				return state;
			},
		};
	},
};
