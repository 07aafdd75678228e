import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { withoutDocstring } from './docstrings.ts';
import { arrowsAgainst, arrowsUp, breaches, importCircles, isTest } from './import-laws.ts';
import { ARROWS_UP, IMPORT_LAWS, MODULE_STATE, WINGS } from './laws.ts';
import { moduleState } from './module-state.ts';
import {
	dataWithoutSource,
	deadExports,
	deadFiles,
	FILE_LINES_MAX,
	leftovers,
	longFiles,
	lostPaths,
	numberedFields,
	outsideCitations,
	PROPERTIES,
	type TextFile,
	testsNeverRun,
	titles,
	unseededTests,
	workplaces,
} from './tidy.ts';

/** Files that may be longer than others, and why. */
const LONG_FILES: Readonly<Record<string, string>> = {
	'feeds/grid/fetch-series.test.ts': 'both feeds against one server of canned answers',
	'kernel/actor/host.ts': 'all that a host is asked, and what it answers',
	'kernel/actor/host-phase.test.ts': 'a table: each message at each stage of a host',
	'services/replica/engine/engine.ts':
		'the loop of the fast engine, from a decision to the end of its batch',
	'services/replica/engine/pipeline.ts': 'all that happens to a batch on its way, event by event',
	'tests/tidy.test.ts': 'the rules, and the files that may be long',
	'services/replica/engine/fuzz.test.ts': 'one set of random servers and loads for every property',
	'services/controller/vessim.test.ts': 'replays each of Vessim’s runs with one set of helpers',
	'services/coordinator/coordinator.test.ts': 'one scripted host and one clock serve every test',
	'services/coordinator/coordinator.ts': 'the run from membership to its end, in the order of time',
	'services/router/public-traces.test.ts': 'a few rows of each format that people publish',
	'cli/cases-command.ts': 'runs that are compared, from their plans to what they come to',
	'tests/run-folder-columns.test.ts': 'a run for each column that only some runs have',
	'protocol/run-folder/metadata.ts': 'every key of metadata.yaml, with what it means',
	'cli/flags.ts': 'a table: each flag, its key and what it says',
	'cli/scenario-docs.ts': 'mostly the text of docs/scenario.md',
	'services/router/kind.test.ts':
		'each generator and policy through the actor, with one set of stubs',
	'tests/bad-input.test.ts': 'mostly a table of inputs and the messages they give',
	'tests/laws.ts': 'a table: who may import what, and why',
	'tests/docs.test.ts': 'one way of holding text to code for each page',
};

const ignored = readFileSync(projectFile('.gitignore'), 'utf8').replaceAll(/\/$/gm, '').split('\n');

/** Every text file of the project that git would keep. */
function readTree(folder = ''): TextFile[] {
	return readdirSync(projectFile(folder), { withFileTypes: true }).flatMap((entry) => {
		const path = `${folder}${entry.name}`;
		// A leading slash stands for the root alone: /capacity is not studies/capacity.
		if (ignored.includes(entry.name) || ignored.includes(`/${path}`)) return [];
		if (entry.name === '.git' || path.endsWith('.log')) return [];
		if (entry.isDirectory()) return readTree(`${path}/`);
		const text = entry.isFile() ? readFileSync(projectFile(path), 'utf8') : '\0';
		return text.includes('\0') ? [] : [{ path, text }];
	});
}

const tree = readTree();

/** The tree obeys a rule, or the failure lists what does not. */
function obeys(findings: readonly string[]): void {
	assert.is(findings.join('\n'), '');
}

test('every test file runs its tests', () => {
	const text = "test('x', () => {});\n";
	const files = [
		{ path: 'a.test.ts', text },
		{ path: 'b.test.ts', text: `${text}// test.run();\n` },
		{ path: 'c.test.ts', text: `${text}test.run();\n` },
		{ path: 'd.test.ts', text: 'if (here) {\n\tcontract(\n\t).run();\n}\n' },
		{ path: 'e.ts', text },
	];
	const message = 'a test file that runs nothing is banned, use test.run()';
	assert.equal(testsNeverRun(files), [`a.test.ts:1: ${message}`, `b.test.ts:1: ${message}`]);
	assert.ok(tree.some(({ path }) => path === 'tests/tidy.test.ts'));
	obeys(testsNeverRun(tree));
});

