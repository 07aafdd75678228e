import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { gridbeat, numberIn, type Row, readRows, tempFolder } from './cli.ts';

/**
 * Whole runs of scenario files against runs of Vessim itself with the same inputs. Vessim's numbers have their own order of sums: to 1e-9 of
 * a kW, and 1e-9 of a state of charge.
 */
const REFERENCE = '../shared/reference/vessim';
const SERIES = '../shared/data/energy';
const TOLERANCE_W = 1e-6;
const TOLERANCE_SOC = 1e-9;

interface Golden {
	readonly step: string;
	readonly until: string;
	/** Powers of the members, W, by the second from which they hold; a number alone is constant. */
	readonly load: number | Readonly<Record<number, number>>;
	readonly pv?: number | Readonly<Record<number, number>>;
	readonly carbon?: Readonly<Record<number, number>>;
	readonly chargePowerW?: number;
	readonly batteries: readonly unknown[];
}

const simple = (name: string, capacityWh: number, initialSoc: number, more: object = {}) => ({
	...{ type: 'simple', name, capacityWh, initialSoc, minSoc: 0, cRate: null },
	...more,
});

const GOLDEN: Readonly<Record<string, Golden>> = {
	synthetic_simple: {
		step: '900s',
		until: '6h',
		load: { 0: 400, 7200: 900, 14400: 200 },
		pv: { 0: 0, 3600: 600, 5400: 1000, 10800: 300, 18000: 0 },
		carbon: { 0: 300, 10800: 150 },
		batteries: [simple('bat', 1000, 0.5, { minSoc: 0.2, cRate: 0.5 })],
	},
	synthetic_two_batteries: {
		step: '900s',
		until: '4h',
		load: { 0: 1500, 7200: 100 },
		pv: 500,
		batteries: [simple('a', 500, 0.9, { cRate: 1 }), simple('b', 800, 0.5, { minSoc: 0.1 })],
	},
	synthetic_charge_power: {
		step: '600s',
		until: '2h',
		load: 300,
		chargePowerW: 250,
		batteries: [simple('a', 500, 0.2)],
	},
	synthetic_clc: {
		step: '60s',
		until: '1h',
		load: { 0: 0, 1800: 900 },
		pv: { 0: 700, 1800: 0 },
		// 100 cells of 19.14 Wh, as Vessim counts them.
		batteries: [{ type: 'clc', name: 'clc', capacityWh: 1914, initialSoc: 0.5, minSoc: 0.1 }],
	},
};

async function run(scenario: object): Promise<readonly Row[]> {
	const folder = tempFolder();
	const path = join(folder, 'scenario.yaml');
	writeFileSync(path, stringify(scenario));
	const out = join(folder, 'run');
	const args = ['run', path, '--no-serving', '--in-process', '--out', out];
	const { code, stderr } = await gridbeat(args);
	assert.is(stderr, '');
	assert.is(code, 0);
	return readRows(out, 'timeseries.csv');
}

function series(folder: string, name: string, values: Readonly<Record<number, number>>): string {
	const path = join(folder, `${name}.csv`);
	const rows = Object.entries(values).map(([second, value]) => `${second},${value}\n`);
	writeFileSync(path, `time,${name}\n${rows.join('')}`);
	return path;
}

function scenarioOf(golden: Golden): object {
	const folder = tempFolder();
	const member = (name: string, power: Golden['load'] | undefined, sign: string) => {
		if (power === undefined) return [];
		if (typeof power === 'number') return [{ type: 'constant', name, powerW: power, sign }];
		const path = series(folder, name, power);
		return [{ type: 'trace', name, path, sampling: 'start', sign }];
	};
	const { step, until, load, pv, carbon, chargePowerW, batteries } = golden;
	return {
		start: '2022-06-09T00:00',
		...{ step, until, batteries, solar: [], cap: [] },
		loads: [...member('load', load, 'consumer'), ...member('pv', pv, 'producer')],
		policy: { chargePowerW: chargePowerW ?? 0 },
		carbon:
			carbon === undefined
				? null
				: { source: 'trace', path: series(folder, 'carbon', carbon), kind: 'average' },
	};
}

function isAbsent(path: string): boolean {
	if (existsSync(path)) return false;
	console.log(`skipped: ${path} is absent`);
	return true;
}

function assertSame(rows: readonly Row[], reference: readonly Row[]): void {
	assert.is(rows.length, reference.length);
	const columns = Object.keys(reference[0] ?? {}).filter((name) =>
		/^p_|\.power$|\.soc$|\.charge_level$/.test(name),
	);
	assert.ok(columns.some((name) => name.endsWith('.soc')));
	reference.forEach((row, i) => {
		assert.is(rows[i]?.['time'], row['time']);
		for (const name of columns) {
			const difference = Math.abs(numberIn(rows[i], name) - numberIn(row, name));
			const tolerance = name.endsWith('.soc') ? TOLERANCE_SOC : TOLERANCE_W;
			assert.ok(difference <= tolerance, `${name} at ${row['time']}: ${difference}`);
		}
	});
}

for (const [name, golden] of Object.entries(GOLDEN)) {
	test(`gridbeat run repeats Vessim's ${name}`, async () => {
		const path = `${REFERENCE}/${name}/timeseries.csv`;
		if (isAbsent(path)) return;
		const rows = await run(scenarioOf(golden));
		const reference = parseCsv(readFileSync(path, 'utf8'), { columns: true }) as Row[];
		assertSame(rows, reference);
		if (golden.carbon !== undefined) {
			assert.equal(
				rows.map((row) => numberIn(row, 'grid_signals.carbon')),
				reference.map((row) => numberIn(row, 'grid_signals.carbon_intensity')),
			);
		}
	});
}

test("gridbeat run repeats Vessim's README example on its published series", async () => {
	const path = `${REFERENCE}/basic/timeseries.csv`;
	const solar = `${SERIES}/vessim_solar_example.csv`;
	const carbon = `${SERIES}/vessim_watttime_example.csv`;
	if (isAbsent(path) || isAbsent(solar) || isAbsent(carbon)) return;
	const at = (file: string) => join(process.cwd(), file);
	const trace = { type: 'trace', sampling: 'start', sign: 'producer' };
	const rows = await run({
		start: '2022-06-09T00:00',
		...{ step: '300s', until: '24h', solar: [], cap: [] },
		loads: [
			{ type: 'constant', name: 'server', powerW: 700 },
			{ ...trace, name: 'solar_panel', path: at(solar), column: 'Berlin', scale: 5000 },
		],
		batteries: [simple('battery', 1500, 0.8, { minSoc: 0.3 })],
		carbon: {
			...{ source: 'trace', path: at(carbon), kind: 'marginal' },
			anchor: '2023-06-08 00:00:00',
		},
	});
	const reference = parseCsv(readFileSync(path, 'utf8'), { columns: true }) as Row[];
	assertSame(rows, reference);
	assert.equal(
		rows.map((row) => numberIn(row, 'grid_signals.carbon')),
		reference.map((row) => numberIn(row, 'grid_signals.carbon_intensity')),
	);
});

test.run();
