import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { startConfigured } from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps, runInOneProcess } from './hosts.test-support.ts';
import { attack } from './stranger.test-support.ts';

/**
 * Others than the user: on the same machine against the private server of a run, and on a NATS server that they share
 * with a run.
 */
const SCENARIO = ['--until', '1h', '--replicas', '2', '--qps', '0.5'];
const LONG = ['--until', '24h', '--pace', '600', '--replicas', '1', '--qps', '0.2'];
/** `nobody` on most systems: any user without rights would do. */
const OTHER_USER = 65534;

const binary = await natsBinaryForTests();
const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

/**
 * What another user can do with nothing but the machine: finds listening ports, reads what processes and files show, and
 * speaks the protocol of NATS by hand. Prints what came of it as JSON.
 */
const OTHER = `
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
const [port, run, ...folders] = process.argv.slice(1);
const read = (path) => { try { return readFileSync(path, 'latin1'); } catch { return ''; } };
const list = (path) => { try { return readdirSync(path); } catch { return []; } };
let length = 0, files = 0;
const seeds = [];
const look = (text) => { length += text.length; seeds.push(...(text.match(/SU[A-Z2-7]{56}/g) ?? [])); };
const ports = new Set();
for (const line of read('/proc/net/tcp').split('\\n')) {
	const [, , local, , state] = [''].concat(line.trim().split(/\\s+/));
	if (state === '0A') ports.add(parseInt(local.split(':')[1], 16));
}
for (const pid of list('/proc').filter((name) => /^\\d+$/.test(name)))
	for (const name of ['cmdline', 'environ', 'fd/0', 'maps']) look(read(join('/proc', pid, name)));
const walk = (path, depth) => {
	for (const name of list(path)) {
		const inside = join(path, name);
		let entry;
		try { entry = statSync(inside); } catch { continue; }
		if (entry.isDirectory() && depth < 4) walk(inside, depth + 1);
		else if (entry.isFile() && entry.size < 1e6) { const one = read(inside); if (one !== '') files++; look(one); }
	}
};
for (const folder of folders) walk(folder, 0);
const speak = (words) => new Promise((resolve) => {
	let said = '';
	const socket = connect(Number(port), '127.0.0.1');
	const end = () => { socket.destroy(); resolve(said); };
	socket.on('data', (chunk) => { said += chunk.toString('latin1'); if (/-ERR|PONG/.test(said)) end(); });
	socket.on('error', end); socket.on('close', end);
	socket.write(words);
	setTimeout(end, 5000);
});
const subject = 'gridbeat.run.' + run;
const forged = 'PUB ' + subject + '.hello x 5\\r\\nhello\\r\\nPUB ' + subject + '.control 4\\r\\nstop\\r\\nSUB > 1\\r\\nPING\\r\\n';
const answers = {
	open: await speak('CONNECT {"verbose":false}\\r\\nPING\\r\\n'),
	mute: await speak('PING\\r\\n'),
	rude: await speak(forged),
	forged: await speak('CONNECT {"verbose":false}\\r\\n' + forged),
	guess: await speak('CONNECT {"user":"gridbeat","pass":"gridbeat"}\\r\\n' + forged),
	key: await speak('CONNECT {"nkey":"UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4","sig":"AAAA"}\\r\\n' + forged),
};
process.stdout.write(JSON.stringify({ sees: ports.has(Number(port)), seeds, length, files, answers }));
`;

interface OtherReport {
	readonly sees: boolean;
	readonly seeds: readonly string[];
	readonly length: number;
	readonly files: number;
	readonly answers: Readonly<Record<string, string>>;
}

function asOtherUser(args: readonly string[]): Promise<OtherReport> {
	const child = spawn(process.execPath, ['--input-type=module', '-e', OTHER, '--', ...args], {
		...{ uid: OTHER_USER, gid: OTHER_USER, cwd: '/', env: {} },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	running.add(child);
	let [said, complained] = ['', ''];
	child.stdout.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	child.stderr.on('data', (chunk: Buffer) => {
		complained += chunk.toString();
	});
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', () => {
			running.delete(child);
			if (said === '') reject(new Error(`the other user said nothing: ${complained}`));
			else resolve(JSON.parse(said) as OtherReport);
		});
	});
}

/** Arguments and environment of every process below `pid`, read as root. */
function processesBelow(pid: number): { args: string; environ: string }[] {
	const parents = new Map<number, number>();
	for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
		const stat = readOrEmpty(`/proc/${name}/stat`);
		parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]));
	}
	const below = (one: number): boolean => {
		const parent = parents.get(one);
		return parent === pid || (parent !== undefined && parent > 1 && below(parent));
	};
	return [...parents.keys()].filter(below).map((one) => ({
		args: readOrEmpty(`/proc/${one}/cmdline`),
		environ: readOrEmpty(`/proc/${one}/environ`),
	}));
}

function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, 'latin1');
	} catch {
		return '';
	}
}

