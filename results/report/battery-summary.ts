import type { Degradation } from '../../services/battery/degradation/degradation.ts';
import { degradationIn, lastCapacityWh, limitsOf } from './dispatch.ts';
import type { Run } from './run.ts';
import type { BatterySeries } from './steps.ts';

/** Figures of one battery over the run. */
export interface BatterySummary {
	readonly name: string;
	/** Percent. */
	readonly meanSoc: number;
	readonly lastSoc: number;
	/** Sum of changes of the state of charge, half of it: full charges and discharges. */
	readonly fullCycles: number;
	/** Null unless the scenario has it. */
	readonly degradation: Degradation | null;
	/** Of a battery that wore out during the run, at its end. */
	readonly capacityEndWh?: number;
}

export function summarizeBattery(run: Run, battery: BatterySeries): BatterySummary {
	const { name, soc } = battery;
	let moved = 0;
	let sum = 0;
	for (let i = 0; i < soc.length; i++) {
		sum += soc[i] as number;
		if (i > 0) moved += Math.abs((soc[i] as number) - (soc[i - 1] as number));
	}
	return {
		name,
		meanSoc: (100 * sum) / soc.length,
		lastSoc: 100 * (soc.at(-1) ?? Number.NaN),
		fullCycles: moved / 2,
		degradation: degradationIn(run, battery),
		...capacityEnd(run, battery),
	};
}

function capacityEnd(run: Run, battery: BatterySeries): Pick<BatterySummary, 'capacityEndWh'> {
	const limits = limitsOf(run, battery.name);
	if (limits?.degradation?.inRun !== true) return {};
	return { capacityEndWh: lastCapacityWh(limits, battery) };
}
