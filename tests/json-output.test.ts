import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandsFor } from '../cli/command-line.ts';
import type { OutputName } from '../cli/json-output.ts';
import { OUTPUTS } from '../cli/outputs.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { TOKEN_OPS } from '../silicon/fit/samples.ts';
import { gridbeat, tempFolder } from './cli.ts';
import { printed } from './printed.test-support.ts';

/** Every document that `--json` prints: what it is, its version, its schema; and errors as documents. */
const folder = tempFolder();
const at = (name: string) => join(folder, name);
const file = (name: string, text: string) => {
	writeFileSync(at(name), text);
	return at(name);
};
const SHORT = ['--no-serving', '--load', '100', '--in-process', '--until', '10min', '--json'];

test('every command with --json prints a document of its own', async () => {
	const commands = (await commandsFor([], async () => {})).commands;
	const found = new Set<string>();
	const walk = (path: string, command: Command) => {
		if (command.options.some(({ long }) => long === '--json')) found.add(path);
		for (const one of command.commands) walk(`${path} ${one.name()}`, one);
	};
	for (const command of commands) walk(command.name(), command);
	assert.ok(found.size > 15);
	const described = Object.values(OUTPUTS)
		.map(({ description = '' }) => description.split(': ')[1] ?? '')
		.flatMap((text) => text.split(', '))
		.map((text) => text.replace(/ --.*/, ''));
	for (const path of found)
		assert.ok(
			described.some((text) => path === text || path.startsWith(`${text} `)),
			`${path} --json: what does it print?`,
		);
});

/** What prints each; whatever another test prints stands with its file. */
const PRINTED: Readonly<Partial<Record<OutputName, () => Promise<readonly string[]>>>> = {
	run: async () => ['run', ...SHORT, '--out', at('run')],
	'dry-run': async () => ['run', ...SHORT, '--dry-run'],
	'dry-run-cases': async () => ['run', ...SHORT, '--vary', 'load=100,200', '--dry-run'],
	report: async () => ['report', at('run'), '--json'],
	repeats: async () => ['run', ...SHORT, '--repeats', '2', '--jobs', '1', '--out', at('repeats')],
	export: async () => ['export', at('run'), '--parquet', '--json'],
	paper: async () => ['export', at('run'), '--paper', '--json'],
	compare: async () => ['compare', at('run'), at('repeats'), '--json'],
	sweep: async () => [
		...['sweep', file('sweep.yaml', SWEEP), '--jobs', '1', '--out', at('sweep'), '--json'],
	],
	'vidur-sweep': async () => [
		...['sweep', file('vidur.yaml', VIDUR_SWEEP), '--jobs', '1', '--out', at('vidur'), '--json'],
	],
	capacity: async () => [
		...['capacity', file('search.yaml', CAPACITY), '--jobs', '1', '--out', at('search'), '--json'],
	],
	energy: async () => {
		await gridbeat([
			...['vidur', '--metrics_config_output_dir', at('simulated')],
			...['--synthetic_request_generator_config_num_requests', '3'],
			...['--no-metrics_config_store_plots'],
		]);
		return ['energy', '--sim-results-dir', vidurFolder(), '--json'];
	},
	cosim: async () => ['cosim', '--vidur-sim-dir', vidurFolder(), '--json'],
	experiments: async () => {
		const table = readFileSync(projectFile('profiling-data/vidur-energy-experiments.csv'), 'utf8');
		const mine = `${table.split('\n')[0]}\nmine,microsoft/phi-2,1,1,20,2,fixed:100:20:2048,64,,,,,,,\n`;
		return [
			...['experiments', 'vidur-energy', '--table', file('mine.csv', mine)],
			...['--profile', 'default', '--jobs', '1', '--json'],
		];
	},
	calibrate: async () => {
		const rows = [0, 1, 2, 3].map((at) => `${at},300,${10 + at},90,${90 + 19 * (9 + at)}`);
		const head = 'arrived_at,prompt_tokens,completion_tokens,ttft_ms,e2e_ms';
		const log = file('served.csv', [head, ...rows].join('\n'));
		return ['calibrate', log, '--fit', 'step', '--out', at('calibration.yaml'), '--json'];
	},
	truth: async () => ['truth', 'vidur', '--quick', '--jobs', '1', '--out', at('truth'), '--json'],
	profiles: async () => ['profiles', 'list', '--json'],
	profile: async () => ['profiles', 'show', 'llama-2-70b-a100-tp2', '--json'],
	'profiles-check': async () => ['profiles', 'check', 'llama-2-70b-a100-tp2', '--json'],
	'profiles-import': async () => {
		mkdirSync(at('tables'));
		const ops = TOKEN_OPS.slice(0, 6);
		const tokens = Array.from({ length: 32 }, (_, i) => 8 * (i + 1));
		const grid = [64, 128, 192, 256].flatMap((kv) => [1, 2, 4, 8].map((n) => [n, kv] as const));
		const lines = (head: string, rows: readonly string[]) => [head, ...rows].join('\n');
		const tables = {
			'token_ops.csv': lines(
				`num_tokens,${ops}`,
				tokens.map((n) => `${n},${ops.map(() => n / 1000)}`),
			),
			'attn_decode.csv': lines(
				'batch_size,kv_cache_size,ms',
				grid.map(([n, kv]) => `${n},${kv},${(n * kv) / 1e4}`),
			),
			'attn_prefill.csv': lines(
				'kv_cache_size,prefill_chunk_size,ms',
				grid.map(([n, kv]) => `${kv},${64 * n},${(n * (kv + 32 * n)) / 1e4}`),
			),
		};
		for (const [name, text] of Object.entries(tables)) file(`tables/${name}`, text);
		return [
			...['profiles', 'import', at('tables'), '--model', 'microsoft/phi-2', '--device', 'a100'],
			...['--out', at('imported.json'), '--json'],
		];
	},
	weather: async () => {
		const year = at('year.csv');
		await gridbeat(['weather', 'synthetic', 'Berlin', '--step', '1h', '--out', year]);
		return ['weather', 'inspect', year, '--json'];
	},
	ls: async () => ['ls', folder, '--json'],
	clean: async () => ['clean', folder, '--keep', '0', '--json'],
	error: async () => ['run', file('wrong.yaml', 'until: 5\nreplicas: 2\n'), '--json'],
};
/** Documents of runs that go on. */
const ELSEWHERE: Readonly<Partial<Record<OutputName, string>>> = { status: 'tests/status.test.ts' };

