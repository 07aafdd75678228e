import type { InputSpec } from '../../kernel/actor/contract.ts';
import {
	BATTERY_STATE_FIELDS,
	CAP_PORT,
	forecastPort,
	GENERATOR_STATE_FIELDS,
	GRID_PORT,
	POWER_PORT,
	PRICE_PORT,
	SETPOINT_FIELDS,
	SIGNAL_PORT,
	SUPPLY_PORT,
} from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import { booksPort } from './books.ts';
import type { ControllerConfig } from './config.ts';

/** Indexes into a controller's inputs. */
export const INPUT = {
	...{ power: 0, battery: 1, signal: 2, price: 3, generator: 4, grid: 5 },
	...{ forecast: 6, priceForecast: 7 },
} as const;

const INPUTS: readonly InputSpec[] = [
	POWER_PORT,
	{ name: 'battery', kind: 'interval', fields: [...BATTERY_STATE_FIELDS], optional: true },
	{ ...SIGNAL_PORT, optional: true },
	{ ...PRICE_PORT, optional: true },
	{ name: 'generator', kind: 'interval', fields: [...GENERATOR_STATE_FIELDS], optional: true },
	{ ...GRID_PORT, optional: true },
];

/** Each input takes one wire from each actor that the configuration names. */
export function controllerInputs({ forecast }: ControllerConfig): readonly InputSpec[] {
	if (forecast === null) return INPUTS;
	const { hours } = forecast;
	const ports = [forecastPort('g/kWh', hours), forecastPort('USD/kWh', hours)];
	return [...INPUTS, ...ports.map((port) => ({ ...port, optional: true }))];
}

/** One `setpoint-<name>` for each battery, then for each generator, then `cap`, `books` and, if wired, `supply`. */
export function controllerOutputs(config: ControllerConfig): PortSpec[] {
	const setpoints = [...config.batteries, ...config.generators].map(
		({ name }): PortSpec => ({
			name: `setpoint-${name}`,
			kind: 'interval',
			fields: [...SETPOINT_FIELDS],
		}),
	);
	const supply = config.tellsSupply === true ? [SUPPLY_PORT] : [];
	return [...setpoints, CAP_PORT, booksPort(config), ...supply];
}
