import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readRun } from '../report/run.ts';
import { summarize } from '../report/summary.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

const SHORT = ['--until', '30min', '--qps', '2', '--battery-initial-soc', '0.2'];
const PUE = 1.2;

function near(actual: number, expected: number, what: string): void {
	const off = Math.abs(actual - expected);
	assert.ok(off <= 1e-9 * expected, `${what}: ${actual}, expected ${expected}`);
}

const sum = (rows: readonly Record<string, string>[], column: string) =>
	rows.reduce((total, row) => total + Number(row[column]), 0);

for (const [name, ...flags] of [
	['under a power cap'],
	['in pipeline stages', '--pipeline-stages', '2'],
	['in two pools', '--disaggregate', '1:1'],
] as const)
	test(`energy and carbon balance ${name}: by replica and step, by step, and over the run`, async () => {
		const folder = join(tempFolder(), 'run');
		const command = ['run', '--in-process', ...SHORT, ...flags, '--out', folder];
		const { code, stderr } = await gridbeat(command);
		assert.is(code, 0, stderr);
		const usage = readRows(folder, 'usage.csv');
		const byStep = new Map<string, number>();
		for (const row of usage) {
			const gpusWh = sum([row], 'prefill_energy') + sum([row], 'decode_energy');
			const facilityWh = Number(row['energy']);
			near(PUE * (gpusWh + Number(row['idle_energy'])), facilityWh, `${row['replica']}`);
			byStep.set(`${row['time_s']}`, (byStep.get(`${row['time_s']}`) ?? 0) + facilityWh);
		}
		const requests = readRows(folder, 'request_metrics.csv');
		const [prefillWh, decodeWh] = [sum(usage, 'prefill_energy'), sum(usage, 'decode_energy')];
		const [promptsWh, answersWh] = [
			sum(requests, 'prefill_energy'),
			sum(requests, 'decode_energy'),
		];
		// What is missing is in requests that have not completed.
		assert.ok(promptsWh <= prefillWh && promptsWh > 0.95 * prefillWh, `${promptsWh}`);
		assert.ok(answersWh <= decodeWh && answersWh > 0.95 * decodeWh, `${answersWh}`);
		const run = await readRun(folder);
		const { energy, emissions, servingEnergy } = summarize(run);
		[...byStep.values()].forEach((wh, k) => {
			near(wh, ((run.steps.loadW[k] as number) * run.steps.stepS) / 3600, `step ${k}`);
		});
		assert.ok(servingEnergy !== null && servingEnergy.carbonG !== null && emissions !== null);
		const total = (parts: object) => Object.values(parts).reduce((all, part) => all + part, 0);
		near(total(servingEnergy.kwh), energy.loadKwh, 'energy');
		near(total(servingEnergy.carbonG), emissions.loadG, 'carbon');
	});

test.run();