const BASE =
	'name: small\nbase: { serving: null, loads: [{ type: constant, name: base, powerW: 100 }], until: 10min }\n';
const SWEEP = `${BASE}grid: { step: [60s, 300s] }\n`;
const VIDUR_SWEEP = `name: vidur
base:
  vidur: { model: microsoft/phi-2, requests: 20, qps: 6.45, kvBlocks: 512, lengths: 'zipf:16:4096:1.1:0.5' }
grid: { vidur.requests: [20] }
`;
const CAPACITY = `name: search
base: { requests: { lengths: { type: fixed, prefillTokens: 100, decodeTokens: 20 } } }
grid: { serving.model: [microsoft/phi-2] }
slo: { ttftS: { p90: 2 } }
search: { requests: 50, minDuration: 10s }
`;
const vidurFolder = () => at(join('simulated', readdirSync(at('simulated'))[0] ?? ''));

for (const [name, words] of Object.entries(PRINTED) as [OutputName, () => Promise<string[]>][])
	test(`--json: ${name} is as its schema says`, async () => {
		const { stdout, stderr } = await gridbeat(await words());
		assert.is(stdout.split('\n')[1], `\t"schema": "gridbeat.${name}",`, stderr);
		printed(name, stdout);
	});

test('--json: what fails is a document too, with every problem of a file', async () => {
	const wrong = file('two.yaml', 'untill: 5min\nserving: { replicas: -1 }\n');
	const both = await gridbeat(['run', wrong, '--json']);
	const { error } = printed('error', both.stdout);
	assert.is(both.code, 2);
	assert.equal([error.kind, error.exitCode, error.problems.length], ['usage', 2, 2]);
	assert.is(`${error.problems.join('\n')}\n`, both.stderr);
	assert.is(error.message, error.problems[0]);
	for (const words of [
		['report', '--json', '--nothing'],
		['sweep', '--json'],
		['profiles', 'list', '--device', 'none', '--json'],
		['status', 'nobody', '--json'],
		['compare', at('nowhere'), at('run'), '--json'],
	]) {
		const { code, stdout, stderr } = await gridbeat(words);
		const said = printed('error', stdout).error;
		assert.is(said.exitCode, code, words.join(' '));
		assert.ok(stderr.startsWith(said.message), `${stderr} ${said.message}`);
		assert.match(said.message, /^Cannot [^\n]+[^.\n]$/);
	}
	// After `--` it is a name.
	assert.is((await gridbeat(['report', '--', '--json'])).stdout, '');
});

test('--json: a run that ends before its time prints what there is, and why', async () => {
	const policy = file(
		'late.js',
		'export function decide(view) {\n\tif (view.timeS > 120) throw new Error("enough");\n\treturn { setpointsW: view.batteries.map(() => 0) };\n}\n',
	);
	const { code, stdout } = await gridbeat([
		...['run', ...SHORT, '--window', '60s', '--dispatch', policy, '--out', at('broken')],
	]);
	assert.is(code, 1);
	const { outcome, error } = printed('run', stdout);
	assert.equal([outcome, error.kind, error.exitCode], ['failed', 'failed', 1]);
	assert.match(error.message, 'enough');
});

test('gridbeat schema --output has each document, and refuses what is none', async () => {
	for (const name of [...Object.keys(OUTPUTS), 'all']) {
		const { code, stdout, stderr } = await gridbeat(['schema', '--output', name]);
		assert.is(code, 0, stderr);
		const schema = JSON.parse(stdout);
		if (name === 'all') assert.is(schema.anyOf.length, Object.keys(OUTPUTS).length);
		else assert.is(schema.properties.schema.const, `gridbeat.${name}`);
	}
	const { code, stderr } = await gridbeat(['schema', '--output', 'swep']);
	assert.is(code, 2);
	assert.match(
		stderr,
		/^Cannot print the schema of output "swep": did you mean "sweep"\? there are /,
	);
});

test('--json: every document is held to its schema somewhere', () => {
	for (const name of Object.keys(OUTPUTS) as OutputName[])
		assert.ok(
			name in PRINTED ||
				readFileSync(projectFile(ELSEWHERE[name] ?? ''), 'utf8').includes(`printed('${name}'`),
			name,
		);
});

test.run();
