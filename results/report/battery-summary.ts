import type { BatterySummary } from '../../protocol/run-folder/summary-energy.ts';
import { degradationIn, lastCapacityWh, limitsOf } from './dispatch.ts';
import type { Run } from './run.ts';
import type { BatterySeries } from './steps.ts';

/** The figures of one battery of a run; NaN where its state of charge is not recorded. */
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
