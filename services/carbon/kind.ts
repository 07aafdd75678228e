import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { forecastPort, PRICE_PORT, SIGNAL_PORT } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { actualOf } from './actual.ts';
import { CarbonConfig, type KnownConfig, PriceConfig } from './config.ts';
import { weighted } from './drawn.ts';
import { followingActor } from './following.ts';
import { isKnownForecast, makeForecaster } from './forecast.ts';
import { pricedByEvents } from './priced.ts';
import { readerOfSource } from './source-reader.ts';

/**
 * Actor kind 'carbon': the grid's carbon intensity. Output `signal`. A row holds the mean over its step, so that
 * emissions do not depend on the step's length (weighted by the loads that are known within it), or the value at its start where the source says so. With a forecast
 * also output `forecast`, which says nothing of what comes after the step's start but what is published ahead.
 */
export const carbonKind: ActorKind<CarbonConfig> = {
	kind: 'carbon',
	config: CarbonConfig,
	create(config, env) {
		const { source } = config;
		if (source.type !== 'feed') return signalActor({ ...config, source }, SIGNAL_PORT);
		return followingActor({ ...config, source }, SIGNAL_PORT, env);
	},
};

/**
 * Actor kind 'price': what energy from the grid costs, from a constant, a tariff, a file or a feed, and by events of the grid
 * where they are to be followed. Output `price`, with a forecast also `price-forecast`.
 */
export const priceKind: ActorKind<PriceConfig> = {
	kind: 'price',
	config: PriceConfig,
	create(config, env) {
		const { source, gridEvents, adjust } = config;
		if (source.type !== 'feed') {
			const known = signalActor({ ...config, source }, PRICE_PORT, adjust);
			return gridEvents === undefined ? known : pricedByEvents(known, gridEvents);
		}
		const following = followingActor({ ...config, source }, PRICE_PORT, env);
		return gridEvents === undefined ? following : pricedByEvents(following, gridEvents);
	},
};

const UNCHANGED = { factor: 1, plusUsdPerKwh: 0 };

function signalActor(
	config: KnownConfig,
	port: PortSpec,
	adjust: PriceConfig['adjust'] = UNCHANGED,
): TimeActor<null> {
	const { stepUs, startEpochMs, forecast, source, drawn } = config;
	const known = readerOfSource(source, config);
	const isMean = source.type === 'constant' || source.sampling === 'mean';
	// Files of loads are read only for means that they can change.
	const isWeighted = drawn !== undefined && source.type !== 'constant' && isMean;
	const reader = isWeighted ? weighted(known, drawn) : known;
	const unit = port === PRICE_PORT ? 'USD/kWh' : 'g/kWh';
	const row = [0];
	const hours = new Float64Array(forecast?.hours ?? 0);
	const expect =
		forecast === null || !isKnownForecast(forecast)
			? null
			: makeForecaster(forecast, actualOf(config, known), config);
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: forecast === null ? [port] : [port, forecastPort(unit, forecast.hours)],
		init: () => null,
		step(state, span, _inputs, outputs) {
			const value = isMean ? reader.mean(span.fromUs, span.untilUs) : reader.at(span.fromUs);
			row[0] = adjust === UNCHANGED ? value : value * adjust.factor + adjust.plusUsdPerKwh;
			(outputs[0] as OutputPort).append(span.fromUs, row);
			if (expect === null) return state;
			expect(startEpochMs + span.fromUs / 1000, hours);
			(outputs[1] as OutputPort).append(span.fromUs, hours);
			return state;
		},
	};
}
