import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ORIGIN_LABELS } from '../../protocol/origin.ts';
import { frameOf } from './plan.ts';
import { readScenario } from './scenario-file.ts';
import { resolveSignals } from './site-signals.ts';
import { sourceLabels } from './source-labels.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-labels-'));
const fileOf = (name: string, text: string): string => {
	writeFileSync(join(folder, name), text);
	return name;
};

/** The rows of a scenario that a file holds. */
async function rowsOf(yaml: string) {
	const scenario = readScenario(join(folder, fileOf('scenario.yaml', yaml)), new Map());
	const frame = frameOf(scenario);
	const signals = await resolveSignals({ name: null, scenario, frame }, 0, () => {});
	return sourceLabels(scenario, frame, { ...signals, own: [], feeds: new Map() });
}

const TRACE = fileOf('trace.csv', 'time,value\n2024-06-20 00:00,0.5\n2024-06-21 00:00,0.5\n');
const numbers = (count: number, value: number) => new Array<number>(count).fill(value);
/** A profile of the default model as a tool may write it. */
const profileText = (label: string | undefined) =>
	JSON.stringify({
		...{ model: 'meta-llama/Meta-Llama-3-8B', device: 'a100', tensorParallel: 1 },
		...{ source: 'a bench of ours', label },
		tokenOps: { tokens: [1, 8], ms: { mlp_act: [1, 1] } },
		kvCacheSave: { tokens: [1, 8], ms: [1, 1] },
		decode: { batch: [1, 2], kv: [0, 64], ms: [numbers(2, 1), numbers(2, 1)] },
		prefill: { chunk: [1, 8], ms: [1, 1], perKvMs: [0, 0] },
	});
fileOf('measured.json', profileText('measured'));
fileOf('forest.json', profileText('random_forest'));
fileOf('unsaid.json', profileText(undefined));
mkdirSync(join(folder, 'exact'));
const NEAR_BERLIN = '{name: Berlin, latitude: 52.5, longitude: 13.4, timezone: Europe/Berlin}';
const OWN = `location: ${NEAR_BERLIN}\ncarbon: {source: constant, valueGPerKwh: 1}`;
const SERVING = 'serving: {model: meta-llama/Meta-Llama-3-8B, device: a100';

