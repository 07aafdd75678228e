import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numberIn } from './cli.ts';
import { file, ran, said } from './user-files.test-support.ts';

/** What runs make of files of markets and services: right values, or one line that says what would do. */

/** A day of ENTSO-E's export, with a title for the column of prices. */
function entsoe(title: string, value: number): string {
	const clock = (hour: number) => `${String(hour % 24).padStart(2, '0')}:00:00`;
	const rows = Array.from({ length: 24 }, (_, hour) => {
		const end = `${hour === 23 ? '09' : '08'}/06/2023 ${clock(hour + 1)}`;
		return `"08/06/2023 ${clock(hour)} - ${end}","BZN|GB","Without Sequence","${value}","-","-"`;
	});
	const header = `"MTU (CET/CEST)","Area","Sequence","${title}","Intraday Period (CET/CEST)","Intraday Price (GBP/MWh)"`;
	return file('entsoe.csv', `${header}\n${rows.join('\n')}\n`);
}

test('prices name their own currency, whatever it is, or are asked for it', async () => {
	const at = (path: string, more: object = {}) => ({
		...{ start: '2023-06-08T02:00', price: { source: 'file', path, region: 'GB', ...more } },
		location: { name: 'London', latitude: 51.5, longitude: -0.1, timezone: 'Europe/London' },
	});
	for (const [title, currency] of [
		['Day-ahead Price (GBP/MWh)', 'GBP'],
		['Day-ahead Price [NOK/MWh]', 'NOK'],
		['Day-ahead Price [EUR/MWh]', 'EUR'],
	] as const) {
		const expected = `they are in ${currency}; set price.usdPerUnit \\(--usd-per-unit\\) to the USD for one ${currency}, such as [\\d.]+ \\(European Central Bank, mean of the daily reference rates of 2023 and 2024\\)$`;
		assert.match(await said(at(entsoe(title, 100))), new RegExp(expected));
	}
	const pounds = 'Day-ahead Price (GBP/MWh)';
	const [row] = await ran('gbp', at(entsoe(pounds, 100), { usdPerUnit: 1.25 }));
	assert.ok(Math.abs(numberIn(row, 'grid_signals.price') - 0.125) < 1e-15);
	const silent = entsoe('Day-ahead Price', 100);
	assert.match(
		await said(at(silent)),
		/the file does not say in which currency they are; set price.currency, such as GBP$/,
	);
	assert.match(await said(at(silent, { currency: 'GBP' })), /in GBP; set price.usdPerUnit/);
	assert.match(await said(at(silent, { currency: 'QQQ' })), /it is no code of ISO 4217/);
	assert.match(
		await said(at(entsoe('Day-ahead Price (ct/MWh)', 1))),
		/"ct\/MWh" where units stand, which does not say of which currency/,
	);
	assert.match(
		await said(at(entsoe(pounds, 1), { currency: 'EUR' })),
		/as EUR: they are in GBP; drop price.currency/,
	);
	assert.match(
		await said(at(entsoe(pounds, 100_000), { usdPerUnit: 1.25 })),
		/125 USD\/kWh at 2023-06-0.* is more than 20; look at its unit and at price.usdPerUnit/,
	);
});

test('an area of ENTSO-E is the grid zone of its country', async () => {
	const path = entsoe('Day-ahead Price [EUR/MWh]', 100);
	const german = file('de.csv', readFileSync(path, 'utf8').replaceAll('BZN|GB', 'BZN|DE-LU'));
	const price = { source: 'file', path: german, usdPerUnit: 1.1 };
	const text = await said({ location: 'Berlin', start: '2023-06-08T02:00', price });
	assert.match(text, /prices from .*de.csv \(ENTSO-E day-ahead CSV, region BZN\|DE-LU\)/);
});

test('an area of ENTSO-E with two auctions says which one is used, and the key says another', async () => {
	const row = (hour: number, sequence: number, value: number) =>
		`"08/06/2023 ${String(hour).padStart(2, '0')}:00:00 - -","BZN|DE-LU","Sequence ${sequence}","${value}"`;
	const hoursOf = Array.from({ length: 24 }, (_, hour) => hour);
	const rows = [1, 2].flatMap((sequence) =>
		hoursOf.map((hour) => row(hour, sequence, hour + 7 * (sequence - 1))),
	);
	const path = file(
		'sequences.csv',
		`"MTU (CET/CEST)","Area","Sequence","Day-ahead Price (EUR/MWh)"\n${rows.join('\n')}\n`,
	);
	const at = (more: object = {}) => ({
		...{ location: 'Berlin', start: '2023-06-08T02:00' },
		price: { source: 'file', path, usdPerUnit: 1, ...more },
	});
	assert.match(await said(at()), /^price: 24 of 48 rows are of sequence 2 and not used/m);
	const [first] = await ran('first', at());
	const [second] = await ran('second', at({ sequence: 2 }));
	assert.equal(
		[first, second].map((one) => Math.round(1e6 * numberIn(one, 'grid_signals.price'))),
		[2000, 9000],
	);
});

test('ratings that do not say what they are need the scenario to say it, under marginalCarbon not', async () => {
	const ratings = [7, 8, 9, 10].map((hour, i) => ({
		...{
			Location: 'westus',
			Time: `2023-06-08T${String(hour).padStart(2, '0')}:00:00+00:00`,
			Rating: 65 + i,
		},
	}));
	const path = file('ratings.json', `\ufeff${JSON.stringify(ratings)}`);
	const keys = { source: 'file', path, region: 'westus' };
	assert.match(
		await said({ carbon: keys }),
		/does not say whether its intensities are average or marginal; set carbon.kind$/,
	);
	const [row] = await ran('ratings', { carbon: { ...keys, kind: 'average' } });
	assert.is(numberIn(row, 'grid_signals.carbon'), 65);
	const carbon = { source: 'constant', valueGPerKwh: 0 };
	const [beside] = await ran('beside', { carbon, marginalCarbon: keys });
	assert.is(numberIn(beside, 'grid_signals.marginal'), 65);
	assert.match(
		await said({ carbon: { ...keys, kind: 'marginal' }, marginalCarbon: keys }),
		/that is marginal already/,
	);
});

test('a file of a region serves a place by coordinates whatever its nearest city’s grid, and says so', async () => {
	const data = [7, 8, 9].map((hour) => ({
		...{ datetime: `2023-06-08T0${hour}:00:00Z`, carbonIntensity: 240, zone: 'US-NW-PACE' },
	}));
	const path = file('pace.json', JSON.stringify({ data }));
	const location = { latitude: 34.05, longitude: -118.24, timezone: 'America/Los_Angeles' };
	assert.match(
		await said({ location, carbon: { source: 'file', path } }),
		/region US-NW-PACE, taken as the grid of "site"/,
	);
});

test.run();
