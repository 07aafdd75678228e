import { PRICE_PORT, SIGNAL_PORT } from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import type { ActorKind, OutputPort, TimeActor } from '../actor/contract.ts';
import { CarbonConfig, PriceConfig } from './config.ts';
import { profileReader, type Reader, seriesReader, traceReader } from './reader.ts';

/**
 * Actor kind 'carbon': the grid's carbon intensity. Output `signal`. A row holds the value at the start of its
 * step, as in Vessim; with steps no longer than the source's own (5 min, 30 min, 1 h) nothing is lost.
 */
export const carbonKind: ActorKind<CarbonConfig> = {
	kind: 'carbon',
	config: CarbonConfig,
	create: (config) => signalActor(config.stepUs, SIGNAL_PORT, carbonReader(config)),
};

/** Actor kind 'price': what energy from the grid costs, from a constant, a tariff or a file. Output `price`. */
export const priceKind: ActorKind<PriceConfig> = {
	kind: 'price',
	config: PriceConfig,
	create: (config) => signalActor(config.stepUs, PRICE_PORT, priceReader(config)),
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

function signalActor(stepUs: number, port: PortSpec, read: Reader): TimeActor<null> {
	const row = [0];
	return {
		timing: 'time',
		stepUs,
		inputs: [],
		outputs: [port],
		init: () => null,
		step(state, span, _inputs, outputs) {
			row[0] = read(span.fromUs);
			(outputs[0] as OutputPort).append(span.fromUs, row);
			return state;
		},
	};
}
