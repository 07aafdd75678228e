import { DateTime } from 'luxon';
import type { Definitions } from '../../protocol/scenario/accounting.ts';
import type { Run } from '../../results/report/run.ts';

/**
 * vessim_output.csv, with the columns of Vessim 0.9.1's monitor. `e_delta` is the exchange with the grid in
 * Ws; the original's is that of the step before, 0 in the first row.
 */
export function monitorCsv(run: Run, accounting: Definitions): string {
	const { steps } = run;
	const [battery] = steps.batteries;
	const known = Object.values(run.metadata.microgrids).flatMap((grid) => grid.dispatchables ?? []);
	const minSoc = known[0]?.min_soc ?? 0;
	const capacityWh = battery === undefined ? 0 : capacityOf(battery.soc, battery.storedWh);
	const head = [
		...['time', 'p_delta', 'e_delta', 'vidur_power_usage.p', 'solar.p'],
		...['policy.mode', 'policy.charge_power'],
		...(battery === undefined
			? []
			: ['soc', 'charge_level', 'capacity', 'min_soc'].map((name) => `storage.${name}`)),
	];
	const lines = localTimes(run).map((time, k) => {
		const gridW = accounting === 'gridbeat' ? steps.gridW[k] : k === 0 ? 0 : steps.gridW[k - 1];
		const loadW = steps.loadW[k] as number;
		const solarW = steps.productionW[k] as number;
		const cells = [time, solarW - loadW, (gridW as number) * steps.stepS, -loadW, solarW];
		cells.push('grid-connected', 0);
		if (battery !== undefined)
			cells.push(battery.soc[k] as number, battery.storedWh[k] as number, capacityWh, minSoc);
		return cells.join(',');
	});
	return `${[head.join(','), ...lines].join('\n')}\n`;
}

/** vessim_output_carbon.csv; null without a carbon signal. */
export function carbonCsv(run: Run): string | null {
	const { carbon } = run.steps;
	if (carbon === null) return null;
	const lines = localTimes(run).map((time, k) => `${time},${carbon[k]}`);
	return `${['time,carbon_intensity', ...lines].join('\n')}\n`;
}

function localTimes({ steps, metadata }: Run): string[] {
	const zone = metadata.gridbeat.timezone ?? 'UTC';
	return Array.from(steps.startS, (startS) =>
		DateTime.fromSeconds(startS, { zone }).toFormat('yyyy-MM-dd HH:mm:ss'),
	);
}

function capacityOf(soc: Float64Array, storedWh: Float64Array): number {
	const known = soc.findIndex((level, i) => level > 0 && (storedWh[i] as number) > 0);
	return known < 0 ? 0 : (storedWh[known] as number) / (soc[known] as number);
}
