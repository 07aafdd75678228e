import { join } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import type { Definitions } from '../../protocol/scenario/accounting.ts';
import { findRegion } from '../../results/accounting/regions.ts';
import { type EnergyFigures, energyFigures } from './energy.ts';
import { ENERGY_COLUMNS, energyRows } from './energy-table.ts';
import { energyPage } from './page.ts';
import { readVidurResults, type VidurResults } from './results.ts';
import { simulationStats, statsRow } from './stats.ts';

export interface EnergyOptions {
	readonly folder: string;
	readonly region: string;
	readonly accounting: Definitions;
	/** What `time_extended` counts from, milliseconds since 1970. */
	readonly startEpochMs: number;
}

export interface EnergyResult {
	readonly folder: string;
	readonly results: VidurResults;
	/** By both definitions, whichever the files follow. */
	readonly gridbeat: EnergyFigures;
	readonly vidurEnergy: EnergyFigures;
}

/** Rows of the table written at once. */
const BATCH = 4096;

/** Where its files go, within a results folder of Vidur. */
export const ENERGY_FOLDER = 'analysis';

/**
 * Reads a results folder of Vidur and writes what Vidur-Energy's extractor and report write into
 * `FOLDER/analysis/`, each file as a whole or not at all.
 *
 * @throws ConfigError for a folder that is none and for regions that are not known
 */
export function writeEnergy(options: EnergyOptions): EnergyResult {
	const region = findRegion(options.region);
	const results = readVidurResults(options.folder);
	const gridbeat = energyFigures(results, region, 'gridbeat');
	const vidurEnergy = energyFigures(results, region, 'vidur-energy');
	const chosen = options.accounting === 'gridbeat' ? gridbeat : vidurEnergy;
	const folder = join(options.folder, ENERGY_FOLDER);
	writeWhole(join(folder, 'mfu_energy_power_data.csv'), (write) =>
		writeTable(write, results, options),
	);
	const row = statsRow(results, chosen);
	const names = Object.keys(row);
	writeWhole(
		join(folder, 'stats_with_energy.csv'),
		`${names.map(cell).join(',')}\n${names.map((name) => cell(row[name] ?? '')).join(',')}\n`,
	);
	writeWhole(
		join(folder, 'simulation_stats_with_energy.json'),
		`${JSON.stringify(simulationStats(results, chosen), null, 4)}\n`,
	);
	writeWhole(join(folder, 'energy_report.html'), energyPage(results, region));
	return { folder, results, gridbeat, vidurEnergy };
}

function writeTable(
	write: (text: string) => void,
	results: VidurResults,
	{ accounting, startEpochMs }: EnergyOptions,
): void {
	write(`${ENERGY_COLUMNS.join(',')}\n`);
	let lines: string[] = [];
	for (const row of energyRows(results, accounting)) {
		const stamp = new Date(startEpochMs + 1000 * Math.floor(row.timeS)).toISOString().slice(0, 19);
		const { timeS, replica, stage, mfu, energyKwh, gpuHours, powerW } = row;
		lines.push(`${timeS},${stamp},${replica},${stage},${mfu},${energyKwh},${gpuHours},${powerW}\n`);
		if (lines.length === BATCH) {
			write(lines.join(''));
			lines = [];
		}
	}
	write(lines.join(''));
}

function cell(value: number | string): string {
	if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
	return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
