import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { numberIn } from './cli.ts';
import { file, ran, said } from './user-files.test-support.ts';

/** What runs make of files as people have them: right values, or one line that says what would do. */

test('emissions and cost are those of the signal, however long the steps', async () => {
	// 1000 lb/MWh and 1 USD/kWh in the first five minutes of each hour, else nothing.
	const instants = Array.from({ length: 26 * 12 }, (_, i) => ({
		at: new Date(Date.UTC(2023, 5, 8, 7, 5 * i)).toISOString(),
		isHigh: i % 12 === 0,
	}));
	const rowsOf = (high: number) => instants.map(({ at, isHigh }) => `${at},${isHigh ? high : 0}`);
	const moer = file('moer.csv', `timestamp,MOER\n${rowsOf(1000).join('\n')}\n`);
	const prices = file('spikes.csv', `time,USD/kWh\n${rowsOf(1).join('\n')}\n`);
	for (const [step, sampling, factor] of [
		['5m', 'mean', 1],
		['15m', 'mean', 1],
		['1h', 'mean', 1],
		['2h', 'mean', 1],
		['15m', 'start', 3],
		['1h', 'start', 12],
	] as const) {
		const rows = await ran(`steps-${step}-${sampling}`, {
			...{ step, until: '24h' },
			carbon: { source: 'constant', valueGPerKwh: 0 },
			marginalCarbon: { source: 'file', path: moer, sampling },
			price: { source: 'trace', path: prices, sampling },
		});
		// 24 hours of 1 kW at a twelfth of 453.59237 g/kWh, and of 1 USD/kWh.
		const within = (column: string, right: number) => {
			// 1 kW: kWh are hours.
			const hours = 24 / rows.length;
			const sum = rows.reduce((total, row) => total + numberIn(row, column) * hours, 0);
			assert.ok(Math.abs(sum / right - 1) < 1e-9, `${step} ${sampling}: ${sum}, not ${right}`);
		};
		within('grid_signals.marginal', factor * 907.18474);
		within('grid_signals.price', factor * 2);
	}
});

test('emissions and cost follow what is drawn within a step, where the loads are known that finely', async () => {
	const rowsOf = (high: number, low: number) =>
		Array.from({ length: 24 * 12 }, (_, i) => `${300 * i},${i % 12 === 0 ? high : low}`);
	const signal = (name: string, unit: string) =>
		file(name, `s,${unit}\n${rowsOf(1000, 0).join('\n')}\n`);
	const hall = file('hall.csv', `s,W\n${rowsOf(12_000, 0).join('\n')}\n`);
	for (const step of ['5m', '15m', '1h', '2h']) {
		const rows = await ran(`drawn-${step}`, {
			...{ step, until: '24h' },
			carbon: { source: 'trace', kind: 'average', path: signal('fine-g.csv', 'g/kWh') },
			price: { source: 'trace', path: signal('fine-usd.csv', 'USD/MWh') },
			loads: [
				{ type: 'trace', name: 'hall', path: hall },
				{ type: 'constant', name: 'base', powerW: 1000 },
			],
		});
		// In a twelfth of 24 hours 13 kW at 1000 g/kWh and 1 USD/kWh, and nothing else costs or emits.
		for (const [column, right] of [
			['grid_signals.carbon', 26_000],
			['grid_signals.price', 26],
		] as const) {
			const kwh = (row: (typeof rows)[number]) =>
				(-numberIn(row, 'p_grid') / 1000) * (24 / rows.length);
			const sum = rows.reduce((total, row) => total + kwh(row) * numberIn(row, column), 0);
			assert.ok(Math.abs(sum / right - 1) < 1e-9, `${step} ${column}: ${sum}, not ${right}`);
		}
	}
	const told = { loads: [{ type: 'trace', name: 'hall', path: hall }] };
	const price = { source: 'trace', path: signal('told.csv', 'USD/MWh') };
	assert.match(await said({ ...told, price }), /takes their mean, weighted by the loads/);
});

/** Hours of local time from the start of the run. */
function hours(name: string, header: string, values: readonly (number | string)[]): string {
	const rows = values.map((value, hour) => `2023-06-08 0${hour}:00:00,${value}`);
	return file(name, `${header}\n${rows.join('\n')}\n`);
}
const sky = (path: string, more: object = {}) => ({
	solar: [{ peakPowerW: 3000, sky: { type: 'trace', path, ...more } }],
});
const load = (path: string, more: object = {}) => ({
	loads: [{ type: 'trace', name: 'load', path, ...more }],
});

