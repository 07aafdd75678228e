import type { Field, PortSpec } from '../../protocol/readings.ts';
import type { InputSpec } from '../actor/contract.ts';
import { booksPort } from './books.ts';
import type { ControllerConfig } from './config.ts';

/** What a controller hears from each battery. */
export const BATTERY_FIELDS: readonly Field[] = [
	{ name: 'soc', unit: '1' },
	{ name: 'charge_level', unit: 'Wh' },
	{ name: 'feasible_min', unit: 'W' },
	{ name: 'feasible_max', unit: 'W' },
	{ name: 'power', unit: 'W' },
];

/** Indexes into a controller's inputs. */
export const INPUT = { power: 0, battery: 1, signal: 2, price: 3 } as const;

/** Each input takes one wire from each actor that the configuration names. */
export const CONTROLLER_INPUTS: readonly InputSpec[] = [
	{ name: 'power', kind: 'interval', fields: [{ name: 'power', unit: 'W' }] },
	{ name: 'battery', kind: 'interval', fields: [...BATTERY_FIELDS], optional: true },
	{
		name: 'signal',
		kind: 'interval',
		fields: [{ name: 'value', unit: 'g/kWh' }],
		optional: true,
	},
	{
		name: 'price',
		kind: 'interval',
		fields: [{ name: 'value', unit: 'USD/kWh' }],
		optional: true,
	},
];

/** One `setpoint-<battery>` for each battery, then `cap`, then `books`. */
export function controllerOutputs(config: ControllerConfig): PortSpec[] {
	const setpoints = config.batteries.map(
		({ name }): PortSpec => ({
			name: `setpoint-${name}`,
			kind: 'interval',
			fields: [{ name: 'power', unit: 'W' }],
		}),
	);
	const cap: PortSpec = {
		name: 'cap',
		kind: 'interval',
		fields: [{ name: 'cap_per_gpu', unit: 'W' }],
	};
	return [...setpoints, cap, booksPort(config)];
}
