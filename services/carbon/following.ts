import { type LiveState, liveMean, sampledSpan } from '../../feeds/signal/live.ts';
import { expectLive, LOOK_BACK_US } from '../../feeds/signal/live-forecast.ts';
import type { ActorEnv, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { forecastPort, PRICE_PORT } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { followingOf } from '../following.ts';
import type { FollowingConfig } from './config.ts';
import { readerOfSource } from './source-reader.ts';

/** A signal that comes of a feed while the run goes on: what has come by then, and nothing else. */
export function followingActor(
	config: FollowingConfig,
	port: PortSpec,
	env: ActorEnv,
): TimeActor<LiveState> {
	const { stepUs, startEpochMs, forecast, source } = config;
	const { following } = source.followed;
	const fallback = source.fallback === null ? null : readerOfSource(source.fallback, config);
	const keepUs = forecast === null ? 0 : LOOK_BACK_US;
	const isForetold = forecast?.source.type === 'feed';
	const about = { following, startEpochMs, fallback, isForetold };
	const unit = port === PRICE_PORT ? 'USD/kWh' : 'g/kWh';
	const row = [0];
	const hours = new Float64Array(forecast?.hours ?? 0);
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: forecast === null ? [port] : [port, forecastPort(unit, forecast.hours)],
		...followingOf(source.followed, env, { startEpochMs, keepUs }),
		step(state, span, _inputs, outputs) {
			const { fromUs } = span;
			row[0] = liveMean(state, sampledSpan(span, source.sampling), following, fallback);
			(outputs[0] as OutputPort).append(fromUs, row);
			if (forecast === null) return state;
			expectLive(state, fromUs, hours, about);
			(outputs[1] as OutputPort).append(fromUs, hours);
			return state;
		},
	};
}
