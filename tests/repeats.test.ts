import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runRepeats } from '../cli/repeats-command.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { ConfigError } from '../protocol/errors.ts';
import { studentT } from '../results/compare/statistics.ts';
import { launchBrowser, openPage } from '../results/report/page.test-support.ts';
import { Scenario } from '../run/resolve/scenario.ts';
import {
	eventually,
	gridbeat,
	numberIn,
	readRows,
	startGridbeat,
	startTestServer,
	tempFolder,
} from './cli.ts';
import { results } from './study-files.test-support.ts';

/** `gridbeat run --repeats` as people run it, on cores and on workers. */
const RUN = ['run', '--start', '2024-06-20T12:00', '--until', '6min', '--seed', '7', '--qps', '3'];
const FLAGS = [...RUN, '--replicas', '1', '--parquet'];
const COUNT = 3;
const whole = join(tempFolder(), 'whole');
let text = '';

function areEqual(folder: string, expected: string): void {
	const [found, wanted] = [results(folder), results(expected)];
	assert.equal([...found.keys()], [...wanted.keys()]);
	for (const [name, bytes] of wanted) assert.ok(found.get(name) === bytes, name);
}

async function repeats(out: string, ...more: string[]) {
	const { code, stdout, stderr } = await gridbeat([
		...FLAGS,
		...['--repeats', String(COUNT), '--out', out, ...more],
	]);
	assert.is(stderr, '');
	assert.is(code, 0);
	return stdout;
}

test.before(async () => {
	text = await repeats(whole);
});

test('each repeat has the bytes of the run with its seed, the first those of the run itself', async () => {
	for (const [index, seed] of [
		[1, '7'],
		[3, '9'],
	] as const) {
		const alone = join(tempFolder(), 'alone');
		const run = await gridbeat([...FLAGS, '--seed', seed, '--in-process', '--out', alone]);
		assert.is(run.code, 0, run.stderr);
		areEqual(join(whole, `repeat-${index}`), alone);
	}
	const metadata = readFileSync(join(whole, 'repeat-3', 'metadata.yaml'), 'utf8');
	assert.match(metadata, `command: gridbeat ${[...RUN.slice(0, 5), ...RUN.slice(7)].join(' ')}`);
	assert.match(metadata, '--repeats 1 --seed 9');
	assert.ok(existsSync(join(whole, 'repeat-3', 'usage.parquet')));
});

test('summary.csv has the mean of every figure of the runs and Student’s interval', () => {
	const runs = [1, 2, 3].map((i) => readRows(join(whole, `repeat-${i}`), 'request_metrics.csv'));
	const rows = new Map(readRows(whole, 'summary.csv').map((row) => [row['metric'], row]));
	const counts = runs.map(({ length }) => length);
	const mean = counts.reduce((sum, count) => sum + count, 0) / COUNT;
	const squares = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
	const half = studentT(COUNT - 1) * Math.sqrt(squares / (COUNT - 1) / COUNT);
	const completed = rows.get('serving.completed');
	assert.equal(
		[7, 8, 9].map((seed) => numberIn(completed, `seed ${seed}`)),
		counts,
	);
	assert.ok(Math.abs(numberIn(completed, 'mean') - mean) < 1e-9);
	assert.ok(Math.abs(numberIn(completed, 'halfWidth95') - half) < 1e-9 * half && half > 0);
	assert.ok(Math.abs(numberIn(completed, 'low95') - (mean - half)) < 1e-9);
	assert.is(numberIn(completed, 'runs'), COUNT);
	for (const name of ['serving.ttftS.p99', 'energy.importKwh', 'emissions.importG'])
		assert.ok(rows.has(name), name);
	assert.is(rows.get('servingEnergy.kwh.decode')?.['unit'], 'kWh');
	const json = JSON.parse(readFileSync(join(whole, 'summary.json'), 'utf8'));
	assert.is(json.figures['serving.completed'].mean, numberIn(completed, 'mean'));
});

test('gridbeat report of repeats reads the run folders and writes the same again', async () => {
	const before = results(whole);
	const page = readFileSync(join(whole, 'report.html'), 'utf8');
	rmSync(join(whole, 'summary.csv'));
	const { code, stdout } = await gridbeat(['report', whole]);
	assert.is(code, 0);
	assert.ok(text.includes(stdout.trimEnd()), 'the closing table is the same');
	assert.match(stdout, /^San Francisco: 3 repeats, seeds 7 to 9\nServing {2,}mean {2}± 95 %/);
	assert.equal([...results(whole)], [...before]);
	assert.ok(readFileSync(join(whole, 'report.html'), 'utf8') === page);
});

test('gridbeat compare pairs the repeats of two folders', async () => {
	const other = join(tempFolder(), 'more-sun');
	await repeats(other, '--solar', '4000', '--jobs', '1');
	const { code, stdout } = await gridbeat(['compare', whole, other, '--json']);
	assert.is(code, 0);
	const { cases, figures, differingKeys } = JSON.parse(stdout);
	assert.equal(
		cases.map(({ label, runs }: { label: string; runs: unknown[] }) => [label, runs.length]),
		[
			['whole', COUNT],
			['more-sun', COUNT],
		],
	);
	assert.equal(differingKeys, { 'solar.0.peakPowerW': ['2000', '4000'] });
	const figureOf = (name: string) =>
		figures.find((figure: { name: string }) => figure.name === name).cases[1];
	const { difference, differenceHalfWidth, halfWidth } = figureOf('energy.productionKwh');
	// Twice the sun of the same sky: the difference is as uncertain as one of the two.
	assert.ok(Math.abs(differenceHalfWidth - halfWidth / 2) < 1e-9 && difference > 0);
	assert.is(figureOf('serving.completed').differenceHalfWidth, 0);
});

