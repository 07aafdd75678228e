import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import {
	type Env,
	eventually,
	gridbeat,
	readRows,
	startGridbeat,
	startTestServer,
	tempFolder,
} from './cli.ts';
import { idOf, pythonWithClient, runPython } from './client-python.ts';
import { twins } from './python-twins.test-support.ts';
import { inSlices } from './slices.ts';

/** The package in clients/python: its own tests, its programs in whole runs, and what docs/python.md says. */

const test = inSlices(3);
const python = pythonWithClient();
const binary = await natsBinaryForTests();
const MAIN = projectFile('dist/cli/main.js');
const PAGE = readFileSync(projectFile('docs/python.md'), 'utf8');
const blocks = (language: string) =>
	[...PAGE.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
		.filter((found) => found[1] === language)
		.map((found) => found[2] as string);

const text = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');

interface Pair {
	readonly folder: string;
	/** What the process in Python said. */
	readonly said: string;
}

/** A run on a server of its own, with a process in Python that joins it; both come to their ends in order. */
async function together(
	program: string,
	scenario: string,
	words: readonly string[],
	{ args = [], env = {} }: { readonly args?: readonly string[]; readonly env?: Env } = {},
): Promise<Pair> {
	const folder = join(tempFolder(), 'run');
	const run = startGridbeat(['run', scenario, ...args, '--out', folder], env);
	const id = await idOf(run);
	const process = await runPython(program, words, { env: { ...env, GRIDBEAT_RUN: id } });
	const { code, stderr } = await run.ended;
	assert.is(code, 0, `${stderr}\n${process.stderr}`);
	assert.is(process.code, 0, process.stderr);
	return { folder, said: process.stdout };
}

if (python === null) {
	console.log('skipped: no Python with what clients/python needs: make peers installs it');
} else {
	test('the tests of the package pass', async () => {
		const { code, stderr } = await runPython(
			python,
			['-m', 'unittest', 'discover', '-s', 'tests', '-t', '.'],
			{ cwd: projectFile('clients/python') },
		);
		assert.is(code, 0, stderr);
		assert.match(stderr, /^Ran (3[4-9]|[4-9]\d) tests/m);
	});

	test('a store and a load in Python give the bytes of their twins in JavaScript, sealed and in one process', async () => {
		if (binary === null) return;
		const { modules, processes, program } = twins();
		const reference = join(tempFolder(), 'reference');
		const ran = await gridbeat(['run', modules, '--in-process', '--out', reference]);
		assert.is(ran.code, 0, ran.stderr);
		const server = await startTestServer(binary);
		const env = { NATS_URL: server.url, GRIDBEAT_JOIN_KEY: 'between-you-and-me' };
		try {
			for (const args of [[], ['--window', '7min']]) {
				const folder = join(tempFolder(), 'run');
				const run = startGridbeat(['run', processes, ...args, '--out', folder], env);
				// Both are there before anybody waits for them, and each takes a place of its kinds.
				const parts = await Promise.all([1, 2].map(() => runPython(python, [program], { env })));
				const { code, stderr } = await run.ended;
				assert.is(code, 0, stderr);
				for (const part of parts) assert.is(part.code, 0, part.stderr);
				assert.ok(
					text(folder, 'timeseries.csv') === text(reference, 'timeseries.csv'),
					args.join(),
				);
			}
			const metadata = parse(text(reference, 'metadata.yaml')) as {
				gridbeat: { own_kinds: unknown[] };
			};
			assert.is(metadata.gridbeat.own_kinds.length, 2);
		} finally {
			await server.stop();
		}
	});

	test('a process without the join key gets no place', async () => {
		if (binary === null) return;
		const { processes, program } = twins();
		const server = await startTestServer(binary);
		const env = { NATS_URL: server.url, GRIDBEAT_JOIN_KEY: 'between-you-and-me' };
		const folder = join(tempFolder(), 'run');
		const run = startGridbeat(['run', processes, '--out', folder], env);
		try {
			await eventually('the run', () => /programs for python-heater/.exec(run.said()));
			const stranger = runPython(python, [program], { env: { NATS_URL: server.url } });
			await eventually('the refusal', () =>
				/it does not have the join key of this run/.exec(run.said()),
			);
			run.signal('SIGTERM');
			await run.ended;
			await server.stop();
			const { code, stderr } = await stranger;
			assert.ok(code !== 0, stderr);
		} finally {
			run.signal('SIGTERM');
			await server.stop();
		}
	});

	test('an actor hears others in its loop whether each speaks for itself or one for all of its host', async () => {
		const folder = tempFolder();
		const scenario = join(folder, 'scenario.yaml');
		const reads = { state: 'battery.state', books: 'controller.books' };
		const loads = [{ name: 'eager', external: 'eager', reads }];
		writeFileSync(scenario, JSON.stringify({ until: '1h', serving: null, loads }));
		const body = `import gridbeat
class Eager(gridbeat.Actor):
    kind = "eager"
    def step(self, span, inputs):
        books, state = inputs["books"], inputs["state"]
        return {"power": -100 - (0 if books is None else abs(books["p_grid"]) / 8) - 50 * state["soc"]}
gridbeat.main(Eager)
`;
		const program = join(folder, 'eager.py');
		writeFileSync(program, body);
		const [apart, packed] = [
			await together(python, scenario, [program]),
			await together(python, scenario, [program], { args: ['--processes', '1'] }),
		];
		const powers = readRows(packed.folder, 'timeseries.csv').map(
			(row) => row['actor_states.eager.power'],
		);
		assert.ok(new Set(powers).size > 10, powers.join(' '));
		assert.ok(text(packed.folder, 'timeseries.csv') === text(apart.folder, 'timeseries.csv'));
	});

	test('an actor that fails ends the run in a line that names it, and its process ends', async () => {
		const folder = tempFolder();
		const scenario = join(folder, 'scenario.yaml');
		const loads = [{ name: 'thing', external: 'thing' }];
		writeFileSync(scenario, JSON.stringify({ until: '10min', serving: null, loads }));
		for (const [body, exit, words] of [
			['raise RuntimeError("no water")', 1, /Cannot step "thing" at 0 us: no water/],
			['return {"power": float("inf")}', 1, /step returned inf as "power"; return a finite number/],
		] as const) {
			const code = `import gridbeat\nclass T(gridbeat.Actor):\n    kind = "thing"\n    def step(self, span, inputs):\n        ${body}\ngridbeat.main(T)\n`;
			const run = startGridbeat(['run', scenario, '--out', join(tempFolder(), 'run')]);
			const id = await idOf(run);
			const process = await runPython(python, ['-c', code], { env: { GRIDBEAT_RUN: id } });
			assert.is(process.code, 1, process.stdout);
			const { code: ended, stderr } = await run.ended;
			assert.is(ended, exit);
			assert.match(stderr, words);
		}
	});

	test('the actor of docs/python.md runs with the scenario of docs/python.md', async () => {
		const folder = tempFolder();
		const [program = ''] = blocks('python');
		const [entry = ''] = blocks('yaml');
		writeFileSync(join(folder, 'program.py'), program);
		writeFileSync(join(folder, 'scenario.yaml'), `until: 3h\nserving: null\n${entry}`);
		const pair = await together(python, join(folder, 'scenario.yaml'), [
			join(folder, 'program.py'),
		]);
		const rows = readRows(pair.folder, 'timeseries.csv');
		assert.is(rows.length, 180);
		assert.is(readRows(pair.folder, 'heat-pump-values.csv').length, 180);
	});

	const pairs = blocks('sh').flatMap((block) => {
		const [run = '', process = ''] = block.split('\n');
		const scenario = /^npx gridbeat run (\S+)$/.exec(run)?.[1];
		const words = /^GRIDBEAT_RUN=\S+ python (.+)$/.exec(process)?.[1]?.split(' ');
		return scenario === undefined || words === undefined ? [] : [{ scenario, words }];
	});

	for (const { scenario, words } of pairs)
		test(`docs/python.md: ${scenario} and python ${words.join(' ')} run together`, async () => {
			const { folder, said } = await together(python, projectFile(scenario), words);
			assert.match(said, /ended: complete/);
			const { gridbeat: about } = parse(text(folder, 'metadata.yaml')) as {
				gridbeat: { hosts: { host: string; program: string }[]; own_kinds: { name: string }[] };
			};
			const [own] = about.own_kinds;
			assert.is(about.hosts.find(({ host }) => host === own?.name)?.program, 'gridbeat-python');
			if (scenario.includes('mosaik')) {
				const powers = readRows(folder, 'timeseries.csv').map((row) =>
					Number(row['actor_states.village.power']),
				);
				// The row in which mosaik-csv changes at its half has the mean.
				assert.equal(powers.slice(28, 32), [-700, -700, -1300, -1900]);
			}
		});
	test('docs/python.md has such pairs of commands', () => assert.is(pairs.length, 2));

	test('docs/python.md: a run in a world of mosaik gives and takes, and ends with it', async () => {
		const folder = tempFolder();
		const out = join(folder, 'world.csv');
		const env = { GRIDBEAT: `${process.execPath} ${MAIN}` };
		const script = projectFile('examples/python/world.py');
		const { code, stderr, stdout } = await runPython(python, [script, out], { env, cwd: folder });
		assert.is(code, 0, stdout + stderr);
		const written = readRows(folder, 'world.csv');
		assert.is(written.length, 12);
		const [run = ''] = readdirSync(join(folder, 'runs'));
		const rows = readRows(join(folder, 'runs', run), 'timeseries.csv');
		assert.equal(
			written.map((row) => Number(row['Gridbeat-0.eye-grid'])),
			rows.map((row) => Number(row['p_grid'])),
		);
		assert.equal(
			rows.map((row) => Number(row['actor_states.village.power'])).slice(0, 5),
			[-800, -700, -700, -1900, -600],
		);
		const { execution } = parse(text(join(folder, 'runs', run), 'metadata.yaml')) as {
			execution: { status: string };
		};
		assert.is(execution.status, 'completed');
	});

	test('docs/python.md reads a run folder, and the notebook goes through it', async () => {
		const folder = tempFolder();
		mkdirSync(join(folder, 'runs'));
		const out = join(folder, 'runs', 'day');
		const { code, stderr } = await gridbeat([
			'run',
			'--until',
			'30min',
			'--in-process',
			'--out',
			out,
		]);
		assert.is(code, 0, stderr);
		const [, reading = ''] = blocks('python');
		const read = await runPython(python, ['-c', reading], { cwd: folder });
		assert.is(read.code, 0, read.stderr);
		const notebook = JSON.parse(
			readFileSync(projectFile('examples/python/analyse.ipynb'), 'utf8'),
		) as { nbformat: number; cells: { cell_type: string; source: string[] }[] };
		assert.is(notebook.nbformat, 4);
		const cells = notebook.cells.filter(({ cell_type }) => cell_type === 'code');
		const whole = cells.map(({ source }) => source.join('')).join('\n\n');
		const env = { RUN: out };
		const went = await runPython(python, ['-c', `${whole}\nprint(emitted_g, hourly.shape)`], {
			env,
		});
		assert.is(went.code, 0, went.stderr);
		const metrics = text(out, 'simulation_metrics.txt');
		const [, kilograms = ''] = /of imports \(scope 2\) +([\d.]+) kg/.exec(metrics) ?? [];
		assert.match(went.stdout, `${Number(kilograms).toFixed(3)} kg`);
		assert.ok(existsSync(out));
	});
}

test.run();
