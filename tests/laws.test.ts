import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import {
	arrowsAgainst,
	arrowsUp,
	breaches,
	importCircles,
	importsOf,
	statedArrows,
} from './import-laws.ts';
import { AMBIENT, IMPORT_LAWS, TERMINAL, WINGS } from './laws.ts';
import type { TextFile } from './tidy.ts';

const BIOME = projectFile('node_modules/@biomejs/biome/bin/biome');

/** A source file that imports these. */
function source(path: string, imports: readonly string[], code = ''): TextFile {
	return { path, text: `${imports.map((from) => `import ${`'${from}'`};\n`).join('')}${code}` };
}

/** What the laws of imports say of one file, without exceptions that it does not need. */
function said(file: TextFile): string[] {
	return [...breaches([file], IMPORT_LAWS), ...arrowsUp([file], WINGS, {})]
		.filter((line) => !line.includes('that nothing needs'))
		.map((line) => line.replace(/ is banned.*/, ''));
}

/** What Biome says, by our rules, of files at these paths. */
function lint(files: readonly TextFile[]): string[] {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-laws-'));
	const rules = [
		'biome.json',
		...['imports.json', 'no-ambient.grit', 'no-terminal.grit'].map((name) => `lint/${name}`),
	].map((path) => ({ path, text: readFileSync(projectFile(path), 'utf8') }));
	for (const { path, text } of [...rules, ...files]) {
		mkdirSync(join(folder, dirname(path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
	const args = [BIOME, 'lint', '--vcs-enabled=false', '--max-diagnostics=none'];
	const { stdout } = spawnSync(process.execPath, [...args, '--reporter=github'], {
		cwd: folder,
		encoding: 'utf8',
	});
	rmSync(folder, { recursive: true });
	const paths = new Map(files.map(({ path }) => [path, true]));
	return Array.from(stdout.matchAll(/file=([^,]*),line=(\d+),.*?::(.*)$/gm)).flatMap(
		([, where = '', line, message = '']) => {
			const path = [...paths.keys()].find((one) => where.endsWith(one));
			return path === undefined ? [] : [`${path}:${line}: ${message.replace(/ is banned.*/, '')}`];
		},
	);
}

test('importsOf() finds imports and exports, types, of many lines and late', () => {
	const quoted = (text: string) => text.replaceAll('"', "'");
	const text = quoted(
		'import { a } from "./a.ts";\nimport type {\n\tB,\n\ttype C,\n} from "../b/c.ts";\nexport * from "./d.ts";\nimport "node:fs";\nconst e = await import("./e.ts");\ntype F = typeof import("./f.ts");\nconst text = "import { g } from \'./g.ts\'";\n',
	);
	assert.equal(importsOf({ path: 'x/y/z.ts', text }), [
		{ line: 1, to: 'x/y/a.ts' },
		{ line: 5, to: 'x/b/c.ts' },
		{ line: 6, to: 'x/y/d.ts' },
		{ line: 7, to: 'node:fs' },
		{ line: 8, to: 'x/y/e.ts' },
		{ line: 9, to: 'x/y/f.ts' },
	]);
});

test('a new service may use the contract, ports, feeds and what a GPU costs', () => {
	const kind = source('services/tide/kind.ts', [
		'../../kernel/actor/contract.ts',
		'../../kernel/actor/random.ts',
		'../../protocol/ports.ts',
		'../../feeds/signal/trace.ts',
		'../../silicon/power.ts',
		'./tide-table.ts',
		'zod',
	]);
	const main = source('services/tide/main.ts', ['../../kernel/host/process.ts', '../kinds.ts']);
	assert.equal([...said(kind), ...said(main)], []);
});

/** Files that nobody has seen before, and what each may not import. */
const PLANTED: readonly (readonly [path: string, ...imports: string[]])[] = [
	['services/tide/kind.ts', 'node:fs', 'node:net', 'node:child_process', 'node:timers/promises'],
	['services/tide/kind.ts', '../solar/kind.ts', '../kinds.ts', '../../kernel/bus/bus.ts'],
	['services/tide/kind.ts', '../../feeds/grid/fetch-series.ts', '../../kernel/files/input-file.ts'],
	['services/tide/kind.ts', '../../run/resolve/plan.ts', '../../results/report/run.ts'],
	['services/tide/kind.ts', '../../studies/sweep/design.ts', '../../vidur/serving/vidur.ts'],
	['services/tide/kind.ts', '../../cli/flags.ts', '../../tests/cli.ts'],
	['services/tide/deep/moon.ts', '../../solar/kind.ts', 'node:fs'],
	['services/tide/main.ts', '../solar/kind.ts', 'node:fs'],
	['services/tide.ts', '../run/resolve/plan.ts'],
	['services/controller/tide.ts', 'node:vm', 'node:worker_threads'],
	[
		'services/coordinator/tide.ts',
		'../../kernel/files/folder-lock.ts',
		'../../kernel/bus/nats-bus.ts',
	],
	['services/recorder/tide.ts', 'node:fs', '../battery/kind.ts', '../../kernel/bus/bus.ts'],
	['services/battery/degradation/tide.ts', '../kind.ts', 'zod'],
	['protocol/tide.ts', '../kernel/actor/contract.ts', 'luxon', 'node:fs'],
	['protocol/tide/moon.ts', '../../kernel/actor/contract.ts', 'node:fs'],
	['kernel/tide/moon.ts', '../../services/kinds.ts', '../../silicon/power.ts'],
	['kernel/actor/tide.ts', '../bus/nats-bus.ts', '../files/input-file.ts', 'node:fs'],
	['kernel/bus/tide.ts', '@nats-io/transport-node', '../actor/contract.ts', 'node:net'],
	['kernel/files/tide.ts', '../bus/bus.ts', '../../protocol/time.ts', 'node:child_process'],
	['kernel/host/tide.ts', '../../services/kinds.ts', '@nats-io/transport-node', 'node:net'],
	['kernel/nats-server/tide.ts', '../actor/contract.ts', '@nats-io/transport-node'],
	['silicon/tide.ts', '../feeds/signal/trace.ts', '../services/kinds.ts', 'node:fs', 'luxon'],
	['silicon/tide/moon.ts', '../../kernel/actor/contract.ts', 'node:fs', 'csv-parse/sync'],
	['feeds/tide/moon.ts', '../../silicon/power.ts', '../../services/solar/kind.ts', 'node:fs'],
	['results/tide/moon.ts', '../../run/finish.ts', '../../kernel/bus/bus.ts', 'node:fs'],
	['results/report/client/tide.ts', '../run.ts', '../../../protocol/time.ts', 'node:fs', 'luxon'],
	['results/report/tide.ts', 'uplot', 'node:url'],
	['results/hindsight/tide.ts', '../report/run.ts', 'node:path', 'luxon'],
	['run/tide/moon.ts', '../../studies/sweep/design.ts', '../../cli/flags.ts'],
	['run/tide/moon.ts', '@nats-io/transport-node', 'node:child_process', 'node:net', 'node:vm'],
	['studies/tide/moon.ts', '../../vidur/serving/vidur.ts', '../../cli/flags.ts', 'node:vm'],
	['studies/sweep/tide.ts', '../../run/resolve/plan.ts', '../../services/kinds.ts'],
	['studies/capacity/tide.ts', '../../run/resolve/plan.ts', '../../services/solar/kind.ts'],
	['vidur/tide/moon.ts', '../../studies/sweep/design.ts', '../../cli/flags.ts', 'uvu'],
	['cli/tide.ts', '../tests/cli.ts', '@nats-io/transport-node', 'node:child_process'],
	['tests/tide.ts', '../bench/replica.ts'],
	['silicon/tide.test.ts', '../services/kinds.ts', '../tests/cli.ts'],
	['tide/moon.ts', '../protocol/time.ts'],
];

test('files that nobody has seen before are under the laws', () => {
	for (const [path, ...imports] of PLANTED) {
		const found = said(source(path, imports));
		const wing = path.split('/')[0] ?? '';
		if (!WINGS.flat().includes(wing)) {
			assert.equal(found, [`${path}:1: source outside the wings`]);
			continue;
		}
		imports.forEach((to, i) => {
			const line = found.find((one) => one.startsWith(`${path}:${i + 1}: `));
			assert.ok(line !== undefined, `${path} may import ${to}`);
			assert.ok(line.endsWith(to.replace(/^(\.\.?\/)+/, '')), line);
		});
	}
});

test('an exception is for the files that it names, and needed', () => {
	const laws = [
		{
			of: ['a/**'],
			may: ['./**'],
			instead: 'an argument',
			except: [
				{ of: ['a/load.ts'], may: ['node:fs'], why: 'reads' },
				{ of: ['a/lost.ts'], may: ['node:net'], why: 'none' },
			],
		},
	];
	assert.equal(breaches([source('a/load.ts', ['node:fs']), source('a/b.ts', ['node:fs'])], laws), [
		'a/b.ts:1: node:fs is banned here, use an argument',
		'a/lost.ts:1: an exception for node:net that nothing needs is banned, use none',
	]);
	const up = [source('a/x.ts', ['../b/y.ts']), source('b/y.ts', ['../a/x.ts'])];
	const why = { 'a/x.ts -> b/y.ts': 'none', 'b/z.ts -> c/z.ts': 'none' };
	assert.equal(arrowsUp(up, [['a'], ['b']], why), [
		'b/z.ts -> c/z.ts: an exception that nothing needs is banned, use none',
	]);
});

test('a circle of files is refused, of types as well', () => {
	const files = [
		{ path: 'a/x.ts', text: `import type { Y } from ${"'./y.ts'"};\n` },
		source('a/y.ts', ['../b/z.ts']),
		source('b/z.ts', ['../a/x.ts', './own.ts']),
		source('b/own.ts', ['./own.ts']),
		source('b/end.ts', ['./own.ts', '../a/x.ts']),
	];
	const message = (path: string, circle: string) =>
		`${path}:1: the circle ${circle} is banned, use a file for what both need`;
	assert.equal(importCircles(files), [
		message('a/x.ts', 'a/x.ts -> a/y.ts -> b/z.ts -> a/x.ts'),
		message('b/own.ts', 'b/own.ts -> b/own.ts'),
	]);
});

test('the arrows of a table are held to the code, both ways', () => {
	const rows = [
		'| `a/` | first |  |',
		'| `a/b/` | it | `a`, `c/{d,e}` |',
		'| `c/d/` | gone | `a` |',
	];
	const page = { path: 'P.md', text: ['# P', ...rows].join('\n') };
	assert.equal(
		[...statedArrows(page.text)],
		[
			['a', []],
			['a/b', ['a', 'c/d', 'c/e']],
			['c/d', ['a']],
		],
	);
	const files = [
		source('a/x.ts', ['./b/y.ts', 'zod']),
		source('a/b/y.ts', ['../x.ts', '../../c/d/x.ts']),
		source('a/b/y.test.ts', ['../../c/f/x.ts']),
		source('c/n/x.ts', []),
	];
	assert.equal(arrowsAgainst(files, page), [
		'P.md:2: a/ imports a/b/, use its row to say so, or do without',
		'P.md:3: a/b/ does not import c/e/, use a row without it',
		'P.md:4: a row for c/d/, which has no source, is banned',
		'P.md:1: the folder c/n/ without a row is banned, use one',
	]);
});

test('Biome keeps the time of day, chance, the network and the terminal out of new files', () => {
	if (!existsSync(BIOME)) {
		console.log('skipped: Biome is not installed');
		return;
	}
	const ambient: readonly (readonly [code: string, message: string])[] = [
		['Date.now()', 'Date.now()'],
		['performance.now()', 'performance.now()'],
		['new Date()', 'new Date()'],
		['Math.random()', 'Math.random()'],
		['setTimeout(f, 1)', 'setTimeout()'],
		['process.env', 'process.env'],
		['process.hrtime()', 'process.hrtime()'],
		['process.cwd()', 'process.cwd()'],
		['DateTime.now()', 'DateTime.now()'],
		['DateTime.utc()', 'the time of day'],
		['crypto.randomUUID()', 'chance without a seed'],
		['void fetch(url)', 'fetch()'],
	];
	const terminal: readonly (readonly [code: string, message: string])[] = [
		['process.exit(1)', 'process.exit()'],
		['process.exitCode = 1', 'process.exitCode'],
		["process.stdout.write('')", 'process.stdout'],
		["process.stderr.write('')", 'process.stderr'],
		["console.log('')", 'console'],
		["process.on('SIGINT', f)", 'process.on()'],
		["process.once('SIGTERM', f)", 'process.on()'],
	];
	const planted = (path: string, rows: typeof ambient) => ({
		path,
		text: `${rows.map(([code]) => `${code};`).join('\n')}\n`,
	});
	const wings = ['protocol', 'kernel', 'silicon', 'feeds', 'services', 'results'];
	const files = [
		...wings.map((wing) => planted(`${wing}/tide/moon.ts`, [...ambient, ...terminal])),
		...['run', 'studies', 'vidur'].map((wing) => planted(`${wing}/tide/moon.ts`, terminal)),
		planted('cli/tide.ts', terminal),
		source('services/tide/nats.ts', ['@nats-io/transport-node']),
		source('services/tide/kind.ts', ['../../protocol/time.ts'], 'DateTime.utc(2024);\n'),
	];
	const found = lint(files);
	const expected = files
		.slice(0, 9)
		.flatMap(({ path }) =>
			(wings.some((wing) => path.startsWith(wing)) ? [...ambient, ...terminal] : terminal).map(
				([, message], i) => `${path}:${i + 1}: ${message}`,
			),
		);
	assert.equal(found.sort(), [...expected, 'services/tide/nats.ts:1: NATS'].sort());
});

test('what Biome lets pass has a reason in laws.ts', () => {
	const { plugins } = JSON.parse(readFileSync(projectFile('biome.json'), 'utf8')) as {
		plugins: readonly { path: string; includes: readonly string[] }[];
	};
	for (const [name, reasons] of [
		['no-ambient', AMBIENT],
		['no-terminal', TERMINAL],
	] as const) {
		const rule = plugins.find(({ path }) => path.includes(name));
		const excepted = (rule?.includes ?? [])
			.filter((glob) => glob.startsWith('!') && !glob.startsWith('!**/'))
			.map((glob) => glob.slice(1));
		assert.equal(excepted, Object.keys(reasons));
	}
});

test.run();
