import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, errors } from '@nats-io/transport-node';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { readNatsAccess } from '../kernel/bus/nats-access.ts';
import { natsOptions } from '../kernel/bus/nats-options.ts';
import {
	type ConfiguredServer,
	startConfigured,
} from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps, runInOneProcess } from './hosts.test-support.ts';
import { tablesOf } from './kill.test-support.ts';

/** A real server with what `gridbeat nats-config` writes: what each role may not do, and a whole run of those that may. */
const RUN = 'mine';
const OTHER = 'theirs';
const SCENARIO = ['--until', '2h', '--replicas', '1', '--qps', '0.1'];

/** What each role may do, and some of what it may not: messages, and stores. */
const RIGHTS = {
	coordinator: {
		publish: [`gridbeat.run.${RUN}.host.x.0`, '$JS.API.STREAM.CREATE.OBJ_x', '$KV.x.head'],
		subscribe: ['gridbeat.join', '_INBOX_coordinator.x'],
		notPublish: ['other', '$SYS.REQ.SERVER.PING'],
		notSubscribe: ['other', '_INBOX.>', '_INBOX_gpu.x', '>', '$JS.API.>'],
	},
	gpu: {
		publish: [
			...['gridbeat.join', `gridbeat.run.${RUN}.hello`, `gridbeat.run.${RUN}.ready`],
			...[`gridbeat.run.${RUN}.loop.replica-1`, `gridbeat.run.${RUN}.block.replica-1.power`],
			...[`$O.gridbeat-${RUN}.C.a`, `$O.gridbeat-${RUN}.M.a`],
		],
		subscribe: [
			...[`gridbeat.run.${RUN}.host.replica-1.0`, `gridbeat.run.${RUN}.status.replica-1.3`],
			...[`gridbeat.run.${RUN}.loop.controller`, '_INBOX_gpu.x'],
		],
		notPublish: [
			// As another actor of the run, in another run, and in the place of the coordinator and the recorder.
			...[`gridbeat.run.${RUN}.loop.solar`, `gridbeat.run.${RUN}.block.solar.power`],
			...[`gridbeat.run.${OTHER}.loop.replica-1`, `gridbeat.run.${OTHER}.hello`],
			...[`gridbeat.run.${RUN}.host.solar.0`, `gridbeat.run.${RUN}.host.replica-1.0`],
			...[`gridbeat.run.${RUN}.control`, `gridbeat.run.${RUN}.progress`],
			...['gridbeat.study.x', '_INBOX_coordinator.x', 'other'],
			// Stores: of another run, the head of its own, and all that makes, changes or removes one.
			...[`$O.gridbeat-${OTHER}.M.a`, `$KV.gridbeat-${RUN}.head`],
			...[`$JS.API.STREAM.INFO.OBJ_gridbeat-${OTHER}`, '$JS.API.STREAM.LIST'],
			...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE', 'SNAPSHOT', 'RESTORE'].map(
				(what) => `$JS.API.STREAM.${what}.OBJ_gridbeat-${RUN}`,
			),
			...['INFO', 'MSG.GET', 'DELETE', 'PURGE'].map(
				(what) => `$JS.API.STREAM.${what}.KV_gridbeat-${RUN}`,
			),
			...[`$JS.API.STREAM.LEADER.STEPDOWN.OBJ_gridbeat-${RUN}`, '$JS.API.ACCOUNT.PURGE.x'],
			// Jobs of studies: it neither takes nor forges them, nor says that they are done.
			...['gridbeat.jobs.x.y', 'gridbeat.workers', '$JS.ACK.gridbeat-jobs.x.1.1.1.1.0'],
			...['$JS.API.CONSUMER.MSG.NEXT.gridbeat-jobs.x', '$O.gridbeat-results.M.a'],
		],
		notSubscribe: [
			...['gridbeat.join', `gridbeat.run.${RUN}.hello`, `gridbeat.run.${RUN}.control`],
			...[`gridbeat.run.${RUN}.host.solar.0`, `gridbeat.run.${RUN}.host.*.*`],
			...[`gridbeat.run.${OTHER}.loop.controller`, '_INBOX_coordinator.>', 'gridbeat.>', '>'],
		],
	},
	observer: {
		publish: [],
		subscribe: [`gridbeat.run.${RUN}.progress`, `gridbeat.run.${RUN}.loop.solar`],
		notPublish: [`gridbeat.run.${RUN}.loop.solar`, `gridbeat.run.${RUN}.control`, 'gridbeat.join'],
		notSubscribe: [`gridbeat.run.${RUN}.hello`, '_INBOX_coordinator.>', '>'],
	},
	jobs: {
		publish: ['gridbeat.workers', 'gridbeat.study.x'],
		subscribe: ['_INBOX_jobs.x'],
		notPublish: [
			...[`gridbeat.run.${RUN}.loop.solar`, `gridbeat.run.${RUN}.hello`, 'gridbeat.join'],
			...['gridbeat.jobs.x.y', '$JS.API.STREAM.DELETE.gridbeat-jobs'],
			...['$JS.API.CONSUMER.DELETE.gridbeat-jobs.x', '$JS.API.STREAM.PURGE.gridbeat-jobs'],
		],
		notSubscribe: ['_INBOX_coordinator.>', `gridbeat.run.${RUN}.host.solar.0`, '>'],
	},
} as const;

