import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readRun } from '../results/report/run.ts';
import { summarize } from '../results/report/summary.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';
import { addsUp, near, total } from './energy-sums.test-support.ts';

const SHORT = ['--until', '30min', '--battery-initial-soc', '0.2'];
const PUE = 1.2;

const sum = (rows: readonly Record<string, string>[], column: string) =>
	rows.reduce((total, row) => total + Number(row[column]), 0);

/** Servers around the GPUs, which sleep at times, and a facility cooled by the weather. */
const FACILITY = join(tempFolder(), 'facility.yaml');
writeFileSync(
	FACILITY,
	[
		'requests: {qps: 0.05}',
		'serving:',
		'  host: {idleW: 1200, busyW: 500, networkW: 100}',
		'  sleep: {afterS: 15, wakeS: 3}',
		'  pue: {byOutdoorC: [[5, 1.05], [12, 1.1], [14, 1.3]]}',
		'accounting: {gpuUsdPerHour: 2}',
		'price: {source: constant, valueUsdPerKwh: 0.2}',
		'',
	].join('\n'),
);

for (const [name, ...flags] of [
	['under a power cap', '--qps', '2'],
	['in pipeline stages', '--qps', '2', '--pipeline-stages', '2'],
	['in two pools', '--qps', '2', '--disaggregate', '1:2'],
	['of servers, sleep and PUE by the weather', FACILITY, '--battery-min-soc', '0.2'],
] as const)
	test(`energy and carbon balance ${name}: by replica and step, by step, and over the run`, async () => {
		const folder = join(tempFolder(), 'run');
		const command = ['run', ...flags, '--in-process', ...SHORT, '--out', folder];
		const { code, stderr } = await gridbeat(command);
		assert.is(code, 0, stderr);
		const usage = readRows(folder, 'usage.csv');
		const byStep = new Map<string, number>();
		for (const row of usage) {
			const gpusWh = sum([row], 'prefill_energy') + sum([row], 'decode_energy');
			const facilityWh = Number(row['energy']);
			const hostsWh = Number(row['host_energy'] ?? 0);
			const pue = Number(row['pue'] ?? PUE);
			near(pue * (gpusWh + Number(row['idle_energy']) + hostsWh), facilityWh, `${row['replica']}`);
			byStep.set(`${row['time_s']}`, (byStep.get(`${row['time_s']}`) ?? 0) + facilityWh);
		}
		const requests = readRows(folder, 'request_metrics.csv');
		const [prefillWh, decodeWh] = [sum(usage, 'prefill_energy'), sum(usage, 'decode_energy')];
		const [promptsWh, answersWh] = [
			sum(requests, 'prefill_energy'),
			sum(requests, 'decode_energy'),
		];
		// What is missing is in requests that have not completed; where none is, two sums differ by rounding.
		for (const [ofRequests, ofReplicas] of [
			[promptsWh, prefillWh],
			[answersWh, decodeWh],
		] as const) {
			const what = `${ofRequests} of ${ofReplicas} Wh`;
			assert.ok(ofRequests <= ofReplicas * (1 + 1e-9) && ofRequests > 0.95 * ofReplicas, what);
		}
		const run = await readRun(folder);
		const summary = summarize(run);
		const { servingEnergy, bill } = summary;
		const gpusEach = (flags as readonly string[]).includes('--pipeline-stages') ? 2 : 1;
		const gpus = gpusEach * new Set(usage.map((row) => row['replica'])).size;
		assert.is(run.metadata.gridbeat.gpus?.count, gpus);
		[...byStep.values()].forEach((wh, k) => {
			near(wh, ((run.steps.loadW[k] as number) * run.steps.stepS) / 3600, `step ${k}`);
		});
		assert.ok(servingEnergy !== null);
		addsUp(summary, name);
		const { replicas, inFlightPrefillWh, inFlightDecodeWh } = servingEnergy;
		near(promptsWh + inFlightPrefillWh, prefillWh, 'prompts');
		near(answersWh + inFlightDecodeWh, decodeWh, 'answers');
		if (flags[0] === FACILITY) {
			// Nothing is under way at the end.
			assert.ok(Math.abs(inFlightPrefillWh) <= 1e-9 * prefillWh, `${inFlightPrefillWh}`);
			assert.ok(Math.abs(inFlightDecodeWh) <= 1e-9 * decodeWh, `${inFlightDecodeWh}`);
			assert.ok(servingEnergy.sleepKwh > 0 && servingEnergy.kwh.hosts > 0);
			assert.ok(new Set(usage.map((row) => row['pue'])).size > 10);
			near(total(replicas.map(({ energyUsd }) => energyUsd)), bill.energyUsd, 'cost of energy');
			near(total(replicas.map(({ gpuUsd }) => gpuUsd)), bill.gpuUsd, 'cost of GPUs');
		}
	});

test.run();
