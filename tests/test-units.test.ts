import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { findTests, type TestFile, tierOf, unitsOf } from './test-units.ts';

const file = (path: string, text = ''): TestFile => ({ path, text });

test('tierOf() goes by the folder and by what a file starts', () => {
	const tiers = [
		file('services/solar/kind.test.js', "import { test } from 'uvu';"),
		file('kernel/bus/nats-bus.test.js', "import { spawn } from 'node:child_process';"),
		file('cli/x.test.js', "import { gridbeat } from '../tests/cli.js';"),
		file('tests/sites.test.js'),
		file('tests/machines/deploy-run.test.js'),
	].map(tierOf);
	assert.equal(tiers, ['unit', 'runs', 'runs', 'runs', 'machines']);
});

test('unitsOf() puts small files together, divides large ones, and loses none', () => {
	const small = Array.from({ length: 30 }, (_, i) => file(`silicon/a${i + 10}.test.js`));
	const runs = Array.from({ length: 6 }, (_, i) => file(`tests/r${i}.test.js`, 'gridbeat(args)'));
	const starts = [
		"import { gridbeat, startGridbeat } from './cli.js';",
		"import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.js';",
		"import { spawnSync } from 'node:child_process';",
	].map((text, i) => file(`tests/s${i}.test.js`, text));
	const sliced = file('tests/docs.test.js', 'const test = inSlices(3);');
	const units = unitsOf([...small, ...runs, ...starts, sliced]);
	const alone = [1, 1, 1].map((count) => [count, null]);
	const shared = [4, 2, 12, 12, 6].map((count) => [count, null]);
	assert.equal(
		units.map(({ files, slice }) => [files.length, slice]),
		[...[0, 1, 2].map((i) => [1, `${i}/3`]), ...alone, ...shared],
	);
	assert.equal(new Set(units.flatMap(({ files }) => files)).size, 40);
});

test('every built test file is in a tier, and each tier has some', () => {
	const root = fileURLToPath(new URL('..', import.meta.url));
	const tiers = findTests(root).map(tierOf);
	for (const tier of ['unit', 'runs', 'machines'] as const) assert.ok(tiers.includes(tier), tier);
});

test('run-files.js counts each file by itself, and a file that cannot be read stops no other', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-units-'));
	try {
		symlinkSync(projectFile('node_modules'), join(folder, 'node_modules'));
		const uvu = "import { test } from 'uvu';\n";
		const texts = {
			'bad.mjs': `${uvu}test('a', () => { throw new Error('no'); });\ntest.run();\n`,
			'broken.mjs': 'throw new Error("broken");\n',
			'good.mjs': `${uvu}test('b', () => {});\ntest.run();\n`,
			'silent.mjs': `${uvu}test('c', () => {});\n`,
		};
		const paths = Object.entries(texts).map(([name, text]) => {
			writeFileSync(join(folder, name), text);
			return join(folder, name);
		});
		const script = fileURLToPath(new URL('./run-files.js', import.meta.url));
		const out = execFileSync(process.execPath, [script, 'MARK', ...paths], { encoding: 'utf8' });
		const ends = [...out.matchAll(/^MARK (\d+) [\d.]+ .*\/(\w+)\.mjs$/gm)].map((end) => [
			end[2],
			Number(end[1]),
		]);
		assert.equal(ends, [
			['bad', 1],
			['broken', 1],
			['good', 0],
			['silent', 0],
		]);
		assert.equal(
			[...out.matchAll(/Total: +(\d+)/g)].map(([, total]) => Number(total)),
			[1, 1, 0],
		);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test.run();
