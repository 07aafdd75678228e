import { clearSkyAt, sunAt } from '../../feeds/sky/site-sky.ts';
import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { POWER_PORT } from '../../protocol/ports.ts';
import type { Span } from '../../protocol/time.ts';
import { SolarConfig } from './config.ts';
import { WEATHER } from './port.ts';
import { pvOutput } from './pv-system.ts';
import { skySource } from './skies.ts';
import type { SkySource, SolarState } from './sky-source.ts';
import { litSpan, partCount, partStartUs } from './step-parts.ts';

/** A step's averages, gathered part by part. */
interface Gathered {
	powerW: number;
	ghi: number;
	dni: number;
	dhi: number;
	poaWm2: number;
	cellC: number;
	index: number;
}

/**
 * Actor kind 'solar': a PV system under a sky. Each step's readings are averages: a step is cut into parts of
 * at most five minutes, a part ends where the sun rises or sets, and each has the sun of its middle. No
 * inputs; outputs `power` and `weather`.
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
			init: source.init,
			step(state, span, _inputs, outputs) {
				const sums = { powerW: 0, ghi: 0, dni: 0, dhi: 0, poaWm2: 0, cellC: 0, index: 0 };
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

/** Adds the averages of a part of a step, weighted by its share of the step. */
function gatherer(
	config: SolarConfig,
	source: SkySource,
): (sums: Gathered, part: Span, state: SolarState) => void {
	const { stepUs, startEpochMs } = config;
	const zenithDeg = (timeUs: number) => sunAt(startEpochMs + timeUs / 1000, config).zenithDeg;
	return (sums, part, state) => {
		let middleMs = startEpochMs + (part.fromUs + part.untilUs) / 2000;
		let sky = clearSkyAt(middleMs, config);
		const lit = source.givesPower ? part : litSpan(part, sky.sun.zenithDeg, zenithDeg);
		if (lit !== part) {
			middleMs = startEpochMs + (lit.fromUs + lit.untilUs) / 2000;
			sky = clearSkyAt(middleMs, config);
		}
		const { fromUs, untilUs } = lit;
		const reading = source.read(state, { fromUs, untilUs, middleMs, sky });
		const { light, air } = reading;
		const out = pvOutput(light, sky, config, air);
		const share = (part.untilUs - part.fromUs) / stepUs;
		const litShare = (untilUs - fromUs) / stepUs;
		sums.powerW += litShare * (reading.powerW ?? out.acW);
		sums.ghi += litShare * light.ghi;
		sums.dni += litShare * light.dni;
		sums.dhi += litShare * light.dhi;
		sums.poaWm2 += litShare * out.poaWm2;
		sums.cellC += litShare * out.cellC + (share - litShare) * air.airC;
		sums.index += share * reading.clearSkyIndex;
	};
}
