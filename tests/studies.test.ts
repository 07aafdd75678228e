import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { launchBrowser, openPage } from '../results/report/page.test-support.ts';
import { gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { contents, jobsIn, SMALL_SWEEP } from './study-files.test-support.ts';

/** `gridbeat sweep` and `gridbeat capacity` as people run them. */

const CAPACITY = `name: small
base:
  requests: { lengths: { type: fixed, prefillTokens: 256, decodeTokens: 16 } }
  carbon: { source: constant, valueGPerKwh: 300 }
  serving: { replicas: 1 }
grid:
  serving.batchSizeCap: [1, 8]
slo: { ttftS: { p90: 1 }, tbtS: { p99: 0.1 } }
search: { tolerance: 0.1, requests: 100, minDuration: 1s, curve: [0.5] }
`;

function fileOf(text: string): string {
	const path = join(tempFolder(), 'study.yaml');
	writeFileSync(path, text);
	return path;
}

/** Waits until so many jobs are done, or the program ends by itself. */
async function jobsDone(folder: string, count: number, ended: Promise<unknown>): Promise<void> {
	let isOver = false;
	void ended.then(() => {
		isOver = true;
	});
	while (jobsIn(folder) < count && !isOver) await sleep(5);
}

function rows(folder: string, name: string): Record<string, string>[] {
	return parse(readFileSync(join(folder, name), 'utf8'), { columns: true });
}

/** Folders that undisturbed runs have written; the first test of each makes them. */
const WHOLE = { capacity: join(tempFolder(), 'whole'), sweep: join(tempFolder(), 'whole') };

/** Interrupts a study after so many jobs, starts it again, and compares all that it wrote with WHOLE. */
async function disturb(
	command: 'capacity' | 'sweep',
	file: string,
	{ after, signal }: { after: number; signal: NodeJS.Signals },
): Promise<{ end: Awaited<ReturnType<typeof gridbeat>>; kept: number; again: string }> {
	const torn = join(tempFolder(), 'torn');
	const started = startGridbeat([command, file, '--out', torn, '--jobs', '1']);
	await jobsDone(torn, after, started.ended);
	started.signal(signal);
	const end = await started.ended;
	const kept = jobsIn(torn);
	assert.ok(kept >= after && kept < jobsIn(WHOLE[command]), `${kept} jobs`);
	assert.not.ok(existsSync(join(torn, 'results.csv')));
	const again = await gridbeat([command, file, '--out', torn, '--json']);
	assert.is(again.code, 0, again.stderr);
	const [whole, found] = [contents(WHOLE[command]), contents(torn)];
	assert.equal([...found.keys()], [...whole.keys()]);
	for (const [name, bytes] of whole) assert.is(found.get(name), bytes, name);
	return { end, kept, again: again.stdout };
}

test('gridbeat capacity, killed and started again, writes what it writes undisturbed, byte for byte', async () => {
	const file = fileOf(CAPACITY);
	const { code, stdout, stderr } = await gridbeat(['capacity', file, '--out', WHOLE.capacity]);
	assert.is(code, 0, stderr);
	assert.match(stdout, /2 of 2 configurations/);
	assert.match(stdout, /Best per dollar: batchSizeCap 8/);
	const results = rows(WHOLE.capacity, 'results.csv');
	assert.is(results.length, 2);
	for (const row of results) {
		assert.is(row['feasible'], 'true');
		assert.ok(Number(row['failsAtQps']) <= 1.1 * Number(row['capacityQps']));
	}
	const best = JSON.parse(readFileSync(join(WHOLE.capacity, 'best.json'), 'utf8'));
	const most = Math.max(...results.map((row) => Number(row['qpsPerKw'])));
	assert.is(best.qpsPerKw.qpsPerKw, most);
	assert.ok(rows(WHOLE.capacity, 'trials.csv').length > 2 * 5);
	assert.ok(rows(WHOLE.capacity, 'pareto.csv').some(({ latency }) => latency === 'tbtS.p99'));
	await disturb('capacity', file, { after: 6, signal: 'SIGKILL' });
});

test('gridbeat capacity has a row, with the reason, for what cannot be', async () => {
	const text = CAPACITY.replace('[1, 8]', '[8]')
		.replace('grid:', 'gpus: 2\ngrid:\n  serving.tensorParallel: [1, 2, 4]')
		.replace('p90: 1 }', 'p90: 0.001 }');
	const folder = join(tempFolder(), 'out');
	const first = await gridbeat(['capacity', fileOf(text), '--out', folder, '--json']);
	assert.is(first.code, 0, first.stderr);
	assert.is(JSON.parse(first.stdout).best.qpsPerUsdPerHour, null);
	const [one, two, four] = rows(folder, 'results.csv');
	assert.equal([one?.['replicas'], two?.['replicas']], ['2', '1']);
	assert.match(
		one?.['remark'] ?? '',
		/^no rate passes; at .* requests\/s: ttftS.p90 <= 0.001 does not hold$/,
	);
	assert.match(four?.['remark'] ?? '', 'Cannot place a replica of 4 GPUs on 2: give more GPUs');
});

test('gridbeat sweep, stopped by Ctrl-C and started again, writes what it writes undisturbed', async () => {
	const file = fileOf(SMALL_SWEEP);
	const { code, stdout, stderr } = await gridbeat(['sweep', file, '--out', WHOLE.sweep]);
	assert.is(code, 0, stderr);
	assert.match(stdout, /^4 runs of 2 points \(0 were there already, 0 failed\): .*index.html\n$/m);
	const { end, kept, again } = await disturb('sweep', file, { after: 1, signal: 'SIGINT' });
	assert.is(end.code, 130, end.stderr);
	assert.match(
		end.stderr,
		/^Interrupted; what is done is kept in .*, and the same command goes on from there\n$/,
	);
	assert.is(JSON.parse(again).reused, kept);
	const results = rows(WHOLE.sweep, 'results.csv');
	assert.equal(
		results.map((row) => [row['point'], row['serving.replicas'], row['seed']]),
		[
			['1', '1', '1'],
			['1', '1', '2'],
			['2', '2', '1'],
			['2', '2', '2'],
		],
	);
	const [mean] = rows(WHOLE.sweep, 'means.csv');
	const values = results.slice(0, 2).map((row) => Number(row['serving.completed']));
	assert.is(Number(mean?.['serving.completed']), ((values[0] ?? 0) + (values[1] ?? 0)) / 2);
});

test('gridbeat sweep has the figures of gridbeat run, and keeps failures by name', async () => {
	const folder = join(tempFolder(), 'out');
	const lengths = '{ type: fixed, prefillTokens: 64, decodeTokens: 8 }';
	const base = `until: 2min\n  requests: { qps: 2, lengths: ${lengths} }`;
	const grid = 'grid: { serving.tensorParallel: [1, 3] }';
	const file = fileOf(`base:\n  ${base}\n  serving: { replicas: 1, numBlocks: 64 }\n${grid}\n`);
	const { code, stdout, stderr } = await gridbeat(['sweep', file, '--out', folder, '--keep-runs']);
	assert.is(code, 1, stderr);
	assert.match(stdout, /tensorParallel 3, seed 1: .*Cannot find a profile for/);
	const [good, bad] = rows(folder, 'results.csv');
	const run = join(folder, 'runs', good?.['hash'] ?? '', 'report.html');
	assert.ok(existsSync(run));
	const [failure] = rows(folder, 'failures.csv');
	assert.is(failure?.['hash'], bad?.['hash']);
	assert.is(bad?.['serving.completed'], '');
	const scenario = fileOf(
		`${base.replace('\n  ', '\n')}\nserving: { replicas: 1, numBlocks: 64 }\n`,
	);
	const args = ['--out', join(tempFolder(), 'run')];
	const alone = await gridbeat(['run', scenario, '--in-process', '--json', ...args]);
	const { summary } = JSON.parse(alone.stdout);
	assert.is(Number(good?.['serving.completed']), summary.serving.completed);
	assert.is(Number(good?.['energy.importKwh']), summary.energy.importKwh);
	assert.is(Number(good?.['serving.ttftS.p99']), summary.serving.ttftS.p99);
});

test('gridbeat capacity ends with code 2 for a number of processes that is none', async () => {
	const { code, stderr } = await gridbeat(['capacity', fileOf(CAPACITY), '--jobs', '0']);
	assert.is(code, 2);
	assert.is(stderr, 'Cannot use --jobs "0": give a whole number from 1 on\n');
});

test('the pages of a sweep and a capacity search draw in a browser, wide and narrow, and order their tables', async () => {
	const { capacity, sweep } = WHOLE;
	const browser = await launchBrowser();
	if (browser === null) return;
	try {
		for (const [study, width, colorScheme] of [
			[capacity, 1280, 'light'],
			[sweep, 390, 'dark'],
			[capacity, 390, 'dark'],
		] as const) {
			const page = await openPage(browser, join(study, 'index.html'), { width, colorScheme });
			const plots = await page.locator('.plot canvas').count();
			assert.is(plots, await page.locator('figure').count());
			assert.ok(plots >= 2);
			const isWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
			assert.not.ok(await page.evaluate(isWide), `${study} overflows at ${width}`);
			await page.locator('th.number button').first().click();
			const values = await page
				.locator('tbody tr td.number:nth-child(1 of .number)')
				.evaluateAll((cells) => cells.map((cell) => Number(cell.getAttribute('data-value'))));
			assert.equal(
				values,
				[...values].sort((a, b) => b - a),
			);
			await page.close();
		}
	} finally {
		await browser.close();
	}
});

test.run();
