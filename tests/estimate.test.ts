import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, readRows, tempFolder } from './cli.ts';
import { printed } from './printed.test-support.ts';

/** What a run will take, as it says before it starts, beside what it took. */
interface Estimate {
	readonly requests: number;
	readonly wallS: number;
	readonly bytes: number;
	readonly requestBytes: number;
}

async function estimated(...words: string[]): Promise<Estimate> {
	const { stdout, stderr } = await gridbeat(['run', ...words, '--dry-run', '--json']);
	assert.is(stderr, '');
	return printed('dry-run', stdout).estimate;
}

const within = (value: number, truth: number, factor: number, what: string) =>
	assert.ok(
		value < truth * factor && value > truth / factor,
		`${what}: ${value}, in truth ${truth}`,
	);

function bytesOf(folder: string): number {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

const CASES: Readonly<Record<string, readonly string[]>> = {
	'the default run': ['--until', '3h'],
	'batches and a trace': ['--until', '1h', '--batch-metrics', '--chrome-trace'],
	users: ['--until', '1h', '--concurrency', '8', '--think', '2'],
	'the day’s rate': ['--until', '24h', '--qps', '0.3', '--diurnal', Array(24).fill('0.5').join()],
	'no requests': ['--until', '10d', '--no-serving', '--load', '100'],
	'tables as Parquet': ['--until', '3h', '--parquet'],
};

for (const [name, words] of Object.entries(CASES))
	test(`an estimate of ${name} is within a factor of two of what the run writes`, async () => {
		const out = join(tempFolder(), 'run');
		const args = [...words, '--in-process', '--out', out];
		const { requests, bytes, requestBytes, wallS } = await estimated(...args);
		assert.is((await gridbeat(['run', ...args])).code, 0);
		if (!words.includes('--no-serving')) {
			within(requests, readRows(out, 'request_metrics.csv').length, 2, 'requests');
			within(requestBytes, statSync(join(out, 'request_metrics.csv')).size, 2, 'bytes of requests');
		}
		within(bytes, bytesOf(out), 2, 'bytes');
		// How long it takes depends on who else is at work here.
		assert.ok(wallS >= 1 && wallS < 120, `${wallS} s`);
	});

test('an estimate knows the rows of a file, the most requests, the pace and that quantiles alone are small', async () => {
	const file = join(tempFolder(), 'trace.csv');
	const rows = Array.from({ length: 50 }, (_, i) => `${i},100,20`);
	writeFileSync(file, ['arrived_at,num_prefill_tokens,num_decode_tokens', ...rows].join('\n'));
	assert.is((await estimated('--until', '30s', '--step', '10s', '--requests', file)).requests, 30);
	assert.is((await estimated('--max-requests', '7')).requests, 7);
	assert.is((await estimated('--pace', '24')).wallS, 3600);
	const [full, sketch] = [await estimated(), await estimated('--request-metrics', 'sketch')];
	assert.is(sketch.requestBytes, 0);
	assert.ok(sketch.bytes < full.bytes / 5);
});

test('a long or large run says so before it starts, and a file of requests over 1 GB is a warning', async () => {
	const dry = async (...words: string[]) => (await gridbeat(['run', ...words, '--dry-run'])).stdout;
	assert.match(await dry(), /\n# estimate\n {2}takes about \d+ s and \d+ MB\n/);
	const year = await dry('--until', '365d', '--qps', '3');
	assert.match(year, /\n {2}takes about (\d+ min|\d+ h \d+ min) and 3\d GB\n/);
	assert.match(
		year,
		/\n {2}WARNING: request_metrics\.csv will have about 94,608,000 rows, 36 GB; --request-metrics sketch keeps quantiles alone\n/,
	);
	assert.not.match(
		await dry('--until', '365d', '--qps', '3', '--request-metrics', 'sketch'),
		'request_metrics.csv will',
	);
	assert.match(await dry('--repeats', '3'), /\n {2}each of 3 repeats takes about /);
	assert.match(
		await dry('--until', '10000d', '--qps', '100'),
		/\n {2}WARNING: the run will take about \d+ TB, and [\d.]+ [GT]B are free there\n/,
	);
	const said = await gridbeat([
		...[
			'run',
			'--until',
			'1000d',
			'--step',
			'1h',
			'--no-serving',
			'--load',
			'9',
			'--in-process',
			'--pace',
			'1e6',
		],
		...['--json', '--out', join(tempFolder(), 'long')],
	]);
	assert.match(said.stderr, /^takes about \d+ (s|min) and [\d.]+ MB$/m);
});

test.run();
