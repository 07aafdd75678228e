import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';

/** The programs of docs/library.md: somebody's, in a folder of its own, where the package is what was built here. */
const PAGE = readFileSync(projectFile('docs/library.md'), 'utf8');
const programs = [...PAGE.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text ?? '');
const folder = tempFolder();

test.before(() => {
	mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
	symlinkSync(projectFile('.'), join(folder, 'node_modules/gridbeat'));
	for (const name of ['@types/node', 'undici-types'])
		symlinkSync(projectFile(`node_modules/${name}`), join(folder, 'node_modules', name));
	writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
	for (const [i, text] of programs.entries()) writeFileSync(join(folder, `${i}.ts`), text);
});

test('the programs in docs/library.md compile strictly', () => {
	assert.ok(programs.length >= 5);
	const flags = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
	const target = [
		'--target',
		'es2023',
		'--lib',
		'es2023',
		'--module',
		'nodenext',
		'--types',
		'node',
	];
	const files = programs.map((_, i) => `${i}.ts`);
	const tsc = projectFile('node_modules/typescript/bin/tsc');
	const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, ...target, ...files], {
		...{ cwd: folder, encoding: 'utf8' },
	});
	assert.is(status, 0, stdout);
});

/** What each says, in the order of the page. */
const SAYS = [
	/kWh from the grid, p99 TTFT 0\.\d+ s\neverything else is in .*first-run\n/,
	/^Cannot use key "solr" in the text:3: unknown key; [^\n]*\n60s 1\n$/,
	/^(\d\S* \d\S*\n){3}$/,
	/^begun 0\.0 %\nrunning 0\.0 %\n(.*\n)*reporting .*\nAbortError Interrupted; what was recorded up to .* is kept in .*aborted \d+\n$/,
	/^complete 60 W \d+\n\S+ 1\n60\n$/,
] as const;

for (const [i, says] of SAYS.entries())
	test(`program ${i + 1} of docs/library.md runs, says what it should and ends by itself`, () => {
		const { status, stdout, stderr } = spawnSync(process.execPath, [`${i}.js`], {
			...{ cwd: folder, encoding: 'utf8', timeout: 300_000 },
		});
		assert.is(status, 0, stderr);
		assert.is(stderr, '');
		assert.match(stdout, says);
	});

test.run();