const binary = await natsBinaryForTests();
if (binary !== null) {
	const folder = join(tempFolder(), 'nats');
	const contextOf = (user: string) => join(folder, `${user}.json`);
	let server: ConfiguredServer;
	test.before(async () => {
		const workers = ['--worker', 'gpu=replica-1', '--worker', 'roof=solar'];
		const { code, stderr } = await gridbeat(
			['nats-config', '--out', folder, '--run', RUN, ...workers],
			{},
		);
		assert.is(code, 0, stderr);
		const accounts = readFileSync(join(folder, 'accounts.conf'), 'utf8');
		const store = `jetstream { store_dir: ${JSON.stringify(tempFolder())} }`;
		server = await startConfigured(binary, [accounts, store]);
	});
	test.after(() => server.stop());
	const envOf = (user: string) => ({ NATS_CONTEXT: contextOf(user), NATS_URL: server.url });

	test('nats-config writes what nats-server takes, keeps keys to itself and writes over nothing', async () => {
		execFileSync(binary, ['-t', '-c', join(folder, 'nats-server.conf')], { stdio: 'pipe' });
		const config = readFileSync(join(folder, 'accounts.conf'), 'utf8');
		assert.not.match(config, /\bSU[A-Z2-7]{56}\b/);
		for (const user of Object.keys(RIGHTS)) {
			const key = join(folder, `${user}.nk`);
			assert.is(statSync(key).mode & 0o077, 0);
			assert.match(readFileSync(key, 'utf8'), /^SU[A-Z2-7]{56}\n$/);
		}
		const again = await gridbeat(['nats-config', '--out', folder], {});
		assert.is(again.code, 2);
		assert.match(again.stderr, /^Cannot write to ".*": there is something of that name already\n$/);
		const elsewhere = join(tempFolder(), 'x');
		for (const [words, reason] of [
			[['--worker', 'a.b'], 'Cannot use "a.b" as a user: '],
			[['--worker', 'a=x,>'], 'Cannot use ">" as a host or an actor: '],
			[['--run', '*'], 'Cannot use "*" as a run: '],
			[['--worker', 'jobs'], 'Cannot make two users "jobs": '],
		] as const) {
			const refused = await gridbeat(['nats-config', '--out', elsewhere, ...words], {});
			assert.is(refused.code, 2);
			assert.ok(refused.stderr.startsWith(reason), refused.stderr);
			assert.not(existsSync(elsewhere));
		}
	});

	for (const [user, rights] of Object.entries(RIGHTS)) {
		test(`the server lets ${user} do what it must, and none of the rest`, async () => {
			const connection = await connect(natsOptions(readNatsAccess(envOf(user))));
			const denied: string[] = [];
			void (async () => {
				for await (const { type, ...status } of connection.status()) {
					const { error } = status as { error?: unknown };
					if (type === 'error' && error instanceof errors.PermissionViolationError)
						denied.push(`${error.operation} ${error.subject}`);
				}
			})();
			for (const subject of [...rights.publish, ...rights.notPublish])
				connection.publish(subject, 'x');
			for (const subject of [...rights.subscribe, ...rights.notSubscribe])
				connection.subscribe(subject, { callback: () => {} });
			await connection.flush();
			await new Promise((resolve) => setImmediate(resolve));
			const expected = [
				...rights.notPublish.map((subject) => `publish ${subject}`),
				...rights.notSubscribe.map((subject) => `subscription ${subject}`),
			];
			assert.equal(denied.sort(), expected.sort());
			await connection.close();
		});
	}

	test('a run under these permissions keeps checkpoints, replaces a lost worker, and has the same bytes', async () => {
		const out = join(tempFolder(), 'run');
		const checkpoint = join(out, 'checkpoint.bin');
		const worker = (user: string, as: string) =>
			startGridbeat(['worker', '--as', as, '--run', RUN], envOf(user));
		const env = { ...envOf('coordinator'), GRIDBEAT_CHECKPOINT_MS: '0' };
		const place = ['--external', 'replica-1', 'solar', '--processes', '1', '--pace', '900'];
		const run = startGridbeat(['run', ...SCENARIO, '--id', RUN, ...place, '--out', out], env);
		const workers = [worker('gpu', 'replica-1'), worker('roof', 'solar')];
		await recordsSteps(out);
		// The first may be of the beginning.
		const keptMs = () => statSync(checkpoint, { throwIfNoEntry: false })?.mtimeMs ?? null;
		const firstMs = await eventually('a checkpoint', keptMs);
		await eventually('another checkpoint', () => (keptMs() !== firstMs ? true : null));
		workers[0]?.signal('SIGKILL');
		workers.push(worker('gpu', 'replica-1'));
		const { code, stderr } = await run.ended;
		for (const one of workers) one.signal('SIGTERM');
		const said = workers.map((one) => one.said()).join('\n');
		assert.is(code, 0, `${stderr}\n${said}`);
		assert.match(run.said(), /Lost "replica-1" .*; going on from (?!00:00:00)/);
		assert.not.match(`${run.said()}${said}`, /permit|Permission/);
		const { gridbeat: about } = parse(readFileSync(join(out, 'metadata.yaml'), 'utf8'));
		assert.is(about.setbacks, 1);
		assert.equal(tablesOf(out), tablesOf(await runInOneProcess(SCENARIO)));
	});

	test('a sweep under these permissions has its runs done by a worker', async () => {
		const file = join(tempFolder(), 'sweep.yaml');
		writeFileSync(
			file,
			'base: { until: 10min, serving: null }\nrepeats: 2\ngrid: { solar.0.peakPowerW: [1000] }\n',
		);
		const worker = startGridbeat(['worker', '--jobs', '1'], envOf('jobs'));
		const out = join(tempFolder(), 'sweep');
		const words = ['sweep', file, '--workers', '--jobs', '0', '--keep-runs', '--out', out];
		const { code, stderr } = await gridbeat(words, envOf('coordinator'));
		worker.signal('SIGINT');
		const end = await worker.ended;
		assert.is(code, 0, `${stderr}${worker.said()}`);
		assert.is(end.code, 0);
		assert.not.match(`${stderr}${worker.said()}`, /permit|Permission/);
	});

	test('a worker that takes a place that is not its own ends with the subject that it may not use', async () => {
		const out = join(tempFolder(), 'run');
		const place = ['--external', 'solar'];
		const run = startGridbeat(
			['run', ...SCENARIO, '--id', RUN, ...place, '--processes', '1', '--out', out],
			envOf('coordinator'),
		);
		const words = ['worker', '--as', 'solar', '--run', RUN];
		const { code, stderr } = await startGridbeat(words, envOf('gpu')).ended;
		assert.is(code, 2);
		assert.match(
			stderr,
			/^Cannot subscribe to "gridbeat\.run\.mine\.(host|status)\.solar\.0": the NATS server does not permit it to this user\n$/,
		);
		run.signal('SIGINT');
		await sleep(500);
		run.signal('SIGINT');
		await run.ended;
	});
}

test.run();
