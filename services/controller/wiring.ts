import type { Inputs, WireInput } from '../../kernel/actor/contract.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { portPath } from '../../protocol/readings.ts';
import type { GridSignal } from '../../protocol/signals.ts';
import type { ControllerConfig } from './config.ts';
import { INPUT } from './ports.ts';

/** Where each member, battery and signal is among the inputs' wires, in the configuration's order. */
export interface Wiring {
	readonly members: Int32Array;
	readonly batteries: Int32Array;
	readonly generators: Int32Array;
	readonly signals: readonly { readonly port: number; readonly wire: number }[];
	/** Index into `signals`, -1 without a carbon signal. */
	readonly carbon: number;
	/** The same of the marginal signal beside it. */
	readonly marginal: number;
	/** The first price of imports among them, -1 without one. */
	readonly price: number;
	/** What exports earn, -1 where nothing says it. */
	readonly exports: number;
	/** Of each signal the wire that reports what is expected of it, -1 without one. */
	readonly forecasts: { readonly [Signal in GridSignal]: number };
}

/**
 * Joins names and wires. Wires are ordered by source, columns by the configuration.
 *
 * @throws SimulationError for a name without a wire, or a wire that nobody named (its power would be lost)
 */
export function resolveWiring(config: ControllerConfig, inputs: Inputs, actor: string): Wiring {
	const wiresOf = (port: number) => inputs[port] ?? [];
	const indexOf = (names: readonly string[], port: keyof typeof INPUT) =>
		indexWires(names, wiresOf(INPUT[port]), { actor, port });
	const carbonNames = namesOf(config.signals.filter(({ unit }) => unit === 'g/kWh'));
	const priceNames = namesOf(config.signals.filter(({ unit }) => unit === 'USD/kWh'));
	const carbonWires = indexOf(carbonNames, 'signal');
	const priceWires = indexOf(priceNames, 'price');
	const grids = wiresOf(INPUT.grid).length;
	if (grids !== (config.hasGridSignal ? 1 : 0))
		throw new SimulationError(
			`Cannot read "${portPath({ actor, port: 'grid' })}": ${grids} wires, but its configuration ` +
				`${config.hasGridSignal ? 'wants one' : 'has no grid signal'}`,
			{ actor },
		);
	const told = config.forecast?.signals ?? [];
	const [toldIntensities, toldPrices] = [carbonNames, priceNames].map((names) =>
		names.filter((name) => told.includes(name)),
	) as [string[], string[]];
	const intensityWires = indexOf(toldIntensities, 'forecast');
	const toldWire = (name: string | null) =>
		name === null ? -1 : (intensityWires[toldIntensities.indexOf(name)] ?? -1);
	return {
		forecasts: {
			carbon: toldWire(config.carbonSignal),
			marginal: toldWire(config.marginalSignal),
			price: indexOf(toldPrices, 'priceForecast')[0] ?? -1,
		},
		members: indexOf(namesOf(config.members), 'power'),
		batteries: indexOf(namesOf(config.batteries), 'battery'),
		generators: indexOf(namesOf(config.generators), 'generator'),
		signals: config.signals.map(({ name, unit }) =>
			unit === 'g/kWh'
				? { port: INPUT.signal, wire: carbonWires[carbonNames.indexOf(name)] as number }
				: { port: INPUT.price, wire: priceWires[priceNames.indexOf(name)] as number },
		),
		carbon: config.signals.findIndex(({ name }) => name === config.carbonSignal),
		marginal: config.signals.findIndex(({ name }) => name === config.marginalSignal),
		price: config.signals.findIndex(
			({ name, unit }) => unit === 'USD/kWh' && name !== config.exportSignal,
		),
		exports: config.signals.findIndex(({ name }) => name === config.exportSignal),
	};
}

function namesOf(entries: readonly { readonly name: string }[]): string[] {
	return entries.map(({ name }) => name);
}

function indexWires(
	names: readonly string[],
	wires: readonly WireInput[],
	{ actor, port }: { actor: string; port: string },
): Int32Array {
	const path = portPath({ actor, port });
	const indexBySource = new Map(wires.map(({ source }, index) => [source, index]));
	const extra = wires.find(({ source }) => !names.includes(source));
	if (extra !== undefined || wires.length !== indexBySource.size)
		throw new SimulationError(
			`Cannot read "${path}": ${wires.length} wires from ${wires.map(({ source }) => source).join(', ')} ` +
				`but its configuration names ${names.join(', ') || 'nobody'}; connect each once`,
			{ actor },
		);
	return Int32Array.from(names, (name) => {
		const index = indexBySource.get(name);
		if (index !== undefined) return index;
		throw new SimulationError(
			`Cannot read "${path}": no wire from "${name}"; connect it or take it out of the configuration`,
			{ actor },
		);
	});
}
