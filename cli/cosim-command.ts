import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ConfigError } from '../protocol/errors.ts';
import { Definitions } from '../protocol/scenario/accounting.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { Extension } from '../protocol/signals.ts';
import { closingTable } from '../results/report/text.ts';
import { withinResults } from '../run/launch/hold-folder.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { ANALYSIS_TYPES, type CosimOptions } from '../vidur/cosim/options.ts';
import { numeric } from './flags.ts';
import { printJson } from './json-output.ts';
import { say } from './say.ts';
import { specialOverrides } from './special-flags.ts';

interface CosimFlags {
	readonly vidurSimDir?: string;
	readonly location: string;
	readonly aggFreq: string;
	readonly analysisType: (typeof ANALYSIS_TYPES)[number];
	readonly stepSize: string;
	readonly solarScaleFactor: string;
	readonly batteryCapacity: string;
	readonly batteryInitialSoc: string;
	readonly batteryMinSoc: string;
	readonly logMetrics?: boolean;
	readonly carbonAnalysis?: boolean;
	readonly lowCarbonThreshold: string;
	readonly highCarbonThreshold: string;
	readonly interpolateDatasets?: boolean;
	readonly start: string;
	readonly carbon: string;
	readonly solarTrace?: string;
	readonly extend: string;
	readonly pue: string;
	readonly accounting: Definitions;
	readonly seed: string;
	readonly json?: boolean;
}

/** Adds `gridbeat cosim`, which takes the flags of Vidur-Energy's co-simulation and writes its files. */
export function addCosim(gridbeat: Command, commandLine: () => string): void {
	gridbeat
		.command('cosim')
		.description(
			'a microgrid under the power of a finished run of Vidur, as Vidur-Energy co-simulates; gridbeat run does both in one loop',
		)
		.option('--vidur-sim-dir <folder>', 'folder that Vidur or gridbeat vidur wrote')
		.option('--location <name>', 'a city, such as Dublin', 'San Francisco')
		.option('--agg-freq <frequency>', 'bins of the power series, such as 1s, 1min, 5min', '1min')
		.addOption(choice('--analysis-type <type>', 'original only', ANALYSIS_TYPES))
		.option('--step-size <seconds>', 'step of the microgrid', '60')
		.option('--solar-scale-factor <watts>', 'installed solar peak power', '5000')
		.option('--battery-capacity <wh>', 'battery capacity; 0: none', '5000')
		.option('--battery-initial-soc <fraction>', 'state of charge at the start', '0.4')
		.option('--battery-min-soc <fraction>', 'state of charge never gone below', '0.3')
		.option('--log-metrics', 'print simulation_metrics.txt in the words of the original')
		.option('--carbon-analysis', 'emissions in simulation_metrics.txt, and their drawing')
		.option('--low-carbon-threshold <g/kWh>', 'counted as low carbon below this', '100')
		.option('--high-carbon-threshold <g/kWh>', 'counted as high carbon above this', '200')
		.option(
			'--interpolate-datasets',
			'cubic interpolation of solar and carbon files (with --accounting vidur-energy)',
		)
		.option('--start <time>', 'local time at which the run of Vidur starts', '2024-06-20T00:00')
		.option('--carbon <source>', 'as of gridbeat run, such as marginal:FILE.csv', 'location')
		.option(
			'--solar-trace <file>',
			'solar output as a fraction of the peak power; default: our sky',
		)
		.addOption(
			new Option('--extend <how>', 'where files have no data')
				.choices(Extension.options)
				.default('repeat-year'),
		)
		.option('--pue <factor>', 'facility power over GPU power (not in vidur-energy)', '1.2')
		.addOption(choice('--accounting <whose>', 'how the power series is made', Definitions.options))
		.option('--seed <text>', 'seed of the sky', '1')
		.option('--json', 'print both sets of figures as JSON')
		.action((flags: CosimFlags) => cosim(flags, commandLine()));
}

function choice(flags: string, help: string, values: readonly string[]): Option {
	return new Option(flags, help).choices(values).default(values[0]);
}

