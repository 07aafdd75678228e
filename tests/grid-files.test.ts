import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { specialOverrides } from '../cli/special-flags.ts';
import { ConfigError } from '../protocol/errors.ts';
import { writeReport } from '../results/report/write-report.ts';
import { checkScenario } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { simulate } from '../run/simulate.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/** Grid signals from other people's files, through the command line. */
const folder = tempFolder();
const RUN = [
	...['run', '--in-process', '--no-serving', '--load', '1000', '--until', '3h', '--step', '1h'],
	...['--start', '2023-06-08T00:00'],
];

function file(name: string, data: unknown): string {
	const path = join(folder, name);
	writeFileSync(path, typeof data === 'string' ? data : JSON.stringify(data));
	return path;
}

/** Hourly values from midnight in San Francisco (07:00 UTC). */
function wattTime(name: string, region: string, values: readonly number[]): string {
	return file(name, {
		data: values.map((value, hour) => ({
			point_time: new Date(Date.UTC(2023, 5, 8, 7 + hour)).toISOString(),
			value,
		})),
		meta: { region, signal_type: 'co2_moer', units: 'lbs_co2_per_mwh' },
	});
}

const covering = wattTime('covering.json', 'CAISO_NORTH', [1000, 500, 100]);

const BASE = {
	...{ until: '3h', step: '1h', start: '2023-06-08T00:00', serving: null },
	loads: [{ type: 'constant', name: 'load', powerW: 1000 }],
};

/** The scenario with these flags is refused with one line. */
async function refused(flags: Readonly<Record<string, unknown>>, says: RegExp): Promise<void> {
	let text = '';
	try {
		const overrides = [...Object.entries(BASE), ...specialOverrides(flags)];
		await checkScenario(readScenario(null, new Map<string, unknown>(overrides)));
	} catch (error) {
		assert.instance(error, ConfigError);
		text = (error as Error).message;
	}
	assert.match(text, says);
	assert.is(text.split('\n').length, 1);
}

/** A run in this process, without its command line. Keys that are not given are those of BASE. */
async function ran(name: string, keys: Readonly<Record<string, unknown>>) {
	const overrides = new Map<string, unknown>(Object.entries({ ...BASE, ...keys }));
	const out = join(folder, name);
	const about = { out, placement: 'in-process', report: false } as const;
	await simulate(readScenario(null, overrides), about);
	const summary = await writeReport(out);
	const bytes = readFileSync(join(out, 'timeseries.csv'), 'utf8').split('\n');
	return { out, summary, bytes, rows: readRows(out, 'timeseries.csv') };
}

test('a WattTime file is taken at its own times', async () => {
	const out = join(folder, 'taken');
	const { code, stdout } = await gridbeat([...RUN, '--carbon', `file:${covering}`, '--out', out]);
	assert.is(code, 0, stdout);
	const values = readRows(out, 'timeseries.csv').map((row) => Number(row['grid_signals.carbon']));
	assert.equal(
		values.map((value) => Math.round(value * 1000) / 1000),
		[453.592, 226.796, 45.359],
	);
	assert.match(
		stdout,
		/marginal intensity from .*covering.json \(WattTime v3, region CAISO_NORTH\)/,
	);
});

test('average and marginal intensity stand side by side in one run and are never mixed', async () => {
	const { rows, summary } = await ran('both', {
		carbon: { source: 'constant', valueGPerKwh: 400 },
		marginalCarbon: { source: 'file', path: covering },
	});
	const grams = (column: string) =>
		rows.reduce((sum, row) => sum + Math.max(0, -Number(row['p_grid'])) * Number(row[column]), 0) /
		1000;
	const { emissions, marginal, hindsight } = summary;
	const near = (a = 0, b = 0) => assert.ok(Math.abs(a - b) < 1e-9 * Math.max(1, b), `${a} ${b}`);
	near(emissions?.importG, grams('grid_signals.carbon'));
	near(marginal?.importG, grams('grid_signals.marginal'));
	assert.is(emissions?.kind, 'average');
	assert.ok(emissions?.importG !== marginal?.importG);
	assert.equal(
		hindsight.map(({ goal }) => goal),
		['emissions', 'marginal'],
	);
	near(hindsight[1]?.actual, marginal?.importG);
	await refused(
		{ marginalCarbon: `file:${covering}` },
		/^Cannot use "marginalCarbon" beside "carbon": that is marginal already/,
	);
	await refused(
		{ carbon: 'constant:400', marginalCarbon: 'zone:DE' },
		/^Cannot use "marginalCarbon": its figures are average/,
	);
	await refused({ marginalCarbon: 'DE' }, /^Cannot use --marginal-carbon "DE": give location/);
});

