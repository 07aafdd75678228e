import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readRun } from './run.ts';
import type { LoadParts } from './serving-energy.ts';
import { summarize } from './summary.ts';

/** Two hours on the grid at 400 and 200 g/kWh: loads of 1 and 0.5 kW, of which a replica takes 600 and 500 Wh. */
const FILES = {
	'metadata.yaml': 'gridbeat: {status: complete, carbon_kind: marginal}\n',
	'timeseries.csv': [
		'microgrid,time,p_delta,p_grid,actor_states.dc.power,grid_signals.carbon_intensity,time_utc',
		'm,x,-1000,-1000,-1000,400,2026-01-01T00:00:00Z',
		'm,x,-500,-500,-500,200,2026-01-01T01:00:00Z',
		'',
	].join('\n'),
	'usage.csv': [
		'time_s,replica,mfu,outstanding,energy,prefill_energy,decode_energy,idle_energy',
		'0,r,0.1,1,600,100,300,100',
		'3600,r,0.1,1,500,200,200,0',
		'',
	].join('\n'),
	'request_metrics.csv': [
		'Request Id,request_e2e_time,prefill_e2e_time,request_num_prefill_tokens,request_num_decode_tokens,request_num_restarts,prefill_energy,decode_energy,arrived_at,replica',
		'0,900,300,90,10,0,10,20,3000,r',
		'',
	].join('\n'),
};

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-energy-'));
test.after(() => rmSync(folder, { recursive: true }));

function near(actual: number | undefined, expected: number): void {
	const off = Math.abs((actual ?? Number.NaN) - expected);
	assert.ok(off <= 1e-9 * expected, `${actual}, expected ${expected}`);
}

function nearParts(actual: LoadParts | null | undefined, expected: LoadParts): void {
	for (const key of Object.keys(expected) as (keyof LoadParts)[])
		near(actual?.[key], expected[key]);
}

test('energy and carbon of the load are told by what they were for, and add up to it', async () => {
	for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
	const { servingEnergy, energy, emissions } = summarize(await readRun(folder));
	const kwh = { prefill: 0.3, decode: 0.5, idle: 0.1, overhead: 0.2, other: 0.4 };
	const grams = { prefill: 80, decode: 160, idle: 40, overhead: 60, other: 160 };
	nearParts(servingEnergy?.kwh, kwh);
	nearParts(servingEnergy?.carbonG, grams);
	near(energy.loadKwh, 1.5);
	near(emissions?.loadG, 500);
	near(servingEnergy?.requestWh?.mean, 30);
	// The prompt in the first hour, the answer half in each.
	near(servingEnergy?.requestG?.mean, 10 * 0.4 + 20 * 0.3);
	near(servingEnergy?.perPromptTokenJ, (10 * 3600) / 90);
	near(servingEnergy?.perOutputTokenJ, (20 * 3600) / 10);
	near(servingEnergy?.replicas[0]?.facilityWh, 1100);
});

test('a run that does not tell energies apart has no such figures', async () => {
	const usage = 'time_s,replica,mfu,outstanding,energy\n0,r,0.1,1,600\n';
	writeFileSync(join(folder, 'usage.csv'), usage);
	assert.is(summarize(await readRun(folder)).servingEnergy, null);
});

test.run();
