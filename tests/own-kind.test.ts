import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { jobHash } from '../kernel/files/identity.ts';
import { moduleHash } from '../kernel/files/module-hash.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, gridbeat, readRows, startGridbeat, startTestServer, tempFolder } from './cli.ts';
import { actor, module, scenarioWith } from './own-kind.test-support.ts';

/** Kinds of the user's own: the example of docs/own-kind.md in every placement, and what does not fit. */
const EXAMPLE = projectFile('examples/own-kind/scenario.yaml');

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());

async function runExample(args: readonly string[], env?: Env, scenario = EXAMPLE): Promise<string> {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat(['run', scenario, ...args, '--out', folder], env);
	assert.is(code, 0, stderr);
	return folder;
}

const text = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const same = (one: string, other: string) => {
	for (const name of ['timeseries.csv', 'simulation_metrics.txt'])
		assert.ok(text(one, name) === text(other, name), `${name} of ${other}`);
};

let reference = '';
test.before(async () => {
	reference = await runExample(['--in-process']);
});

test('the books of the example balance, and its columns are those of its actors', () => {
	const rows = readRows(reference, 'timeseries.csv');
	assert.is(rows.length, 720);
	const value = (row: Readonly<Record<string, string>>, name: string) => {
		assert.ok(row[name] !== undefined && row[name] !== '', name);
		return Number(row[name]);
	};
	let [moved, charged] = [0, 0];
	let beforeWh: number | null = null;
	for (const row of rows) {
		const [load, charger, solar] = ['depot', 'charger', 'solar'].map((name) =>
			value(row, `actor_states.${name}.power`),
		) as [number, number, number];
		const stores = ['battery', 'flywheel'].map((name) =>
			value(row, `dispatch_states.${name}.current_power`),
		) as [number, number];
		const restW =
			load + charger + solar - stores[0] - stores[1] - value(row, 'policy_state.curtailed');
		assert.ok(Math.abs(restW - value(row, 'p_grid')) < 1e-6, `balance at ${row['time']}`);
		assert.ok(charger <= 0 && charger >= -150_000);
		const storedWh = value(row, 'dispatch_states.flywheel.charge_level');
		assert.ok(Math.abs(storedWh / 5000 - value(row, 'dispatch_states.flywheel.soc')) < 1e-9);
		if (beforeWh !== null && stores[1] === 0) assert.ok(storedWh <= beforeWh + 1e-9 || moved !== 0);
		beforeWh = storedWh;
		moved = stores[1];
		if (charger < 0) charged++;
	}
	assert.ok(charged > 10, 'lorries came');
	const report = text(reference, 'simulation_metrics.txt');
	assert.match(report, /flywheel: mean state of charge/);
});

test('what members of own kinds make is shown apart from the sun, and what they draw is load', async () => {
	const code = module(
		actor(
			'step(s, span, i, o) { o[0].append(span.fromUs, [span.fromUs < 300e6 ? 600 : -600]); return s; }',
		),
	);
	const folder = await runExample(
		['--in-process'],
		undefined,
		scenarioWith('{ name: mill, module: ./thing.js }', code),
	);
	const report = text(folder, 'simulation_metrics.txt');
	assert.match(report, /other production +0\.05 kWh/);
	assert.match(report, /demand +0\.06667 kWh/);
	assert.not.match(text(reference, 'simulation_metrics.txt'), /other production/);
});

test('a load that produces is shown apart from the sun', async () => {
	const folder = tempFolder();
	const mill = { type: 'constant', name: 'mill', powerW: 600, sign: 'producer' };
	const scenario = { until: '10min', serving: null, price: null, solar: [], loads: [mill] };
	const path = join(folder, 'scenario.yaml');
	writeFileSync(path, JSON.stringify(scenario));
	const report = text(
		await runExample(['--in-process'], undefined, path),
		'simulation_metrics.txt',
	);
	assert.match(report, /solar production +0 kWh/);
	assert.match(report, /other production +0\.1 kWh/);
});

test('metadata and sources of a run name the modules with their contents', () => {
	const metadata = parse(text(reference, 'metadata.yaml')) as {
		gridbeat: { own_kinds: Record<string, string>[]; sources: Record<string, string>[] };
		microgrids: Record<string, { dispatchables: Record<string, unknown>[] }>;
	};
	const path = projectFile('examples/own-kind/flywheel.js');
	const [charger, flywheel] = metadata.gridbeat.own_kinds;
	assert.equal(flywheel, {
		...{ name: 'flywheel', kind: 'flywheel', role: 'store' },
		...{ module: path, sha256: moduleHash(path) },
	});
	assert.is(charger?.['role'], 'member');
	assert.ok(
		metadata.gridbeat.sources.some(
			({ what, source }) => what === 'flywheel' && source?.includes(moduleHash(path)),
		),
	);
	assert.equal(metadata.microgrids['Berlin']?.dispatchables[1], {
		...{ name: 'flywheel', type: 'flywheel', capacity: 5000, initial_soc: 0.5 },
	});
});