test('power in watts given as fractions of a plant is refused, and taken with its unit', async () => {
	const path = hours('ac.csv', 'time,P', [0, 1500, 2500]);
	assert.match(
		await said(sky(path)),
		/^Cannot use trace ".*ac.csv" column "P" as solar power: line 3 \(2023-06-08 01:00:00\) has 1500, 1500 times the peak power of 3000 W; .*say unit: W or kW, or name the column "P \(W\)"$/,
	);
	const powers = async (name: string, more: object, from = path) =>
		(await ran(name, sky(from, more))).map((row) => numberIn(row, 'actor_states.solar.power'));
	assert.equal(await powers('watts', { unit: 'W' }), [0, 1500, 2500]);
	const inName = hours('ac-kw.csv', 'time,P (kW)', [0, 1.5, 2.5]);
	assert.equal(await powers('named', {}, inName), [0, 1500, 2500]);
	assert.match(await said(sky(inName)), /solar: values in kW, by the name of column "P \(kW\)"/);
	assert.match(
		await said(sky(path, { unit: 'kW' })),
		/line 3 .* has 1500, so 1500000 W, 500 times the peak power of 3000 W/,
	);
	const percent = hours('percent.csv', 'time,P', [0, 50, 100]);
	assert.equal(await powers('percent', { unit: '%' }, percent), [0, 1500, 3000]);
});

test('what an inverter draws at night is a load and is said; more than that is refused', async () => {
	const path = hours('night.csv', 'time,kW', [-0.0019, -0.0019, 2.5]);
	const rows = await ran('night', sky(path));
	assert.equal(
		rows.map((row) => numberIn(row, 'p_grid')),
		[-1001.9, -1001.9, 1500],
	);
	assert.match(
		await said(sky(path)),
		/2 of 3 values are below 0: what the inverter draws, taken as a load/,
	);
	assert.match(
		await said(sky(hours('draw.csv', 'time,P', [-0.3, 0, 0.5]))),
		/line 2 .* has -0.3, a draw of 30 % of the peak power of 3000 W; an inverter draws up to 5 %/,
	);
});

