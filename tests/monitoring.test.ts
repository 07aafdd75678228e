import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import type { RunState } from '../protocol/status-messages.ts';
import { runFamilies } from '../services/gateway/metrics/run-families.ts';
import { faultsOf, type GrafanaPage, readPage } from './grafana-page.test-support.ts';
import { kedaQueries } from './keda.test-support.ts';
import { prometheusProgram, promtool } from './prometheus.test-support.ts';
import { servedFamilies } from './served-run.test-support.ts';

/** deploy/monitoring/ against Prometheus's own tool, the schema of Grafana, and the metrics that runs have. */

const PAGES = ['run.json', 'gridbeat.json'];
const folder = (name: string) => projectFile(`deploy/monitoring/${name}`);
const read = (name: string) => readFileSync(folder(name), 'utf8');

function expressionsOf({ panels, templating }: GrafanaPage): string[] {
	return [
		...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
		...(templating?.list ?? []).map(({ query }) => query),
	];
}

function alertExpressions(): string[] {
	const { groups } = parse(read('alerts.yml')) as {
		groups: readonly { rules: readonly { expr: string }[] }[];
	};
	return groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
}

/** Of a grid that may go, of a marginal intensity beside an average one, and of replicas that are scaled. */
const RARE = [
	'gridbeat_grid_connected',
	'gridbeat_grid_marginal_carbon_intensity_grams_per_kilowatthour',
	'gridbeat_import_marginal_emissions_grams_total',
	'gridbeat_replica_on_ratio',
];

/** How a run stands that says all it can. */
const STATE: RunState = {
	...{ type: 'run-state', run: 'a', phase: 'running', pace: 1, lagMs: 1, attempt: 0, window: 0 },
	...{ completedUs: 0, windowUntilUs: 1, untilUs: 1, fromUs: 0, elapsedMs: 1 },
	...{ setbacks: 0, checkpoints: 0, checkpointUs: 0, refused: 0, duplicates: 0 },
	hosts: [
		{
			...{ host: 'all', stage: 'simulating', machine: null, pid: null, memoryBytes: 1 },
			...{ actors: null, names: [] },
		},
	],
};

/** Metrics that an expression names. */
const METRIC = /\b(?:gridbeat_|vllm:|DCGM_|gen_ai_|vessim_)[\w:]+/g;

for (const name of PAGES)
	test(`${name} is a page by the schema of Grafana`, () => {
		assert.equal(faultsOf(readPage(name)), []);
	});

test('what the schema of Grafana does not know is found', () => {
	const page = JSON.parse(read('run.json'));
	page.panels[0].options.textMode = 'big';
	page.panels[1].gridPos.width = 3;
	page.schemaVersion = 'new';
	const faults = faultsOf(page).join('\n');
	for (const fault of [/"big"/, /'"width"' does not exist/, /'string' is not assignable/])
		assert.match(faults, fault);
});

test('panels of a page neither overlap nor stand out, and each has a number of its own', () => {
	for (const name of PAGES) {
		const { panels } = JSON.parse(read(name)) as {
			panels: { id: number; title: string; gridPos: Record<'x' | 'y' | 'w' | 'h', number> }[];
		};
		assert.is(new Set(panels.map(({ id }) => id)).size, panels.length);
		const taken = new Map<string, string>();
		for (const { title, gridPos } of panels)
			for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
				for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
					assert.ok(x < 24, title);
					assert.is(taken.get(`${x},${y}`), undefined, `${title} at ${x},${y}`);
					taken.set(`${x},${y}`, title);
				}
	}
});

test('pages, alerts and scalers ask for metrics that runs have', async () => {
	const names = new Set(
		(await Promise.all(['default', 'islanded', 'arbitrage'].map(servedFamilies)))
			.concat([runFamilies([STATE])])
			.flat()
			.flatMap(({ name, type }) =>
				type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
			),
	);
	const asked = [
		...expressionsOf(readPage('run.json')),
		...alertExpressions(),
		...kedaQueries().values(),
	];
	const unknown = asked
		.flatMap((expr) => expr.match(METRIC) ?? [])
		.filter((one) => !names.has(one));
	assert.equal(
		unknown.filter((one) => !RARE.includes(one)),
		[],
	);
	assert.ok(asked.length > 30);
});

test('docs/metrics.md has every metric that runs have, with its type, and no others', async () => {
	const examples = ['default', 'islanded', 'arbitrage', 'shared-prefix'];
	const families = (await Promise.all(examples.map(servedFamilies))).flat();
	const types = new Map(
		[...families, ...runFamilies([STATE])].map(({ name, type }) => [name, type]),
	);
	const text = readFileSync(projectFile('docs/metrics.md'), 'utf8');
	const named = new Map(
		[...text.matchAll(/^\| `([\w:]+)` \| (gauge|counter|histogram) \|/gm)].map(([, name, type]) => [
			name as string,
			type as string,
		]),
	);
	// Vessim's and OpenTelemetry's stand in a line each.
	for (const [name, type] of types)
		if (/^(vessim|gen_ai)_/.test(name)) assert.match(text, `\`${name}\``);
		else assert.is(named.get(name), type, `${name} in docs/metrics.md`);
	const unknown = [...named.keys()].filter((name) => !types.has(name) && !RARE.includes(name));
	assert.equal(unknown, []);
});

test('promtool takes rules and configuration, and the alerts do what their examples say', async () => {
	const path = prometheusProgram('promtool');
	if (path === null) return;
	for (const args of [
		['check', 'rules', folder('alerts.yml')],
		['test', 'rules', folder('alerts.test.yml')],
		// Where the file with the token is, is of the container.
		['check', 'config', '--syntax-only', folder('prometheus.yml')],
	]) {
		const { code, lines } = await promtool(path, args);
		assert.is(code, 0, `${args.join(' ')}: ${lines.join('\n')}`);
	}
});

test('every alert has an example in which it is raised', () => {
	const { groups } = parse(read('alerts.yml')) as { groups: { rules: { alert: string }[] }[] };
	const { tests } = parse(read('alerts.test.yml')) as {
		tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
	};
	const raised = tests.flatMap(({ alert_rule_test: cases }) =>
		cases.filter(({ exp_alerts: alerts = [] }) => alerts.length > 0).map((one) => one.alertname),
	);
	const names = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
	assert.equal([...new Set(raised)].sort(), [...names].sort());
});

test.run();