test('a file of a foreign region is used only when the scenario names it', async () => {
	const foreign = wattTime('foreign.json', 'ERCOT', [1000, 500, 100]);
	await refused(
		{ carbon: `file:${foreign}` },
		/^Cannot use ".*foreign.json" at "San Francisco": its region is "ERCOT", .*set region: ERCOT to use it/,
	);
	const { rows } = await ran('named', {
		carbon: { source: 'file', path: foreign, region: 'ercot' },
	});
	assert.is(rows.length, 3);
});

test('a file that does not cover the run says what it covers', async () => {
	const short = wattTime('short.json', 'CAISO_NORTH', [1000, 500]);
	await refused(
		{ carbon: `file:${short}` },
		/it covers 2023-06-08T07:00:00.000Z to 2023-06-08T09:00:00.000Z; choose another start/,
	);
});

test('day-ahead prices in EUR need a rate, and may be negative', async () => {
	const prices = file('prices.json', {
		unix_seconds: [0, 1, 2].map((hour) => Date.UTC(2023, 5, 8, 7 + hour) / 1000),
		price: [100, -50, 0],
		unit: 'EUR / MWh',
	});
	await refused({ price: `file:${prices}` }, /they are in EUR; set price.usdPerUnit/);
	const { rows } = await ran('prices', {
		price: { source: 'file', path: prices, usdPerUnit: 1.1 },
	});
	const values = rows.map((row) => Number(row['grid_signals.price']));
	assert.equal(
		values.map((value) => Math.round(value * 1e6) / 1e6),
		[0.11, -0.055, 0],
	);
	await refused({ carbon: `file:${prices}` }, /is a file of price \(Energy-Charts price\)/);
});

/** Three days from midnight in San Francisco; from hour `until` on as another future has it. */
function days(name: string, until: number): string {
	const value = (hour: number) => 300 + 200 * Math.sin(hour / (hour < until ? 3.7 : 1.3));
	return wattTime(
		name,
		'CAISO_NORTH',
		Array.from({ length: 72 }, (_, hour) => value(hour)),
	);
}

const ISSUED_AT = Date.UTC(2023, 5, 8, 13);
const issued = file('issued.json', {
	data: [
		{
			generated_at: new Date(ISSUED_AT).toISOString(),
			forecast: Array.from({ length: 24 }, (_, hour) => ({
				point_time: new Date(ISSUED_AT + hour * 3_600_000).toISOString(),
				value: 600 - 10 * hour,
			})),
		},
	],
	meta: { region: 'CAISO_NORTH', signal_type: 'co2_moer', units: 'lbs_co2_per_mwh' },
});

async function forecastRun(name: string, path: string, forecast: object) {
	return ran(name, {
		carbon: { source: 'file', path },
		forecast: { carbon: forecast },
		batteries: [{ type: 'linear', capacityWh: 4000, minSoc: 0.1, chargeCRate: 0.25 }],
		policy: { type: 'forecast' },
		...{ solar: [], until: '48h' },
	});
}

test('a policy sees the forecast as issued and never what came to be, unless it asks for that by name', async () => {
	const [here, elsewhere] = [days('here.json', 72), days('elsewhere.json', 30)];
	const asIssued = { source: 'file', path: issued };
	const [one, other, perfect] = await Promise.all([
		forecastRun('one', here, asIssued),
		forecastRun('other', elsewhere, asIssued),
		forecastRun('perfect', here, { source: 'perfect' }),
	]);
	// The header and 30 rows: the two futures part at hour 30.
	assert.equal(one.bytes.slice(0, 31), other.bytes.slice(0, 31));
	assert.is.not(one.bytes[31], other.bytes[31]);
	assert.is.not(one.bytes.slice(0, 31).join(), perfect.bytes.slice(0, 31).join());
	assert.equal(one.summary.forecasts, { carbon: 'as issued' });
	assert.equal(perfect.summary.forecasts, { carbon: 'perfect' });
	const [reached = 0, most = 0] = [one, perfect].map(
		({ summary }) => summary.hindsight[0]?.reached,
	);
	assert.ok(reached < most && most <= 100 + 1e-6, `${reached} ${most}`);
});

