import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, gridbeat, readRows, startTestServer, tempFolder } from './cli.ts';
import { inSlices } from './slices.ts';

const test = inSlices(2);

/** Same scenario, same seed, same bytes: wherever the actors run, whatever the machine is set to. */
const FILES = ['timeseries.csv', 'request_metrics.csv', 'usage.csv', 'weather.csv'];
/** Without a cap the replicas run ahead of the microgrid; the cases with one add it. */
const scenario = join(tempFolder(), 'scenario.yaml');
writeFileSync(scenario, 'cap: []\n');
const PLACE = [scenario, '--location', 'San Francisco', '--seed', '1'];

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());

interface Outcome {
	readonly folder: string;
	readonly files: readonly string[];
	readonly stdout: string;
}

async function run(args: readonly string[], env?: Env): Promise<Outcome> {
	const folder = join(tempFolder(), 'run');
	const { code, stderr, stdout } = await gridbeat(['run', ...args, '--out', folder], env);
	assert.is(stderr, '');
	assert.is(code, 0);
	const files = FILES.map((name) => readFileSync(join(folder, name), 'utf8'));
	return { folder, files, stdout };
}

const overNats = (args: readonly string[]) => run(args, { NATS_URL: server?.url });
const inProcess = (args: readonly string[], env?: Env) => run([...args, '--in-process'], env);

function same(one: Outcome, other: Outcome): void {
	FILES.forEach((name, i) => {
		const [expected, written] = [one.files[i] ?? '', other.files[i] ?? ''];
		assert.ok(expected.split('\n').length > 5, `${name} has rows`);
		if (written !== expected) assert.is(written, expected, name);
	});
}

const DAY = [...PLACE, '--until', '2h', '--qps', '0.3'];
let reference: Outcome;
test.before(async () => {
	reference = await inProcess(DAY);
});

if (server !== null) {
	test('a run over a private NATS server of its own equals the run in one process', async () => {
		const processes = await run(DAY);
		assert.match(processes.stdout, '8 actors in 8 processes');
		assert.match(reference.stdout, '8 actors in 1 process\n');
		same(reference, processes);
	});

	const cases: Readonly<Record<string, readonly string[]>> = {
		'1 replica': ['--until', '1h', '--qps', '0.3', '--replicas', '1'],
		'3 replicas behind a random router': [
			...['--until', '1h', '--qps', '0.5', '--replicas', '3', '--policy', 'random'],
		],
		'8 replicas': ['--until', '30min', '--qps', '1', '--replicas', '8'],
		'two pools, shared prefixes, and routers that ask': [
			...['--until', '5min', '--qps', '2', '--disaggregate', '2:2', '--prefixes', '5:300'],
			...['--prefix-cache', 'shared', '--policy', 'prefix', '--kv-bandwidth', '1'],
		],
		'a router that asks for the least outstanding': [
			...['--until', '5min', '--qps', '0.5', '--policy', 'least_outstanding'],
		],
	};
	for (const [title, args] of Object.entries(cases)) {
		test(`a run over NATS equals the run in one process: ${title}`, async () => {
			same(await inProcess([...PLACE, ...args]), await overNats([...PLACE, ...args]));
		});
	}

	test('a router in another process than the replicas that it asks changes nothing', async () => {
		const args = [...PLACE.slice(1), '--until', '5min', '--qps', '0.5'];
		const asking = [...args, '--policy', 'least_outstanding'];
		const together = await overNats([scenario, ...asking]);
		assert.match(together.stdout, /8 actors in 6 processes\n {2}router, .* share a process, since/);
		const apart = join(tempFolder(), 'apart.yaml');
		writeFileSync(apart, stringify({ cap: [], placement: { hosts: { router: ['router'] } } }));
		same(together, await overNats([apart, ...asking]));
	});

	test('a run over NATS with a cap that binds equals the run in one process', async () => {
		const args = [...PLACE, '--until', '30min', '--qps', '3', '--cap', 'carbon>300:150'];
		const one = await inProcess([...args, '--window', '1min']);
		const capped = readRows(one.folder, 'timeseries.csv').filter(
			(row) => row['policy_state.cap_per_gpu'] === '150',
		);
		assert.is(capped.length, 30);
		same(one, await overNats(args));
	});

	for (const processes of [1, 3, 6]) {
		test(`a run in ${processes} ${processes === 1 ? 'process' : 'processes'} that actors share equals the run in one process`, async () => {
			const run = await overNats([...DAY, '--processes', String(processes)]);
			assert.match(run.stdout, `8 actors in ${processes} process`);
			same(reference, run);
		});
	}

	test('a run with several actors in a process equals the run in one process', async () => {
		const hosts = {
			serving: ['router', 'replica-1'],
			grid: ['controller', 'battery', 'carbon', 'replica-2'],
		};
		const grouped = join(tempFolder(), 'grouped.yaml');
		writeFileSync(grouped, stringify({ cap: [], placement: { hosts } }));
		const run = await overNats([grouped, ...DAY.slice(1), '--window', '5min']);
		assert.match(run.stdout, '8 actors in 4 processes');
		same(reference, run);
	});
}

for (const window of ['1min', '17min', '7d']) {
	test(`windows of ${window} write what windows of an hour write`, async () => {
		same(reference, await inProcess([...DAY, '--window', window]));
	});
}

for (const env of [
	{ TZ: 'Asia/Kolkata', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' },
	{ TZ: 'America/St_Johns', LANG: 'ar_EG.UTF-8', LC_ALL: 'C' },
]) {
	test(`a run on a machine set to ${env.TZ} and ${env.LANG} writes the same`, async () => {
		same(reference, await inProcess(DAY, env));
	});
}

test('a run on another date writes the same', async () => {
	const folder = tempFolder();
	const preload = join(folder, 'other-date.mjs');
	writeFileSync(
		preload,
		`const RealDate = Date, shiftMs = 3.33e11;
globalThis.Date = class extends RealDate {
	constructor(...parts) { parts.length === 0 ? super(RealDate.now() + shiftMs) : super(...parts); }
	static now() { return RealDate.now() + shiftMs; }
};`,
	);
	const other = await inProcess(DAY, { NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` });
	const metadata = parse(readFileSync(join(other.folder, 'metadata.yaml'), 'utf8'));
	const yearsLater = Date.parse(metadata.execution.start) - Date.now();
	assert.ok(yearsLater > 3e11, 'the date is another');
	same(reference, other);
});

test('another seed writes something else', async () => {
	const other = await inProcess([...DAY, '--seed', '2']);
	FILES.forEach((name, i) => {
		assert.is.not(other.files[i], reference.files[i], name);
	});
});

test.run();
