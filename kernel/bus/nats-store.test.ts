import { connect } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { startConfigured } from '../nats-server/configured-server.test-support.ts';
import { natsBinariesForTests } from '../nats-server/nats-binary-for-tests.ts';
import { attempt } from './nats-store.ts';
import { StoreError } from './store.ts';

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
}

test.run();
