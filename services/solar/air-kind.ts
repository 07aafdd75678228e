import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { AIR_PORT } from '../../protocol/ports.ts';
import { airTemperatureC } from './air-temperature.ts';
import { AirConfig } from './config.ts';
import { fileAirC } from './file-sky.ts';
import { partCount, partStartUs } from './step-parts.ts';

/**
 * Actor kind 'air': the temperature outside, that of the climate (season and time of day) or of a weather file. No
 * inputs; output `air`, the mean over each step.
 */
export const airKind: ActorKind<AirConfig> = {
	kind: 'air',
	config: AirConfig,
	create(config): TimeActor<null> {
		const { stepUs, startEpochMs } = config;
		const airC = (config.file === null ? null : fileAirC(config, config.file)) ?? climateC(config);
		const parts = partCount(stepUs);
		return {
			timing: 'time',
			stepUs,
			inputs: [],
			outputs: [AIR_PORT],
			init: () => null,
			step(state, span, _inputs, outputs) {
				let sum = 0;
				for (let i = 0; i < parts; i++) {
					const middleUs = (partStartUs(span, i, parts) + partStartUs(span, i + 1, parts)) / 2;
					sum += airC(startEpochMs + middleUs / 1000);
				}
				(outputs[0] as OutputPort).append(span.fromUs, [sum / parts]);
				return state;
			},
		};
	},
};

/** The temperature that the plants of the place have under their own clouds. */
function climateC({ airTemperature, longitude }: AirConfig) {
	return (epochMs: number): number => airTemperatureC(airTemperature, epochMs, longitude);
}
