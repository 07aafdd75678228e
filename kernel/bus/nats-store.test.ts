import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, errors, type NatsConnection } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startConfigured } from '../nats-server/configured-server.test-support.ts';
import { natsBinariesForTests } from '../nats-server/nats-binary-for-tests.ts';
import { attempt } from './nats-attempt.ts';
import { openNatsStore } from './nats-store.ts';
import { StaleHeadError, StoreError } from './store.ts';

/** A stream without a leader is one to whose subject nobody listens: in a cluster until there is another, here until we do. */
for (const { binary, version } of (await natsBinariesForTests()).slice(0, 1)) {
	test(`${version}: what nobody answers for now is asked again, and what nobody ever answers is a StoreError`, async () => {
		const server = await startConfigured(binary, []);
		const connection = await connect({ servers: server.address });
		let tries = 0;
		const ask = async () => {
			tries += 1;
			if (tries === 2)
				connection.subscribe('leader', { callback: (_, m) => void m.respond('yes') });
			return (await connection.request('leader')).string();
		};
		assert.is(await attempt('read the head', ask, [1, 1]), 'yes');
		assert.is(tries, 2);
		const never = attempt('read the head', () => connection.request('nobody'), [1, 1]);
		const error = await never.then(
			() => null,
			(reason: unknown) => reason,
		);
		assert.instance(error, StoreError);
		assert.match(String(error), /Cannot read the head: no responders/);
		await connection.close();
		await server.stop();
	});

	test(`${version}: a head of ours whose answer was lost is not taken for another's, and another's is`, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'gridbeat-store-test-'));
		const server = await startConfigured(binary, [
			`jetstream { store_dir: ${JSON.stringify(folder)} }`,
		]);
		const connection = await connect({ servers: server.address });
		const lost = { answers: 0 };
		const options = { create: true, maxBytes: 1_000, apiPrefix: null };
		const ours = await openNatsStore(losing(connection, lost), 'heads', options);
		const theirs = await openNatsStore(connection, 'heads', options);
		const bytes = (text: string) => new TextEncoder().encode(text);
		const failure = (work: Promise<void>) =>
			work.then(
				() => null,
				(error: unknown) => error,
			);
		assert.is(await ours.readHead(), null);
		lost.answers = 1;
		await ours.writeHead(bytes('1'));
		// Given up after all its tries, and come through all the same.
		lost.answers = 100;
		assert.instance(await failure(ours.writeHead(bytes('2'))), StoreError);
		lost.answers = 0;
		await ours.writeHead(bytes('3'));
		assert.is(Buffer.from((await theirs.readHead()) ?? []).toString(), '3');
		// The same bytes of somebody else are not ours.
		await theirs.writeHead(bytes('4'));
		assert.instance(await failure(ours.writeHead(bytes('4'))), StaleHeadError);
		await connection.close();
		await server.stop();
		rmSync(folder, { recursive: true });
	});

	test(`${version}: what is written over or dropped while it is read is read as it is then`, async () => {
		const folder = mkdtempSync(join(tmpdir(), 'gridbeat-store-test-'));
		const server = await startConfigured(binary, [
			`jetstream { store_dir: ${JSON.stringify(folder)} }`,
		]);
		const connection = await connect({ servers: server.address });
		const store = await openNatsStore(connection, 'kept', {
			...{ create: true, maxBytes: null, apiPrefix: null },
		});
		const manager = await jetstreamManager(connection);
		const bytes = (text: string) => new TextEncoder().encode(text);
		/** Its parts go before its entry does, as at a reader who has read the entry. */
		const losesParts = async (name: string) => {
			await store.put(name, bytes('first'));
			await manager.streams.purge('OBJ_kept', { filter: '$O.kept.C.>' });
		};
		await losesParts('over');
		const over = store.get('over');
		await losesParts('dropped');
		const dropped = store.get('dropped');
		await Promise.all([store.put('over', bytes('second')), store.drop('dropped')]);
		// The client alone would wait for the parts for a minute.
		const hangs = new Promise<never>((_, reject) => {
			setTimeout(() => reject(new Error('hangs')), 40_000).unref();
		});
		assert.is(Buffer.from((await Promise.race([over, hangs])) ?? []).toString(), 'second');
		assert.is(await Promise.race([dropped, hangs]), null);
		await connection.close();
		await server.stop();
		rmSync(folder, { recursive: true });
	});
}

/** A connection on which answers to writes of values are lost. */
function losing(connection: NatsConnection, lost: { answers: number }): NatsConnection {
	return new Proxy(connection, {
		get(target, key) {
			const value: unknown = Reflect.get(target, key, target);
			if (key !== 'request') return typeof value === 'function' ? value.bind(target) : value;
			const request: NatsConnection['request'] = async (subject, ...rest) => {
				const answer = await target.request(subject, ...rest);
				if (!subject.startsWith('$KV.') || lost.answers === 0) return answer;
				lost.answers--;
				throw new errors.TimeoutError();
			};
			return request;
		},
	});
}

test.run();
