import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programIdentity } from '../kernel/files/identity.ts';
import { PROGRAM_FOLDER, projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { tempFolder } from './cli.ts';

/**
 * The package as npm installs it: what it holds, a run of its command, and a program of somebody else that imports it. It is
 * installed from its tarball, with its dependencies from the registry or npm's cache; without either this is skipped.
 */
const home = tempFolder();
const project = join(home, 'project');
const installed = join(project, 'node_modules', 'gridbeat');
const NPM = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** What npm is told, without the settings of an npm or a make that runs these tests. */
const ENV = Object.fromEntries(
	Object.entries(process.env).filter(([name]) => !/^(npm_|MAKE|MFLAGS|NATS_)/i.test(name)),
);

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
	const about = { cwd: project, env: { ...ENV, ...env }, encoding: 'utf8' } as const;
	const { status, stdout, stderr } = spawnSync(command, args, about);
	return { status, stdout, text: `${stdout}${stderr}` };
}

/** False, with a word, where packages cannot be had. */
function install(folder: string, ...packages: readonly string[]): boolean {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'package.json'), '{ "name": "project", "type": "module" }\n');
	const { status, stderr } = spawnSync('npm', ['install', ...NPM, ...packages], {
		...{ cwd: folder, env: ENV, encoding: 'utf8' },
	});
	if (status === 0) return true;
	if (!/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENOTCACHED|network/.test(stderr))
		throw new Error(`npm install ${packages.join(' ')}: ${stderr}`);
	process.stdout.write('skipped, no registry of packages\n');
	return false;
}

let hasRegistry = false;
test.before(() => {
	const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', home];
	execFileSync('npm', pack, { cwd: projectFile('.'), stdio: ['ignore', 'ignore', 'pipe'] });
	const [tarball = ''] = readdirSync(home).filter((name) => name.endsWith('.tgz'));
	const { devDependencies } = JSON.parse(readFileSync(projectFile('package.json'), 'utf8'));
	const others = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
	hasRegistry = install(project, join(home, tarball), ...others);
});

const withRegistry = (name: string, body: () => void | Promise<void>) =>
	test(name, async () => {
		if (hasRegistry) await body();
	});

withRegistry('the package holds no tests and no maps, and no more than a run needs', () => {
	const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
	const wrong = files.filter((name) =>
		/\.test\.|test-support|for-tests|testdata|\.map$|scenarios[/\\]|^(bench|lint|\.ci|tests)\b|(?<!\.d)\.ts$/.test(
			name,
		),
	);
	assert.equal(wrong, []);
	for (const name of [
		'README.md',
		'LICENSE',
		`${PROGRAM_FOLDER}/LICENSES.txt`,
		'examples/default.yaml',
		'docs/scenario.md',
	])
		assert.ok(existsSync(join(installed, name)), name);
});

withRegistry('npx gridbeat runs the default scenario in an empty project', async () => {
	const nats = await natsBinaryForTests();
	const path = `${nats === null ? '' : `${dirname(nats)}${delimiter}`}${process.env['PATH']}`;
	const where = nats === null ? ['--in-process'] : [];
	const args = ['gridbeat', 'run', '--until', '10min', '--out', 'out', ...where];
	const { status, text } = run('npx', ['--no-install', ...args], { PATH: path });
	assert.is(status, 0, text);
	assert.match(readFileSync(join(project, 'out', 'report.html'), 'utf8'), /uPlot/);
	assert.ok(existsSync(join(project, 'out', 'experiment.json')));
});

/** Somebody's program: with the types of everything that it touches. */
const CONSUMER = `
import { type ActorKind, ConfigError, type LoadedRun, loadRun, type RunResult, simulate, validate } from 'gridbeat';

const scenario = { until: '10min', seed: 7, solar: [{ peakPowerW: 3000 }] } as const;
const checked = await validate({ ...scenario, solar: [...scenario.solar] });
if (!checked.isValid) throw new Error(checked.problems.join());
const until: string | number = checked.scenario.until;
const result: RunResult = await simulate(checked.scenario, { placement: 'in-process', out: 'library' });
const importedWh: number = result.summary.energy.importKwh * 1000;
const run: LoadedRun = await loadRun(result.folder);
const gridW: Float64Array | undefined = run.timeSeries.numbers.get('p_grid');
const kinds: readonly ActorKind<{ readonly stepUs: number }>[] = [];
try {
	await simulate({ until: 'soon' });
} catch (error) {
	if (!(error instanceof ConfigError)) throw error;
	console.log(JSON.stringify([until, result.outcome, gridW?.length, Number.isFinite(importedWh + kinds.length), error.message]));
}
`;

withRegistry(
	'a TypeScript program imports the package, compiles strictly, and ends by itself',
	() => {
		writeFileSync(join(project, 'own.ts'), CONSUMER);
		const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
		const target = ['--target', 'es2023', '--lib', 'es2023', '--module', 'nodenext'];
		const types = ['--types', 'node'];
		const compiled = run('npx', ['--no-install', 'tsc', ...strict, ...target, ...types, 'own.ts']);
		assert.is(compiled.status, 0, compiled.text);
		const { status, stdout, text } = run(process.execPath, ['own.js']);
		assert.is(status, 0, text);
		const [until, outcome, rows, isFigure, message] = JSON.parse(stdout);
		assert.equal([until, outcome, rows, isFigure], ['10min', 'complete', 10, true]);
		assert.match(message, /^Cannot .*soon/);
		assert.ok(existsSync(join(project, 'library', 'report.html')));
	},
);

withRegistry('an installed package is the same program as the checkout it was made from', () => {
	const theirs = join(installed, PROGRAM_FOLDER);
	assert.is(programIdentity(theirs, '1'), programIdentity(projectFile(PROGRAM_FOLDER), '1'));
});

withRegistry('the repository can be a dependency: it is built where it is installed', () => {
	if (!existsSync(projectFile('.git')))
		return void process.stdout.write('skipped, no repository\n');
	const folder = join(home, 'from-git');
	install(folder, `git+file://${projectFile('.')}`);
	const main = join(folder, 'node_modules/gridbeat', PROGRAM_FOLDER, 'cli/main.js');
	const { status, stderr } = spawnSync(process.execPath, [main, 'validate', 'nowhere.yaml'], {
		encoding: 'utf8',
	});
	assert.is(status, 2, stderr);
	assert.match(stderr, /^Cannot read scenario "nowhere.yaml"/);
	assert.ok(existsSync(join(folder, 'node_modules/gridbeat/dist/run/gridbeat.d.ts')));
});

test.run();
