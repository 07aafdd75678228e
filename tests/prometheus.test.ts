import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, startGridbeat, tempFolder } from './cli.ts';
import { type GrafanaPage, readPage } from './grafana-page.test-support.ts';
import { kedaQueries } from './keda.test-support.ts';
import { prometheusProgram, startPrometheus } from './prometheus.test-support.ts';

/** The real Prometheus scrapes a run that goes on, and answers what the page of Grafana asks. */

const SCENARIO = `
until: 7d
step: 1min
window: 10min
pace: 600
serving: {replicas: 2}
requests: {qps: 1}
cap: [{signal: carbon, above: 1, capWPerGpu: 300}]
placement: {mode: in-process}
`;

async function freePort(): Promise<number> {
	return new Promise((resolve) => {
		const server = createServer().listen(0, '127.0.0.1', () => {
			const address = server.address();
			const port = typeof address === 'object' && address !== null ? address.port : 0;
			server.close(() => resolve(port));
		});
	});
}

/** What a page asks for, as Grafana asks it with all runs, sites and replicas chosen. */
function queriesOf({ panels }: GrafanaPage): { readonly title: string; readonly query: string }[] {
	return panels.flatMap(({ title, targets = [] }) =>
		targets.map(({ expr }) => ({
			title,
			query: expr.replaceAll('$__rate_interval', '1m').replace(/\$(?:run|site|replica)\b/g, '.*'),
		})),
	);
}

/** Of what the scenario does not have. */
const ABSENT = /unserved|marginal|price|cost|curtailed/;

test('Prometheus scrapes a run that is served, and its queries answer', async () => {
	const path = prometheusProgram('prometheus');
	if (path === null) return;
	const folder = tempFolder();
	const scenario = join(folder, 'scenario.yaml');
	writeFileSync(scenario, SCENARIO);
	const [port, at] = [await freePort(), await freePort()];
	const args = ['run', scenario, '--out', join(folder, 'run'), '--serve', `127.0.0.1:${port}`];
	const cli = startGridbeat(args, { GRIDBEAT_TOKEN: undefined });
	const prometheus = startPrometheus(path, { at, folder, target: `127.0.0.1:${port}` });
	try {
		const ask = (query: string) => prometheus.query(query);
		await eventually('two scrapes of a run that goes on', async () => {
			const [sample] = await ask('rate(gridbeat_simulated_seconds_total[1m])');
			const [served] = await ask('sum(vllm:request_success_total)');
			return Number(sample?.value[1]) > 0 && Number(served?.value[1]) > 0 ? true : null;
		});
		for (const { title, query } of queriesOf(readPage('run.json'))) {
			const samples = await ask(query);
			if (!ABSENT.test(query)) assert.ok(samples.length > 0, `${title}: ${query}`);
		}
		for (const [name, query] of kedaQueries()) {
			const samples = await ask(query);
			assert.is(samples.length, 1, `${name}: KEDA takes one number`);
			assert.ok(Number(samples[0]?.value[1]) >= 0, name);
		}
		const [speed] = await ask('gridbeat_run_speed_ratio');
		assert.is(Number(speed?.value[1]), 600);
		const [watts] = await ask('sum(DCGM_FI_DEV_POWER_USAGE)');
		assert.ok(Number(watts?.value[1]) > 0);
		const [mean] = await ask(
			'sum(rate(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION[1m])) / 1000 / scalar(sum(rate(gridbeat_simulated_seconds_total[1m])))',
		);
		const meanW = Number(mean?.value[1]);
		// Two GPUs that draw between the idle and the full power of an A100.
		assert.ok(meanW > 2 * 50 && meanW < 2 * 450, `${meanW} W`);
	} finally {
		await prometheus.stop();
		cli.signal('SIGINT');
		await cli.ended;
	}
});

test.run();
