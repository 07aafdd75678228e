import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import { RunBatchFile, StudyFile } from '../protocol/run-folder/study.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';
import { pythonWithVessim, VESSIM_VERSION } from './vessim-python.ts';

/** experiment.json, by which Vessim 0.16 and its viewer find a run: what it says, and what Vessim makes of it. */

const RUN = ['run', '--in-process', '--until', '2h', '--qps', '0.2', '--start', '2024-06-20T11:00'];
const runs = tempFolder();
const sweeps = tempFolder();
const python = pythonWithVessim();

async function ran(name: string, ...args: string[]): Promise<string> {
	const folder = join(runs, name);
	const { code, stderr } = await gridbeat([...RUN, ...args, '--out', folder]);
	assert.is(code, 0, stderr);
	return folder;
}

function recordOf(folder: string) {
	return JSON.parse(readFileSync(join(folder, 'experiment.json'), 'utf8'));
}

/** Every number of a record; JSON has no others than finite ones. */
function close(actual: number, expected: number, what: string): void {
	assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${what}: ${actual}`);
}

test('experiment.json has the energies of its timeseries.csv under the names of Vessim', async () => {
	const folder = await ran('one');
	const { gridbeat: own, microgrids } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
	const record = recordOf(folder);
	assert.is(record.format, 'vessim.experiment');
	assert.is(record.schema_version, 1);
	assert.is(record.run_id, own.run);
	assert.is(record.timeseries, 'timeseries.csv');
	assert.equal(record.config.microgrids, JSON.parse(JSON.stringify(microgrids)));
	const { status, steps, simulated_duration, until } = record.execution;
	assert.equal([status, steps, simulated_duration, until], ['completed', 120, 7200, 7200]);
	const rows = readRows(folder, 'timeseries.csv');
	const wh = (column: string, sign: number) =>
		rows.reduce((sum, row) => sum + Math.max(0, sign * Number(row[column])), 0) / 60;
	const metrics = record.metrics.microgrids['San Francisco'];
	close(metrics.grid_import, wh('p_grid', -1), 'import');
	close(metrics.grid_export, wh('p_grid', 1), 'export');
	const actors = record.metrics.actors['San Francisco'];
	assert.equal(Object.keys(actors).sort(), ['replica-1', 'replica-2', 'solar']);
	close(actors.solar.energy_produced, wh('actor_states.solar.power', 1), 'solar');
	close(actors['replica-1'].energy_consumed, wh('actor_states.replica-1.power', -1), 'replica');
	assert.ok(actors.solar.energy_produced > 1000 && actors['replica-1'].energy_consumed > 100);
	for (const scope of ['run', 'microgrids', 'actors'])
		assert.equal(keysOf(record.metrics[scope]), keysOf(record.metric_definitions[scope]), scope);
});

/** Paths of the numbers of a record, and of the definitions that belong to them. */
function keysOf(tree: unknown, path = ''): string[] {
	if (tree === null || typeof tree !== 'object' || 'unit' in tree) return [path];
	return Object.entries(tree).flatMap(([key, value]) => keysOf(value, `${path}/${key}`));
}

test('experiment.json of a run with sites has a microgrid for each, and a record in each folder', async () => {
	const folder = await ran('two', projectFile('examples/two-sites.yaml'), '--until', '1h');
	const whole = recordOf(folder);
	assert.is(whole.timeseries, null);
	assert.equal(Object.keys(whole.metrics.microgrids), ['california', 'sweden']);
	for (const site of ['california', 'sweden']) {
		const own = recordOf(join(folder, 'sites', site));
		assert.is(own.run_id, `${whole.run_id}/${site}`);
		assert.equal(own.metrics.microgrids[site], whole.metrics.microgrids[site]);
	}
});

const SWEEP = `name: small
base: { until: 10min, solar: [], requests: { qps: 2 } }
grid: { serving.replicas: [1, 2] }
repeats: 2
`;

/** A sweep with its run folders, and one without. */
async function swept(name: string, ...args: string[]): Promise<string> {
	const file = join(runs, `${name}.yaml`);
	writeFileSync(file, SWEEP.replace('small', name));
	const folder = join(sweeps, name);
	const { code, stderr } = await gridbeat(['sweep', file, '--out', folder, ...args]);
	assert.is(code, 0, stderr);
	return folder;
}

function batchOf(folder: string, point: number): RunBatchFile {
	const text = readFileSync(join(folder, 'runs', `point-${point}.json`), 'utf8');
	return RunBatchFile.parse(JSON.parse(text));
}

test('study.json has a configuration for each point of a sweep, its runs with the figures of results.csv', async () => {
	for (const [name, ...args] of [['kept', '--keep-runs'], ['figures']] as [string, ...string[]][]) {
		const folder = await swept(name, ...args);
		const study = StudyFile.parse(JSON.parse(readFileSync(join(folder, 'study.json'), 'utf8')));
		assert.match(study.study_id, new RegExp(`^${name}-[0-9a-f]{8}$`));
		assert.equal(
			study.configurations.map(({ name: label }) => label),
			['replicas 1', 'replicas 2'],
		);
		const rows = readRows(folder, 'results.csv');
		for (const point of [1, 2])
			for (const [i, run] of batchOf(folder, point).runs.entries()) {
				const row = rows[2 * (point - 1) + i];
				assert.is(run.run_id, `point-${point}-seed-${row?.['seed']}`);
				assert.equal(run.parameters, { 'serving.replicas': point, seed: i + 1 });
				assert.is(run.execution.simulated_duration, 600);
				assert.is(run.execution.wall_time, null);
				assert.is(run.metrics.run['energy.importKwh'], Number(row?.['energy.importKwh']));
				assert.is(run.timeseries, name === 'kept' ? `${row?.['hash']}/timeseries.csv` : null);
				assert.equal(keysOf(run.metrics.run), keysOf(run.metric_definitions.run));
			}
	}
});

test('records of points that a sweep no longer has go', async () => {
	const folder = await swept('shrunk');
	const file = join(runs, 'shrunk.yaml');
	writeFileSync(file, SWEEP.replace('small', 'shrunk').replace('[1, 2]', '[1]'));
	const { code, stderr } = await gridbeat(['sweep', file, '--out', folder]);
	assert.is(code, 0, stderr);
	assert.equal(readdirSync(join(folder, 'runs')), ['point-1.json']);
});

if (python === null) {
	console.log(`skipped: no Python with vessim ${VESSIM_VERSION}: make peers installs it`);
} else {
	const catalog = `
import json, sys
from pathlib import Path
from vessim import ExperimentResult
from vessim._viewer import Catalog
catalog = Catalog(Path(sys.argv[1]))
loaded = [ExperimentResult.load(folder).execution["status"] for folder in sys.argv[2:]]
runs = [[run["run_id"], run["trajectoryUrl"] is not None] for run in catalog.runs]
studies = [[s["name"], [[c["name"] if "name" in c else c["configuration_id"], len(c["runs"])] for c in s["configurations"]]] for s in catalog.studies]
print(json.dumps({"runs": runs, "errors": catalog.errors, "loaded": loaded, "studies": studies}))
`;
	const ask = (...folders: string[]) =>
		JSON.parse(execFileSync(python, ['-c', catalog, ...folders]).toString());

	test(`vessim ${VESSIM_VERSION} lists and loads the runs of a folder`, () => {
		const [one, two] = [join(runs, 'one'), join(runs, 'two')];
		const { runs: listed, errors, loaded } = ask(runs, one, two);
		assert.equal(errors, []);
		assert.equal(loaded, ['completed', 'completed']);
		assert.equal(listed, [
			[recordOf(one).run_id, true],
			[recordOf(two).run_id, false],
		]);
		const sites = ask(join(two, 'sites'));
		assert.equal(
			sites.runs.map(([id, has]: [string, boolean]) => [id.split('/').pop(), has]),
			[
				['california', true],
				['sweden', true],
			],
		);
	});

	test(`vessim view serves a sweep, its points and the very series of its runs`, async () => {
		const folder = join(sweeps, 'kept');
		const args = ['-u', '-m', 'vessim', 'view', folder, '--port', '0', '--no-browser'];
		const viewer = spawn(python, args, { stdio: ['ignore', 'pipe', 'inherit'] });
		try {
			const [opening] = (await once(viewer.stdout, 'data')) as [Buffer];
			const at = /http:\/\/localhost:\d+/.exec(opening.toString())?.[0] ?? '';
			const get = async (path: string) => {
				const answer = await fetch(`${at}/${path}`);
				assert.is(answer.status, 200, path);
				return answer.text();
			};
			const { studies, errors } = JSON.parse(await get('catalog.json'));
			assert.equal([studies.length, studies[0].name, errors], [1, 'kept', []]);
			const { configurations } = JSON.parse(await get(studies[0].url));
			assert.is(configurations.length, 2);
			for (const [i, row] of readRows(folder, 'results.csv').entries()) {
				const run = configurations[Math.floor(i / 2)].runs[i % 2];
				const own = join(folder, 'runs', row['hash'] ?? '', 'timeseries.csv');
				assert.is(await get(run.trajectoryUrl), readFileSync(own, 'utf8'));
			}
		} finally {
			viewer.kill();
		}
	});

	test(`vessim ${VESSIM_VERSION} lists sweeps as studies, with their series where runs are kept`, () => {
		const { runs: listed, errors, studies } = ask(sweeps);
		assert.equal(errors, []);
		const [both, one] = [
			[
				['replicas 1', 2],
				['replicas 2', 2],
			],
			[['base', 2]],
		];
		assert.equal(studies, [
			['figures', both],
			['kept', both],
			['shrunk', one],
		]);
		const withSeries = listed.filter(([, has]: [string, boolean]) => has);
		assert.is(withSeries.length, 4);
		assert.is(listed.length, 10);
		// The folder of one sweep, and its kept runs by themselves.
		assert.is(ask(join(sweeps, 'kept')).runs.length, 4);
		const alone = ask(join(sweeps, 'kept', 'runs'));
		assert.equal([alone.errors, alone.runs.length], [[], 4]);
	});
}

test.run();
