import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM_FOLDER, projectFile } from '../kernel/files/project-file.ts';
import { MAX_PAYLOAD_BYTES } from '../kernel/nats-server/private-server.ts';
import { KIND_NAMES } from '../services/kinds.ts';
import { type ComposeService, readCompose } from './deploy.test-support.ts';

/** deploy/ against the project: what it names must exist, and nothing may float. */
const DEFAULTS = { LOCATION: 'San Francisco', REPLICAS: '3', SCENARIO: 'examples/default.yaml' };
const compose = readCompose(DEFAULTS);
const containerfile = readFileSync(projectFile('deploy/Containerfile'), 'utf8');
const entries = Object.entries(compose.services);
/** Those of the project, and none of what it stands on. */
const own = entries.filter(([, { image }]) => image.startsWith('gridbeat:'));
const packageJson = JSON.parse(readFileSync(projectFile('package.json'), 'utf8')) as {
	version: string;
};

/** Kinds that have no service, with the reason. */
const WITHOUT_SERVICE: Readonly<Record<string, string>> = {
	'kv-router': 'the default scenario has one pool of replicas, for the same reason as a load',
	air: 'the default scenario has a PUE that does not follow the weather, for the same reason',
	wind: 'the default scenario has no wind turbine',
	own: 'the default scenario has no kind of the user’s own, and its module would have to be in the container',
	load: 'the default scenario has no base load, and a run refuses to await a kind it has not',
	generator: 'the default scenario has no generator, for the same reason',
	grid: 'the default scenario has no limits of the grid, for the same reason',
	arrivals: 'requests from outside come to the process that serves the run',
	answers: 'they are answered there too',
	monitor: 'a run has it where it is served, in the process that serves it',
	price: 'the default scenario has no price, for the same reason',
};

const optionOf = ({ command = [] }: ComposeService, name: string) =>
	command[command.indexOf(name) + 1];
const kindsAwaited = () => {
	const { command = [] } = compose.services['coordinator'] as ComposeService;
	return command.slice(command.indexOf('--external') + 1);
};

test('compose.yaml has a worker for every kind of actor, or a reason why not', () => {
	const workers = own.filter(([, { command }]) => command?.[0] === 'worker');
	const kinds = workers.map(([, service]) => optionOf(service, '--kind'));
	assert.equal([...kinds, ...Object.keys(WITHOUT_SERVICE)].sort(), [...KIND_NAMES].sort());
	for (const [name, service] of workers) assert.is(optionOf(service, '--kind'), name);
	assert.equal(kindsAwaited().sort(), kinds.sort());
});

test('compose.yaml asks the coordinator for as many replicas as it starts', () => {
	const coordinator = compose.services['coordinator'] as ComposeService;
	assert.is(optionOf(coordinator, '--replicas'), '3');
	assert.is(String(compose.services['replica']?.deploy?.replicas), '3');
	assert.is(optionOf(coordinator, '--location'), 'San Francisco');
});

test('compose.yaml pins every image', () => {
	for (const [name, { image }] of entries) assert.match(image, /^[a-z/-]+:v?\d+\.\d+\.\d+/, name);
	assert.is(compose.services['coordinator']?.image, `gridbeat:${packageJson.version}`);
});

test('compose.yaml mounts the run folders where recorder and coordinator both find them', () => {
	const [recorder, coordinator] = ['recorder', 'coordinator'].map(
		(name) => compose.services[name]?.volumes,
	);
	assert.equal(recorder, ['../runs:/app/runs']);
	assert.equal(coordinator, recorder);
});

test('compose.yaml restarts workers and the server, and gives each a health check', () => {
	for (const [name, service] of entries) {
		assert.is(service.restart, name === 'coordinator' ? 'on-failure:10' : 'unless-stopped', name);
		// The image of the exporter has nothing to ask with.
		if (name !== 'nats-exporter') assert.ok((service.healthcheck?.test.length ?? 0) > 1, name);
	}
	for (const [name, service] of own) {
		assert.is(service.depends_on?.['nats']?.condition, 'service_healthy', name);
		assert.is(service.environment?.['NATS_URL'], 'nats://nats:4222', name);
	}
});

