import { clearSkyAt, sunAt } from '../../feeds/sky/site-sky.ts';
import type { Span } from '../../protocol/time.ts';
import type { SolarConfig } from './config.ts';
import { pvOutput } from './pv-system.ts';
import type { SkySource, SolarState } from './sky-source.ts';
import { litSpan } from './step-parts.ts';

/** A step's averages, gathered part by part. */
export interface Gathered {
	powerW: number;
	ghi: number;
	dni: number;
	dhi: number;
	poaWm2: number;
	cellC: number;
	index: number;
}

/** Nothing gathered yet. */
export function nothingGathered(): Gathered {
	return { powerW: 0, ghi: 0, dni: 0, dhi: 0, poaWm2: 0, cellC: 0, index: 0 };
}

/** Adds the averages of a part of a step, weighted by its share of the step. */
export function gatherer(
	config: SolarConfig,
	source: Pick<SkySource, 'givesPower' | 'read'>,
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
