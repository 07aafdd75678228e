import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numberIn } from './cli.ts';
import { file, ran, said } from './user-files.test-support.ts';

/** What runs make of how loads are written: right values, or one line that says what would do. */

const load = (path: string, more: object = {}) => ({
	loads: [{ type: 'trace', name: 'load', path, ...more }],
});

test('columns that nobody uses are named once, and a row of units counts as one in the name', async () => {
	const path = file(
		'two.csv',
		`t,a,b,c\n,kW,W,\n${[0, 1, 2].map((h) => `2023-06-08 0${h}:00,1.5,250,x`).join('\n')}\n`,
	);
	const two = {
		loads: ['a', 'b'].map((column) => ({ type: 'trace', name: column, path, column })),
	};
	const text = await said(two);
	assert.match(text, /a: values in kW, by the row below the name of column "a"/);
	assert.match(text, /^a, b: 1 column is not used: "c"$/m);
	assert.is(numberIn((await ran('two', two))[0], 'p_grid'), -1750);
	assert.match(
		await said(load(file('both.csv', 't,P (W)\n,kW\n0,1\n3600,1\n7200,1\n'))),
		/its name says W and the row below it kW; correct one of the two/,
	);
	const semicolons = file(
		'de.csv',
		't;P (kW)\n08.06.2023 00:00;1,5\n08.06.2023 01:00;2,5\n08.06.2023 02:00;3\n',
	);
	assert.match(await said(load(semicolons)), /^load: 2 of 3 numbers have a decimal comma$/m);
	assert.is(numberIn((await ran('de', load(semicolons)))[1], 'p_grid'), -2500);
});

test('a year of hours without times is laid where the scenario says', async () => {
	const path = file(
		'year.csv',
		`Load (kW)\n${Array.from({ length: 8760 }, (_, i) => i).join('\n')}\n`,
	);
	assert.match(await said(load(path)), /one column, so no times or no values; .* say interval: 1h/);
	assert.match(
		await said(load(path, { interval: '1h' })),
		/are a year; say begins: 2023-01-01T00:00/,
	);
	const year = { interval: '1h', begins: '2023-01-01T00:00', timezone: 'UTC' };
	// 8 June, 00:00 in San Francisco is 07:00 UTC, hour 158 * 24 + 7.
	assert.is(numberIn((await ran('year', load(path, year)))[0], 'p_grid'), -3_799_000);
});

test('energies of the times between rows are mean powers where the scenario says so', async () => {
	const rows = [0, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 165].map(
		(minutes) => `${60 * minutes},0.5,ok`,
	);
	const path = file('meter.csv', `s,kWh,status\n${rows.join('\n')}\n`);
	const keys = load(path, { unit: 'kWh' });
	assert.match(await said(keys), /^load: values in kWh of 15 min each are taken as mean powers$/m);
	assert.is(numberIn((await ran('meter', keys))[1], 'p_grid'), -2000);
	const uneven = file('uneven.csv', 's,kWh\n0,1\n60,1\n600,1\n20000,1\n');
	assert.match(await said(load(uneven, { unit: 'kWh' })), /its rows are not evenly apart/);
});

test.run();
