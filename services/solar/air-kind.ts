import type { Followed } from '../../feeds/signal/followed.ts';
import { type LiveState, liveMean } from '../../feeds/signal/live.ts';
import type { ActorEnv, ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { AIR_PORT } from '../../protocol/ports.ts';
import type { Span } from '../../protocol/time.ts';
import { followingOf } from '../following.ts';
import { airTemperatureC } from './air-temperature.ts';
import { AirConfig } from './config.ts';
import { fileAirC } from './file-sky.ts';
import { partCount, partStartUs } from './step-parts.ts';

/**
 * Actor kind 'air': the temperature outside, that of the climate (season and time of day), of a weather file, or of a
 * feed while the run goes on. No inputs; output `air`, the mean over each step.
 */
export const airKind: ActorKind<AirConfig> = {
	kind: 'air',
	config: AirConfig,
	create(config, env) {
		return config.feed === undefined
			? knownAir(config)
			: followingAir(config, config.feed.followed, env);
	},
};

function knownAir(config: AirConfig): TimeActor<null> {
	const { stepUs } = config;
	const mean = knownMean(config);
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: [AIR_PORT],
		init: () => null,
		step(state, span, _inputs, outputs) {
			(outputs[0] as OutputPort).append(span.fromUs, [mean(span)]);
			return state;
		},
	};
}

/** Air that is measured while the run goes on; where it is silent and a profile is to hold, what is known of it otherwise. */
function followingAir(config: AirConfig, followed: Followed, env: ActorEnv): TimeActor<LiveState> {
	const { stepUs, startEpochMs } = config;
	const known = knownMean(config);
	const fallback = { mean: (fromUs: number, untilUs: number) => known({ fromUs, untilUs }) };
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: [AIR_PORT],
		...followingOf(followed, env, { startEpochMs }),
		step(state, span, _inputs, outputs) {
			const airC = liveMean(state, span, followed.following, fallback);
			(outputs[0] as OutputPort).append(span.fromUs, [airC]);
			return state;
		},
	};
}

/** The mean of a weather file or the climate over a span, degC. */
function knownMean(config: AirConfig): (span: Span) => number {
	const { startEpochMs } = config;
	const airC = (config.file === null ? null : fileAirC(config, config.file)) ?? climateC(config);
	return (span) => {
		const parts = partCount(span.untilUs - span.fromUs);
		let sum = 0;
		for (let i = 0; i < parts; i++) {
			const middleUs = (partStartUs(span, i, parts) + partStartUs(span, i + 1, parts)) / 2;
			sum += airC(startEpochMs + middleUs / 1000);
		}
		return sum / parts;
	};
}

/** The temperature that the plants of the place have under their own clouds. */
function climateC({ airTemperature, longitude }: AirConfig) {
	return (epochMs: number): number => airTemperatureC(airTemperature, epochMs, longitude);
}
