import type { PortSpec } from '../../protocol/readings.ts';
import { fieldsOf, WEATHER_TABLE } from '../../protocol/run-folder/step-tables.ts';

/** The sky over the modules and what reaches them. */
export const WEATHER: PortSpec = {
	name: 'weather',
	kind: 'interval',
	fields: fieldsOf(WEATHER_TABLE),
};