test('every source file is reached from a main.ts, a script or a test', () => {
	const files = [
		{
			path: 'a/main.ts',
			text: "import { b } from './b.ts';\nspawn('./child.js');\nspawn(programFile('a/thread'));\n",
		},
		{ path: 'a/child.ts', text: '' },
		{ path: 'a/thread.ts', text: '' },
		{ path: 'a/b.ts', text: "export const b = async () => (await import('../c/lazy.ts')).lazy;\n" },
		{ path: 'c/lazy.ts', text: '' },
		{ path: 'a/b.test.ts', text: "import './fixture.ts';\n" },
		{ path: 'a/fixture.ts', text: "export {\n\td,\n\ttype E,\n} from './d.ts';\n" },
		{ path: 'a/d.ts', text: '' },
		{ path: 'a/alone.ts', text: "import { alone } from './alone.ts';\n" },
		{ path: 'c/README.md', text: 'Run `node dist/c/script.js`.\n' },
		{ path: 'c/script.ts', text: '' },
	];
	assert.equal(deadFiles(files), [
		'a/alone.ts:1: a file that nothing reaches is banned, use it or delete it',
	]);
	obeys(deadFiles(tree));
});

test('every export is imported, but for types that other exports speak of', () => {
	const files = [
		{
			path: 'a.ts',
			text: [
				'export const used = 1;',
				'export const dead = used + 1;',
				'export interface Options { x: 1 }',
				'export function f(options: Options) {}',
				'export type Dead = 1;',
				'export const Pair = z.int();',
				'export type Pair = z.infer<typeof Pair>;',
				"export { g, h as i } from './b.ts';",
			].join('\n'),
		},
		{ path: 'b.ts', text: "import { type f, used as u } from './a.ts';\n" },
		{ path: 'c.ts', text: "const { g } = (await import('./a.ts')).g;\n" },
		{ path: 'd/e.ts', text: 'export const whole = 1;\n' },
		{ path: 'd/f.ts', text: "import * as e from './e.ts';\n" },
	];
	const message = (name: string) =>
		`the unused export ${name} is banned, use it or make it private`;
	assert.equal(deadExports(files), [
		`a.ts:2: ${message('dead')}`,
		`a.ts:5: ${message('Dead')}`,
		`a.ts:6: ${message('Pair')}`,
		`a.ts:7: ${message('Pair')}`,
		`a.ts:8: ${message('i')}`,
	]);
	obeys(deadExports(tree));
});

test('every data file is described in a Markdown file beside it', () => {
	const files = [
		{
			path: 'weather-data/README.md',
			text: '# Weather\n\n`sun.json` is measured, `rain.json` not.\n',
		},
		{ path: 'weather-data/sun.json', text: '' },
		{ path: 'weather-data/wind.json', text: '' },
		{ path: 'profiling-data/rain.json', text: '' },
	];
	const message = 'data without a source is banned, use the README.md beside it';
	assert.equal(dataWithoutSource(files), [
		`weather-data/wind.json:1: ${message}`,
		`profiling-data/rain.json:1: ${message}`,
	]);
	assert.ok(tree.some(({ path }) => path === 'weather-data/locations.json'));
	obeys(dataWithoutSource(tree));
});

test('every Markdown file has one title', () => {
	const code = '```sh\n# a comment\n```\n';
	const files = [
		{ path: 'one.md', text: `# One\n\n## Part\n\n${code}` },
		{ path: 'none.md', text: `## Part\n\n${code}` },
		{ path: 'two.md', text: '# One\n\n# Two\n' },
	];
	assert.equal(titles(files), [
		'none.md:1: 0 titles are banned, use one "# Title"',
		'two.md:1: 2 titles are banned, use one "# Title"',
	]);
	obeys(titles(tree));
});

test('no notes to oneself are left', () => {
	const words = ['FIX', 'TO', 'XX'].map((word, i) => word + ['ME', 'DO', 'X'][i]);
	const files = [{ path: 'a.ts', text: `let a;\n// ${words.join('\n// ')}\n` }];
	assert.equal(
		leftovers(files),
		words.map((word, i) => `a.ts:${i + 2}: ${word} is banned, use an issue`),
	);
	obeys(leftovers(tree));
});

test('no path or host of a workplace is left', () => {
	const [folder, host] = ['/wo' + 'rk/main', 'https://reg' + 'istry.npmjs.org/'];
	const files = [
		{ path: 'a.md', text: `See ./work/x and\n${folder}.\n` },
		{ path: 'package-lock.json', text: `{\n "from": "${host}zod"\n}\n` },
	];
	assert.equal(workplaces(files), [
		`a.md:2: the path ${folder.slice(0, 7)} is banned, use one inside the project`,
		`package-lock.json:2: ${host.slice(6)} is banned, use the registry of whoever installs`,
	]);
	obeys(workplaces(tree));
});