test('repeats that were interrupted go on, keep what is done, and come to the same bytes', async () => {
	const torn = join(tempFolder(), 'torn');
	const args = [...FLAGS, '--repeats', String(COUNT), '--jobs', '1', '--out', torn];
	const started = startGridbeat(args);
	await eventually(
		'the first repeat',
		() =>
			existsSync(join(torn, 'jobs')) &&
			readdirSync(join(torn, 'jobs')).some((name) => name.endsWith('.json')),
	);
	started.signal('SIGINT');
	const end = await started.ended;
	assert.is(end.code, 130, end.stderr);
	assert.match(end.stderr, /^Interrupted; what is done is kept in .*\n$/);
	const made = statSync(join(torn, 'repeat-1', 'metadata.yaml')).mtimeMs;
	await repeats(torn, '--jobs', '1');
	assert.is(statSync(join(torn, 'repeat-1', 'metadata.yaml')).mtimeMs, made);
	areEqual(torn, whole);
});

test('repeats on workers, one of which dies, have the bytes of those on cores', async () => {
	const binary = await natsBinaryForTests();
	if (binary === null) return;
	const server = await startTestServer(binary, { jetStream: true });
	const env = { NATS_URL: server.url, GRIDBEAT_WAIT_LIMIT_MS: '1500' };
	const worker = () => startGridbeat(['worker', '--jobs', '1'], env);
	const workers = [worker()];
	try {
		const out = join(tempFolder(), 'on-workers');
		// Repeats whose files somebody removed are done again.
		cpSync(join(whole, 'jobs'), join(out, 'jobs'), { recursive: true });
		const args = ['--repeats', String(COUNT), '--workers', '--jobs', '0', '--out', out];
		const study = startGridbeat([...FLAGS, ...args], env);
		await eventually('a job begun', () => workers[0]?.said().includes('Begins repeat') === true);
		workers[0]?.signal('SIGKILL');
		workers.push(worker(), worker());
		const { code, stderr } = await study.ended;
		assert.is(code, 0, stderr);
		// A worker that lives is silent as well where the machine is busy: its run is done again too, with the same bytes.
		// What it says after that is refused, and counted.
		assert.match(stderr, /^A run is done again: (\S+|its worker) is silent since \d+ s\n/, stderr);
		assert.match(stderr, /^((A run is done again:|Refused) .*\n)+$/, stderr);
		areEqual(out, whole);
		for (const name of readdirSync(out)) assert.not.match(name, /incoming|queue/);
		const page = readFileSync(join(out, 'repeat-2', 'report.html'), 'utf8');
		assert.ok(page.includes(join(out, 'repeat-2')), 'the report names its folder');
		workers[1]?.signal('SIGTERM');
		assert.is((await workers[1]?.ended)?.code, 0);
	} finally {
		for (const one of workers) one.signal('SIGKILL');
		await server.stop();
	}
});

test('runRepeats() refuses what cannot be repeated, and a folder of something else', async () => {
	const options = {
		json: true,
		verbose: false,
		dryRun: false,
		overwrite: false,
		command: 'test',
		env: {},
	};
	const scenario = Scenario.parse({ repeats: 2, until: '10min', serving: null });
	const refused = async (changed: Partial<Scenario>, out: string, reason: RegExp) => {
		try {
			await runRepeats({ ...scenario, ...changed }, { ...options, out });
			assert.unreachable();
		} catch (error) {
			assert.instance(error, ConfigError, String(error));
			assert.match((error as Error).message, reason);
		}
	};
	const out = join(tempFolder(), 'none');
	await refused({ pace: 1 }, out, /^Cannot repeat a run at a pace: /);
	await refused(
		{ carbon: { source: 'uk' } as Scenario['carbon'] },
		out,
		/^Cannot repeat with live carbon/,
	);
	await refused({}, whole, /^Cannot write repeats to ".*": it holds repeats of another scenario, /);
	await refused({}, join(whole, 'repeat-1'), /^Cannot write repeats to ".*": it holds a run; /);
	assert.not(existsSync(out));
});

test('the page of repeats draws each figure, wide and narrow, and asks for nothing', async () => {
	const browser = await launchBrowser();
	if (browser === null) return;
	try {
		for (const [width, colorScheme] of [
			[1280, 'light'],
			[390, 'dark'],
		] as const) {
			const page = await openPage(browser, join(whole, 'report.html'), { width, colorScheme });
			const plots = await page.locator('.plot canvas').count();
			assert.is(plots, await page.locator('figure').count());
			assert.ok(plots > 6, `only ${plots} figures`);
			const isWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
			assert.not.ok(await page.evaluate(isWide), `it overflows at ${width}`);
			await page.close();
		}
	} finally {
		await browser.close();
	}
});

test.run();
