import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import type { FeedQuantity } from '../../../protocol/signals.ts';
import { type ValueKeys, valueRule } from './values.ts';

const rule = (quantity: FeedQuantity, keys: Partial<ValueKeys> = {}) =>
	valueRule('x', quantity, { unit: null, usdPerUnit: null, scale: 1, ...keys });

test('values in the unit of somebody become values in ours', () => {
	const cases: [FeedQuantity, Partial<ValueKeys>, number, number, string][] = [
		['carbon', {}, 466, 466, 'g/kWh'],
		['marginal-carbon', { unit: 'lb/MWh' }, 937, 937 * 0.45359237, 'g/kWh'],
		['carbon', { unit: 'kg/kWh', scale: 2 }, 0.25, 500, 'g/kWh'],
		['carbon-index', { unit: 'percentile' }, 40, 40, 'percentile'],
		['price', { unit: 'EUR/MWh', usdPerUnit: 1.25 }, 80, 0.1, 'USD/kWh'],
		['price', { unit: 'USD/MWh' }, -20, -0.02, 'USD/kWh'],
		['price', { usdPerUnit: 2 }, 0.25, 0.5, 'USD/kWh'],
		['power', { unit: 'kW' }, 1.5, 1500, 'W'],
		['temperature', { unit: 'degF' }, 212, 100, 'degC'],
		['temperature', { unit: '°C' }, -4, -4, 'degC'],
		['temperature', { unit: 'K' }, 273.15, 0, 'degC'],
		['wind-speed', { unit: 'km/h' }, 36, 10, 'm/s'],
		['irradiance', { unit: 'W/m²' }, 800, 800, 'W/m2'],
		['irradiance', {}, -3.5, 0, 'W/m2'],
		['irradiance', {}, -21, -21, 'W/m2'],
		['rate', { unit: 'requests/min' }, 120, 2, '1/s'],
		['rate', { unit: 'qps' }, 7, 7, '1/s'],
		['plain', { unit: 'apples', scale: 3 }, 2, 6, 'apples'],
	];
	for (const [quantity, keys, given, expected, unit] of cases) {
		const { convert, unit: ours } = rule(quantity, keys);
		const label = `${quantity} ${JSON.stringify(keys)}`;
		assert.ok(Math.abs(convert(given) - expected) < 1e-9, `${label}: ${convert(given)}`);
		assert.is(ours, unit, label);
	}
});

test('a unit of something else, and money without a rate, are refused', () => {
	const refused: [FeedQuantity, Partial<ValueKeys>, RegExp][] = [
		[
			'carbon',
			{ unit: 'EUR/MWh' },
			/Cannot use x as carbon: unit "EUR\/MWh" is none of it; write one such as lb\/MWh$/,
		],
		['carbon', { unit: 'percentile' }, /none of it/],
		['carbon-index', { unit: 'g/kWh' }, /none of it/],
		['power', { unit: 'kWh' }, /none of it/],
		['power', { unit: 'mw' }, /may be MW or mW/],
		['price', { unit: 'EUR/MWh' }, /its unit is EUR; say what one is in USD by usdPerUnit$/],
		['price', { unit: 'USD/MWh', usdPerUnit: 1 }, /drop usdPerUnit$/],
		['price', { unit: '$/MWh' }, /does not say of which currency/],
		['power', { usdPerUnit: 1 }, /usdPerUnit is of prices alone$/],
		['temperature', { unit: 'kWh' }, /none of it/],
		['rate', { unit: 'requests/fortnight' }, /none of it/],
		['rate', { unit: 'requests/constructor' }, /none of it/],
	];
	for (const [quantity, keys, expected] of refused)
		assert.throws(
			() => rule(quantity, keys),
			(error: unknown) => error instanceof ConfigError && expected.test(error.message),
			`${quantity} ${JSON.stringify(keys)}`,
		);
});

test.run();