test('the unit in a column’s name is used where the scenario says none', async () => {
	const prices = hours('eur.csv', 'time,Price (EUR/MWh)', [90, 80, 70]);
	assert.match(
		await said({ price: { source: 'trace', path: prices } }),
		/^Cannot use the prices of ".*eur.csv": they are in EUR; set price.usdPerUnit \(--usd-per-unit\) to the USD for one EUR, such as 1\.\d+ \(/,
	);
	const priced = await ran('eur', { price: { source: 'trace', path: prices, usdPerUnit: 1 } });
	const sum = priced.reduce((total, row) => total + numberIn(row, 'grid_signals.price'), 0);
	assert.ok(Math.abs(sum - 0.24) < 1e-12, `${sum}`);
	for (const [header, value, grams] of [
		['co2_lb_per_mwh', 1000, 453.59237],
		['tCO2/MWh', 0.4, 400],
		['gCO₂eq/kWh', 300, 300],
	] as const) {
		const path = hours('co2.csv', `time,${header}`, [value, value, value]);
		const carbon = { source: 'trace', path, kind: 'average' };
		const [row] = await ran(`co2-${value}`, { carbon });
		assert.ok(Math.abs(numberIn(row, 'grid_signals.carbon') / grams - 1) < 1e-15);
		assert.match(await said({ carbon }), /by the name of column/);
	}
	const [row] = await ran('load-kw', load(hours('kw.csv', 'time,power_kW', [1.5, 1.5, 1.5])));
	assert.is(numberIn(row, 'p_grid'), -1500);
	const path = hours('wind.csv', 'time,speed (km/h)', [36, 36, 36]);
	assert.match(await said({ wind: [{ speed: { type: 'trace', path } }] }), /values in km\/h/);
});

test('a value without any unit is taken as the default, and the run says so', async () => {
	const says = (column: string, unit: string) =>
		new RegExp(`values of column "${column}" taken as ${unit}, its name says no unit`);
	const ac = hours('bare.csv', 'time,P', [0, 0.5, 0.8]);
	assert.match(await said(load(ac)), says('P', 'W'));
	assert.match(await said(sky(ac)), says('P', 'fraction'));
	const price = { source: 'trace', path: hours('bare-price.csv', 'time,spot', [0.1, 0.2, 0.3]) };
	assert.match(await said({ price }), says('spot', 'USD/kWh'));
	assert.not.match(await said({ price: { ...price, unit: 'USD/kWh' } }), /taken as/);
});

test('a unit that contradicts, is unclear or is of something else is refused with what would do', async () => {
	const price = (header: string, values: readonly number[], more: object = {}) => ({
		price: { source: 'trace', path: hours('price.csv', header, values), ...more },
	});
	const one = (header: string, more: object = {}) =>
		load(hours('one.csv', `time,${header}`, [1, 1, 1]), more);
	const carbon = (values: readonly number[]) => ({
		carbon: { source: 'trace', kind: 'average', path: hours('g.csv', 'time,carbon', values) },
	});
	const wind = (values: readonly number[]) => ({
		wind: [{ speed: { type: 'trace', path: hours('gale.csv', 'time,speed', values) } }],
	});
	const cases: readonly (readonly [() => Record<string, unknown>, RegExp])[] = [
		[
			() => price('time,Price (EUR/MWh)', [90, 80, 70], { unit: 'USD/MWh' }),
			/its name says EUR\/MWh and the scenario unit: USD\/MWh; write unit: EUR\/MWh/,
		],
		[
			() => price('time,ct/kWh', [9, 8, 7]),
			/"ct\/kWh" does not say of which currency "ct" is; say its unit/,
		],
		[
			() => price('time,Price', [90, 80, 70]),
			/line 2 .* has 90, so 90 USD\/kWh, more than energy has ever cost \(20\); say the unit/,
		],
		[() => one('Power (hp)'), /"hp" is no unit that is known here; say its unit, such as unit: kW/],
		[() => one('power_mw'), /"mw" may be MW or mW/],
		[
			() => one('energy_kWh'),
			/its name says kWh, an energy and no mean power; say unit: kWh if each row has the energy of/,
		],
		[() => one('power_kW', { scale: 1000 }), /scale: 1000 may be meant in its place or on top/],
		[() => sky(hours('ghi.csv', 'time,GHI (W/m2)', [1, 1, 1])), /says W\/m2, an irradiance/],
		[
			() => carbon([400, 450_000, 1]),
			/line 3 .* has 450000, so 450000 g\/kWh, more than any plant emits/,
		],
		[() => carbon([400, -1, 1]), /line 3 .* has -1; an intensity is 0 or more/],
		[() => wind([4, 140, 1]), /line 3 .* has 140, so 140 m\/s, more than any wind/],
		[
			() => load(file('rows.csv', '2023-06-08 00:00:00,100\n2023-06-08 01:00:00,200\n')),
			/it has no header: line 1 is the row "2023-06-08 00:00:00,100"; write a line with names/,
		],
	];
	for (const [keys, expected] of cases) assert.match(await said(keys()), expected);
});

test('a column whose name says average or marginal is not taken for the other', async () => {
	const carbon = (name: string, kind: string) => ({
		carbon: { source: 'trace', path: hours('kind.csv', `time,${name}`, [400, 400, 400]), kind },
	});
	assert.match(
		await said(carbon('MOER (lb/MWh)', 'average')),
		/column "MOER \(lb\/MWh\)" as average intensity: its name says marginal; say kind: marginal/,
	);
	assert.match(await said(carbon('average_g', 'marginal')), /its name says average; say kind/);
	assert.match(await said(carbon('MOER (lb/MWh)', 'marginal')), /^marginal intensity|marginal/);
});

test('a signal that changes within a step says so, and how the step takes it', async () => {
	const rows = Array.from({ length: 40 }, (_, i) => `${300 * i},0.1`).join('\n');
	const path = file('fine.csv', `s,USD/kWh\n${rows}\n`);
	const price = { source: 'trace', path };
	const says = 'price: values change every 5 min; a step of 1 h takes';
	assert.match(
		await said({ price }),
		new RegExp(`${says} their mean, whatever was drawn when within it`),
	);
	assert.match(
		await said({ price: { ...price, sampling: 'start' } }),
		new RegExp(`${says} the one at its start`),
	);
	assert.not.match(await said({ price, step: '5m' }), /values change every/);
});

test('cents of a currency are hundredths of it, in a name and in the key', async () => {
	const path = hours('cents.csv', 'time,EURct/kWh', [20, 20, 20]);
	const price = { source: 'trace', path, usdPerUnit: 1.1 };
	for (const more of [{}, { unit: 'EURct/kWh' }]) {
		const [row] = await ran(`cents${Object.keys(more).length}`, { price: { ...price, ...more } });
		assert.ok(Math.abs(numberIn(row, 'grid_signals.price') - 0.22) < 1e-15);
	}
	const hourly = hours('nyiso.csv', 'Time Stamp,LBMP (USD/MWHr)', [20, 20, 20]);
	const [row] = await ran('mwhr', { price: { source: 'trace', path: hourly } });
	assert.ok(Math.abs(numberIn(row, 'grid_signals.price') - 0.02) < 1e-15);
});

test('outages that are neither 1 nor 0 are refused', async () => {
	const path = hours('outages.csv', 'time,grid', [1, 0, 230]);
	const outageTrace = { path, anchor: '2023-06-08 00:00:00' };
	assert.match(
		await said({ grid: { outageTrace } }),
		/line 4 .* has 230; it is 1 while the grid is there/,
	);
});

test.run();
