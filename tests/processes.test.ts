import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import {
	type Env,
	eventually,
	type RunningCli,
	startGridbeat,
	startTestServer,
	type TestServer,
	tempFolder,
} from './cli.ts';
import { descendants, hostOf, type Process, processes } from './proc.test-support.ts';
import { inSlices } from './slices.ts';

const test = inSlices(2);

/** What happens to the processes of a run, and to its files, when it ends well, is stopped, or loses a part. */
const ACTORS = ['battery', 'carbon', 'controller', 'recorder', 'replica-1', 'router', 'solar'];
const LONG = ['--until', '24h', '--pace', '1200'];
const SERVING = [...LONG, '--replicas', '1', '--qps', '0.2'];
const SMALL = [...LONG, '--no-serving'];

interface LongRun {
	readonly cli: RunningCli;
	readonly folder: string;
	/** The processes of the actors. */
	readonly actors: readonly Process[];
	/** Those, and the private server with its watchdog. */
	readonly all: readonly Process[];
}

/** A run that is under way: its first rows are written. */
async function startLong(args: readonly string[], env: Env = {}): Promise<LongRun> {
	const folder = join(tempFolder(), 'run');
	const cli = startGridbeat(['run', ...args, '--out', folder], env);
	const path = join(folder, 'timeseries.csv');
	await eventually(`rows in ${path}`, () =>
		existsSync(path) && readFileSync(path, 'utf8').split('\n').length > 5 ? true : null,
	);
	const all = descendants(cli.pid);
	return { cli, folder, all, actors: all.filter(({ args }) => args.includes('--host')) };
}

/** The run says what was lost, and gets further than it was. */
async function goesOn({ cli, folder }: Pick<LongRun, 'cli' | 'folder'>, what: RegExp) {
	const rows = () => readFileSync(join(folder, 'timeseries.csv'), 'utf8').split('\n').length;
	await eventually(`${what}`, () => (what.test(cli.said()) ? true : null));
	const before = rows();
	await eventually('more rows', () => (rows() > before + 20 ? true : null));
}

async function endsInOrder({ cli, folder, all }: Pick<LongRun, 'cli' | 'folder' | 'all'>) {
	cli.signal('SIGINT');
	assert.is((await cli.ended).code, 130);
	assertKept(folder, 'incomplete');
	const rows = readFileSync(join(folder, 'timeseries.csv'), 'utf8').trimEnd().split('\n').slice(1);
	assert.is(new Set(rows.map((row) => row.split(',')[1])).size, rows.length, 'each step once');
	await assertGone(all);
}

async function assertGone(all: readonly Process[]): Promise<void> {
	assert.ok(all.length > 0);
	await eventually('the end of all processes', () => {
		const alive = new Set(processes().map(({ pid }) => pid));
		return all.some(({ pid }) => alive.has(pid)) ? null : true;
	});
}

/** Every file holds whole rows; the books go as far as metadata.yaml says. */
function assertKept(folder: string, status: string): void {
	const metadata = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
	assert.is(metadata.gridbeat.status, status);
	assert.ok(metadata.gridbeat.reason.length > 0);
	assert.ok(metadata.gridbeat.simulated_until_s > 0);
	const files = readdirSync(folder).filter((name) => name.endsWith('.csv'));
	assert.ok(files.length >= 2);
	for (const name of files) {
		const text = readFileSync(join(folder, name), 'utf8');
		assert.ok(text.endsWith('\n'), `${name} ends with a whole row`);
		const lengths = new Set(
			text
				.trimEnd()
				.split('\n')
				.map((line) => line.split(',').length),
		);
		assert.is(lengths.size, 1, `${name} has rows of one length`);
	}
	const rows =
		readFileSync(join(folder, 'timeseries.csv'), 'utf8').trimEnd().split('\n').length - 1;
	assert.ok(rows * 60 >= metadata.gridbeat.simulated_until_s, 'no completed row is missing');
	assert.ok(existsSync(join(folder, 'report.html')));
}

function assertOneLine(text: string, pattern: RegExp): void {
	assert.match(text, pattern, `${text} against ${pattern}`);
	assert.is(text.trimEnd().split('\n').length, 1, text);
}

const binary = existsSync('/proc/self/stat') ? await natsBinaryForTests() : null;
if (!existsSync('/proc/self/stat')) process.stdout.write('skipped, no /proc to see processes in\n');

let server: TestServer;
test.before(async () => {
	if (binary !== null) server = await startTestServer(binary);
});
test.after(() => server?.stop());

