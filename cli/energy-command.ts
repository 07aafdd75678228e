import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import { ConfigError } from '../protocol/errors.ts';
import { Definitions } from '../protocol/scenario/accounting.ts';
import { formatGrams, withUnit } from '../results/report/format.ts';
import { withinResults } from '../run/launch/hold-folder.ts';
import type { EnergyFigures } from '../vidur/energy/energy.ts';
import type { EnergyResult } from '../vidur/energy/write-energy.ts';
import { jsonText } from './json-output.ts';
import { say } from './say.ts';

interface EnergyFlags {
	readonly simResultsDir: string;
	readonly region: string;
	readonly accounting: Definitions;
	readonly start?: string;
	readonly json?: boolean;
}

/** Adds `gridbeat energy`, which takes the flags of Vidur-Energy's extractor and report. */
export function addEnergy(gridbeat: Command): void {
	gridbeat
		.command('energy')
		.description(
			'energy, emissions and cost of a results folder of Vidur, as Vidur-Energy writes them',
		)
		.requiredOption('--sim-results-dir <folder>', 'folder that Vidur or gridbeat vidur wrote')
		.option('--region <name>', 'region of weather-data/regions.json', 'california')
		.addOption(
			new Option('--accounting <whose>', 'definitions that the files follow')
				.choices(Definitions.options)
				.default('gridbeat'),
		)
		.option('--start <time>', 'UTC time at which the run starts in time_extended; default: now')
		.option('--json', 'print both sets of figures as JSON')
		.action(async (flags: EnergyFlags) => {
			const { ENERGY_FOLDER, writeEnergy } = await import('../vidur/energy/write-energy.ts');
			const folder = flags.simResultsDir;
			const startEpochMs = startOf(flags.start);
			const { region, accounting } = flags;
			const about = { what: 'gridbeat energy', say };
			const result = await withinResults(folder, ENERGY_FOLDER, about, () =>
				writeEnergy({ folder, region, accounting, startEpochMs }),
			);
			process.stdout.write(flags.json === true ? asJson(result) : asText(result));
		});
}

function startOf(text: string | undefined): number {
	if (text === undefined) return Date.now();
	const epochMs = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
	if (!Number.isNaN(epochMs)) return epochMs;
	throw new ConfigError(
		`Cannot use --start "${text}": give a UTC time such as 2024-06-20T00:00:00`,
	);
}

function asJson({ folder, gridbeat, vidurEnergy }: EnergyResult): string {
	return jsonText('energy', { folder, gridbeat, 'vidur-energy': vidurEnergy });
}

function asText({ folder, gridbeat, vidurEnergy }: EnergyResult): string {
	const rows: [string, (figures: EnergyFigures) => string][] = [
		['energy of the GPUs', (f) => withUnit(f.gpuEnergyKwh, 'kWh')],
		['energy with PUE', (f) => withUnit(f.totalEnergyKwh, 'kWh')],
		['emissions of use', (f) => formatGrams(f.scope2G)],
		['share of making', (f) => formatGrams(f.scope3G)],
		['mean power of a GPU', (f) => withUnit(f.averagePowerW, 'W')],
		['peak power of a GPU', (f) => withUnit(f.peakPowerW, 'W')],
		['mean MFU', (f) => withUnit(f.meanMfuPercent, '%')],
		['cost of energy', (f) => withUnit(f.energyUsd, 'USD')],
		['cost of GPU-hours', (f) => withUnit(f.gpuUsd, 'USD')],
	];
	const table = new Table({
		head: ['', 'Gridbeat', 'Vidur-Energy'],
		style: { head: [], border: [] },
		colAligns: ['left', 'right', 'right'],
	});
	for (const [label, read] of rows) table.push([label, read(gridbeat), read(vidurEnergy)]);
	return `${table.toString()}\nFiles: ${folder}\n`;
}
