import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, tempFolder } from '../cli.ts';
import { assertSameBytes, recordsSteps, runInOneProcess } from '../hosts.test-support.ts';
import { Networks } from './network.test-support.ts';

/**
 * A run over several machines: one holds the server, the coordinator and the microgrid, three hold a replica each.
 */
const SCENARIO = ['--until', '1h', '--replicas', '3', '--qps', '0.8'];
const LEAD = 'lead';
const WORKERS = ['one', 'two', 'three'];

const binary = await natsBinaryForTests();
const networks = binary === null ? null : Networks.make([LEAD, ...WORKERS]);
if (binary !== null && networks !== null) {
	test.after.each(() => networks.stopAll());
	const nats = `nats://${networks.addressOf(LEAD)}:4222`;

	test('run with a replica on each of three machines writes the bytes of a run in one process', async () => {
		await networks.startNats(LEAD, binary);
		const folder = join(tempFolder(), 'run');
		const runArgs = ['run', ...SCENARIO, '--external', 'replica', '--out', folder];
		const early = WORKERS.slice(0, 1).map((host) =>
			networks.gridbeat(host, ['worker', '--once'], nats),
		);
		const leader = networks.gridbeat(LEAD, runArgs, nats);
		await eventually('a run that waits', () => leader.said().includes(`NATS_URL=${nats}`));
		const late = WORKERS.slice(1).map((host) =>
			networks.gridbeat(host, ['worker', '--once'], nats),
		);
		assert.is(await leader.ended, 0, leader.said());
		const workers = [...early, ...late];
		for (const worker of workers) assert.is(await worker.ended, 0, worker.said());
		const actors = workers.map(({ said }) => / as (replica-\d)\n/.exec(said())?.[1]).sort();
		assert.equal(actors, ['replica-1', 'replica-2', 'replica-3']);
		assertSameBytes(folder, await runInOneProcess(SCENARIO));
	});

	test('the worker of a machine that is switched off is replaced by one of another, with the same bytes', async () => {
		await networks.startNats(LEAD, binary);
		const folder = join(tempFolder(), 'run');
		const scenario = ['--until', '4h', '--qps', '0.1', '--replicas', '1'];
		const [host, other] = WORKERS as [string, string];
		networks.gridbeat(host, ['worker'], nats);
		const args = ['run', ...scenario, '--pace', '600', '--external', 'replica', '--out', folder];
		const leader = networks.gridbeat(LEAD, args, nats);
		await recordsSteps(folder);
		networks.setUp(host, false);
		const lost = /no sign of life for .*replica-1.*; going on from/;
		await eventually('the loss of the machine', () => lost.test(leader.said()));
		const spare = networks.gridbeat(other, ['worker', '--once'], nats);
		// It wakes up while the other goes on: nothing of what it says counts any more.
		await eventually('a new worker', () => /Joined run/.test(spare.said()));
		networks.setUp(host, true);
		assert.is(await leader.ended, 0, leader.said());
		assert.is(await spare.ended, 0, spare.said());
		assertSameBytes(folder, await runInOneProcess(scenario), { isSetBack: true });
	});
}

test.run();