if (binary !== null) {
	test('a run has a process for every actor, each connected; Ctrl-C ends it in order', async () => {
		const { cli, folder, actors, all } = await startLong(SERVING, { NATS_URL: server.url });
		assert.equal(actors.map(hostOf).sort(), ACTORS);
		const answer = await fetch(`${server.monitorUrl}/connz`);
		const { connections } = (await answer.json()) as { connections: { name: string }[] };
		const run = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')).gridbeat.run;
		assert.equal(
			connections.map(({ name }) => name).sort(),
			[...ACTORS, ...ACTORS.map((name) => `${name}/status`), 'coordinator']
				.map((name) => `${run}/${name}`)
				.sort(),
		);
		cli.signal('SIGINT');
		const { code, stderr } = await cli.ended;
		assert.is(code, 130);
		assertOneLine(stderr, /^Interrupted; what was recorded up to .* of simulated time is kept in /);
		assertKept(folder, 'incomplete');
		await assertGone(all);
	});

	test('a run that completes leaves no process behind', async () => {
		const folder = join(tempFolder(), 'run');
		const cli = startGridbeat(['run', '--until', '10min', '--replicas', '1', '--out', folder]);
		const all = await eventually('all processes', () => {
			const found = descendants(cli.pid);
			return found.filter(({ args }) => args.includes('--host')).length === 7 ? found : null;
		});
		assert.ok(all.some(({ args }) => args[0]?.endsWith('nats-server')));
		assert.is((await cli.ended).code, 0);
		await assertGone(all);
	});

	test('kill -9 of the command line takes actors and private server with it', async () => {
		const { cli, all, actors } = await startLong(SMALL);
		assert.ok(all.length > actors.length, 'there is a private server');
		cli.signal('SIGKILL');
		await cli.ended;
		await assertGone(all);
	});

	test('kill -9 of an actor sends the run back, says who was lost, and it goes on', async () => {
		const { cli, folder, actors, all } = await startLong(SMALL, { NATS_URL: server.url });
		process.kill(actors.find((actor) => hostOf(actor) === 'solar')?.pid ?? 0, 'SIGKILL');
		// Under load the server may tell of the lost connection before the system tells of the process.
		await goesOn(
			{ cli, folder },
			/Lost "solar" after \d\d:\d\d:\d\d of simulated time: its process (was killed by SIGKILL|is gone); going on from \d\d:\d\d:\d\d \(setback 1\)/,
		);
		await endsInOrder({ cli, folder, all });
	});

	test('kill -9 of the recorder sends the run back, and no row is lost or twice', async () => {
		const { cli, folder, actors, all } = await startLong(SMALL, { NATS_URL: server.url });
		process.kill(actors.find((actor) => hostOf(actor) === 'recorder')?.pid ?? 0, 'SIGKILL');
		await goesOn({ cli, folder }, /Lost "recorder" after .*; going on from /);
		await endsInOrder({ cli, folder, all });
	});

	test('an actor that falls silent is named, given up at the last limit, and replaced', async () => {
		// Two processes only, so that they have joined long before the limit.
		const scenario = join(tempFolder(), 'scenario.yaml');
		const rest = ['carbon', 'controller', 'recorder', 'solar'];
		writeFileSync(scenario, JSON.stringify({ serving: null, placement: { hosts: { rest } } }));
		const env = { NATS_URL: server.url, GRIDBEAT_WAIT_LIMIT_MS: '2000' };
		const { cli, folder, actors, all } = await startLong([scenario, ...LONG], env);
		process.kill(actors.find((actor) => hostOf(actor) === 'battery')?.pid ?? 0, 'SIGSTOP');
		await goesOn(
			{ cli, folder },
			/no sign of life for \d+ s: .*battery: no answer.*; going on from /,
		);
		assert.match(cli.said(), /Waiting since \d+ s for the window to .*battery: no answer/);
		await endsInOrder({ cli, folder, all });
	});

	test('a NATS server of the user that dies is awaited; Ctrl-C then ends the run in one line', async () => {
		const own = await startTestServer(binary);
		const { cli, folder, all } = await startLong(SMALL, { NATS_URL: own.url });
		await own.stop();
		await eventually('the wait for the server', () =>
			/going on from .*Waiting for the NATS server: Cannot reach NATS_URL/s.test(cli.said())
				? true
				: null,
		);
		cli.signal('SIGINT');
		const { code, stderr } = await cli.ended;
		assert.is(code, 1);
		assertOneLine(stderr, /NATS|bus/);
		assertKept(folder, 'failed');
		await assertGone(all);
	});

	test('Ctrl-C before the first window ends the run with one line', async () => {
		const cli = startGridbeat(['run', ...SMALL, '--out', join(tempFolder(), 'run')]);
		const all = await eventually('the private server', () => {
			const found = descendants(cli.pid);
			return found.some(({ args }) => args[0]?.endsWith('nats-server')) ? found : null;
		});
		cli.signal('SIGINT');
		const { code, stderr } = await cli.ended;
		assert.is(code, 130);
		assertOneLine(stderr, /^Interrupted/);
		await assertGone(all);
	});
}

test.run();
