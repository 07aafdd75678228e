import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';

/** The types of the package hold for the kinds of the example, in a folder of somebody else. */
const folder = tempFolder();

test.before(() => {
	mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
	symlinkSync(projectFile('.'), join(folder, 'node_modules/gridbeat'));
	for (const name of ['@types/node', 'undici-types', 'zod'])
		symlinkSync(projectFile(`node_modules/${name}`), join(folder, 'node_modules', name));
	writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
});

function check(file: string) {
	const tsc = projectFile('node_modules/typescript/bin/tsc');
	const flags = ['--noEmit', '--allowJs', '--checkJs', '--strict', '--exactOptionalPropertyTypes'];
	const target = ['--target', 'es2023', '--lib', 'es2023', '--module', 'nodenext'];
	const { stdout } = spawnSync(
		process.execPath,
		[tsc, ...flags, ...target, '--types', 'node', file],
		{ cwd: folder, encoding: 'utf8' },
	);
	return stdout;
}

for (const name of ['charger.js', 'flywheel.js'])
	test(`examples/own-kind/${name} is of the types of the package, strictly`, () => {
		copyFileSync(projectFile(`examples/own-kind/${name}`), join(folder, name));
		assert.is(check(name), '');
	});

test('a kind without its range of the first step does not compile', () => {
	const text = `/** @type {import('gridbeat').OwnKind<object>} */
const kind = {
	kind: 'store',
	config: () => ({}),
	create: () => ({ timing: 'time', stepUs: 1, inputs: [], outputs: [], init: () => 0, step: () => 0 }),
	store: () => ({ capacityWh: 1, soc: 1, chargeLevelWh: 1 }),
};
`;
	writeFileSync(join(folder, 'wrong.js'), text);
	assert.match(check('wrong.js'), /feasibleMinW, feasibleMaxW/);
});

test.run();