test('actors of own kinds have the same bytes in shared processes and in one each', async () => {
	if (server === null) return;
	same(reference, await runExample([], {}));
	same(reference, await runExample(['--processes', '3'], { NATS_URL: server.url }));
});

test('a worker runs an own kind if it was started with its module, and refuses it if not', async () => {
	if (server === null) return;
	const env = { NATS_URL: server.url };
	const other = join(tempFolder(), 'charger.js');
	copyFileSync(projectFile('examples/own-kind/charger.js'), other);
	// Elsewhere the file has another path: its contents say that it is the same.
	const worker = startGridbeat(['worker', '--kind', 'own', '--once', '--module', other], env);
	same(reference, await runExample(['--external', 'charger'], env));
	assert.is((await worker.ended).code, 0);

	const stranger = startGridbeat(['worker', '--kind', 'own', '--once'], env);
	const folder = join(tempFolder(), 'run');
	const refused = await gridbeat(['run', EXAMPLE, '--external', 'charger', '--out', folder], env);
	assert.is(refused.code, 2);
	assert.match(
		refused.stderr,
		/Cannot run "charger": its module charger\.js \(SHA-256 [0-9a-f]{12}…\) is none that this process was started with; start the worker with --module charger\.js, the same file/,
	);
	stranger.signal('SIGTERM');
	await stranger.ended;
});

test('an actor that cannot begin ends the run in one line that names it, in every placement', async () => {
	// A first state is taken once before the run.
	const code = module(
		actor('begun: 0, init() { if (++this.begun > 1) throw new Error("no second one"); return 0; }'),
	);
	const path = scenarioWith('{ name: thing, module: ./thing.js }', code);
	const placements: [string[], Env][] = [[['--in-process'], {}]];
	if (server !== null) placements.push([[], {}], [['--processes', '2'], { NATS_URL: server.url }]);
	for (const [args, env] of placements) {
		const folder = join(tempFolder(), 'run');
		const { code: exit, stderr } = await gridbeat(['run', path, ...args, '--out', folder], env);
		assert.is(exit, 1, stderr);
		const lines = stderr.trimEnd().split('\n');
		assert.match(
			lines.filter((line) => line.includes('thing')).join('\n'),
			/^Cannot go on with "thing" \(thing\.js\) at 00:00:00: init threw: no second one$/,
		);
	}
});

test('a module’s contents, and those of what it imports, count in the identity of a job', () => {
	const folder = tempFolder();
	const path = join(folder, 'thing.js');
	const write = (helper: string) => {
		mkdirSync(join(folder, 'lib'), { recursive: true });
		writeFileSync(join(folder, 'lib', 'helper.js'), helper);
		writeFileSync(path, `import { x } from './lib/helper.js';\n${module(actor(''))}`);
		return moduleHash(path);
	};
	const hash = () =>
		jobHash({ program: 'p', kind: 'run', spec: { actors: [{ name: 'thing', module: path }] } });
	const [first, firstJob] = [write('export const x = 1;'), hash()];
	const [second, secondJob] = [write('export const x = 2;'), hash()];
	assert.is.not(first, second);
	assert.is.not(firstJob, secondJob);
	assert.is(write('export const x = 1;'), first);
	assert.is(hash(), firstJob);
});

test('an actor of an own kind reads a signal of the scenario', async () => {
	const signal = "{ name: 'signal', kind: 'interval', fields: [{ name: 'value', unit: 'g/kWh' }] }";
	const code = module(
		actor(
			`inputs: [${signal}], step(s, span, i, o) { o[0].append(span.fromUs, [-i[0][0].value(0)]); return s; }`,
		),
	);
	const path = scenarioWith('{ name: heater, module: ./thing.js }', code);
	const folder = await runExample(['--in-process', '--carbon', 'constant:300'], undefined, path);
	for (const row of readRows(folder, 'timeseries.csv'))
		assert.is(row['actor_states.heater.power'], '-300');
});

test('sites have own kinds, each with the name of its site', async () => {
	const folder = tempFolder();
	writeFileSync(join(folder, 'thing.js'), module(actor('')));
	writeFileSync(
		join(folder, 'scenario.yaml'),
		'until: 10min\nserving: null\nactors: [{ name: thing, module: ./thing.js }]\nsites: [{ name: a }, { name: b, actors: [] }]\n',
	);
	const run = await runExample(['--in-process'], undefined, join(folder, 'scenario.yaml'));
	const columns = (site: string) => text(run, `sites/${site}/timeseries.csv`).split('\n')[0];
	assert.match(columns('a') ?? '', 'actor_states.a-thing.power');
	assert.not.match(columns('b') ?? '', 'thing');
});

test.run();
