import { writeWhole } from '../../kernel/files/write-whole.ts';
import { civilTimes } from '../../protocol/run-folder/civil-time.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { SiteRun } from './sites.ts';

const HEADER =
	'time_utc,time,site,load_power,production_power,generator_power,battery_power,grid_power,curtailed_power,unserved_power,stored_energy,carbon_intensity,price\n';
const ROWS_AT_ONCE = 10_000;

/** Writes what all sites have in common, step by step, one site after the other: their own files differ in their columns. */
export function writeSitesTable(path: string, sites: readonly SiteRun[]): void {
	writeWhole(path, (write) => {
		write(HEADER);
		for (const site of sites) for (const rows of rowsOf(site)) write(rows);
	});
}

function* rowsOf({ name, run }: SiteRun): Generator<string> {
	const { steps, metadata } = run;
	const startS = steps.startS[0] ?? 0;
	const civil = civilTimes(startS * 1000, metadata.gridbeat.timezone ?? 'UTC');
	const sum = (columns: readonly Float64Array[], i: number) =>
		columns.reduce((total, column) => total + (column[i] as number), 0);
	const generators = steps.generators.map(({ powerW }) => powerW);
	const stored = steps.batteries.map(({ storedWh }) => storedWh);
	let text = '';
	for (let i = 0; i < steps.count; i++) {
		const timeUs = ((steps.startS[i] as number) - startS) * SECOND_US;
		const numbers = [
			steps.loadW[i],
			steps.productionW[i],
			sum(generators, i),
			steps.batteryW[i],
			steps.gridW[i],
			steps.curtailedW[i],
			steps.unservedW[i],
			sum(stored, i),
			steps.carbon?.[i],
			steps.price?.[i],
		];
		const cells = numbers.map((value) => (value === undefined || Number.isNaN(value) ? '' : value));
		text += `${civil.utc(timeUs)},${civil.local(timeUs)},${name},${cells.join(',')}\n`;
		if ((i + 1) % ROWS_AT_ONCE === 0) {
			yield text;
			text = '';
		}
	}
	yield text;
}
