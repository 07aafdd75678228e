import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, numberIn, readRows, tempFolder } from './cli.ts';
import { printed } from './printed.test-support.ts';

/** Ramp limits of the grid's connection in whole runs: what flows, what is counted, and what could have been. */
const folder = tempFolder();
const load = join(folder, 'load.csv');
/** A load that goes up and down at once, every half hour. */
const watts = Array.from({ length: 48 }, (_, i) => (i % 2 === 0 ? 200 : 2200));
writeFileSync(load, ['time_s,watts', ...watts.map((w, i) => `${i * 1800},${w}`)].join('\n'));

async function run(name: string, ...words: string[]) {
	const out = join(folder, name);
	const { code, stdout, stderr } = await gridbeat([
		...[
			'run',
			'--no-serving',
			'--load-trace',
			load,
			'--solar',
			'0',
			'--step',
			'5min',
			'--until',
			'6h',
		],
		...['--in-process', '--json', '--out', out, ...words],
	]);
	assert.is(code, 0, stderr);
	const { summary } = printed('run', stdout);
	const powers = readRows(out, 'timeseries.csv').map((row) => numberIn(row, 'p_grid'));
	return {
		out,
		summary,
		changes: powers.slice(1).map((power, i) => power - (powers[i] as number)),
	};
}
const most = (values: readonly number[]) => Math.max(...values);

test('a large battery keeps the ramps of a load that jumps, W per minute whatever the step', async () => {
	const big = ['--battery-capacity', '20000', '--battery-c-rate', '2', '--charge-power', '0.001'];
	const { changes, summary } = await run('kept', ...big, '--ramp-up', '20', '--ramp-down', '30');
	assert.ok(Math.abs(most(changes) - 100) < 1e-6, `${most(changes)}`);
	assert.ok(most(changes.map((change) => -change)) <= 150 + 1e-6);
	assert.equal(summary.gridRamps, { overHours: 0, mostOverWPerMin: 0 });
	assert.is(summary.energy.unservedKwh, 0);
	assert.ok(summary.hindsight.length > 0);
	for (const { goal, actual, optimum } of summary.hindsight)
		assert.ok(optimum <= actual + 1e-6 * Math.abs(actual), `${goal}: ${optimum} of ${actual}`);
});

test('without one the load is served all the same, and what the ramps did not hold is counted', async () => {
	const { out, changes, summary } = await run(
		'broken',
		'--battery-capacity',
		'0',
		'--ramp-down',
		'30',
	);
	const over = changes.filter((change) => -change > 150 + 1e-6);
	assert.is(summary.gridRamps.overHours, (over.length * 5) / 60);
	assert.ok(Math.abs(summary.gridRamps.mostOverWPerMin - (2000 - 150) / 5) < 1e-6);
	assert.is(summary.energy.unservedKwh, 0);
	const { stdout } = await gridbeat(['report', out]);
	assert.match(
		stdout,
		/\nRamps of the grid\n {2}beyond the limits +0\.5 h\n {2}at most by +370 W\/min\n/,
	);
	assert.match(readFileSync(join(out, 'report.html'), 'utf8'), 'Ramps of the grid');
});

test('runs without a limit have no word of it', async () => {
	const { summary } = await run('none', '--battery-capacity', '0', '--import-limit', '9000');
	assert.is(summary.gridRamps, undefined);
});

test.run();