test('compose.yaml lets the project write to runs/ and /tmp alone, with no right of root', () => {
	for (const [name, service] of own) {
		assert.is(service.read_only, true, name);
		assert.equal(service.cap_drop, ['ALL'], name);
		assert.equal(service.security_opt, ['no-new-privileges:true'], name);
	}
});

test('compose.yaml has the coordinator go on with its run, in a folder that make names anew', () => {
	const coordinator = compose.services['coordinator'] as ComposeService;
	assert.is(optionOf(coordinator, '--out'), 'runs/run');
	for (const flag of ['--resume', '--take-over']) assert.ok(coordinator.command?.includes(flag));
	assert.match(readFileSync(projectFile('Makefile'), 'utf8'), /^COMPOSE = .*GRIDBEAT_RUN=.*date/m);
});

test('compose.yaml asks a worker how it is where the worker says it', () => {
	for (const [name, service] of own) {
		if (name === 'coordinator') continue;
		const url = `http://127.0.0.1:${optionOf(service, '--health')}/readyz`;
		assert.ok(service.healthcheck?.test.join(' ').includes(url), name);
	}
});

test('compose.yaml keeps the server without a password on this machine', () => {
	for (const [name, { ports = [] }] of entries)
		for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
});

test('compose.yaml names only environment variables that README.md explains', () => {
	const text = readFileSync(projectFile('deploy/compose.yaml'), 'utf8');
	const readme = readFileSync(projectFile('deploy/README.md'), 'utf8');
	const names = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name as string));
	assert.ok(names.size >= 5);
	for (const name of names) assert.ok(readme.includes(`\`${name}\``), `${name} in README.md`);
});

test('Containerfile copies only what exists, and everything that the built program reads', () => {
	const copied = [...containerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths]) =>
		(paths as string).split(' '),
	);
	for (const path of copied) {
		const [folder, ending] = path.split('/*');
		const names = ending === undefined ? [] : readdirSync(projectFile(folder as string));
		const found = ending === undefined ? existsSync(projectFile(path)) : null;
		assert.ok(found ?? names.some((name) => name.endsWith(ending as string)), path);
	}
	// What runs and what pages run in the browser is built into dist/, which the image has whole.
	assert.match(containerfile, /^RUN npm run build$/m);
	assert.match(containerfile, /^COPY --from=build \/app\/dist \.\/dist$/m);
	for (const path of ['profiling-data', 'weather-data', 'examples', 'package.json']) {
		assert.ok(copied.includes(path), path);
	}
	const ignore = readFileSync(projectFile('deploy/Containerfile.dockerignore'), 'utf8');
	for (const path of copied) assert.ok(ignore.includes(`!${path.split('/')[0]}\n`), path);
});

test('Containerfile pins its base, runs the command line, and not as root', () => {
	assert.match(containerfile, /^ARG NODE_IMAGE=\S+\/node:20\.\d+\.\d+-\S+$/m);
	assert.match(containerfile, /^USER 1000:1000$/m);
	const entry = /^ENTRYPOINT (.+)$/m.exec(containerfile)?.[1] ?? '[]';
	const main = (JSON.parse(entry) as string[]).at(-1) ?? '';
	const source = main.replace(`/app/${PROGRAM_FOLDER}/`, '').replace(/\.js$/, '.ts');
	assert.ok(existsSync(projectFile(source)), source);
});

test('nats.conf allows messages as large as a private server does', () => {
	const conf = readFileSync(projectFile('deploy/nats.conf'), 'utf8');
	const megabytes = Number(/^max_payload: (\d+)MB$/m.exec(conf)?.[1]);
	assert.is(megabytes * 1024 * 1024, MAX_PAYLOAD_BYTES);
});

test.run();