const POLICY = { type: 'forecast' };
const NOT_FORECAST: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
	[{ forecast: { horizon: '90min' }, policy: POLICY }, /Cannot forecast over "90min": give whole/],
	[{ policy: { ...POLICY, follow: 'price' } }, /it follows "price", and there is no such signal/],
	[{ policy: { ...POLICY, chargeShare: 0.7, dischargeShare: 0.7 } }, /more than all hours/],
	[{ policy: POLICY, forecast: { carbon: { source: 'file' } } }, /it holds no forecast/],
	[
		{
			policy: POLICY,
			carbon: { source: 'constant', valueGPerKwh: 1 },
			forecast: { carbon: { source: 'file', path: issued } },
		},
		/issued.json": it is of marginal intensity .* and the signal is average/,
	],
	[{ forecast: { carbon: { source: 'guess' } } }, /Cannot use "forecast.carbon.source" = "guess"/],
	[{ forecast: { price: { source: 'day-ahead', published: '25:00' } } }, /a time of day such as/],
	[{ policy: { ...POLICY, roundTripEfficiency: 0 } }, /must lie above 0/],
	[{ marginalCarbon: { source: 'uk' } }, /Cannot use "marginalCarbon.source" = "uk"/],
	[{ 'solar.0.sky': { type: 'stochastic', years: 'bad' } }, /sky.years" = "bad"/],
	[
		{ batteries: [{ type: 'simple', capacityWh: 1, degradation: { inRun: 'yes' } }] },
		/degradation.inRun" = "yes"/,
	],
];
for (const [keys, says] of NOT_FORECAST)
	test(`${JSON.stringify(keys).slice(0, 90)} is refused with one line`, async () => {
		let text = '';
		try {
			const overrides = Object.entries({ ...BASE, ...keys });
			await checkScenario(readScenario(null, new Map<string, unknown>(overrides)));
		} catch (error) {
			text = (error as Error).message;
		}
		assert.match(text, says);
		assert.is(text.split('\n').length, 1, text);
	});

test('a grid file is extended when the scenario says how, and its gaps are counted', async () => {
	const gappy = file('gappy.json', {
		data: [0, 1, 2, 5, 6, 7, ...Array.from({ length: 16 }, (_, i) => 8 + i)].map((hour) => ({
			point_time: new Date(Date.UTC(2023, 5, 8, 7 + hour)).toISOString(),
			value: hour + 1,
		})),
		meta: { region: 'CAISO_NORTH', signal_type: 'co2_moer', units: 'g_co2_per_kwh' },
	});
	const read = async (extend: string) => {
		const carbon = { source: 'file', path: gappy, extend };
		const { out, rows } = await ran(`extended-${extend}`, { carbon, until: '30h' });
		const metadata = readFileSync(join(out, 'metadata.yaml'), 'utf8').replace(/\s+/g, ' ');
		assert.match(
			metadata,
			/[12] gaps?(, the longest| of) 2 h, over which the value before is held/,
		);
		return rows.map((row) => Number(row['grid_signals.carbon']));
	};
	const [repeated, held] = await Promise.all([read('repeat-day'), read('hold')]);
	assert.equal(repeated.slice(0, 8), [1, 2, 3, 3, 3, 6, 7, 8]);
	assert.equal(repeated.slice(22), [23, 24, 1, 2, 3, 3, 3, 6]);
	assert.equal(held.slice(22), [23, 24, 24, 24, 24, 24, 24, 24]);
});

test('the gaps of ordinary traces are named in the run, and their units are heeded', async () => {
	const hours = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12];
	const row = (hour: number) => `${3600 * hour},${hour}`;
	const path = file('trace.csv', `time,value\n${hours.map(row).join('\n')}\n`);
	const { out, rows } = await ran('traced', {
		carbon: { source: 'trace', path, kind: 'marginal', unit: 'lb/MWh' },
		price: { source: 'trace', path, unit: 'USD/MWh' },
		until: '12h',
	});
	const last = rows.at(-1);
	assert.is(Number(last?.['grid_signals.carbon']), 11 * 0.45359237);
	assert.is(Number(last?.['grid_signals.price']), 0.011);
	const { gridbeat: own } = parse(readFileSync(join(out, 'metadata.yaml'), 'utf8')) as {
		gridbeat: { gaps: unknown };
	};
	assert.equal(own.gaps, [
		{ actor: 'carbon', count: 1, longestS: 10_800 },
		{ actor: 'price', count: 1, longestS: 10_800 },
	]);
});

test.run();
