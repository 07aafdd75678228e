import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { specialOverrides } from '../cli/special-flags.ts';
import { ConfigError } from '../protocol/errors.ts';
import type { Summary } from '../protocol/run-folder/summary.ts';
import { checkScenario } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { gridbeat, numberIn, readRows, tempFolder } from './cli.ts';

/** Whole runs with outages, generators, shedding, policies and batteries with losses. */
const SCENARIO = `
serving: null
step: 15min
until: 24h
solar: [{peakPowerW: 2000}]
loads:
  - {type: constant, name: base, powerW: 500}
  - {type: constant, name: office, powerW: 300}
batteries:
  - {type: linear, name: store, capacityWh: 2500, initialSoc: 0.6, minSoc: 0.2, chargeCRate: 0.5, dischargeCRate: 0.5, degradation: {}}
  - {type: clc, name: cells, capacityWh: 500, initialSoc: 0.5, minSoc: 0.2}
generators: [{ratedPowerW: 600, minRun: 30min, startBelowSoc: 0.3}]
grid:
  exportLimitW: 400
  outages: [{from: 2h, length: 5h}]
price: {source: constant, valueUsdPerKwh: 0.25}
policy:
  type: carbon-arbitrage
  chargeBelow: 300
  dischargeAbove: 400
  shedding: {order: [{load: office, belowSoc: 0.35}]}
`;

async function run(text: string, more: readonly string[] = []) {
	const folder = tempFolder();
	const [path, out] = [join(folder, 'scenario.yaml'), join(folder, 'run')];
	writeFileSync(path, text);
	const given = ['run', path, '--in-process', '--json', '--out', out, ...more];
	const { code, stdout, stderr } = await gridbeat(given);
	assert.is(code, 0, stderr);
	return { out, summary: (JSON.parse(stdout) as { summary: Summary }).summary };
}

test('an outage with a generator and shedding: books, energies and bounds agree', async () => {
	const { out, summary } = await run(SCENARIO);
	const rows = readRows(out, 'timeseries.csv');
	let [importW, generatorW, unservedW] = [0, 0, 0];
	for (const row of rows) {
		const value = (name: string) => numberIn(row, name);
		const isAway = value('policy_state.grid_connected') === 0;
		if (isAway) assert.is(value('p_grid'), 0);
		assert.ok(value('p_grid') <= 400);
		const stored =
			value('dispatch_states.store.current_power') + value('dispatch_states.cells.current_power');
		const made = value('generator_states.generator.power') + value('policy_state.unserved');
		const rest = value('p_delta') + made - stored - value('p_grid');
		const gross = Math.abs(value('p_delta')) + made + Math.abs(stored) + Math.abs(value('p_grid'));
		assert.ok(Math.abs(rest - value('policy_state.curtailed')) <= 1e-12 * gross, row['time'] ?? '');
		importW += Math.max(0, -value('p_grid'));
		generatorW += value('generator_states.generator.power');
		unservedW += value('policy_state.unserved');
	}
	const away = rows.filter((row) => numberIn(row, 'policy_state.grid_connected') === 0);
	assert.is(away.length, 20);
	assert.ok(generatorW > 0 && unservedW > 0 && importW > 0);
	const { energy, emissions, batteries, hindsight } = summary;
	const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.abs(b), `${a}`);
	near(energy.generatorKwh, generatorW / 4000);
	near(energy.unservedKwh, unservedW / 4000);
	near(energy.importKwh, importW / 4000);
	// The cost of the run is that of its imports, plus fuel: both goals are held against the same books.
	near(hindsight[1]?.actual ?? 0, energy.importKwh * 0.25 + summary.fuelCostUsd);
	near(hindsight[0]?.actual ?? 0, (emissions?.importG ?? 0) + (emissions?.generatorG ?? 0));
	assert.equal(
		hindsight.map(({ goal }) => goal),
		['emissions', 'cost'],
	);
	for (const { reached } of hindsight) assert.ok(reached <= 100 + 1e-6, `${reached} %`);
	assert.is(batteries[1]?.degradation, null);
	const ageing = batteries[0]?.degradation;
	assert.ok(ageing && ageing.fadePercent > 0 && ageing.costUsd > 0);
	const text = readFileSync(join(out, 'simulation_metrics.txt'), 'utf8');
	assert.match(text, /cost: your policy reached -?[\d.]+ % of what was possible/);
});

for (const [what, flags] of [
	[
		'a battery of 15 MWh behind an import limit of 450.9 W',
		['--until', '1h', '--import-limit', '450.9', '--battery-capacity', '15123456.7'],
	],
	[
		'no load and no import between a full and an empty battery',
		['--until', '2h', '--no-serving', '--load', '0', '--import-limit', '0'],
	],
] as const)
	test(`${what}: rounding ends no run`, async () => {
		const out = join(tempFolder(), 'run');
		const command = ['run', ...flags, '--dispatch', 'carbon:500:900', '--in-process', '--out', out];
		const { code, stderr } = await gridbeat(command);
		assert.is(code, 0, stderr);
		for (const row of readRows(out, 'timeseries.csv')) {
			const value = (name: string) => numberIn(row, name);
			const batteryW = value('dispatch_states.battery.current_power');
			const [deltaW, gridW] = [value('p_delta'), value('p_grid')];
			const grossW = Math.abs(deltaW) + Math.abs(batteryW) + Math.abs(gridW);
			const restW = deltaW - batteryW - gridW - value('policy_state.curtailed');
			assert.ok(Math.abs(restW) <= 1e-12 * grossW, `${restW} W of ${grossW} W`);
			// The members' sum is rounded too; the powers of the row are what flowed, not what a policy wanted.
			assert.ok(grossW < 1e5, `${grossW} W`);
		}
	});

