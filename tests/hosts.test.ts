import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { accessTo } from '../kernel/bus/nats-access.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { decode, encode } from '../protocol/codec.ts';
import { type Message, PROTOCOL_VERSION } from '../protocol/messages.ts';
import { JOIN_SUBJECT } from '../protocol/subjects.ts';
import {
	type CliResult,
	type Env,
	eventually,
	gridbeat,
	type RunningCli,
	startGridbeat,
	startTestServer,
	tempFolder,
} from './cli.ts';
import { assertSameBytes, recordsSteps, runInOneProcess } from './hosts.test-support.ts';

/** Workers that people start by themselves, and the runs that wait for them. */
const SCENARIO = ['--until', '1h', '--replicas', '2', '--qps', '0.5'];
const LONG = ['--until', '24h', '--pace', '600', '--replicas', '2', '--qps', '0.2'];

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary, { jetStream: true });
const env = { NATS_URL: server?.url };
test.after(() => server?.stop());

const worker = (...args: string[]) => startGridbeat(['worker', ...args], env);
const startRun = (args: readonly string[], folder = join(tempFolder(), 'run')) =>
	startGridbeat(['run', ...args, '--external', 'replica', '--out', folder], env);
const says = (cli: RunningCli, pattern: RegExp) =>
	eventually(`${pattern} in: ${cli.said()}`, () => pattern.exec(cli.said()));
/** How often a process has said something. */
const times = (cli: RunningCli, pattern: RegExp) =>
	cli.said().match(new RegExp(pattern, 'g'))?.length ?? 0;

async function endAll(...all: RunningCli[]): Promise<CliResult[]> {
	for (const cli of all) cli.signal('SIGTERM');
	return Promise.all(all.map(({ ended }) => ended));
}

/** A copy of the program in which one file differs. */
async function changedProgram(): Promise<string> {
	const copy = join(tempFolder(), 'gridbeat');
	mkdirSync(copy);
	for (const name of ['dist', 'package.json', 'profiling-data', 'weather-data'])
		cpSync(projectFile(name), join(copy, name), { recursive: true });
	symlinkSync(projectFile('node_modules'), join(copy, 'node_modules'));
	appendFileSync(join(copy, 'dist/program/services/replica/main.js'), '\n// changed\n');
	return join(copy, 'dist/program/cli/main.js');
}

function runOf(main: string, args: readonly string[], env: Env): Promise<CliResult> {
	const child = spawn(process.execPath, [main, ...args], {
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
		...{ timeout: 120_000, killSignal: 'SIGKILL' },
	});
	const said = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'] as const)
		child[name].on('data', (chunk: Buffer) => {
			said[name] += chunk.toString();
		});
	return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })));
}

