import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programFile } from '../../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../../kernel/nats-server/nats-binary-for-tests.ts';
import { messageOf } from '../../protocol/errors.ts';
import { eventually, tempFolder } from '../cli.ts';
import { assertSameBytes, recordsSteps, runInOneProcess } from '../hosts.test-support.ts';

/**
 * A run over several machines, with a network namespace for each: one holds the server, the coordinator
 * and the microgrid, three hold a replica each, and one more is the switch between them. No address of
 * theirs exists outside these namespaces.
 */
const MAIN = programFile('cli/main');
const SCENARIO = ['--until', '1h', '--replicas', '3', '--qps', '0.8'];
const PREFIX = 'gridbeat-test';
const SWITCH = `${PREFIX}-${process.pid}-switch`;
const HOSTS = ['lead', 'one', 'two', 'three'].map((name) => `${PREFIX}-${process.pid}-${name}`);
const [LEAD, ...WORKERS] = HOSTS as [string, ...string[]];
const addressOf = (host: string) => `10.77.${process.pid % 250}.${HOSTS.indexOf(host) + 1}`;

const running = new Set<ChildProcess>();

function ip(...args: string[]): string {
	return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function makeNetwork(): void {
	for (const name of [SWITCH, ...HOSTS]) ip('netns', 'add', name);
	ip('-n', SWITCH, 'link', 'add', 'br0', 'type', 'bridge');
	ip('-n', SWITCH, 'link', 'set', 'br0', 'up');
	for (const [i, host] of HOSTS.entries()) {
		const port = `port${i}`;
		ip('-n', SWITCH, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
		ip('-n', SWITCH, 'link', 'set', port, 'master', 'br0', 'up');
		ip('-n', host, 'addr', 'add', `${addressOf(host)}/24`, 'dev', 'eth0');
		for (const device of ['lo', 'eth0']) ip('-n', host, 'link', 'set', device, 'up');
	}
}

/** Removes our namespaces with all in them, and those of test processes killed before they could. */
function removeNetworks(): void {
	for (const line of ip('netns', 'list').split('\n')) {
		const [, name, pid] = new RegExp(`^(${PREFIX}-(\\d+)-\\w+)`).exec(line) ?? [];
		if (name === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
		for (const inside of ip('netns', 'pids', name)
			.split('\n')
			.filter((text) => text !== '')) {
			if (isAlive(Number(inside))) process.kill(Number(inside), 'SIGKILL');
		}
		ip('netns', 'del', name);
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

function cleanUp(): void {
	for (const child of running) child.kill('SIGKILL');
	removeNetworks();
}

/** Whether this process may make networks; if not, says why. */
function canMakeNetworks(): boolean {
	try {
		if (process.getuid?.() !== 0) throw new Error('only root may make network namespaces');
		removeNetworks();
		makeNetwork();
		return true;
	} catch (error) {
		process.stdout.write(`skipped, no network namespaces: ${messageOf(error).split('\n')[0]}\n`);
		try {
			removeNetworks();
		} catch {
			// There is no `ip` here either.
		}
		return false;
	}
}

function startIn(host: string, command: readonly string[], nats?: string) {
	const child = spawn('ip', ['netns', 'exec', host, ...command], {
		env: { ...process.env, NATS_URL: nats, GRIDBEAT_WAIT_LIMIT_MS: WAIT_LIMIT_MS },
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: 60_000,
		killSignal: 'SIGKILL',
	});
	running.add(child);
	let said = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.on('data', (chunk: Buffer) => {
			said += chunk.toString();
		});
	}
	const ended = new Promise<number | null>((resolve) => {
		child.on('close', (code) => {
			running.delete(child);
			resolve(code);
		});
	});
	return { said: () => said, kill: () => child.kill('SIGKILL'), ended };
}

/** Silence is explained, and given up on, sooner than users would like it. */
const WAIT_LIMIT_MS = '1000';

const gridbeatIn = (host: string, args: readonly string[], nats: string) =>
	startIn(host, [process.execPath, '--enable-source-maps', MAIN, ...args], nats);

const binary = await natsBinaryForTests();
if (binary !== null && canMakeNetworks()) {
	process.on('exit', cleanUp);
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

	test('run with a replica on each of three machines writes the bytes of a run in one process', async () => {
		const nats = `nats://${addressOf(LEAD)}:4222`;
		const server = startIn(LEAD, [binary, '-a', addressOf(LEAD), '-p', '4222']);
		await eventually('the server', () => /Server is ready/.test(server.said()));
		const folder = join(tempFolder(), 'run');
		const runArgs = ['run', ...SCENARIO, '--external', 'replica', '--out', folder];
		const early = WORKERS.slice(0, 1).map((host) => gridbeatIn(host, ['worker', '--once'], nats));
		const leader = gridbeatIn(LEAD, runArgs, nats);
		await eventually('a run that waits', () => leader.said().includes(`NATS_URL=${nats}`));
		const late = WORKERS.slice(1).map((host) => gridbeatIn(host, ['worker', '--once'], nats));
		assert.is(await leader.ended, 0, leader.said());
		const workers = [...early, ...late];
		for (const worker of workers) assert.is(await worker.ended, 0, worker.said());
		const actors = workers.map(({ said }) => / as (replica-\d)\n/.exec(said())?.[1]).sort();
		assert.equal(actors, ['replica-1', 'replica-2', 'replica-3']);
		assertSameBytes(folder, await runInOneProcess(SCENARIO));
		server.kill();
		await server.ended;
	});

	test('the worker of a machine that is switched off is replaced by one of another, with the same bytes', async () => {
		const nats = `nats://${addressOf(LEAD)}:4222`;
		const at = ['-a', addressOf(LEAD), '-p', '4222', '-js', '-sd', tempFolder()];
		const server = startIn(LEAD, [binary, ...at]);
		await eventually('the server', () => /Server is ready/.test(server.said()));
		const folder = join(tempFolder(), 'run');
		const scenario = ['--until', '4h', '--qps', '0.1', '--replicas', '1'];
		const [host, other] = WORKERS as [string, string];
		const worker = gridbeatIn(host, ['worker'], nats);
		const args = ['run', ...scenario, '--pace', '600', '--external', 'replica', '--out', folder];
		const leader = gridbeatIn(LEAD, args, nats);
		await recordsSteps(folder);
		ip('-n', host, 'link', 'set', 'eth0', 'down');
		const lost = /no sign of life for .*replica-1.*; going on from/;
		await eventually('the loss of the machine', () => lost.test(leader.said()));
		const spare = gridbeatIn(other, ['worker', '--once'], nats);
		// It wakes up while the other goes on: nothing of what it says counts any more.
		await eventually('a new worker', () => /Joined run/.test(spare.said()));
		ip('-n', host, 'link', 'set', 'eth0', 'up');
		assert.is(await leader.ended, 0, leader.said());
		assert.is(await spare.ended, 0, spare.said());
		assertSameBytes(folder, await runInOneProcess(scenario), { isSetBack: true });
		for (const process of [worker, server]) {
			process.kill();
			await process.ended;
		}
	});
}

test.run();
