import {
	constantReader,
	profileReader,
	type Reader,
	seriesReader,
	traceReader,
} from '../../feeds/grid/reader.ts';
import type { ActorKind, OutputPort, TimeActor } from '../../kernel/actor/contract.ts';
import { forecastPort, PRICE_PORT, SIGNAL_PORT } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { actualOf } from './actual.ts';
import { CarbonConfig, PriceConfig } from './config.ts';
import { makeForecaster } from './forecast.ts';

/**
 * Actor kind 'carbon': the grid's carbon intensity. Output `signal`. A row holds the mean over its step, so that
 * emissions do not depend on the step's length, or the value at its start where the source says so. With a forecast
 * also output `forecast`, which says nothing of what comes after the step's start but what is published ahead.
 */
export const carbonKind: ActorKind<CarbonConfig> = {
	kind: 'carbon',
	config: CarbonConfig,
	create: (config) => signalActor(config, SIGNAL_PORT, carbonReader(config)),
};

/**
 * Actor kind 'price': what energy from the grid costs, from a constant, a tariff or a file. Output `price`, with a
 * forecast also `price-forecast`.
 */
export const priceKind: ActorKind<PriceConfig> = {
	kind: 'price',
	config: PriceConfig,
	create: (config) => signalActor(config, PRICE_PORT, priceReader(config)),
};

function carbonReader(config: CarbonConfig): Reader {
	const { source } = config;
	switch (source.type) {
		case 'constant':
			return constantReader(source.valueGPerKwh);
		case 'trace': {
			const { type: _type, kind: _kind, sampling: _sampling, ...options } = source;
			return traceReader(options);
		}
		case 'profile':
			return profileReader(source, config);
		case 'series':
			return seriesReader(source.points, config);
	}
}

function priceReader(config: PriceConfig): Reader {
	const { source } = config;
	switch (source.type) {
		case 'constant':
			return constantReader(source.valueUsdPerKwh);
		case 'trace': {
			const { type: _type, sampling: _sampling, ...options } = source;
			return traceReader(options);
		}
		case 'profile':
			return profileReader(source, config);
		case 'series':
			return seriesReader(source.points, config);
	}
}

function signalActor(
	config: CarbonConfig | PriceConfig,
	port: PortSpec,
	reader: Reader,
): TimeActor<null> {
	const { stepUs, startEpochMs, forecast, source } = config;
	const isMean = source.type === 'constant' || source.sampling === 'mean';
	const unit = port === PRICE_PORT ? 'USD/kWh' : 'g/kWh';
	const row = [0];
	const hours = new Float64Array(forecast?.hours ?? 0);
	const expect =
		forecast === null ? null : makeForecaster(forecast, actualOf(config, reader), config);
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: forecast === null ? [port] : [port, forecastPort(unit, forecast.hours)],
		init: () => null,
		step(state, span, _inputs, outputs) {
			row[0] = isMean ? reader.mean(span.fromUs, span.untilUs) : reader.at(span.fromUs);
			(outputs[0] as OutputPort).append(span.fromUs, row);
			if (expect === null) return state;
			expect(startEpochMs + span.fromUs / 1000, hours);
			(outputs[1] as OutputPort).append(span.fromUs, hours);
			return state;
		},
	};
}