if (server !== null) {
	test('worker takes a place whether it starts before or after the run, and a spare one the next', async () => {
		const early = [worker('--once'), worker('--once')];
		for (const cli of early) await says(cli, /Waiting for a run .* needs a replica: no run/);
		const folders = [0, 1].map(() => join(tempFolder(), 'run'));
		const first = await startRun(SCENARIO, folders[0]).ended;
		assert.is(first.code, 0, first.stderr);
		for (const cli of early) assert.is((await cli.ended).code, 0);

		const second = startRun(SCENARIO, folders[1]);
		await says(second, /Waiting for replica-1, replica-2.*make worker NATS_URL=nats:/);
		const late = [worker(), worker(), worker()];
		assert.is((await second.ended).code, 0);
		await eventually(
			'two workers in the run',
			() => late.filter((cli) => times(cli, /Joined run/) === 1).length === 2,
		);
		const spare = late.find((cli) => times(cli, /Joined run/) === 0) as RunningCli;
		const third = startRun([...SCENARIO, '--replicas', '3']);
		await says(spare, /Joined run \S+ as replica-\d/);
		assert.is((await third.ended).code, 0);
		await endAll(...late);

		const expected = await runInOneProcess(SCENARIO);
		for (const folder of folders) assertSameBytes(folder, expected);
	});

	test('a spare worker takes what a killed one had, and another what that one leaves, with the same bytes', async () => {
		const folder = join(tempFolder(), 'run');
		const run = startRun(LONG, folder);
		await says(run, /Waiting for replica-1, replica-2/);
		const first = worker('--capacity', '2', '--labels', 'zone=a,gpu=sim');
		await says(first, /Joined run \S+ as replica-1, replica-2/);
		await says(run, /replica-1, replica-2 at \S+ \(process \d+\)/);
		await recordsSteps(folder);
		const spare = worker('--capacity', '2');
		await says(spare, /Waiting for a run/);
		first.signal('SIGKILL');
		const id = (await says(spare, /Joined run (\S+) as replica-1, replica-2/))[1] as string;
		await says(run, /Lost "replica-1" \(replica-1, replica-2\) .* going on from .* \(setback 1\)/);

		const last = worker('--kinds', 'replica', '--capacity', '5');
		await says(last, /Waiting for a run/);
		spare.signal('SIGTERM');
		assert.is((await spare.ended).code, 0, spare.said());
		await says(spare, /Left run/);
		await says(run, /replica-1, replica-2 left; going on from .* as soon as another worker/);
		await says(last, /Joined run \S+ as replica-1, replica-2/);
		assert.is((await gridbeat(['control', id, 'pace', 'max'])).code, 0);
		const { code, stderr } = await run.ended;
		assert.is(code, 0, stderr);
		const { gridbeat: told } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
		assert.is(told.setbacks, 1, 'a worker that leaves is none');
		assert.is(told.hosts.find(({ pid }: { pid: number }) => pid === last.pid)?.host, 'replica-1');
		await endAll(last);
		assertSameBytes(folder, await runInOneProcess([...LONG, '--pace', '1000000']), {
			isSetBack: true,
		});
	});

	test('worker leaves a run whose coordinator was killed, and fails with --once', async () => {
		const [staying, leaving] = [worker(), worker('--once')];
		const folder = join(tempFolder(), 'run');
		const run = startRun(LONG, folder);
		await recordsSteps(folder);
		run.signal('SIGKILL');
		assert.is((await leaving.ended).code, 1);
		await says(staying, /Left: the coordinator of run \S+ is gone\n.*Waiting for a run/);
		await endAll(staying);
	});

	test('run refuses a worker of another protocol version and goes on waiting', async () => {
		const run = startRun(LONG);
		await says(run, /Waiting for/);
		const bus = await connectNats(accessTo(server.url), 'stranger');
		// As a version without seals says it.
		const hello = { type: 'hello', version: 99, host: 'stranger', kinds: ['replica'] };
		const stranger = encode(hello as unknown as Message);
		const answer = await eventually('a run that listens', () =>
			bus.request(JOIN_SUBJECT, stranger, 5_000).catch(() => null),
		);
		const { reason, retry } = decode(answer, 'refused');
		assert.match(reason, `protocol version 99`);
		assert.match(reason, `speaks ${PROTOCOL_VERSION}`);
		assert.is(retry, false);
		await bus.close();
		run.signal('SIGINT');
		assert.is((await run.ended).code, 130);
	});

	test('a run and its workers that share a join key know each other, and a worker without it gets no place', async () => {
		const key = { ...env, GRIDBEAT_JOIN_KEY: 'a key that is long enough' };
		const folder = join(tempFolder(), 'run');
		const args = ['run', ...SCENARIO, '--external', 'replica', '--out', folder];
		const leader = startGridbeat(args, key);
		await says(leader, /Waiting for replica-1/);
		const others = [{}, { GRIDBEAT_JOIN_KEY: 'another key of some length' }];
		const strangers = others.map((other) => startGridbeat(['worker'], { ...env, ...other }));
		for (const stranger of strangers)
			await says(
				stranger,
				/it does not have the join key of this run: set the same GRIDBEAT_JOIN_KEY/,
			);
		// A run without the key has no place for those that have it.
		const open = startRun(LONG);
		await says(
			open,
			/Anybody who may use this NATS server may take a place in the run: set GRIDBEAT_JOIN_KEY/,
		);
		const workers = [0, 1].map(() => startGridbeat(['worker', '--once'], key));
		assert.is((await leader.ended).code, 0);
		// The worker without a key is heard by both runs, and takes its place in the one without.
		await says(strangers[0] as RunningCli, /Joined run \S+ as replica-\d/);
		for (const { ended } of workers) assert.is((await ended).code, 0);
		const { stdout } = await leader.ended;
		assert.not.match(stdout, /Anybody who may use/);
		assert.match(
			stdout,
			/Refused a message on gridbeat\.[\w.]+: worker-\d+ \(process \d+ on .*: it does not have the join key/,
		);
		const { gridbeat } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')) as {
			gridbeat: { hosts: { host: string; pid: number; program: string; version: string }[] };
		};
		const pids = workers.map(({ pid }) => pid).sort();
		const noted = gridbeat.hosts.filter(({ host }) => host.startsWith('replica'));
		assert.equal(noted.map(({ pid }) => pid).sort(), pids);
		for (const { program, version } of gridbeat.hosts)
			assert.match(`${program} ${version}`, /^gridbeat 0\.\d+\.\d+\+[0-9a-f]{16}$/);
		open.signal('SIGINT');
		await open.ended;
		await endAll(...strangers);
	});

	test('worker of another state of the program is refused by name, and ends with the reason', async () => {
		const changed = await changedProgram();
		const folder = join(tempFolder(), 'run');
		const run = startRun(SCENARIO, folder);
		await says(run, /Waiting for replica-1/);
		const { code, stderr } = await runOf(changed, ['worker'], env);
		assert.is(code, 2);
		assert.match(
			stderr,
			/^Cannot join the run as "worker-\d+": this is gridbeat 0\S+\+(\w{16}), the run is 0\S+\+(?!\1)\w{16}; install the same version of Gridbeat on both sides\n$/,
		);
		await says(
			run,
			/Refused worker-\d+ \(process \d+ on .+\): it is gridbeat 0\S+, this run 0\S+; install/,
		);
		const same = [worker('--once'), worker('--once')];
		assert.is((await run.ended).code, 0);
		for (const { ended } of same) assert.is((await ended).code, 0);
	});

	test('worker that is refused for good ends with exit code 2 and the reason', async () => {
		const bus = await connectNats(accessTo(server.url), 'newer run');
		const refusal = { type: 'refused', reason: 'protocol version 1, this run speaks 2' } as const;
		bus.subscribe(JOIN_SUBJECT, () => encode({ ...refusal, retry: false }));
		await bus.flush();
		const { code, stderr } = await worker().ended;
		await bus.close();
		assert.is(code, 2);
		assert.match(
			stderr,
			/^Cannot join the run as "worker-\d+": protocol version 1.* speaks 2.*\n$/,
		);
	});
}

test('worker says what it needs when there is no server or no such kind', async () => {
	const cases: [string[], RegExp][] = [
		[[], /^Cannot start a worker without a NATS server: .*NATS_URL\n$/],
		[['--nats', 'nats://127.0.0.1:1'], /^Cannot reach the NATS server at "nats:\/\/127.0.0.1:1"/],
		[['--nats', 'nats://127.0.0.1:1', '--kind', 'x'], /^Cannot run actors of kind "x": known are/],
	];
	for (const [args, message] of cases) {
		const { code, stderr } = await gridbeat(['worker', ...args]);
		assert.is(code, 2);
		assert.match(stderr, message);
	}
});

test.run();
