import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ScenarioSource } from '../run/resolve/scenario-source.ts';
import { simulate } from '../run/simulate.ts';
import { madeResults } from '../vidur/cosim/made-results.test-support.ts';
import type { CosimOptions } from '../vidur/cosim/options.ts';
import { writeCosim } from '../vidur/cosim/write-cosim.ts';

const SOLAR = '../shared/data/energy/solcast2022_global_actual.csv';
const CARBON = '../shared/data/energy/watttime2023_caiso-north_actual.csv';
const REFERENCE = '../shared/reference/vidur-energy';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-cosim-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

async function run(scenario: ScenarioSource, out: string): Promise<void> {
	const about = { out, overwrite: true, report: false, command: 'test' };
	await simulate(scenario, { ...about, placement: 'in-process' });
}

const defaults: Omit<CosimOptions, 'folder'> = {
	location: 'San Francisco',
	binS: 60,
	analysis: 'trend analysis',
	stepS: 60,
	solarPeakW: 5000,
	batteryWh: 5000,
	initialSoc: 0.4,
	minSoc: 0.3,
	lowGPerKwh: 100,
	highGPerKwh: 200,
	isInterpolated: false,
	start: '2024-06-20T12:00',
	carbon: { source: 'constant', valueGPerKwh: 300, kind: 'average' },
	solarTrace: null,
	extend: 'repeat-year',
	pue: 1.2,
	accounting: 'gridbeat',
	seed: '1',
};

type Row = Readonly<Record<string, string>>;

function rows(path: string): Row[] {
	return parse(readFileSync(path, 'utf8'), { columns: true });
}

test('writeCosim() runs the microgrid under the power of the whole cluster', async () => {
	const made = madeResults(join(folder, 'small'), {
		tensorParallel: 2,
		replicas: [
			[
				[0, 45],
				[600, 0],
			],
			[[0, 0]],
		],
		endS: 1190,
	});
	const result = await writeCosim({ ...defaults, folder: made }, { isCarbonAnalysed: true, run });
	// Two of four GPUs at 400 W for ten minutes of twenty, the rest at 100 W, times PUE 1.2.
	const kwh = (1.2 * (2 * 400 * 600 + 2 * 100 * 600 + 4 * 100 * 600)) / 3.6e6;
	assert.ok(
		Math.abs(result.summary.energy.loadKwh - kwh) < 1e-9,
		`${result.summary.energy.loadKwh}`,
	);
	const output = rows(join(result.folder, 'vessim_output.csv'));
	assert.is(output.length, 20);
	assert.is(output[0]?.['time'], '2024-06-20 12:00:00');
	const [first] = output;
	const gridWs = Number(first?.['e_delta']);
	const chargeWh =
		Number(output[1]?.['storage.charge_level']) - Number(first?.['storage.charge_level']);
	// Surplus goes into the battery, less what is lost, and the rest into the grid: in this very row.
	assert.ok(gridWs + 3600 * chargeWh <= 60 * Number(first?.['p_delta']) + 1e-6);
	assert.ok(gridWs + 3600 * 1.1 * chargeWh >= 60 * Number(first?.['p_delta']) - 1e-6);
	for (const name of ['power_plot.svg', 'battery_combined_plots.svg', 'carbon_emissions_plot.svg'])
		assert.match(readFileSync(join(result.folder, name), 'utf8'), /^<svg [^>]+>[\s\S]+<\/svg>\n$/);
	const text = readFileSync(join(result.folder, 'simulation_metrics.txt'), 'utf8');
	assert.match(
		text,
		/^\n🔋 BATTERY USAGE DISTRIBUTION\n[\s\S]+CARBON EMISSIONS[\s\S]+SYSTEM BALANCE/,
	);
	assert.match(text, /renewable share of demand/i);
	assert.ok(existsSync(join(result.folder, 'report.html')));
	// Without battery, carbon and their analysis, their files of before are gone.
	const less = await writeCosim(
		{ ...defaults, folder: made, batteryWh: 0, carbon: null },
		{ isCarbonAnalysed: true, run },
	);
	assert.not(less.lines.join('\n').includes('CARBON'));
	for (const name of ['battery_combined_plots.svg', 'vessim_output_carbon.csv'])
		assert.not(existsSync(join(less.folder, name)));
});

