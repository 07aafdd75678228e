import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Bus } from '../../kernel/bus/bus.ts';
import { StoreError } from '../../kernel/bus/store.ts';
import {
	jobOf,
	PROGRAM,
	putResult,
	QUEUE,
	resultOf,
	square,
	takeJob,
	withBench,
} from './queue.test-support.ts';

/** Studies whose server goes away for a while, or comes back without what it had; with real servers in tests/study-workers.test.ts. */

test('a queue that the server has lost is made anew, and its jobs are put there again', () =>
	withBench({ atHome: 0 }, async ({ pool, worker, connect, said }) => {
		const values = [1, 2, 3];
		const outcomes = Promise.all(values.map((value) => pool.run(jobOf(value))));
		const bus = connect();
		const lost = await bus.openQueue(QUEUE, { about: PROGRAM, silenceMs: 1, deliveriesMax: 1 });
		while ((await lost.state()).left.size < 3) await sleep(5);
		await lost.remove();
		worker('w', square);
		assert.equal(
			await outcomes,
			values.map((value) => ({ result: value ** 2 })),
		);
		assert.equal(said, [
			'The NATS server has lost what was in its queue; 3 runs are put there again',
		]);
	}));

interface Outages {
	readonly bus: Bus;
	isAway: boolean;
	/** Calls that failed. */
	failures: number;
}

/** A bus on which nothing can be done with queues that it opened while `isAway`. */
function withOutages(bus: Bus): Outages {
	const failing = <Args extends unknown[], T>(act: (...args: Args) => Promise<T>) => {
		return async (...args: Args): Promise<T> => {
			if (!server.isAway) return act(...args);
			server.failures++;
			throw new StoreError('the server is away');
		};
	};
	const openQueue: Bus['openQueue'] = async (...args) => {
		const queue = await bus.openQueue(...args);
		return {
			put: failing((...given) => queue.put(...given)),
			state: failing(() => queue.state()),
			take: failing((...given) => queue.take(...given)),
			remove: failing(() => queue.remove()),
		};
	};
	const own: Bus = {
		...{ closed: bus.closed, maxBytes: bus.maxBytes },
		publish: (...args) => bus.publish(...args),
		subscribe: (...args) => bus.subscribe(...args),
		request: (...args) => bus.request(...args),
		openStore: (...args) => bus.openStore(...args),
		openQueue,
		findQueues: () => bus.findQueues(),
		flush: () => bus.flush(),
		close: () => bus.close(),
	};
	const server: Outages = { bus: own, isAway: false, failures: 0 };
	return server;
}

const noticed = async (server: Outages) => {
	const before = server.failures;
	while (server.failures === before) await sleep(5);
};

test('while the server is away a study does here what nobody has, and one that does nothing here waits', async () => {
	for (const atHome of [1, 0])
		await withBench({ atHome }, async ({ study, connect, worker }) => {
			const server = withOutages(connect());
			const other = await study('g-away', { bus: server.bus });
			server.isAway = true;
			let isOver = false;
			const outcome = other.run(jobOf(6)).finally(() => {
				isOver = true;
			});
			await noticed(server);
			if (atHome === 0) {
				for (let i = 0; i < 4; i++) await noticed(server);
				assert.is(isOver, false);
				server.isAway = false;
				worker('w', square);
			}
			assert.equal(await outcome, { result: 36 });
			server.isAway = false;
			other.close();
			assert.is(await other.left(), true);
		});
});

test('a job that was given out too often is given up, but not where the server was away meanwhile', () =>
	withBench({ atHome: 0 }, async ({ study, connect, worker }) => {
		const server = withOutages(connect());
		const other = await study('g-often', { bus: server.bus });
		const bus = connect();
		const giveUp = async (value: number, isAway: boolean) => {
			const outcome = other.run(jobOf(value));
			const taken = await takeJob(bus, 'g-often');
			server.isAway = isAway;
			if (isAway) await noticed(server);
			server.isAway = false;
			await putResult(bus, taken.delivery.name, resultOf(taken, { outcome: null }));
			await taken.delivery.done();
			return outcome;
		};
		assert.match(((await giveUp(7, false)) as { failure: string }).failure, 'no worker did it');
		const outcome = giveUp(8, true);
		while (server.failures === 0) await sleep(5);
		worker('w', square);
		assert.equal(await outcome, { result: 64 });
		other.close();
	}));

test.run();
