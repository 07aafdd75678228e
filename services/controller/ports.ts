import {
	BATTERY_STATE_FIELDS,
	CAP_PORT,
	POWER_PORT,
	PRICE_PORT,
	SETPOINT_FIELDS,
	SIGNAL_PORT,
} from '../../protocol/ports.ts';
import type { PortSpec } from '../../protocol/readings.ts';
import type { InputSpec } from '../actor/contract.ts';
import { booksPort } from './books.ts';
import type { ControllerConfig } from './config.ts';

/** Indexes into a controller's inputs. */
export const INPUT = { power: 0, battery: 1, signal: 2, price: 3 } as const;

/** Each input takes one wire from each actor that the configuration names. */
export const CONTROLLER_INPUTS: readonly InputSpec[] = [
	POWER_PORT,
	{ name: 'battery', kind: 'interval', fields: [...BATTERY_STATE_FIELDS], optional: true },
	{ ...SIGNAL_PORT, optional: true },
	{ ...PRICE_PORT, optional: true },
];

/** One `setpoint-<battery>` for each battery, then `cap`, then `books`. */
export function controllerOutputs(config: ControllerConfig): PortSpec[] {
	const setpoints = config.batteries.map(
		({ name }): PortSpec => ({
			name: `setpoint-${name}`,
			kind: 'interval',
			fields: [...SETPOINT_FIELDS],
		}),
	);
	return [...setpoints, CAP_PORT, booksPort(config)];
}
