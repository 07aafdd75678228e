import type { DispatchLimits } from '../../protocol/run-folder/metadata.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { batteryLimits } from '../../services/battery/limits.ts';
import { batteryConfig } from './dispatch-config.ts';
import type { Frame } from './plan.ts';

/** What batteries, generators and grid allow at most, for the report: it knows a run by its folder only. */
export function dispatchLimits(scenario: Scenario, frame: Frame): DispatchLimits {
	return {
		batteries: scenario.batteries.map((battery) => ({
			name: battery.name,
			...batteryLimits(batteryConfig(battery, frame).model),
			degradation: battery.degradation,
		})),
		generators: scenario.generators.map(
			({ name, ratedPowerW, fuelSlopeLPerKwh, fuelInterceptLPerKwh, co2KgPerL, fuelUsdPerL }) => ({
				...{ name, ratedPowerW, fuelSlopeLPerKwh, fuelInterceptLPerKwh, co2KgPerL, fuelUsdPerL },
			}),
		),
		importLimitW: scenario.grid?.importLimitW ?? null,
		exportLimitW: scenario.grid?.exportLimitW ?? null,
		...rampLimits(scenario.grid),
		batteriesExport: scenario.grid?.batteriesExport ?? true,
		curtails: scenario.grid?.curtailBelowUsdPerKwh !== null,
	};
}

function rampLimits(grid: Scenario['grid']): Pick<DispatchLimits, 'rampUpW' | 'rampDownW'> {
	const { rampUpW = null, rampDownW = null } = grid ?? {};
	return rampUpW === null && rampDownW === null ? {} : { rampUpW, rampDownW };
}
