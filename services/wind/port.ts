import type { PortSpec } from '../../protocol/readings.ts';
import { fieldsOf, WIND_TABLE } from '../../protocol/run-folder/step-tables.ts';

/** The wind at a turbine: at the height for which it is given, and at the hub. */
export const WIND: PortSpec = {
	name: 'wind',
	kind: 'interval',
	fields: fieldsOf(WIND_TABLE),
};
