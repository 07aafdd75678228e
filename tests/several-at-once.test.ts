import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { ScenarioInput } from '../run/resolve/scenario.ts';
import { type SimulateOptions, simulate } from '../run/simulate.ts';
import { startTestServer, tempFolder } from './cli.ts';

/**
 * Runs of one process share nothing: several that differ in all that could be kept for the process go on at the same
 * time, in process and over NATS, and give the bytes that each gives alone in a process of its own.
 */
const home = tempFolder();

function file(name: string, text: string): string {
	const path = join(home, name);
	writeFileSync(path, text);
	return path;
}

/** A model of somebody's own with the name of one that ships. */
function modelCard(name: string, layers: number, attention: string): string {
	const text = readFileSync(projectFile('profiling-data/models/llama-3-8b.yaml'), 'utf8');
	return file(
		name,
		text.replace('layers: 32', `layers: ${layers}`).replace('flashinfer', attention),
	);
}

const policy = (name: string, factor: number) =>
	file(
		name,
		`export const initialMemory = 0;\nexport const decide = (view, memory) => ({ memory: memory + 1, setpointsW: view.batteries.map(() => ${factor} * view.deltaW) });\n`,
	);

const trace = (name: string, value: number) =>
	file(
		name,
		`time,carbon\n2024-06-20T00:00:00-07:00,${value}\n2024-06-20T00:30:00-07:00,${2 * value}\n`,
	);

const BASE = { until: '30min', window: '5min', solar: [{ peakPowerW: 2000 }] };
const serving = (model: string, name = 'Own') => ({
	...BASE,
	serving: { replicas: 1, model, profile: 'llama-3-8b-a100-tp1' },
	name,
});
const planned = (path: string, location: string) => ({
	...{ ...BASE, location, serving: null, policy: { type: 'plugin', path } as const },
	start: '2024-06-20T12:00',
});
const emitting = (path: string) => ({
	...{ ...BASE, serving: null },
	carbon: { source: 'trace', path, kind: 'average', extend: 'hold' } as const,
});

const SCENARIOS: Readonly<Record<string, ScenarioInput>> = {
	shipped: {
		...BASE,
		seed: 1,
		serving: { replicas: 2 },
		requests: { policy: 'least_outstanding' },
	},
	small: serving(modelCard('small.yaml', 8, 'flashinfer'), 'small'),
	other: serving(modelCard('other.yaml', 32, 'flash-attention'), 'other'),
	half: planned(policy('half.js', 0.5), 'Mumbai'),
	quarter: planned(policy('quarter.js', 0.25), 'Berlin'),
	clean: emitting(trace('clean.csv', 100)),
	dirty: emitting(trace('dirty.csv', 500)),
};

/** Every table of a run, by its name. */
async function tablesOf(
	name: string,
	out: string,
	options: SimulateOptions,
): Promise<Record<string, string>> {
	const scenario = SCENARIOS[name] ?? {};
	const { folder, outcome } = await simulate(scenario, { ...options, out: join(home, out) });
	assert.is(outcome, 'complete');
	const tables = readdirSync(folder).filter((one) => one.endsWith('.csv'));
	return Object.fromEntries(tables.map((one) => [one, readFileSync(join(folder, one), 'utf8')]));
}

const alone: Record<string, Record<string, string>> = {};

function sameAsAlone(name: string, tables: Record<string, string>): void {
	assert.equal(Object.keys(tables), Object.keys(alone[name] ?? {}), name);
	for (const [file, text] of Object.entries(tables))
		assert.ok(text === alone[name]?.[file], `${name}: ${file} is another than alone`);
}

test('simulate() gives runs one after the other, the other way round, the same bytes', async () => {
	const options = { placement: 'in-process', report: false } as const;
	const names = Object.keys(SCENARIOS);
	for (const name of names) alone[name] = await tablesOf(name, `alone-${name}`, options);
	for (const [a, b] of [
		['small', 'other'],
		['half', 'quarter'],
		['clean', 'dirty'],
	] as const)
		assert.ok(JSON.stringify(alone[a]) !== JSON.stringify(alone[b]), `${a} and ${b} differ`);
	for (const name of [...names].reverse())
		sameAsAlone(name, await tablesOf(name, `again-${name}`, options));
});

test('simulate() gives several runs at once in one process the bytes of each alone', async () => {
	const options = { placement: 'in-process' } as const;
	const runs = Object.keys(SCENARIOS).map(async (name) => {
		sameAsAlone(name, await tablesOf(name, `at-once-${name}`, options));
	});
	await Promise.all(runs);
});

test('simulate() gives several runs at once on one NATS server the bytes of each alone', async () => {
	const binary = await natsBinaryForTests();
	if (binary === null) return;
	const server = await startTestServer(binary);
	try {
		const options = { placement: 'processes', natsUrl: server.url, report: false } as const;
		const runs = ['small', 'quarter', 'clean'].map(async (name) => {
			sameAsAlone(name, await tablesOf(name, `nats-${name}`, options));
		});
		await Promise.all(runs);
	} finally {
		await server.stop();
	}
});

test('simulate() reads a file again that has changed since another run in the process', async () => {
	const options = { placement: 'in-process', report: false } as const;
	file('clean.csv', readFileSync(join(home, 'dirty.csv'), 'utf8'));
	const tables = await tablesOf('clean', 'changed', options);
	assert.ok(tables['timeseries.csv'] === alone['dirty']?.['timeseries.csv']);
});

test('a policy that hangs ends its own run alone', async () => {
	const hangs = file(
		'hangs.js',
		'export function decide(view) {\n\tif (view.timeS >= 600) for (;;);\n\treturn { setpointsW: view.batteries.map(() => 0) };\n}\n',
	);
	const stuck = simulate(
		{
			...planned(hangs, 'Berlin'),
			policy: { type: 'plugin', path: hangs, hangsAfter: '1s' },
		},
		{ placement: 'in-process', out: join(home, 'stuck') },
	).then(
		() => assert.unreachable(),
		(error: Error) => error,
	);
	sameAsAlone('half', await tablesOf('half', 'beside', { placement: 'in-process', report: false }));
	assert.match((await stuck)?.message ?? '', /decide\(\) did not return within 1 s/);
});

test('simulate() refuses what it cannot run in a line, and leaves nothing behind', async () => {
	for (const [scenario, says] of [
		[{ until: 'soon' }, /^Cannot .*soon/],
		[{ repeats: 3 }, /^Cannot simulate "repeats" = 3: /],
		['until: 1h\nsolr: 1\n', /^Cannot use key "solr" in the text:2: unknown key/],
		['nowhere.yaml', /^Cannot read scenario "nowhere.yaml": /],
	] as const) {
		const out = join(home, 'refused');
		try {
			await simulate(scenario as ScenarioInput, { out });
			assert.unreachable();
		} catch (error) {
			assert.is((error as Error).name, 'ConfigError');
			assert.match((error as Error).message, says);
		}
		assert.not(readdirSync(home).includes('refused'));
	}
});

test('simulate() that was aborted before it began leaves nothing, and says AbortError', async () => {
	const signal = AbortSignal.abort();
	const out = join(home, 'aborted');
	const { name } = (await simulate({}, { out, signal }).then(
		() => assert.unreachable(),
		(error: Error) => error,
	)) as Error;
	assert.is(name, 'AbortError');
	assert.not(readdirSync(home).includes('aborted'));
});

test.run();
