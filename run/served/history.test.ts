import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import type { HistoryQuery } from '../../services/gateway/runs-host.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { historyOf } from './history.ts';
import { withTable } from './table-part.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-history-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'timeseries.csv');

const STEP_S = 60;
const time = (step: number) => new Date(Date.UTC(2024, 5, 20) + step * STEP_S * 1000).toISOString();
const HEADER = 'microgrid,p_delta,p_grid,grid_signals,time_utc\n';
/** Long enough that a file is more than what is read at a time. */
const ROW = (step: number) =>
	`"San Francisco, ${'x'.repeat(60)}",${step},${-step},,${time(step)}\n`;

function query(part: Partial<HistoryQuery>): HistoryQuery {
	const all = { site: null, table: 'timeseries', of: null, sum: false };
	return { ...all, columns: ['p_delta'], fromUs: 0, toUs: null, points: 20_000, ...part };
}

test('any stretch of a table is what a look at all of it gives', async () => {
	const count = 4_000;
	const rows = Array.from({ length: count }, (_, step) => ROW(step));
	writeFileSync(path, HEADER + rows.join(''));
	const span = fc.tuple(fc.integer({ min: 0, max: count + 50 }), fc.integer({ min: 0, max: 300 }));
	await fc.assert(
		fc.asyncProperty(span, fc.integer({ min: -1, max: 1 }), async ([from, length], beside) => {
			const fromUs = Math.max(0, from * STEP_S * 1e6 + beside);
			const toUs = fromUs + length * STEP_S * 1e6;
			const { timeUs, columns, rows: found } = await historyOf(path, 'x', query({ fromUs, toUs }));
			const steps = Array.from({ length: count }, (_, step) => step).filter((step) => {
				const us = step * STEP_S * 1e6;
				return us >= fromUs && us < toUs;
			});
			assert.equal(columns['p_delta'], steps);
			assert.equal(
				timeUs,
				steps.map((step) => step * STEP_S * 1e6),
			);
			assert.is(found, steps.length);
		}),
	);
});

test('a table that grows is read as far as its last whole row', async () => {
	writeFileSync(path, HEADER.slice(0, 20));
	assert.is(await withTable(path, async () => 1), null);
	writeFileSync(path, HEADER);
	assert.equal((await historyOf(path, 'x', query({}))).timeUs, []);
	appendFileSync(path, ROW(0) + ROW(1).slice(0, 30));
	assert.equal((await historyOf(path, 'x', query({}))).columns['p_delta'], [0]);
	appendFileSync(path, ROW(1).slice(30));
	assert.equal((await historyOf(path, 'x', query({}))).columns['p_delta'], [0, 1]);
	const last = await withTable(path, ({ lastRows }) => lastRows(5));
	assert.equal(
		last?.map((row) => row[1]),
		['0', '1'],
	);
});

test('all columns of numbers come where none is named, with their units and without what is empty', async () => {
	writeFileSync(path, HEADER + ROW(0));
	const { columns, units } = await historyOf(path, 'x', query({ columns: null }));
	assert.equal(columns, { p_delta: [0], p_grid: [-0] });
	assert.equal(units, { p_delta: 'W', p_grid: 'W' });
});

test('rows of several replicas are told apart', async () => {
	const usage = join(folder, 'usage.csv');
	writeFileSync(usage, 'time_s,replica,busy\n0,a,0.1\n0,b,0.2\n60,a,0.3\n60,b,\n');
	const of = (name: string | null) =>
		historyOf(usage, 'x', query({ table: 'usage', columns: ['busy'], of: name }));
	assert.equal((await of('a')).columns['busy'], [0.1, 0.3]);
	assert.equal((await of('b')).columns['busy'], [0.2, null]);
	assert.equal((await of('b')).timeUs, [0, 60_000_000]);
	const refused = await of(null).catch((error: unknown) => error);
	assert.instance(refused, ConfigError);
	assert.match((refused as Error).message, /^Cannot read the table "usage" without the name/);
});

test('rows of several replicas are added up where that means something', async () => {
	const usage = join(folder, 'usage.csv');
	const head = 'time_s,replica,busy,running,waiting\n';
	writeFileSync(usage, `${head}0,a,0.1,2,0\n0,b,0.2,3,\n60,a,0.3,4,1\n60,b,0.4,,2\n120,a,0,7,7\n`);
	const summed = (part: Partial<HistoryQuery>) =>
		historyOf(usage, 'x', query({ table: 'usage', columns: null, sum: true, ...part }));
	// Of the last time not every replica has a row yet.
	const all = await summed({});
	assert.equal(all.columns, { running: [5, 4], waiting: [0, 3] });
	assert.equal(all.timeUs, [0, 60_000_000]);
	assert.equal(
		(await summed({ fromUs: 60_000_000, columns: ['running'] })).columns['running'],
		[4],
	);
	appendFileSync(usage, '120,b,0,1,1\n');
	assert.equal((await summed({})).columns['waiting'], [0, 3, 8]);
	writeFileSync(path, HEADER + ROW(0));
	const refusals: readonly (readonly [string, () => Promise<unknown>])[] = [
		[
			'Cannot read the column "busy" of the table "usage": those that can be added up are running, waiting',
			() => summed({ columns: ['busy'] }),
		],
		[
			'Cannot add up the rows of all and read those of "a": leave out one',
			() => summed({ of: 'a' }),
		],
		[
			'Cannot add up the rows of the table "timeseries": it has one of each time',
			() => historyOf(path, 'x', query({ sum: true })),
		],
	];
	for (const [expected, asked] of refusals) {
		const refused = await asked().catch((error: unknown) => error);
		assert.instance(refused, ConfigError);
		assert.is((refused as Error).message, expected);
	}
});

test('a column or a table that is not there is refused', async () => {
	writeFileSync(path, HEADER + ROW(0));
	const none = await historyOf(path, 'x', query({ columns: ['nothing'] })).catch((e: unknown) => e);
	assert.match((none as Error).message, /those of numbers are p_delta, p_grid$/);
	const table = await historyOf(join(folder, 'no.csv'), 'x', query({})).catch((e: unknown) => e);
	assert.instance(table, ConfigError);
});

test.run();