/** A seed of a login, or 32 bytes in base64, which is what a key of a run looks like. */
const SECRETS = /SU[A-Z2-7]{56}|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=(?!=)/;

const isRoot = process.getuid?.() === 0 && existsSync('/proc/net/tcp');
if (!isRoot) process.stdout.write('skipped, only root may act as another user\n');

if (binary !== null && isRoot) {
	test('another user of the machine is refused at each step of an attack on a private server', async () => {
		const folder = join(tempFolder(), 'run');
		const secret = 'not-for-children-0123456789';
		const env = { GRIDBEAT_JOIN_KEY: secret, NATS_PASSWORD: secret };
		const cli = startGridbeat(['run', ...LONG, '--out', folder], env);
		await recordsSteps(folder);
		const ours = await eventually('the processes of the run', () => {
			const found = processesBelow(cli.pid);
			return found.some(({ args }) => args.split('\0')[0]?.endsWith('nats-server')) ? found : null;
		});
		const server = ours.find(({ args }) => args.split('\0')[0]?.endsWith('nats-server'));
		const config = /-c\0([^\0]+)/.exec(server?.args ?? '')?.[1] ?? '';
		const ports = readdirSync(join(config, '..')).find((name) => name.endsWith('.ports')) ?? '';
		const port = /:(\d+)"/.exec(readFileSync(join(config, '..', ports), 'utf8'))?.[1] ?? '';
		const run = /--run\0([^\0]+)/.exec(ours.map(({ args }) => args).join('\0'))?.[1] ?? '';
		assert.ok(port !== '' && run !== '');

		for (const { args, environ } of ours) {
			assert.not.match(args, SECRETS, 'arguments show no secret');
			assert.not(args.includes(port) && args.includes('nats://'), 'nor the address');
			assert.not.match(environ, /SU[A-Z2-7]{56}/);
		}
		// What the user has in the environment is not handed on to the hosts.
		for (const { environ } of ours.filter(({ args }) => args.includes('--host')))
			assert.not(environ.includes(secret));
		for (const name of ['nats.conf', 'server.log'])
			assert.not.match(readFileSync(join(config, '..', name), 'latin1'), SECRETS, name);
		for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
			if (statSync(join(folder, name)).isFile())
				assert.not.match(readFileSync(join(folder, name), 'latin1'), /SU[A-Z2-7]{56}/, name);

		const report = await asOtherUser([port, run, '/tmp', '/run', folder]);
		assert.ok(report.sees, 'they find the port');
		assert.ok(report.length > 1_000, 'they can read arguments');
		assert.equal(report.seeds, [], 'they find no login');
		for (const [how, said] of Object.entries(report.answers)) {
			assert.match(said, /-ERR 'Authorization Violation'/i, how);
			assert.not.match(said, /PONG|\+OK|MSG/, how);
		}
		const rows = readFileSync(join(folder, 'timeseries.csv')).length;
		await eventually(
			'the run goes on',
			() => readFileSync(join(folder, 'timeseries.csv')).length > rows,
		);
		cli.signal('SIGINT');
		assert.is((await cli.ended).code, 130);
	});
}

if (binary !== null) {
	test('a stranger on a shared server who forges, repeats and answers everything changes no byte', async () => {
		const server = await startConfigured(binary, ['max_payload: 8MB']);
		const connection = await connect({ servers: server.url, noEcho: true });
		const loot = join(tempFolder(), 'loot');
		mkdirSync(loot);
		chmodSync(loot, 0o777);
		const deeds = attack(connection, loot);
		await connection.flush();
		const folder = join(tempFolder(), 'run');
		const env = { NATS_URL: server.url };
		const { code, stdout, stderr } = await startGridbeat(['run', ...SCENARIO, '--out', folder], env)
			.ended;
		assert.is(code, 0, stdout + stderr);
		await connection.close();
		await server.stop();
		const alone = await runInOneProcess(SCENARIO);
		for (const name of ['timeseries.csv', 'request_metrics.csv', 'usage.csv', 'weather.csv'])
			assert.ok(readFileSync(join(folder, name)).equals(readFileSync(join(alone, name))), name);
		assert.equal(readdirSync(loot), [], 'nothing was written where they wanted it');
		for (const sort of [
			'again',
			'cut',
			'answer welcome',
			'answer refused',
			'grant',
			'stop',
			'outputs',
			'control',
		])
			assert.ok((deeds.sent.get(sort) ?? 0) > 0, `${sort} was tried`);
		const { gridbeat } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')) as {
			gridbeat: {
				refused_messages: number;
				duplicate_messages: number;
				refused_named: string[];
			};
		};
		assert.ok(gridbeat.refused_messages > 0 && gridbeat.duplicate_messages > 0, 'they are counted');
		const named = gridbeat.refused_named;
		assert.ok(
			named.length > 0 && named.every((text) => stdout.includes(`Refused ${text}`)),
			'and named',
		);
		assert.match(stdout, /Refused a message on gridbeat\.run\./);
		assert.not((stdout + stderr).includes('\u001b[31m'));
	});
}

test.run();