const COSIM_LOCK = 'run of gridbeat cosim';

async function cosim(flags: CosimFlags, command: string): Promise<void> {
	const [{ COSIM_FOLDER, writeCosim }, { runScenario }] = await Promise.all([
		import('../vidur/cosim/write-cosim.ts'),
		import('../run/run-scenario.ts'),
	]);
	const options = optionsOf(flags);
	if (flags.interpolateDatasets === true && options.accounting === 'gridbeat')
		process.stderr.write(
			'--interpolate-datasets has no effect here: a value of a file is a mean and holds for its interval\n',
		);
	const about = { what: COSIM_LOCK, say };
	const result = await withinResults(options.folder, COSIM_FOLDER, about, () =>
		writeCosim(options, {
			isCarbonAnalysed: flags.carbonAnalysis === true,
			async run(scenario, out) {
				const about = { out, command, overwrite: true, report: false, lockedAs: COSIM_LOCK };
				await runScenario({ ...scenario, placement: IN_PROCESS }, about);
			},
		}),
	);
	const { folder, summary, original, lines } = result;
	if (flags.json === true) {
		const { summaryJson } = await import('../results/report/summary-rows.ts');
		printJson('cosim', { folder, gridbeat: summaryJson(summary), 'vidur-energy': original });
		return;
	}
	const text = flags.logMetrics === true ? lines.join('\n').trimStart() : closingTable(summary);
	process.stdout.write(`${text}\nFiles: ${folder}\n`);
}

function optionsOf(flags: CosimFlags): CosimOptions {
	if (flags.vidurSimDir === undefined)
		throw new ConfigError(
			'Cannot co-simulate without a run of Vidur: give --vidur-sim-dir FOLDER, which Vidur or gridbeat vidur ' +
				'wrote, or use gridbeat run for serving and microgrid in one loop',
		);
	return {
		folder: flags.vidurSimDir,
		location: flags.location,
		binS: frequencyS(flags.aggFreq),
		analysis: flags.analysisType,
		stepS: positive('step-size', flags.stepSize),
		solarPeakW: numeric('solar-scale-factor')(flags.solarScaleFactor),
		batteryWh: numeric('battery-capacity')(flags.batteryCapacity),
		initialSoc: numeric('battery-initial-soc')(flags.batteryInitialSoc),
		minSoc: numeric('battery-min-soc')(flags.batteryMinSoc),
		lowGPerKwh: numeric('low-carbon-threshold')(flags.lowCarbonThreshold),
		highGPerKwh: numeric('high-carbon-threshold')(flags.highCarbonThreshold),
		isInterpolated: flags.interpolateDatasets === true,
		start: flags.start,
		carbon: specialOverrides({ carbon: flags.carbon }).get('carbon') as Scenario['carbon'],
		solarTrace: flags.solarTrace === undefined ? null : resolve(flags.solarTrace),
		extend: flags.extend,
		pue: positive('pue', flags.pue),
		accounting: flags.accounting,
		seed: flags.seed,
	};
}

function positive(flag: string, value: string): number {
	const number = numeric(flag)(value);
	if (number > 0) return number;
	throw new ConfigError(`Cannot use --${flag} "${value}": give a number above 0`);
}

/** Seconds of the units of pandas' frequencies. */
const UNITS: Readonly<Record<string, number>> = {
	ms: 0.001,
	s: 1,
	sec: 1,
	min: 60,
	t: 60,
	h: 3600,
	d: 86_400,
};

/** A frequency of pandas, such as `1s`, `5min`, `30S`, `1H`, in seconds. */
function frequencyS(text: string): number {
	const [, count = '', unit = ''] = /^(\d*\.?\d*)([a-zA-Z]+)$/.exec(text.trim()) ?? [];
	const seconds = (count === '' ? 1 : Number(count)) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
	if (seconds > 0) return seconds;
	throw new ConfigError(`Cannot use --agg-freq "${text}": give a length such as 1s, 1min or 5min`);
}
