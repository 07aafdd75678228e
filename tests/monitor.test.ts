import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MonitorView } from '../services/gateway/monitor/view.ts';
import { readRows } from './cli.ts';
import { runExample } from './served-run.test-support.ts';
import { filesOf } from './whole-run.test-support.ts';

/** Runs that somebody sees from outside: they write what they write without, and what is seen is what they write. */

const EXAMPLES = ['default', 'two-sites', 'disaggregated', 'islanded', 'shared-prefix', 'facility'];

/** Files that the run itself decides; where it was and of whom it was made is in the others. */
function tablesOf(folder: string): [string, string][] {
	return [...filesOf(folder)].filter(([path]) => path.endsWith('.csv'));
}

for (const example of EXAMPLES)
	test(`${example}: with a monitor the same tables, and what it shows is their last step`, async () => {
		const view = new MonitorView();
		let steps = 0;
		view.onStep(() => {
			steps++;
		});
		const [plain, served] = [
			await runExample(example, '30min', null),
			await runExample(example, '30min', view),
		];
		const tables = tablesOf(served);
		assert.ok(tables.length > 0 && steps > 0);
		assert.equal(tables, tablesOf(plain));
		assert.match(readFileSync(join(served, 'metadata.yaml'), 'utf8'), 'monitor');
		assertShows(view, served);
	});

/** Compares what is seen at the end with the run folder. */
function assertShows(view: MonitorView, folder: string): void {
	const { sites = [], replicas = [] } = view.snapshot() ?? {};
	assert.ok(sites.length > 0);
	for (const site of sites) {
		const at = sites.length === 1 ? folder : join(folder, 'sites', site.name);
		const steps = readRows(at, 'timeseries.csv');
		const last = steps.at(-1) ?? {};
		const shown = [
			['p_grid', site.gridW],
			['p_delta', site.deltaW],
			['policy_state.cap_per_gpu', site.capW],
			...site.actors.map(({ name, kind, powerW }) => [
				kind === 'generator' ? `generator_states.${name}.power` : `actor_states.${name}.power`,
				powerW,
			]),
			...site.batteries.flatMap(({ name, soc, powerW }) => [
				[`dispatch_states.${name}.soc`, soc],
				[`dispatch_states.${name}.current_power`, powerW],
			]),
		] as [string, number | null][];
		for (const [column, value] of shown)
			assert.is(last[column] ?? '', value === null ? '' : String(value), column);
		assertReplicas(
			replicas.filter((replica) => replica.site === site.name),
			at,
		);
	}
}

function assertReplicas(
	replicas: NonNullable<ReturnType<MonitorView['snapshot']>>['replicas'],
	folder: string,
): void {
	if (replicas.length === 0) return;
	const usage = readRows(folder, 'usage.csv');
	const requests = readRows(folder, 'request_metrics.csv');
	let completed = 0;
	for (const { name, ...shown } of replicas) {
		const rows = usage.filter(({ replica }) => replica === name);
		assert.is(rows.at(-1)?.['running'], String(shown.running));
		assert.is(rows.at(-1)?.['kv_used'], String(shown.kvUsed));
		const its = requests.filter(({ replica }) => replica === name);
		completed += its.length;
		assert.is(shown.completed, its.length);
		const tokens = its.reduce((sum, row) => sum + Number(row['request_num_decode_tokens']), 0);
		assert.is(shown.outputTokens, tokens);
	}
	assert.ok(completed > 0);
}

test.run();
