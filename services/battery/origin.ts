import { given, type Origin } from '../../protocol/origin.ts';
import type { BatteryModel } from './config.ts';

/** Where a battery's limits and losses are from. */
export function batteryOrigin({ type }: Pick<BatteryModel, 'type'>): Origin {
	switch (type) {
		case 'simple':
			return {
				label: 'modelled',
				source: 'a store without losses; capacity and C-rate as the scenario says',
			};
		case 'linear':
			return given('efficiencies, self-discharge and standby of the scenario');
		case 'clc':
			return {
				label: 'published',
				source: 'C-L-C model of Kazhamiaka, Rosenberg and Keshav (2019) with a cell LG M50',
			};
	}
}