test('a sum of batches needs a solar series to multiply, and loses the length of the step', async () => {
	const points = Array.from({ length: 30 }, (_, i) => [i * 10, 45] as const);
	const made = madeResults(join(folder, 'sum'), { replicas: [points], endS: 300 });
	const total = {
		...defaults,
		folder: made,
		accounting: 'vidur-energy',
		analysis: 'total power analysis',
		batteryWh: 0,
	} as const;
	try {
		await writeCosim(total, { isCarbonAnalysed: false, run });
		assert.unreachable();
	} catch (error) {
		assert.match((error as Error).message, /give --solar-trace FILE/);
	}
});

if (!existsSync(SOLAR) || !existsSync(REFERENCE))
	console.log(`skipped: ${SOLAR} or ${REFERENCE} is not there, so the published case is not run`);
else
	test('the published case comes out at 69.2 %, row by row as the reference rebuilt it', async () => {
		const endS = 1497 * 60 + 45;
		// 236.36 W on an A100; Vidur logs a value only where it differs from the one before.
		const mfu = 45 * ((236.36 - 100) / 300) ** (1 / 0.7);
		const points = Array.from(
			{ length: 2 * 1497 + 2 },
			(_, i) => [30 * i, mfu + (i % 2 === 0 ? 0 : 1e-9)] as const,
		);
		const result = await writeCosim(
			{
				...defaults,
				folder: madeResults(join(folder, 'case'), { replicas: [points], endS }),
				accounting: 'vidur-energy',
				start: '2022-06-07T17:34',
				solarPeakW: 600,
				batteryWh: 100,
				initialSoc: 0.8,
				minSoc: 0.2,
				isInterpolated: true,
				solarTrace: SOLAR,
				carbon: { source: 'trace', kind: 'marginal', path: CARBON } as CosimOptions['carbon'],
			},
			{ isCarbonAnalysed: true, run },
		);
		assert.ok(Math.abs(result.original.offsetPercent - 69.2) < 0.05, 'as published');
		const reference = JSON.parse(readFileSync(join(REFERENCE, 'cosim_case.json'), 'utf8'));
		const { offset_percent, gross_g } = reference.reported_style;
		// The power of the made run is 236.36 W to 1e-8 W.
		assert.ok(Math.abs(result.original.offsetPercent - offset_percent) < 1e-6, 'offset');
		assert.ok(Math.abs(result.original.grossG - gross_g) < 1e-3, 'gross');
		assert.ok(result.lines.includes('• Percentage Offset by Renewables: 69.2%'));
		assert.ok(result.lines.includes('• Minimum: 0.0 gCO2/kWh'));
		const output = rows(join(result.folder, 'vessim_output.csv'));
		const carbon = rows(join(result.folder, 'vessim_output_carbon.csv'));
		const expected = rows(join(REFERENCE, 'cosim_case_timeseries.csv'));
		assert.is(output.length, expected.length);
		expected.forEach((row, k) => {
			const near = (actual: string | undefined, name: string, tolerance: number) =>
				assert.ok(
					Math.abs(Number(actual) - Number(row[name])) <= tolerance,
					`row ${k}, ${name}: ${actual}, not ${row[name]}`,
				);
			near(output[k]?.['solar.p'], 'solar', 1e-6);
			near(output[k]?.['p_delta'], 'p_delta', 1e-6);
			near(output[k]?.['storage.soc'], 'soc', 1e-8);
			near(output[k]?.['e_delta'], 'e_delta', 1e-3);
			near(carbon[k]?.['carbon_intensity'], 'ci', 1e-6);
		});
	});

test.run();
