import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { accessTo } from '../kernel/bus/nats-access.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import {
	type ConfiguredServer,
	startConfigured,
} from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinariesForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps, runInOneProcess } from './hosts.test-support.ts';
import { tablesOf } from './kill.test-support.ts';

/** Servers of a cluster and of a leaf, with the oldest and the newest nats-server that are here. */
const SCENARIO = ['--until', '2h', '--replicas', '1', '--qps', '0.1'];
const PACED = [...SCENARIO, '--processes', '1', '--pace', '900'];
const MADE = { create: true, maxBytes: 1_000_000 };

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	await new Promise((resolve) => server.close(resolve));
	return address.port;
}

function jetStream(): string {
	return `jetstream { store_dir: ${JSON.stringify(tempFolder())} }`;
}

/** Servers with JetStream that know each other. */
async function startCluster(binary: string, count: number): Promise<ConfiguredServer[]> {
	const ports: number[] = [];
	for (let i = 0; i < count; i++) ports.push(await freePort());
	const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`);
	const cluster = (port: number) =>
		`cluster { name: test, listen: "127.0.0.1:${port}", routes: ${JSON.stringify(routes)} }`;
	const servers = await Promise.all(
		ports.map((port, i) =>
			startConfigured(binary, [`server_name: n${i}`, cluster(port), jetStream()]),
		),
	);
	try {
		await haveMet(servers);
	} catch (error) {
		await stopAll(servers);
		throw error;
	}
	return servers;
}

/** Waits until all of them keep a copy: those that came first choose a leader, and know nothing of the others. */
async function haveMet(servers: readonly ConfiguredServer[]): Promise<void> {
	const connection = await connect({ servers: servers.map(({ address }) => address) });
	try {
		// Before there is a leader nobody answers.
		const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 2_000 });
		const probe = { name: 'probe', subjects: ['probe'], num_replicas: servers.length };
		await eventually('a cluster', () => manager.streams.add(probe).catch(() => null));
		await manager.streams.delete(probe.name);
	} finally {
		await connection.close();
	}
}

const urlOf = (servers: readonly ConfiguredServer[]) => servers.map(({ url }) => url).join(',');
const stopAll = (servers: readonly ConfiguredServer[]) =>
	Promise.all(servers.map((server) => server.stop()));

/** A run over a cluster of three, of which one is killed once a checkpoint is kept; returns what it said. */
async function runAndKill(binary: string, victim: number): Promise<string> {
	const servers = await startCluster(binary, 3);
	try {
		const out = join(tempFolder(), 'run');
		const env = { NATS_URL: urlOf(servers), GRIDBEAT_CHECKPOINT_MS: '0' };
		const run = startGridbeat(['run', ...PACED, '--out', out], env);
		await recordsSteps(out);
		const keptMs = () =>
			statSync(join(out, 'checkpoint.bin'), { throwIfNoEntry: false })?.mtimeMs ?? null;
		const firstMs = await eventually('a checkpoint', keptMs);
		await eventually('another checkpoint', () => (keptMs() !== firstMs ? true : null));
		process.kill(servers[victim]?.pid ?? 0, 'SIGKILL');
		const { code } = await run.ended;
		assert.is(code, 0, run.said());
		assert.equal(tablesOf(out), tablesOf(await runInOneProcess(SCENARIO)));
		return run.said();
	} finally {
		await stopAll(servers);
	}
}

const binaries = await natsBinariesForTests();
for (const { binary, version } of binaries) {
	test(`${version}: a store has three copies where there are three servers, else one, and says so`, async () => {
		for (const [count, replicas] of [
			[3, 3],
			[2, 1],
		] as const) {
			const servers = await startCluster(binary, count);
			const bus = await connectNats(accessTo(urlOf(servers)), 'test');
			const connection = await connect({ servers: servers.map(({ address }) => address) });
			try {
				const store = await bus.openStore('gridbeat-x', MADE);
				await store.put('a', Uint8Array.of(1));
				await store.writeHead(Uint8Array.of(2));
				const manager = await jetstreamManager(connection);
				for (const stream of ['OBJ_gridbeat-x', 'KV_gridbeat-x'])
					assert.is((await manager.streams.info(stream)).config.num_replicas, replicas, stream);
				const few =
					/^the NATS cluster has fewer than 3 servers with JetStream, so it keeps one copy/;
				if (replicas === 3) assert.is(store.remark, null);
				else assert.match(store.remark ?? '', few);
				await store.remove();
			} finally {
				await Promise.all([connection.close(), bus.close()]);
				await stopAll(servers);
			}
		}
	});

	test(`${version}: the server of a cluster that a run is connected to is lost, and its bytes are the same`, async () => {
		const said = await runAndKill(binary, 0);
		assert.match(said, /^Lost the bus: .*; going on from (?!00:00:00).* \(setback \d\)$/m, said);
	});
}

// Where servers of several versions are here, the newest is enough for these.
for (const { binary, version } of binaries.slice(-1)) {
	test(`${version}: another server of the cluster is lost, and the run does not notice`, async () => {
		const said = await runAndKill(binary, 2);
		assert.not.match(said, /going on from|No (more )?checkpoints/, said);
	});

	test(`${version}: a worker behind a leaf node takes part, and keeps its checkpoints at the hub`, async () => {
		const port = await freePort();
		const hub = await startConfigured(binary, [
			...['server_name: hub', jetStream(), `leafnodes { listen: "127.0.0.1:${port}" }`],
		]);
		const leaf = await startConfigured(binary, [
			...['server_name: leaf', `leafnodes { remotes: [ { url: "nats://127.0.0.1:${port}" } ] }`],
		]);
		const out = join(tempFolder(), 'run');
		const env = { NATS_URL: hub.url, GRIDBEAT_CHECKPOINT_MS: '0' };
		const run = startGridbeat(['run', ...PACED, '--external', 'replica', '--out', out], env);
		const worker = startGridbeat(['worker', '--once'], { NATS_URL: leaf.url });
		try {
			const { code } = await run.ended;
			assert.is(code, 0, run.said());
			assert.is((await worker.ended).code, 0, worker.said());
			assert.not.match(run.said(), /going on from|No (more )?checkpoints/, run.said());
			assert.equal(tablesOf(out), tablesOf(await runInOneProcess(SCENARIO)));
		} finally {
			await stopAll([hub, leaf]);
		}
	});
}

test.run();
