import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programFile, projectFile } from '../../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, tempFolder } from '../cli.ts';
import { assertSameBytes, recordsSteps, runInOneProcess } from '../hosts.test-support.ts';
import { Networks } from './network.test-support.ts';

/**
 * 64 replicas on four machines, capped by a controller on another, over a network with a delay; and machines that reach
 * the server through a leaf node only.
 */
const MAIN = programFile('cli/main');
const LEAD = 'lead';
const MACHINES = ['one', 'two', 'three', 'four'];
const SPARE = 'spare';
const LEAF = 'leaf';
const SITE = 'site';
const RELAY_PORT = 4223;
const LEAF_PORT = 7422;
const REPLICAS = 64;

/** As JSON, which is YAML too. */
function scenarioFile(until: string): string {
	const path = join(tempFolder(), 'scenario.yaml');
	const scenario = {
		until,
		serving: { replicas: REPLICAS },
		requests: { qps: 2 },
		cap: [{ signal: 'carbon', above: 300, capWPerGpu: 250 }],
	};
	writeFileSync(path, JSON.stringify(scenario));
	return path;
}

/** How many replicas a worker said that it has. */
function replicasOf(said: string): number {
	const [, from, to] = /^Joined run \S+ as replica-(\d+) to replica-(\d+)$/m.exec(said) ?? [];
	return Number(to) - Number(from) + 1;
}

const binary = await natsBinaryForTests();
const networks =
	binary === null ? null : Networks.make([LEAD, ...MACHINES, SPARE, LEAF], [LEAF, SITE]);

if (binary !== null && networks !== null) {
	test.after.each(() => networks.stopAll());
	const lead = networks.addressOf(LEAD);
	/** A network before the server, with a delay of so much between any two processes. */
	const relay = async (port: number, at: number, delayMs: number) => {
		const args = [lead, port, at, delayMs].map(String);
		const link = networks.startNode(LEAD, [projectFile('dist/tests/delayed-link.js'), ...args]);
		await eventually('the relay', () => link.said().includes('open') || null);
	};

	for (const { delayMs, until, leaves } of [
		{ delayMs: 1, until: '20min', leaves: false },
		{ delayMs: 10, until: '1h', leaves: true },
	])
		test(`64 replicas on four machines, ${delayMs} ms apart${leaves ? ', of which one leaves and another joins' : ''}: the bytes of one process`, async () => {
			const scenario = scenarioFile(until);
			await networks.startNats(LEAD, binary);
			await relay(4222, RELAY_PORT, delayMs);
			const nats = `nats://${lead}:${RELAY_PORT}`;
			const folder = join(tempFolder(), 'run');
			const words = ['worker', '--once', '--capacity', String(REPLICAS / MACHINES.length)];
			const workers = MACHINES.map((name) => networks.gridbeat(name, words, nats));
			const pace = leaves ? ['--pace', '120'] : [];
			const args = ['run', scenario, '--external', 'replica', '--processes', '1', ...pace];
			const leader = networks.gridbeat(LEAD, [...args, '--out', folder], nats);
			if (leaves) {
				await recordsSteps(folder);
				workers[1]?.kill('SIGTERM');
				workers.push(networks.gridbeat(SPARE, words, nats));
			}
			assert.is(await leader.ended, 0, leader.said());
			for (const worker of workers) {
				assert.is(await worker.ended, 0, worker.said());
				assert.is(replicasOf(worker.said()), REPLICAS / MACHINES.length, worker.said());
			}
			assert.is(/Left run/.test(workers[1]?.said() ?? ''), leaves);
			const alone = await runInOneProcess([scenario]);
			assertSameBytes(folder, alone, { isSetBack: leaves });
		});

	test('workers of a far site reach the run through its leaf node only, and its checkpoints are kept at the hub', async () => {
		const config = (lines: string) => {
			const path = join(tempFolder(), 'nats.conf');
			writeFileSync(path, lines);
			return ['-c', path];
		};
		await networks.startNats(
			LEAD,
			binary,
			config(`server_name: hub, leafnodes { listen: "0.0.0.0:${LEAF_PORT}" }`),
		);
		await relay(LEAF_PORT, RELAY_PORT, 10);
		const remote = `nats-leaf://${lead}:${RELAY_PORT}`;
		const own = `server_name: leaf, listen: "0.0.0.0:4222", leafnodes { remotes: [ { url: "${remote}" } ] }`;
		await networks.startNats(LEAF, binary, config(own), false);
		const [near, far] = [lead, networks.addressOf(LEAF, 1)].map((host) => `nats://${host}:4222`);
		const folder = join(tempFolder(), 'run');
		const scenario = [
			'--until',
			'2h',
			'--replicas',
			'2',
			'--qps',
			'0.2',
			'--cap',
			'carbon>300:250',
		];
		const args = [...scenario, '--processes', '1', '--external', 'replica', '--out', folder];
		const nobody = networks.gridbeat(SITE, ['worker', '--once'], near as string);
		assert.is(await nobody.ended, 2);
		assert.match(nobody.said(), /^Cannot /);
		const workers = [1, 2].map(() => networks.gridbeat(SITE, ['worker', '--once'], far as string));
		const env = { NATS_URL: near, GRIDBEAT_CHECKPOINT_MS: '0' };
		const leader = networks.startNode(LEAD, [MAIN, 'run', ...args], env);
		assert.is(await leader.ended, 0, leader.said());
		for (const worker of workers) assert.is(await worker.ended, 0, worker.said());
		assert.not.match(leader.said(), /going on from|No (more )?checkpoints/);
		assertSameBytes(folder, await runInOneProcess(scenario), { isSetBack: true });
	});
}

test.run();
