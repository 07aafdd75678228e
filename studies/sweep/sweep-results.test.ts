import { parse } from 'csv-parse/sync';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseMetrics } from '../../results/compare/metrics.ts';
import { estimate } from '../../results/compare/statistics.ts';
import { csvText, parquetBytes, tableOf } from '../../results/compare/table.ts';
import { seedsOf } from './sweep-file.ts';
import { failuresTable, meansTable, pointsOf, runsTable, type SweepRun } from './sweep-results.ts';

const METRICS = chooseMetrics(['serving.completed', 'energy.importKwh']);

function run(number: number, seed: string, kwh: number | null): SweepRun {
	const point = { 'solar.0.peakPowerW': number * 1000, location: 'Berlin, "Mitte"' };
	const hash = `${number}${seed}`;
	const common = { number, label: `peak ${number}`, point, seed, hash, durationS: 3600 };
	return kwh === null
		? { ...common, values: null, failure: 'Cannot go on:\nno sun' }
		: { ...common, values: { 'energy.importKwh': kwh }, failure: null };
}

const RUNS = [run(1, '1', 2), run(1, '2', 4), run(2, '1', 5), run(2, '2', null)];
const KEYS = ['solar.0.peakPowerW', 'location'];

test('estimate() gives Student’s interval', () => {
	assert.equal(estimate([7]), { count: 1, mean: 7, halfWidth: Number.NaN });
	// By hand: mean 3, s = sqrt(2.5), t(4) = 2.776.
	const { mean, halfWidth } = estimate([1, 2, 3, 4, 5]);
	assert.is(mean, 3);
	assert.ok(Math.abs(halfWidth - (2.776 * Math.sqrt(2.5)) / Math.sqrt(5)) < 1e-12);
	// t(40) is 2.021 and t(100) is 1.984 in the tables.
	for (const [freedom, t] of [
		[40, 2.021],
		[100, 1.984],
	] as const) {
		const values = Array.from({ length: freedom + 1 }, (_, i) => i);
		const deviation = Math.sqrt(((freedom + 1) * (freedom + 2)) / 12);
		const found = (estimate(values).halfWidth / deviation) * Math.sqrt(freedom + 1);
		assert.ok(Math.abs(found - t) < 0.002, `t(${freedom}) ${found}`);
	}
});

test('pointsOf() means over the runs that have a value, and failures stand apart', () => {
	const [first, second] = pointsOf(RUNS, METRICS);
	assert.is(first?.estimates['energy.importKwh']?.mean, 3);
	assert.equal(second?.estimates['energy.importKwh'], {
		count: 1,
		mean: 5,
		halfWidth: Number.NaN,
	});
	assert.is(first?.estimates['serving.completed']?.count, 0);
	const failures = parse(csvText(failuresTable(RUNS)), { columns: true }) as object[];
	assert.is(failures.length, 1);
});

test('csvText() is read back by another parser', () => {
	const table = runsTable(RUNS, KEYS, METRICS);
	const rows = parse(csvText(table), { columns: true }) as Record<string, string>[];
	assert.is(rows.length, 4);
	assert.is(rows[1]?.['location'], 'Berlin, "Mitte"');
	assert.is(rows[1]?.['energy.importKwh'], '4');
	assert.is(rows[3]?.['energy.importKwh'], '');
	const means = parse(csvText(meansTable(pointsOf(RUNS, METRICS), KEYS, METRICS)), {
		columns: true,
	}) as Record<string, string>[];
	// t(1) = 12.706, s = sqrt(2).
	assert.ok(Math.abs(Number(means[0]?.['energy.importKwh.halfWidth95']) - 12.706) < 1e-9);
	assert.is(means[1]?.['energy.importKwh.halfWidth95'], '');
});

test('parquetBytes() is read back by another reader, with units', async () => {
	const bytes = parquetBytes(runsTable(RUNS, KEYS, METRICS), '0');
	const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
	const rows = (await parquetReadObjects({ file: file as ArrayBuffer })) as Record<
		string,
		unknown
	>[];
	assert.is(rows[2]?.['solar.0.peakPowerW'], 2000);
	assert.is(rows[2]?.['energy.importKwh'], 5);
	assert.ok(rows[3]?.['energy.importKwh'] == null);
	const { key_value_metadata: pairs } = parquetMetadata(file as ArrayBuffer);
	const units = JSON.parse(pairs?.find(({ key }) => key === 'units')?.value ?? '{}');
	assert.is(units['energy.importKwh'], 'kWh');
});

test('tableOf() knows no NaN, and parquetBytes() takes a column of numbers and texts as texts', async () => {
	const table = tableOf([1, 'x', Number.NaN], [{ name: 'a', unit: null, cell: (value) => value }]);
	assert.equal(table[0]?.cells, [1, 'x', null]);
	const bytes = parquetBytes(table, '0');
	const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
	const rows = (await parquetReadObjects({ file: file as ArrayBuffer })) as { a: unknown }[];
	assert.equal(
		rows.map(({ a }) => a ?? null),
		['1', 'x', null],
	);
});

test('chooseMetrics() takes beginnings of names, each metric once, and lists the known ones', () => {
	const names = chooseMetrics(['serving.ttftS', 'serving.ttftS.p99']).map(({ name }) => name);
	assert.equal(
		names,
		['p50', 'p90', 'p99', 'mean'].map((level) => `serving.ttftS.${level}`),
	);
	assert.throws(
		() => chooseMetrics(['ttft']),
		/Cannot use metric "ttft": known are serving.arrived, /,
	);
});

test('seedsOf() counts on from a number, and numbers a word', () => {
	assert.equal(seedsOf(3, 7), ['7', '8', '9']);
	assert.equal(seedsOf(2, 'may'), ['may', 'may-2']);
	assert.equal(seedsOf([5, 'x'], 7), ['5', 'x']);
});

test.run();
