import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programIdentity } from '../kernel/files/identity.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';

/**
 * The package as npm installs it: what it holds, and a run of it. Its dependencies lie beside it, as npm lays them
 * out, not within.
 */
const home = tempFolder();
const modules = join(home, 'node_modules');
const installed = join(modules, 'gridbeat');

test.before(() => {
	const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', home];
	execFileSync('npm', pack, { cwd: projectFile('.'), stdio: ['ignore', 'ignore', 'pipe'] });
	const [tarball] = readdirSync(home).filter((name) => name.endsWith('.tgz'));
	mkdirSync(installed, { recursive: true });
	execFileSync('tar', ['-xzf', join(home, tarball ?? ''), '-C', installed, '--strip-components=1']);
	const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
	const beside = readdirSync(projectFile('node_modules')).filter((name) => !name.startsWith('.'));
	assert.ok(Object.keys(dependencies).every((name) => beside.includes(name.split('/')[0] ?? '')));
	for (const name of beside) symlinkSync(projectFile(`node_modules/${name}`), join(modules, name));
});

test('the package holds no tests, and no more than a run needs', () => {
	const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
	const wrong = files.filter((name) =>
		/\.test\.|test-support|for-tests|testdata|scenarios[/\\]|^(bench|lint|\.ci)\b|\.ts$/.test(name),
	);
	assert.equal(wrong, []);
	for (const name of ['README.md', 'LICENSE', 'examples/default.yaml', 'docs/scenario.md'])
		assert.ok(existsSync(join(installed, name)), name);
});

test('a run of the installed package ends with its report', () => {
	const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
	const main = join(installed, bin.gridbeat);
	const run = ['run', '--in-process', '--until', '10min', '--out', 'out'];
	execFileSync(process.execPath, [main, ...run], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
	const page = readFileSync(join(home, 'out', 'report.html'), 'utf8');
	assert.match(page, /uPlot/);
	assert.ok(existsSync(join(home, 'out', 'experiment.json')));
});

test('an installed package is the same program as the checkout it was made from', () => {
	const [own, theirs] = [projectFile('dist'), join(installed, 'dist')];
	assert.is(programIdentity(theirs, '1'), programIdentity(own, '1'));
});

test.run();
