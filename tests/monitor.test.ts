import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunEvent } from '../protocol/run-events.ts';
import { MINUTE_US } from '../protocol/time.ts';
import { resumeRun } from '../run/run-scenario.ts';
import { simulate } from '../run/simulate.ts';
import { MONITOR } from '../services/gateway/monitor/outside-key.ts';
import { MonitorView } from '../services/gateway/monitor/view.ts';
import { eventually, readRows, tempFolder } from './cli.ts';
import { ask, startLive } from './live-runs.test-support.ts';
import { descendants } from './proc.test-support.ts';
import { runExample } from './served-run.test-support.ts';
import { STEERED, steered } from './steered-runs.test-support.ts';
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

test('a run that was begun unserved says that it has no monitor when it is served from a checkpoint on', async () => {
	const stop = new AbortController();
	const folder = await steered(STEERED, [], {
		signal: stop.signal,
		onEvent(one) {
			if (one.event === 'completed' && one.untilUs >= MINUTE_US) stop.abort();
		},
	});
	const notices: string[] = [];
	const view = new MonitorView();
	const onNotice = (text: string) => void notices.push(text);
	await resumeRun(folder, { report: false, outside: { [MONITOR]: view }, onNotice });
	assert.ok(
		notices.some((text) =>
			/^The run was begun without being served, so it has no monitor/.test(text),
		),
		notices.join('\n'),
	);
	assert.is(view.furthest(), null);
});

for (const mode of ['in-process', 'processes'])
	test(`${mode}: tokens of requests from outside are counted as they come`, async () => {
		const view = new MonitorView();
		const { exchange, out, ended } = startLive(
			{
				...{ until: '40s', step: '2s', window: '2s', pace: 5, placement: { mode } },
				...{ requests: { source: 'live' }, serving: { replicas: 2 } },
			},
			{ outside: { [MONITOR]: view } },
		);
		const asked = Array.from({ length: 6 }, (_, i) =>
			ask(exchange, { promptTokens: 50 + 40 * i, answerTokens: 1 + 7 * i }),
		);
		const told = await Promise.all(asked);
		await ended;
		const tokensUs = told.map((one) => one.tokensUs);
		const gapsUs = tokensUs.flatMap((list) => list.slice(1).map((us, i) => us - (list[i] ?? us)));
		const replicas = (view.furthest()?.state.sites ?? []).flatMap((site) => site.replicas);
		const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
		const between = replicas.map(({ histograms }) => histograms.interTokenS);
		assert.is(sum(replicas.map(({ sums }) => sums.outputTokens)), tokensUs.flat().length);
		assert.is(sum(between.flatMap(({ counts }) => [...counts])), gapsUs.length);
		assert.is(Math.round(1e6 * sum(between.map((one) => one.sum))), sum(gapsUs));
		for (const { underWay } of replicas) assert.equal(underWay, {});
		assert.is(readRows(out, 'request_metrics.csv').length, told.length);
	});

test('a run that is set back is seen to go back, counts nothing twice, and its counters never go down', async () => {
	const scenario = {
		...{ until: '20min', step: '20s', window: '20s', pace: 200 },
		...{ requests: { qps: 2 }, serving: { replicas: 2 } },
	};
	const undisturbed = new MonitorView();
	const calm = { out: join(tempFolder(), 'run'), outside: { [MONITOR]: undisturbed } };
	await simulate(
		{ ...scenario, name: 'calm', pace: null },
		{ ...calm, report: false, placement: 'in-process' },
	);
	const view = new MonitorView();
	const setbacks: RunEvent[] = [];
	const completed: number[] = [];
	view.onStep(() => completed.push(completedOf(view)));
	const running = simulate(
		{ ...scenario, name: 'struck' },
		{
			...{ out: join(tempFolder(), 'run'), report: false, placement: 'processes' },
			outside: { [MONITOR]: view },
			onEvent: (event) => void (event.event === 'setback' && setbacks.push(event)),
		},
	);
	await eventually('requests that completed', () => (completedOf(view) > 200 ? true : null));
	const victim = descendants(process.pid).find(({ args }) => args.includes('--host'));
	process.kill(victim?.pid ?? 0, 'SIGKILL');
	await running;
	assert.is(setbacks.length, 1);
	assert.equal(view.furthest()?.state, undisturbed.furthest()?.state);
	assert.equal(
		completed,
		[...completed].sort((a, b) => a - b),
	);
});

/** Requests that metrics say have completed. */
function completedOf(view: MonitorView): number {
	const replicas = (view.furthest()?.state.sites ?? []).flatMap((site) => site.replicas);
	return replicas.reduce((total, { sums }) => total + sums.completed, 0);
}

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
