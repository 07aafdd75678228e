import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { gridbeat, tempFolder } from './cli.ts';
import { readCompose } from './deploy.test-support.ts';

/** What deploy/ has beside the run itself: the unit of a worker, configurations of servers, what watches them. */
const read = (path: string) => readFileSync(projectFile(`deploy/${path}`), 'utf8');

test('the unit of a worker asks for what the command line has', async () => {
	const { stdout } = await gridbeat(['worker', '--help-all']);
	const [, line = ''] = /^ExecStart=(.+)$/m.exec(read('gridbeat-worker.service')) ?? [];
	const flags = [...line.matchAll(/ (--[\w-]+)/g)].map(([, flag]) => flag as string);
	assert.equal(flags, ['--kind', '--folder']);
	for (const flag of flags) assert.ok(stdout.includes(flag), flag);
});

if (spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0)
	test('systemd finds nothing wrong with the unit of a worker', () => {
		const path = join(tempFolder(), 'gridbeat-worker@.service');
		writeFileSync(path, read('gridbeat-worker.service'));
		const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
			encoding: 'utf8',
		});
		const ours = stderr.split('\n').filter((line) => line.includes('gridbeat'));
		assert.equal(ours, []);
		assert.is(status, 0, stderr);
	});
else process.stdout.write('skipped: no systemd-analyze here\n');

const binary = await natsBinaryForTests();
if (binary !== null)
	test('nats-server takes the configurations of one server and of a cluster', () => {
		const folder = tempFolder();
		for (const name of ['nats.conf', 'nats-cluster.conf'])
			cpSync(projectFile(`deploy/${name}`), join(folder, name));
		for (const name of ['nats.conf', 'nats-cluster.conf']) {
			const args = ['-c', join(folder, name), '--jetstream', '--store_dir', folder, '-t'];
			const { status, stderr } = spawnSync(binary, args, { encoding: 'utf8' });
			assert.is(status, 0, stderr);
		}
	});

test('the servers of the cluster are those that its configuration joins', () => {
	const { services } = readCompose({ NATS_CONF: 'nats-cluster.conf' });
	const routes = [...read('nats-cluster.conf').matchAll(/nats:\/\/([\w-]+):6222/g)];
	const names = routes.map(([, name]) => name as string);
	assert.equal(names, ['nats', 'nats-2', 'nats-3']);
	for (const name of names) {
		const { command = [], profiles } = services[name] ?? {};
		assert.ok(command.includes('/etc/nats/nats-cluster.conf'), name);
		assert.is(command[command.indexOf('--name') + 1], name);
		assert.equal(profiles, name === 'nats' ? undefined : ['cluster'], name);
	}
});

test('what watches the server reads it, and the page shows what is read', () => {
	const { services } = readCompose({});
	const { scrape_configs: jobs } = parse(read('monitoring/prometheus.yml')) as {
		scrape_configs: { static_configs: { targets: string[] }[] }[];
	};
	const targets = jobs.flatMap((job) => job.static_configs.flatMap((one) => one.targets));
	assert.equal(targets, ['nats-exporter:7777', 'coordinator:8700']);
	const { command = [] } = services['coordinator'] ?? {};
	assert.is(command[command.indexOf('--serve') + 1], '0.0.0.0:8700');
	for (const name of ['nats-exporter', 'prometheus', 'grafana'])
		assert.equal(services[name]?.profiles, ['monitor'], name);
	const source = parse(read('monitoring/datasource.yaml')) as { datasources: { uid: string }[] };
	const page = JSON.parse(read('monitoring/gridbeat.json')) as {
		panels: { datasource: { uid: string }; targets: { expr: string }[] }[];
	};
	assert.ok(page.panels.length >= 4);
	for (const { datasource, targets } of page.panels) {
		assert.is(datasource.uid, source.datasources[0]?.uid);
		// Of the exporter's -varz, which the service asks for.
		for (const { expr } of targets) assert.match(expr, /gnatsd_varz_\w+/);
	}
	assert.ok(services['nats-exporter']?.command?.includes('-varz'));
});

test.run();
