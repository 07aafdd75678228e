import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { MINUTE_US } from '../../protocol/time.ts';
import type { ControllerConfig } from '../../services/controller/config.ts';
import type { Frame } from './plan.ts';

/** What the grid's connection says of exports; left out: all may flow. */
export function exportsConfig(
	grid: Scenario['grid'],
	isPaid: boolean,
): Pick<ControllerConfig, 'exports'> {
	const batteriesExport = grid?.batteriesExport ?? true;
	const curtailBelowUsdPerKwh = isPaid ? (grid === null ? 0 : grid.curtailBelowUsdPerKwh) : null;
	if (batteriesExport && curtailBelowUsdPerKwh === null) return {};
	return { exports: { batteriesExport, curtailBelowUsdPerKwh } };
}

/** Watts per minute as watts per step; left out: no limit. */
export function rampsConfig(
	grid: Scenario['grid'],
	{ stepUs }: Frame,
): Pick<ControllerConfig, 'ramps'> {
	const { rampUpW = null, rampDownW = null } = grid ?? {};
	if (rampUpW === null && rampDownW === null) return {};
	const perStep = (limitW: number | null) =>
		limitW === null ? null : (limitW * stepUs) / MINUTE_US;
	return { ramps: { upW: perStep(rampUpW), downW: perStep(rampDownW) } };
}
