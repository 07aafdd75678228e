import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readUnit, unitInName } from './column-units.ts';

/** Names of columns as they stand in people's files: what they say, and what a value is multiplied by. */
const NAMES: Readonly<Record<string, readonly [string, number]>> = {
	'Price (EUR/MWh)': ['EUR/MWh', 0.001],
	'Day-ahead Price [EUR/MWh]': ['EUR/MWh', 0.001],
	'Day-ahead Price (GBP/MWh)': ['GBP/MWh', 0.001],
	'Price (EUR/MWh, EUR/tCO2)': ['EUR/MWh', 0.001],
	price_eur_mwh: ['EUR/MWh', 0.001],
	'USD/kWh': ['USD/kWh', 1],
	'price €/kWh': ['EUR/kWh', 1],
	'tariff (eurocent/kWh)': ['EUR/100/kWh', 0.01],
	co2_lb_per_mwh: ['lb/MWh', 0.45359237],
	'lbs CO2/MWh': ['lb/MWh', 0.45359237],
	'tCO2/MWh': ['t/MWh', 1000],
	'tCO₂eq/MWh': ['t/MWh', 1000],
	g_per_kwh: ['g/kWh', 1],
	'Carbon Intensity gCO₂eq/kWh (direct)': ['g/kWh', 1],
	'intensity [kg CO2/MWh]': ['kg/MWh', 1],
	'kgCO2/kWh': ['kg/kWh', 1000],
	power_kW: ['kW', 1000],
	'Load [MW]': ['MW', 1e6],
	load_w: ['W', 1],
	watts: ['W', 1],
	'AC Power (kW)': ['kW', 1000],
	energy_kWh: ['kWh', 1000],
	'GHI (W/m2)': ['W/m2', 1],
	'GHI (W/m²)': ['W/m2', 1],
	'capacity factor (%)': ['%', 0.01],
	fraction: ['fraction', 1],
	'wind speed (m/s)': ['m/s', 1],
	'wind_speed_km/h': ['km/h', 1 / 3.6],
	'speed [mph]': ['mph', 0.44704],
};
const SILENT = [
	...['San Francisco', 'Caiso_North', 'MOER', 'P', 'power', 'a', 'value', 'PV 5 kW', 'Price'],
	...['all', 'load', 'Zone C', 'kt', 'wind', 'Output 3', 'constructor'],
];
const UNCLEAR: Readonly<Record<string, RegExp>> = {
	'Price (ct/kWh)': /does not say of which currency "ct" is/,
	'ct/kWh': /of which currency/,
	'Price ($/MWh)': /of which currency "\$" is/,
	power_mw: /may be MW or mW/,
	'Power (hp)': /no unit that is known/,
	'Power (Building A)': /no unit that is known/,
};

test('unitInName() reads the units that people write in the names of columns', () => {
	for (const [name, [text, factor]] of Object.entries(NAMES)) {
		const read = unitInName(name);
		if (read?.type !== 'unit') throw new Error(`${name}: ${JSON.stringify(read)}`);
		assert.is(read.unit.text, text, name);
		assert.ok(Math.abs(read.unit.factor / factor - 1) < 1e-15, `${name}: ${read.unit.factor}`);
	}
	for (const name of SILENT) assert.is(unitInName(name), null, name);
});

test('unitInName() says what stands where a unit does and is none, or one of several', () => {
	for (const [name, why] of Object.entries(UNCLEAR)) {
		const read = unitInName(name);
		if (read?.type !== 'unclear') throw new Error(`${name}: ${JSON.stringify(read)}`);
		assert.match(read.why, why);
	}
});

test('readUnit() knows every currency of ISO 4217 and no other three letters', () => {
	for (const code of ['EUR', 'GBP', 'NOK', 'PLN', 'CHF', 'JPY', 'ZAR']) {
		const read = readUnit(`${code}/MWh`);
		assert.is(read?.type === 'unit' ? read.unit.currency : null, code);
	}
	assert.is(readUnit('XQZ/MWh'), null);
});

test.run();