test('files that are named are there', () => {
	const gone = ['gone', 'ts'].join('.');
	const files = [
		{ path: 'a/b.ts', text: `// See a/b.ts, b.ts and ${gone}.\nconst x = '${gone}';\n` },
		{ path: 'c.md', text: `\`a/b.ts\`, node dist/a/b.js,\nold/${gone} and *.test.ts.\n` },
		{ path: 'CHANGELOG.md', text: `${gone}\n` },
	];
	assert.equal(lostPaths(files), [
		`a/b.ts:1: the path ${gone} is banned, use one that is there`,
		`c.md:2: the path old/${gone} is banned, use one that is there`,
	]);
	obeys(lostPaths(tree));
});

test('comments cite what is published', () => {
	const name = ['RE', 'SEARCH'].join('');
	const files = [
		{ path: 'a.ts', text: `// README.md has it.\n// ${name} A2 has it, and ${name}.md.\n` },
		{ path: 'README.md', text: '' },
	];
	assert.equal(outsideCitations(files), [
		`a.ts:2: the citation of ${name} is banned, use the publication`,
		`a.ts:2: the citation of ${name}.md is banned, use the publication`,
	]);
	obeys(outsideCitations(tree));
});

test('fields of readings have their positions from the list of fields', () => {
	const text = 'row[0] = wire.value(0);\nrow[2] = wire.value(AT.soc);\nwire.value(11);\n';
	const files = [
		{ path: 'services/tide/kind.ts', text },
		{ path: 'services/tide/kind.test.ts', text },
		{ path: 'results/tide.ts', text },
	];
	const use = 'use positionsOf() of protocol/readings.ts';
	assert.equal(numberedFields(files), [
		`services/tide/kind.ts:2: the field row[2] is banned, ${use}`,
		`services/tide/kind.ts:3: the field .value(11) is banned, ${use}`,
	]);
	obeys(numberedFields(tree));
});

test('every random test draws with the seed of the process', () => {
	const fast = "'fast-" + "check';\n";
	const files = [
		{ path: 'a.test.ts', text: `import { test } from 'uvu';\nimport * as fc from ${fast}` },
		{ path: 'b.test-support.ts', text: `import fc from ${fast}` },
		{ path: 'c.test.ts', text: 'const x = 1;\nconst y = Math.random();\n' },
		{ path: 'd.test.ts', text: "run('return Math.random();');\n// Math.random()\n" },
		{ path: 'e.ts', text: `import fc from ${fast}` },
		{ path: PROPERTIES, text: `import * as original from ${fast}` },
	];
	const message = `fast-check without a seed is banned, use ${PROPERTIES}`;
	assert.equal(unseededTests(files), [
		`a.test.ts:2: ${message}`,
		`b.test-support.ts:1: ${message}`,
		'c.test.ts:2: chance without a seed is banned, use namedPrng() or fast-check',
	]);
	assert.ok(tree.some(({ path }) => path === PROPERTIES));
	obeys(unseededTests(tree));
});

test('every exported function and class has a docstring', () => {
	obeys(withoutDocstring(tree));
});

test('no file is long without a reason, and no reason is without a long file', () => {
	const text = 'x;\n'.repeat(FILE_LINES_MAX + 1);
	const files = [
		{ path: 'long.ts', text },
		{ path: 'table.ts', text },
		{ path: 'edge.ts', text: 'x;\n'.repeat(FILE_LINES_MAX) },
	];
	assert.equal(longFiles(files, { 'table.ts': 'a table', 'edge.ts': 'none' }), [
		`long.ts:1: more than ${FILE_LINES_MAX} lines are banned, use a second file`,
		'edge.ts:1: a reason to be long is banned when it is not, use none',
	]);
	obeys(longFiles(tree, LONG_FILES));
});

test('imports obey the laws of the house', () => {
	const sources = tree.filter(({ path }) => path.endsWith('.ts'));
	const shipped = sources.filter(({ path }) => !isTest(path));
	assert.ok(shipped.length > 500);
	obeys(breaches(shipped, IMPORT_LAWS));
	obeys(arrowsUp(sources, WINGS, ARROWS_UP));
});

test('no module remembers anything, but for what has a reason in laws.ts', () => {
	obeys(moduleState(tree, MODULE_STATE));
});

test('no files import each other in a circle, not even for types', () => {
	const sources = tree.filter(({ path }) => path.endsWith('.ts'));
	obeys(importCircles(sources));
});

test('the table of folders in ARCHITECTURE.md states the arrows of the code, and no others', () => {
	const page = tree.find(({ path }) => path === 'ARCHITECTURE.md');
	assert.ok(page !== undefined);
	obeys(arrowsAgainst(tree, page));
});

test.run();
