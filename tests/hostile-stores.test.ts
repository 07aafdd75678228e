import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { namedPrng } from '../kernel/actor/random.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, startGridbeat, startTestServer, tempFolder } from './cli.ts';
import { recordsSteps, runInOneProcess } from './hosts.test-support.ts';
import { tablesOf } from './kill.test-support.ts';
import { descendants } from './proc.test-support.ts';

/**
 * Somebody who uses the server of a run may also write into its store: over what hosts have kept, over the head, and
 * what was right once. The run goes on; one that must go back takes an older checkpoint, or begins anew: the same bytes.
 */
const SCENARIO = ['--until', '4h', '--replicas', '1', '--qps', '0.1'];
const PLACE = ['--processes', '2', '--pace', '900'];
const WRITES_MIN = 10;
const LOOK_MS = 200;

const binary = await natsBinaryForTests();

/** Writes into the stores of runs until it is told to stop. */
class Vandal {
	count = 0;
	private isOver = false;
	private readonly working: Promise<void>;
	private readonly connection: NatsConnection;
	private readonly random = namedPrng(`vandal ${process.env['GRIDBEAT_SEED'] ?? 1}`);

	constructor(connection: NatsConnection) {
		this.connection = connection;
		this.working = this.work();
	}

	stop(): Promise<void> {
		this.isOver = true;
		return this.working;
	}

	private async work(): Promise<void> {
		const client = jetstream(this.connection);
		const [objects, values] = [new Objm(client), new Kvm(client)];
		const manager = await client.jetstreamManager();
		const heads: Uint8Array[] = [];
		while (!this.isOver) {
			await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
			try {
				for await (const stream of manager.streams.list()) {
					const [, kind, name = ''] = /^(OBJ|KV)_(gridbeat-.+)$/.exec(stream.config.name) ?? [];
					if (kind === 'OBJ') await this.spoil(await objects.open(name));
					if (kind === 'KV') await this.usurp(await values.open(name), heads);
				}
			} catch {
				// The run has removed what we were at.
			}
		}
	}

	private bytes(): Uint8Array {
		const length = Math.floor(this.random.uniform() * 2_000);
		return Uint8Array.from({ length }, () => this.random.uniform() * 256);
	}

	private async spoil(store: Awaited<ReturnType<Objm['open']>>): Promise<void> {
		const found = await store.list();
		for (const { name } of found) {
			const how = this.random.uniform();
			if (how < 0.4) await store.putBlob({ name }, this.bytes());
			else if (how < 0.6) await store.delete(name);
			else continue;
			this.count++;
		}
		await store.putBlob({ name: `9.9.${found.length}` }, this.bytes());
	}

	private async usurp(store: Awaited<ReturnType<Kvm['open']>>, heads: Uint8Array[]): Promise<void> {
		const entry = await store.get('head');
		if (entry !== null && heads.length < 20) heads.push(entry.value);
		const how = this.random.uniform();
		const old = heads[Math.floor(this.random.uniform() * heads.length)];
		if (how < 0.3) await store.delete('head');
		else await store.put('head', how < 0.6 || old === undefined ? this.bytes() : old);
		this.count++;
	}
}

if (binary !== null)
	test('who writes over what a run keeps neither ends it nor changes a byte, also where it goes back', async () => {
		const server = await startTestServer(binary, { jetStream: true });
		const out = join(tempFolder(), 'run');
		const env = { NATS_URL: server.url, GRIDBEAT_CHECKPOINT_MS: '0' };
		const connection = await connect({ servers: server.url });
		let vandal: Vandal | null = null;
		try {
			const run = startGridbeat(['run', ...SCENARIO, ...PLACE, '--out', out], env);
			await recordsSteps(out);
			const keptMs = () =>
				statSync(join(out, 'checkpoint.bin'), { throwIfNoEntry: false })?.mtimeMs ?? null;
			const firstMs = await eventually('a checkpoint', keptMs);
			await eventually('another checkpoint', () => (keptMs() !== firstMs ? true : null));
			const at = new Vandal(connection);
			vandal = at;
			await eventually('vandalism', () => (at.count > WRITES_MIN ? true : null));
			const host = descendants(run.pid).find(({ args }) => args.includes('--host'));
			process.kill(host?.pid ?? 0, 'SIGKILL');
			const { code } = await run.ended;
			assert.is(code, 0, run.said());
			assert.match(run.said(), /^Lost /m);
			assert.equal(tablesOf(out), tablesOf(await runInOneProcess(SCENARIO)));
			const { gridbeat: about } = parse(readFileSync(join(out, 'metadata.yaml'), 'utf8'));
			assert.ok(about.refused_messages > 0, run.said());
		} finally {
			await vandal?.stop();
			await connection.close();
			await server.stop();
		}
	});

test.run();
