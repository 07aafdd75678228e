import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';
import { pythonWithVessim, VESSIM_VERSION } from './vessim-python.ts';

/** experiment.json, by which Vessim 0.16 and its viewer find a run: what it says, and what Vessim makes of it. */

const RUN = ['run', '--in-process', '--until', '2h', '--qps', '0.2', '--start', '2024-06-20T11:00'];
const runs = tempFolder();
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
print(json.dumps({"runs": runs, "errors": catalog.errors, "loaded": loaded}))
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
}

test.run();