test('a night without sun on a full battery is 0 % renewable, in JSON, text and report', async () => {
	const out = join(tempFolder(), 'run');
	const night = ['--start', '2024-06-20T00:00', '--until', '2h', '--battery-initial-soc', '1'];
	const command = ['run', ...night, '--no-serving', '--load', '300', '--in-process', '--json'];
	const { code, stdout, stderr } = await gridbeat([...command, '--out', out]);
	assert.is(code, 0, stderr);
	const { energy } = (JSON.parse(stdout) as { summary: Summary }).summary;
	assert.is(energy.renewableShare, 0);
	assert.ok(Math.abs(energy.initialShare - 100) < 1e-9, `${energy.initialShare}`);
	const text = readFileSync(join(out, 'simulation_metrics.txt'), 'utf8');
	assert.match(text, /renewable share of demand +0 %/);
	assert.match(text, /served by the initial charge +0\.6 kWh\n +its share of demand +100 %/);
	const page = readFileSync(join(out, 'report.html'), 'utf8');
	assert.match(page, /<b>0 %<\/b><span>renewable share of demand/);
	assert.match(page, /<b>100 %<\/b><span>of demand from the initial charge/);
});

test('a plug-in policy gives the same bytes however time is cut, and its file is named', async () => {
	const plugin = SCENARIO.replace(
		/type: carbon-arbitrage[\s\S]*?shedding/,
		'type: plugin\n  path: mine.js\n  shedding',
	);
	const mine = [
		'export const initialMemory = 0;',
		'export function decide(view, memory) {',
		'\treturn { setpointsW: [memory % 3 ? view.deltaW : 200, 0], memory: memory + 1 };',
		'}',
	].join('\n');
	const policy = join(tempFolder(), 'mine.js');
	writeFileSync(policy, mine);
	const text = plugin.replace('mine.js', policy);
	const [whole, cut] = await Promise.all([run(text), run(text, ['--window', '15min'])]);
	const bytes = [whole, cut].map(({ out }) => readFileSync(join(out, 'timeseries.csv'), 'utf8'));
	assert.is(bytes[0], bytes[1]);
	const metadata = readFileSync(join(whole.out, 'metadata.yaml'), 'utf8');
	assert.match(metadata, /mine\.js, SHA-256 [0-9a-f]{64}/);
});

test('flags for dispatch, outages, limits and a generator set their keys', async () => {
	const flags = [
		'--dispatch',
		'price:0.1:0.3',
		'--outage',
		'2h+30min',
		'5h+1h',
		'--generator',
		'900',
	];
	const args = ['run', '--dry-run', '--json', ...flags, '--price', '0.2', '--export-limit', '100'];
	const { code, stdout, stderr } = await gridbeat(args);
	assert.is(code, 0, stderr);
	const { scenario } = JSON.parse(stdout) as { scenario: Record<string, Record<string, unknown>> };
	assert.is(scenario['policy']?.['type'], 'price-arbitrage');
	assert.is(scenario['policy']?.['dischargeAbove'], 0.3);
	assert.is(scenario['grid']?.['exportLimitW'], 100);
	assert.equal(scenario['grid']?.['outages'], [
		{ from: '2h', length: '30min', every: null },
		{ from: '5h', length: '1h', every: null },
	]);
});

const REFUSED: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
	[{ dispatch: 'solar' }, /Cannot use --dispatch "solar": give default, peak:WATTS/],
	[{ dispatch: 'none.js' }, /Cannot read policy ".*none\.js": there is no such file/],
	[{ dispatch: 'none.py' }, /Cannot use --dispatch "none.py"/],
	[{ dispatch: 'carbon:300:200' }, /chargeBelow 300 exceeds dischargeAbove 200; swap them/],
	[{ outage: ['5h'] }, /Cannot use --outage "5h": give none, or FROM\+LENGTH/],
	[{ outage: ['5h+soon'] }, /Cannot use "length" of the grid "soon"/],
];
for (const [options, message] of REFUSED)
	test(`${JSON.stringify(options)} is refused with one line`, async () => {
		let text = '';
		try {
			await checkScenario(readScenario(null, specialOverrides(options)));
		} catch (error) {
			assert.instance(error, ConfigError);
			text = (error as Error).message;
		}
		assert.match(text, message);
		assert.is(text.split('\n').length, 1, text);
	});

test('an arbitrage of prices without a price is refused', async () => {
	const args = ['run', '--in-process', '--dispatch', 'price:1:2', '--out', join(tempFolder(), 'x')];
	const { code, stderr } = await gridbeat(args);
	assert.is(code, 2);
	assert.match(stderr, /this policy needs a price; add one/);
});

test.run();