/** What a scenario says, the row that it makes, and what that row has to say and must not. */
const CASES: readonly (readonly [string, string, string, RegExp, RegExp?])[] = [
	['', 'iteration times', 'fitted', /llama-3-8b-a100-tp1.*token operators measured.*median error/],
	[
		`${SERVING}, profile: ${folder}/exact}`,
		'iteration times',
		'given',
		/exact tables of .*exact/,
		/fitted/,
	],
	[
		`${SERVING}, profile: ${folder}/measured.json}`,
		'iteration times',
		'measured',
		/a bench of ours/,
	],
	[`${SERVING}, profile: ${folder}/forest.json}`, 'iteration times', 'fitted', /no error is known/],
	[
		`${SERVING}, profile: ${folder}/unsaid.json}`,
		'iteration times',
		'given',
		/unsaid\.json/,
		/fitted/,
	],
	['serving: {device: h100}', 'iteration times', 'extrapolated', /decode attention extrapolated/],
	[
		`${SERVING}, profile: llama-3-8b-a100-tp1-reproduction}`,
		...(['iteration times', 'fitted', /reproduction/] as const),
	],
	['serving: {powerCurve: vidur-energy}', 'power of a GPU', 'published', /93|100|400/],
	['serving: {powerCurve: measured}', 'power of a GPU', 'fitted', /measured runs draw/],
	['serving: {device: a40}', 'power of a GPU', 'published', /no measurement of such a GPU/],
	['serving: {sleep: {afterS: 5}}', 'power of a sleeping GPU', 'approximate', /./],
	['serving: {sleep: {afterS: 5, powerW: 9}}', 'power of a sleeping GPU', 'given', /the scenario/],
	['serving: {host: {idleW: 10}}', 'power of servers and network', 'given', /the scenario/],
	[
		'serving: {pue: {byOutdoorC: [[5, 1.1], [20, 1.3]]}}',
		...(['outdoor temperature', 'published', /climate of San Francisco/] as const),
	],
	[
		`${OWN}\nserving: {pue: {byOutdoorC: [[5, 1.1], [20, 1.3]]}}`,
		...(['outdoor temperature', 'approximate', /by latitude/, /Berlin/] as const),
	],
	['', 'solar', 'fitted', /statistics of San Francisco/],
	[OWN, 'solar', 'approximate', /mean of the ten known cities/, /fitted|statistics of/],
	['solar: [{sky: {type: clear}}]', 'solar', 'modelled', /no clouds/],
	[`solar: [{sky: {type: trace, path: ${TRACE}}}]`, 'solar', 'given', /trace\.csv/, /clear-sky/],
	['solar: [{sky: {type: file, path: w.epw}}]', 'solar', 'given', /w\.epw/, /clear-sky|clouds/],
	['wind: [{ratedPowerW: 1}]', 'wind', 'synthetic', /climate of San Francisco/],
	[`${OWN}\nwind: [{ratedPowerW: 1}]`, 'wind', 'synthetic', /by latitude/],
	[
		'wind: [{ratedPowerW: 1, speed: {type: stochastic, meanMs: 5}}]',
		'wind',
		'synthetic',
		/means of the scenario/,
	],
	['wind: [{ratedPowerW: 1, speed: {type: constant, speedMs: 5}}]', 'wind', 'given', /5 m\/s/],
	['wind: [{ratedPowerW: 1}]', 'power curve of wind', 'published', /dw-100kw/],
	[
		'wind: [{ratedPowerW: 1, powerCurve: {type: cubic}}]',
		'power curve of wind',
		'modelled',
		/cube/,
	],
	[
		'wind: [{ratedPowerW: 1, powerCurve: {type: table, speedsMs: [0, 9], fractions: [0, 1]}}]',
		...(['power curve of wind', 'given', /scenario/] as const),
	],
	['', 'battery', 'modelled', /without losses/],
	['batteries: [{type: linear, name: x, capacityWh: 9}]', 'x', 'given', /efficiencies/],
	['batteries: [{type: clc, name: x, capacityWh: 99}]', 'x', 'published', /Kazhamiaka/],
	['', 'carbon intensity', 'fitted', /RMSE/],
	[
		'carbon: {source: zone, zone: DE}',
		'carbon intensity',
		'fitted',
		/Germany: .*RMSE 109 g\/kWh.*ODbL/,
	],
	[
		'carbon: {source: zone, zone: NG}',
		'carbon intensity',
		'cited',
		/annual average of 2023: Our World in Data/,
	],
	[OWN, 'carbon intensity', 'given', /constant 1 g\/kWh/],
	[
		`carbon: {source: trace, path: ${TRACE}, kind: average}`,
		...(['carbon intensity', 'given', /trace\.csv/] as const),
	],
	[
		'price: {source: constant, valueUsdPerKwh: 0.2}',
		...(['price', 'given', /0\.2 USD\/kWh/] as const),
	],
	[`price: {source: trace, path: ${TRACE}}`, 'price', 'given', /trace\.csv/],
];
for (const [yaml, what, label, source, not] of CASES)
	test(`sourceLabels() calls "${what}" ${label} with ${yaml === '' ? 'the defaults' : yaml.replace('\n', ' ')}`, async () => {
		const rows = await rowsOf(yaml);
		const row = rows.find((one) => one.what === what);
		assert.ok(row, rows.map((one) => one.what).join(', '));
		assert.is(row?.label, label);
		assert.match(row?.source ?? '', source);
		if (not !== undefined) assert.not.match(`${row?.label} ${row?.source}`, not);
	});

test('every label of a run is one that the report explains', async () => {
	for (const [yaml] of CASES)
		for (const { what, label } of await rowsOf(yaml))
			assert.ok(Object.hasOwn(ORIGIN_LABELS, label), `${what}: ${label}`);
});

test('the table of sources makes up no label: each comes from what it is said of', () => {
	const text = readFileSync(projectFile('run/resolve/source-labels.ts'), 'utf8');
	assert.not.match(text, /label: ['"`]/);
	for (const label of Object.keys(ORIGIN_LABELS))
		assert.not.match(text, new RegExp(`['"\`]${label}['"\`]`));
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
