import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { gridbeat, tempFolder } from './cli.ts';

const BATCHES = 'batch_metrics.csv';
const TRACE = 'chrome_trace.json';
const OPERATIONS = 'operation_metrics.csv';
/** Operations are told at full clock, which a cap would slow down. */
const scenario = join(tempFolder(), 'scenario.yaml');
writeFileSync(scenario, 'cap: []\noutputs: { parquet: true }\n');
const RUN = [scenario, '--until', '10min', '--qps', '0.4', '--seed', '3', '--pipeline-stages', '2'];
const ASKED = ['--batch-metrics', '--chrome-trace', '--operation-metrics'];

async function run(...args: string[]): Promise<string> {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat(['run', ...RUN, ...args, '--out', folder]);
	assert.is(stderr, '');
	assert.is(code, 0);
	return folder;
}

const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');

type Row = Readonly<Record<string, string>>;

function rowsOf(folder: string, name: string): Row[] {
	const [header = '', ...lines] = read(folder, name).trimEnd().split('\n');
	const names = header.split(',');
	return lines.map((line) => {
		const cells = line.split(',');
		return Object.fromEntries(names.map((column, i) => [column, cells[i] ?? '']));
	});
}

let folder = '';
test.before(async () => {
	folder = await run(...ASKED, '--in-process');
});

test('outputs.parquet has every table of the run folder as Parquet too', () => {
	for (const name of readdirSync(folder).filter((one) => one.endsWith('.csv')))
		assert.ok(existsSync(join(folder, name.replace('.csv', '.parquet'))), name);
	assert.ok(existsSync(join(folder, 'batch_metrics.parquet')));
});

test('batches, their trace and their operations are not written unless asked for', async () => {
	const plain = await run('--in-process');
	for (const name of [BATCHES, TRACE, OPERATIONS]) assert.not(existsSync(join(plain, name)), name);
	for (const name of ['timeseries.csv', 'request_metrics.csv', 'usage.csv'])
		assert.is(read(folder, name), read(plain, name), name);
});

test('batches, their trace and their operations have the same bytes whatever the placement', async () => {
	const binary = await natsBinaryForTests();
	const other = await run(
		...ASKED,
		'--window',
		'2min',
		...(binary === null ? ['--in-process'] : []),
	);
	for (const name of [BATCHES, TRACE, OPERATIONS])
		assert.ok(read(other, name) === read(folder, name), name);
});

test('batches, their trace and their operations fill the time in which the stages were busy', () => {
	const { traceEvents } = JSON.parse(read(folder, TRACE)) as {
		traceEvents: { ph: string; pid: number; tid: number; ts: number; dur: number }[];
	};
	const batches = rowsOf(folder, BATCHES);
	const usage = rowsOf(folder, 'usage.csv');
	const operations = rowsOf(folder, OPERATIONS);
	assert.equal(
		traceEvents.filter(({ ph }) => ph === 'M').map(({ pid }) => pid),
		[1, 2],
	);
	for (const [i, replica] of ['replica-1', 'replica-2'].entries()) {
		const events = traceEvents.filter(({ ph, pid }) => ph === 'X' && pid === i + 1);
		const own = usage.filter((row) => row['replica'] === replica);
		// Busy is the mean over two stages, in steps of a minute.
		const busyS = own.reduce((sum, row) => sum + Number(row['busy']) * 60 * 2, 0);
		const tracedS = events.reduce((sum, { dur }) => sum + dur / 1e6, 0);
		const cells = Object.entries(operations[i] ?? {}).slice(1);
		const operatedS = cells.reduce((sum, [, cell]) => sum + Number(cell), 0);
		assert.is(operations[i]?.['replica'], replica);
		// What is in flight at the end is busy already, and not told of.
		assert.ok(busyS - tracedS < 0.5 && tracedS - busyS < 1e-6, `${busyS}, ${tracedS}`);
		assert.ok(Math.abs(operatedS - tracedS) < 1e-6 * tracedS, `${operatedS}, ${tracedS}`);
		for (const tid of [0, 1]) {
			const stage = events.filter((event) => event.tid === tid);
			const isApart = stage.every(
				({ ts }, at) =>
					at === 0 || ts + 1e-3 >= (stage[at - 1]?.ts ?? 0) + (stage[at - 1]?.dur ?? 0),
			);
			assert.ok(isApart, 'a stage does one batch at a time');
		}
		const ended = batches.filter((row) => row['replica'] === replica);
		assert.equal(
			ended.map((row) => Number(row['Batch Id'])),
			ended.map((_, number) => number),
		);
		const begun = own.reduce((sum, row) => sum + Number(row['batches']), 0);
		assert.ok(begun - ended.length <= 2 && ended.length > 1000, `${begun}, ${ended.length}`);
	}
	const tokens = batches.reduce((sum, row) => sum + Number(row['batch_num_prefill_tokens']), 0);
	const requests = rowsOf(folder, 'request_metrics.csv');
	const prompts = requests.reduce((sum, row) => sum + Number(row['request_num_prefill_tokens']), 0);
	assert.ok(tokens >= prompts && tokens < 1.2 * prompts, `${tokens}, ${prompts}`);
});

test('a run with sketches has quantiles in place of requests, and a report of them', async () => {
	const sketched = await run('--request-metrics', 'sketch', '--in-process');
	assert.not(existsSync(join(sketched, 'request_metrics.csv')));
	const quantiles = rowsOf(sketched, 'request_quantiles.csv');
	const requests = rowsOf(folder, 'request_metrics.csv');
	for (const metric of ['request_e2e_time', 'prefill_e2e_time', 'request_num_tokens']) {
		const values = requests.map((row) => Number(row[metric])).sort((a, b) => a - b);
		const row = quantiles.find((one) => one['metric'] === metric);
		assert.is(Number(row?.['count']), values.length);
		assert.is(Number(row?.['max']), values.at(-1));
		const median = values[Math.floor((values.length - 1) / 2)] as number;
		assert.ok(Math.abs(Number(row?.['p50']) - median) <= 0.001001 * median);
	}
	const line = (path: string, label: string) =>
		read(path, 'simulation_metrics.txt')
			.split('\n')
			.find((one) => one.includes(label))
			?.replaceAll(/ +/g, ' ');
	for (const label of ['requests completed', 'mean time between tokens', 'output', 'per request'])
		assert.is(line(sketched, label), line(folder, label));
	assert.match(line(sketched, 'TTFT') ?? '', /\d/);
	const shares = rowsOf(sketched, 'request_distributions.csv').filter(
		(row) => row['metric'] === 'prefill_e2e_time',
	);
	const ttft = requests.map((row) => Number(row['prefill_e2e_time'])).sort((a, b) => a - b);
	for (const { share, value } of shares) {
		const wanted = ttft[Math.floor(Number(share) * (ttft.length - 1))] as number;
		assert.ok(Math.abs(Number(value) - wanted) <= 0.001001 * wanted, `${share}: ${value}`);
	}
	assert.ok(shares.length > 400 && existsSync(join(sketched, 'plots', 'cdf.svg')));
	assert.match(read(sketched, 'report.html'), 'Distribution of latency');
});

test.run();
