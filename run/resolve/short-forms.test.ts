import { Ajv } from 'ajv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonSchema } from './editor-schema.ts';
import type { Raw } from './file-problems.ts';
import type { SchemaNode } from './named-values.ts';
import { valueWithUnit } from './quantities.ts';
import { Scenario } from './scenario.ts';
import { scenarioFrom } from './scenario-source.ts';
import { withShortForms } from './short-form-schema.ts';

/** A scenario as a file has it, for which the library has no type. */
const from = (raw: Raw) => scenarioFrom(raw as never);

/** What people write, and the same written out. */
const MEANS: readonly (readonly [Raw, Raw])[] = [
	[{ solar: '4 kW' }, { solar: [{ peakPowerW: 4000 }] }],
	[{ solar: [{ peakPowerW: '4kW' }] }, { solar: [{ peakPowerW: 4000 }] }],
	[
		{ solar: ['4 kW', '2 kW'] },
		{ solar: [{ peakPowerW: 4000 }, { name: 'solar-2', peakPowerW: 2000 }] },
	],
	[
		{ solar: 'none', wind: 'none' },
		{ solar: [], wind: [] },
	],
	[{ wind: '0.01 MW' }, { wind: [{ ratedPowerW: 10_000 }] }],
	[{ batteries: '4 kWh' }, { batteries: [{ type: 'simple', capacityWh: 4000 }] }],
	[{ batteries: [{ capacityWh: 3000 }] }, { batteries: [{ type: 'simple', capacityWh: 3000 }] }],
	[
		{ batteries: [{ capacityWh: '0.3 kWh', initialSoc: '50 %' }] },
		{ batteries: [{ type: 'simple', capacityWh: 300, initialSoc: 0.5 }] },
	],
	[{ generators: '5 kW' }, { generators: [{ ratedPowerW: 5000 }] }],
	[
		{ loads: [{ powerW: 300 }, { powerW: '0.2 kW' }] },
		{
			loads: [
				{ type: 'constant', name: 'load', powerW: 300 },
				{ type: 'constant', name: 'load-2', powerW: 200 },
			],
		},
	],
	[{ loads: '300 W' }, { loads: [{ type: 'constant', name: 'load', powerW: 300 }] }],
	[
		{ loads: [{ path: 'office.csv' }] },
		{ loads: [{ type: 'trace', name: 'load', path: 'office.csv' }] },
	],
	[{ carbon: 'zone:DE' }, { carbon: { source: 'zone', zone: 'DE' } }],
	[{ carbon: '0.3 t/MWh' }, { carbon: { source: 'constant', valueGPerKwh: 300 } }],
	[
		{ carbon: 'none', cap: 'none' },
		{ carbon: null, cap: [] },
	],
	[{ price: '120 USD/MWh' }, { price: { source: 'constant', valueUsdPerKwh: 0.12 } }],
	[{ price: 'prices.csv' }, { price: { source: 'trace', path: 'prices.csv' } }],
	[{ cap: 'carbon>300:250' }, { cap: [{ signal: 'carbon', above: 300, capWPerGpu: 250 }] }],
	[{ serving: 'none' }, { serving: null }],
	[
		{ grid: { importLimitW: '5 kW' }, requests: { concurrency: 2, thinkS: '2 min' } },
		{ grid: { importLimitW: 5000 }, requests: { concurrency: 2, thinkS: 120 } },
	],
	[
		{ sites: [{ name: 'a', solar: '1 kW', carbon: '10 g/kWh' }] },
		{
			sites: [
				{
					name: 'a',
					solar: [{ peakPowerW: 1000 }],
					carbon: { source: 'constant', valueGPerKwh: 10 },
				},
			],
		},
	],
];

test('short forms are the long ones', () => {
	// What a list has of one may stand without it.
	assert.equal(from({ solar: { peakPowerW: 4000 } }), from({ solar: [{ peakPowerW: 4000 }] }));
	for (const [short, long] of MEANS) assert.equal(from(short), from(long), JSON.stringify(short));
	// The keys of a module are its own, whatever they are called.
	const own = { name: 'charger', module: './charger.js', powerW: 300, energyWh: 5 };
	assert.equal(from({ loads: [own] }), from({ loads: [{ type: 'module', ...own }] }));
});

test('an editor takes the short forms and the long ones', () => {
	const check = new Ajv({ strict: false }).compile(
		withShortForms(jsonSchema(Scenario) as SchemaNode),
	);
	for (const forms of MEANS)
		for (const one of forms) {
			check(one);
			assert.equal(check.errors ?? [], [], JSON.stringify(one));
		}
	for (const wrong of [{ solar: 4 }, { cap: 7 }, { batteries: [{ type: 'linea' }] }])
		assert.not(check(wrong), JSON.stringify(wrong));
});

test('what is no short form is refused with what would do', () => {
	const refuses = (raw: Raw, expected: RegExp) => assert.throws(() => from(raw), expected);
	refuses(
		{ solar: '4 kWh' },
		/^Cannot use "solar" = "4 kWh": must be a list, or a power such as 300 W or 4 kW$/,
	);
	refuses(
		{ batteries: 4000 },
		/^Cannot use "batteries" = 4000: must be a list, or an energy such as 500 Wh or 4 kWh$/,
	);
	refuses(
		{ loads: [{ powerW: '300 V' }] },
		/^Cannot use "loads.0.powerW" = "300 V": must be a number, or a power such as 300 W or 4 kW$/,
	);
	refuses({ batteries: [{ capacityWh: '-4 kWh' }] }, /capacityWh" = -4000: must be above 0 Wh$/);
});

test('a value may say its unit, if it is one of its key', () => {
	const cases: readonly (readonly [string, string, number | null])[] = [
		['powerW', '300 W', 300],
		['powerW', '0.3kW', 300],
		['powerW', '1e-3 MW', 1000],
		['powerW', '300', null],
		['powerW', '3 kWh', null],
		['powerW', '3 mw', null],
		['powerW', '1,000 W', null],
		['capWPerGpu', '0.25 kW', 250],
		['capacityWh', '3.6 MJ', 1000],
		['minSoc', '20%', 0.2],
		['thinkS', '1.5 h', 5400],
		['thinkS', '0 s', 0],
		['lowGPerKwh', '0.2 kg/kWh', 200],
		['usdPerKwh', '30 EUR/MWh', null],
		['temperatureC', '25 °C', 25],
		['tiltDeg', '35°', 35],
		['hubHeightM', '80 m', 80],
		['name', '4 kW', null],
	];
	for (const [key, text, value] of cases)
		assert.is(valueWithUnit(key, text), value, `${key}: ${text}`);
});

test('modules keep the keys of theirs as they are', () => {
	const { actors } = from({
		actors: [{ name: 'a', external: 'thing', config: { powerW: '4 kW' } }],
	}) as Scenario & { actors: readonly { config?: unknown }[] };
	assert.equal(actors[0]?.config, { powerW: '4 kW' });
});

test.run();
