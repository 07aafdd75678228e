import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAM_FOLDER, programFile, projectFile } from '../kernel/files/project-file.ts';
import { folderOf } from '../run/launch/child-host.ts';
import { GATEWAY_KINDS, KIND_NAMES } from '../services/kinds.ts';
import { startGridbeat, tempFolder } from './cli.ts';
import { module } from './own-kind.test-support.ts';
import { ownPlaces } from './own-places.ts';
import { isProgramOld } from './program-age.ts';
import { programFiles } from './program-places.ts';

/** The bundled program: what it holds, and what a process of it reads. */
const text = (name: string) => readFileSync(projectFile(name), 'utf8');
const WINGS = [
	...['protocol', 'kernel', 'silicon', 'feeds', 'services'],
	...['results', 'run', 'studies', 'vidur', 'cli'],
];
const sources = WINGS.flatMap((wing) =>
	readdirSync(projectFile(wing), { recursive: true, encoding: 'utf8' })
		.filter((name) => /(?<!\.test|\.test-support)\.ts$/.test(name))
		.map((name) => ({ path: `${wing}/${name}`, text: text(`${wing}/${name}`) })),
);

test('whatever is started by its path is in the program', () => {
	const started = sources.flatMap(programFiles).map((path) => path.replace(/\.ts$/, ''));
	assert.ok(started.length > 4);
	const kinds = KIND_NAMES.filter((kind) => !GATEWAY_KINDS.has(kind));
	const hosts = ['', ...kinds.map((kind) => `${folderOf(kind)}/`)];
	for (const name of [...started, ...hosts.map((folder) => `services/${folder}main`)])
		assert.ok(existsSync(programFile(name)), name);
	const { bin, exports } = JSON.parse(text('package.json'));
	assert.is(projectFile(bin.gridbeat), programFile('cli/main'));
	assert.is(projectFile(exports['.'].default), programFile('run/gridbeat'));
	assert.match(readFileSync(programFile('cli/main'), 'utf8'), /^#!\/usr\/bin\/env node\n/);
});

/** What a file imports before it runs; what it imports late is not in it. */
const EARLY = /^(?:import|export)\b[^;'"()]*?\bfrom '(\.[^']+)'/gm;

/** All that is read before a file runs. */
function readBefore(path: string, found = new Set<string>()): ReadonlySet<string> {
	if (found.has(path)) return found;
	found.add(path);
	const file = readFileSync(projectFile(join('dist', path)), 'utf8');
	for (const [, to = ''] of file.matchAll(EARLY)) readBefore(join(dirname(path), to), found);
	return found;
}

test('a run that follows no feed and serves nobody reads neither clients of feeds nor a server', () => {
	const kinds = ['router', 'replica', 'solar', 'battery', 'carbon', 'controller', 'recorder'];
	const roots = ['cli/main.js', 'cli/run-command.js', 'run/gridbeat.js'];
	const read = new Set(
		[...roots, ...kinds.map((kind) => `services/${kind}/kind.js`)].flatMap((path) => [
			...readBefore(path),
		]),
	);
	assert.ok(read.has('run/make-plan.js') && read.size > 400, `${read.size}`);
	const clients =
		/^feeds\/(live\/(?!recording-format)|grid\/fetch)|^services\/gateway\/(?!openai\/exchange|monitor\/outside-key)/;
	assert.equal(
		[...read].filter((path) => clients.test(path)),
		[],
	);
	// What follows one reads them: the pattern means something.
	assert.ok([...readBefore('feeds/live/attend-feed.js')].some((path) => clients.test(path)));
});

test('no file of the program but one knows where it is', () => {
	const text = "const script = new URL('./x.js', import.meta.url);\n";
	const required = 'const load = createRequire(import.meta.url);\n';
	const files = [
		{ path: 'run/a.ts', text },
		{ path: 'run/b.ts', text: required },
		{ path: 'run/b.test.ts', text },
		{ path: 'tests/c.ts', text },
		{ path: 'kernel/files/project-file.ts', text },
	];
	assert.equal(ownPlaces(files), [
		'run/a.ts:1: import.meta.url is banned, use programFile() or projectFile() of kernel/files/project-file.ts',
	]);
	assert.equal(ownPlaces(sources), []);
});

/** The files that a module of the program reads before its first line runs, itself included. */
function readFirst(path: string, found = new Set<string>()): ReadonlySet<string> {
	if (found.has(path)) return found;
	found.add(path);
	const imports = /^(?:import|export)\b[^;'"]*?(?:from )?"(\.[^"]+)";$/gm;
	for (const [, from = ''] of readFileSync(path, 'utf8').matchAll(imports))
		readFirst(join(dirname(path), from), found);
	return found;
}

/** The packages in them, and the wings of the project. */
function partsOf(module: string): { packages: string[]; files: string[] } {
	const sourcesOf = (path: string) =>
		JSON.parse(readFileSync(`${path}.map`, 'utf8')).sources as string[];
	const all = [...readFirst(programFile(module))].flatMap(sourcesOf);
	const packages = all.flatMap(
		(path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
	);
	return { packages: [...new Set(packages)].sort(), files: all };
}

test('a host reads the runtime before it knows its actors, and no kind, report or command', () => {
	const { packages, files } = partsOf('services/replica/main');
	assert.equal(packages, [
		...['@nats-io/nats-core', '@nats-io/nkeys', '@nats-io/nuid', '@nats-io/transport-node'],
		...['msgpackr', 'pure-rand', 'tweetnacl', 'zod'],
	]);
	const others = files.filter((path) =>
		/\/(silicon|feeds|results|run|studies|vidur|cli)\//.test(path),
	);
	assert.equal(others, []);
	assert.equal(
		files.filter((path) => /\/services\/\w+\/(?!main)/.test(path)),
		[],
	);
});

test('the command line reads what writes logs and traces only when one is wanted', () => {
	const { packages, files } = partsOf('cli/main');
	assert.ok(packages.includes('commander'));
	assert.not(packages.includes('pino'));
	assert.not(files.some((path) => /cli\/(run-log|window-trace)\.ts$/.test(path)));
	assert.match(text(`${PROGRAM_FOLDER}/LICENSES.txt`), /^pino \d/m);
});

test('the thread of policies reads no package', () => {
	assert.equal(partsOf('services/controller/policy-worker').packages, []);
});

test('an error that a module of the user’s has from the package is one of the program', async () => {
	const folder = tempFolder();
	mkdirSync(join(folder, 'node_modules'));
	symlinkSync(projectFile('.'), join(folder, 'node_modules/gridbeat'));
	const create = "create() { throw new ConfigError('Cannot make a thing: it is Monday'); }";
	const code = `import { ConfigError } from 'gridbeat';\n${module(create)}`;
	writeFileSync(join(folder, 'thing.mjs'), code);
	const scenario =
		'until: 10min\nserving: null\nprice: null\nactors: [{module: ./thing.mjs, name: thing}]\n';
	writeFileSync(join(folder, 'scenario.yaml'), scenario);
	const args = ['run', join(folder, 'scenario.yaml'), '--in-process', '--out', join(folder, 'run')];
	const { code: exit, stderr } = await startGridbeat(args).ended;
	assert.match(stderr, /it is Monday\n$/);
	assert.is(exit, 2, stderr);
});

test('the licences of all packages in the program are beside it', () => {
	const licenses = text(`${PROGRAM_FOLDER}/LICENSES.txt`);
	const parts = readdirSync(projectFile(PROGRAM_FOLDER), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.map'))
		.flatMap((name) => JSON.parse(text(`${PROGRAM_FOLDER}/${name}`)).sources as string[]);
	const packages = new Set(
		parts.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
	);
	assert.ok(packages.size > 15);
	for (const name of packages)
		assert.match(licenses, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
});

test('a program is old when a source is newer, came or went', () => {
	const folder = tempFolder();
	const at = (name: string, timeS: number) => utimesSync(join(folder, name), timeS, timeS);
	const put = (name: string, timeS: number) => {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), '');
		at(name, timeS);
	};
	for (const name of [...WINGS, 'build']) put(`${name}/a.ts`, 1000);
	for (const name of [...WINGS, 'build']) at(name, 1000);
	assert.is(isProgramOld(folder), true);
	put(`${PROGRAM_FOLDER}/LICENSES.txt`, 2000);
	assert.is(isProgramOld(folder), false);
	at('cli', 3000);
	assert.is(isProgramOld(folder), true);
	at('cli', 1000);
	at('kernel/a.ts', 3000);
	assert.is(isProgramOld(folder), true);
});

test.run();
