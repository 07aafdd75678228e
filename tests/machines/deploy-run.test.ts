import { existsSync, mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { handshake } from '../../kernel/nats-server/handshake.ts';
import { natsBinaryForTests } from '../../kernel/nats-server/nats-binary-for-tests.ts';
import { startWatched } from '../../kernel/nats-server/watchdog.ts';
import { eventually, type RunningCli, startGridbeat, tempFolder } from '../cli.ts';
import { type ComposeService, readCompose } from '../deploy.test-support.ts';
import { assertSameBytes, runInOneProcess } from '../hosts.test-support.ts';

/**
 * The services of compose.yaml as plain processes: their own commands and environment, with the names of
 * containers replaced by 127.0.0.1 and paths in containers by paths here.
 */
const REPLICAS = 3;
const SHORT = ['--until', '1h', '--qps', '0.8'];

const binary = await natsBinaryForTests();

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** The service nats with its command and our nats.conf, on loopback only. */
async function startNats(binaryPath: string, { command = [] }: ComposeService, port: number) {
	const folder = tempFolder();
	const paths: Readonly<Record<string, string>> = {
		'/etc/nats/nats.conf': projectFile('deploy/nats.conf'),
		'/data': join(folder, 'data'),
	};
	const here = ['--addr', '127.0.0.1', '--port', String(port), '--http_port', '-1'];
	const args = [...command.map((part) => paths[part] ?? part), ...here];
	const watched = startWatched({ folder, command: binaryPath, args });
	const greeting = await eventually('the server to answer', async () => {
		const result = await handshake(`127.0.0.1:${port}`, 1_000);
		return result.ok ? result : null;
	});
	return { greeting, stop: () => watched.stop() };
}

/** Containers have a port 8080 each; here it is another one for each worker. */
async function withOwnHealth({ command = [] }: ComposeService): Promise<string[]> {
	const health = String(await freePort());
	return command.map((word, i) => (command[i - 1] === '--health' ? health : word));
}

async function start(
	service: ComposeService,
	port: number,
	more: readonly string[] = [],
): Promise<RunningCli> {
	const env = Object.fromEntries(
		Object.entries(service.environment ?? {}).map(([name, value]) => [
			name,
			value.replace('//nats:4222', `//127.0.0.1:${port}`),
		]),
	);
	return startGridbeat([...(await withOwnHealth(service)), ...more], env);
}

if (binary !== null) {
	test('compose.yaml: its commands make a run with the bytes of a run in one process', async () => {
		const { services } = readCompose({ REPLICAS: String(REPLICAS) });
		const { nats, coordinator, ...others } = services as Record<string, ComposeService>;
		const workers = Object.fromEntries(
			Object.entries(others).filter(([, { command }]) => command?.[0] === 'worker'),
		);
		const port = await freePort();
		const server = await startNats(binary, nats as ComposeService, port);
		const started: RunningCli[] = [];
		try {
			assert.ok(server.greeting.jetStream, 'JetStream is on');
			const folder = join(tempFolder(), 'runs', 'composed');
			mkdirSync(dirname(folder));
			const leader = await start(coordinator as ComposeService, port, [...SHORT, '--out', folder]);
			for (const service of Object.values(workers)) {
				const count = service.deploy?.replicas ?? 1;
				// A worker writes below the folder runs of the one it runs in, which is /app there.
				const own = ['--folder', dirname(folder)];
				for (let i = 0; i < Number(count); i++) started.push(await start(service, port, own));
			}
			const { code, stderr } = await leader.ended;
			assert.is(code, 0, stderr);
			assert.is(started.length, Object.keys(workers).length - 1 + REPLICAS);
			for (const cli of started) {
				await eventually('a worker at the end', () => / ended: complete/.test(cli.said()));
			}
			assert.ok(existsSync(join(folder, 'report.html')));
			const scenario = ['examples/default.yaml', '--location', 'San Francisco'];
			const replicas = ['--replicas', String(REPLICAS)];
			assertSameBytes(folder, await runInOneProcess([...scenario, ...replicas, ...SHORT]));
		} finally {
			for (const cli of started) cli.signal('SIGKILL');
			await Promise.all(started.map(({ ended }) => ended));
			await server.stop();
		}
	});
}

test.run();
