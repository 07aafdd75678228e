import { forecastPort, PRICE_PORT, SIGNAL_PORT } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import type { ActorKind, OutputPort, TimeActor } from '../actor/contract.ts';
import { actualOf } from './actual.ts';
import { CarbonConfig, PriceConfig } from './config.ts';
import { makeForecaster } from './forecast.ts';
import { profileReader, type Reader, seriesReader, traceReader } from './reader.ts';

/**
 * Actor kind 'carbon': the grid's carbon intensity. Output `signal`. A row holds the value at the start of its
 * step, as in Vessim; with steps no longer than the source's own (5 min, 30 min, 1 h) nothing is lost. With a
 * forecast also output `forecast`.
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
			return () => source.valueGPerKwh;
		case 'trace': {
			const { type: _type, kind: _kind, ...options } = source;
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
			return () => source.valueUsdPerKwh;
		case 'trace': {
			const { type: _type, ...options } = source;
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
	read: Reader,
): TimeActor<null> {
	const { stepUs, startEpochMs, forecast, timezone } = config;
	const unit = port === PRICE_PORT ? 'USD/kWh' : 'g/kWh';
	const row = [0];
	const hours = new Float64Array(forecast?.hours ?? 0);
	const expect =
		forecast === null ? null : makeForecaster(forecast, actualOf(config, read), timezone);
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: forecast === null ? [port] : [port, forecastPort(unit, forecast.hours)],
		init: () => null,
		step(state, span, _inputs, outputs) {
			row[0] = read(span.fromUs);
			(outputs[0] as OutputPort).append(span.fromUs, row);
			if (expect === null) return state;
			expect(startEpochMs + span.fromUs / 1000, hours);
			(outputs[1] as OutputPort).append(span.fromUs, hours);
			return state;
		},
	};
}
