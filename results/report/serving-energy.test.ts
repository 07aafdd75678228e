import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { LoadParts } from '../../protocol/run-folder/summary-serving.ts';
import { headlineRanges, within } from './headline-ranges.ts';
import { tilesOf } from './html.ts';
import { readRun } from './run.ts';
import { summarize } from './summary.ts';
import { closingTable, replicasTable } from './text.ts';

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
	const kwh = { prefill: 0.3, decode: 0.5, idle: 0.1, hosts: 0, overhead: 0.2, other: 0.4 };
	const grams = { prefill: 80, decode: 160, idle: 40, hosts: 0, overhead: 60, other: 160 };
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

/**
 * Two hours: 2 kW of load and 1 kW into the battery at 400 g and 0.40 USD, then 1 kW out of it at 100 g and 0.10 USD. A PUE
 * of 1.25 is on two replicas with their servers, of which the second sleeps in the second hour.
 */
const SHARED = {
	'metadata.yaml': [
		'gridbeat:',
		'  status: complete',
		'  carbon_kind: average',
		'  gpus: {device: a100, count: 4}',
		'  gpu_power: {curve: made-up, busyPercent: [10, 20], idlePercent: [-10, 0]}',
		'  accounting: {definitions: gridbeat, openingGPerKwh: 0, embodied: false, exportUsdPerKwh: null, demandUsdPerKw: null, demandIntervalS: 900, gpuUsdPerHour: 2}',
		'',
	].join('\n'),
	'timeseries.csv': [
		'microgrid,time,p_delta,p_grid,actor_states.dc.power,dispatch_states.battery.soc,dispatch_states.battery.charge_level,dispatch_states.battery.current_power,grid_signals.carbon_intensity,grid_signals.price,time_utc',
		'm,x,-2000,-3000,-2000,0,0,1000,400,0.4,2026-01-01T00:00:00Z',
		'm,x,-1000,0,-1000,0.5,1000,-1000,100,0.1,2026-01-01T01:00:00Z',
		'',
	].join('\n'),
	'usage.csv': [
		'time_s,replica,mfu,busy,outstanding,energy,prefill_energy,decode_energy,idle_energy,sleep_energy,host_energy',
		'0,r-1,0.1,0.9,1,1500,300,600,100,0,200',
		'0,r-2,0,0,0,500,0,0,300,0,100',
		'3600,r-1,0.3,0.5,2,600,100,200,100,0,80',
		'3600,r-2,0,0,0,400,0,0,240,240,80',
		'',
	].join('\n'),
	'request_metrics.csv': [
		'Request Id,request_e2e_time,prefill_e2e_time,request_num_prefill_tokens,request_num_decode_tokens,request_num_restarts,prefill_energy,decode_energy,arrived_at,replica',
		'0,900,300,90,10,0,350,700,3000,r-1',
		'',
	].join('\n'),
};

test('each replica answers for its energy, its carbon and its cost at the time of import, and together for the load', async () => {
	for (const [name, text] of Object.entries(SHARED)) writeFileSync(join(folder, name), text);
	const { servingEnergy, energy, emissions, bill } = summarize(await readRun(folder));
	const kwh = { prefill: 0.4, decode: 0.8, idle: 0.74, hosts: 0.46, overhead: 0.6, other: 0 };
	const { other: _, ...parts } = kwh;
	nearParts(servingEnergy?.kwh, { ...kwh, other: servingEnergy?.kwh.other ?? 1 });
	assert.ok(Math.abs(servingEnergy?.kwh.other ?? 1) < 1e-12);
	near(servingEnergy?.sleepKwh, 0.24);
	for (const [name, value] of Object.entries(parts))
		near(servingEnergy?.carbonG?.[name as keyof typeof parts], 400 * value);
	const [first, second] = servingEnergy?.replicas ?? [];
	near(first?.gpuG, 560);
	near(second?.gpuG, 216);
	near(first?.facilityG, 840);
	near(second?.energyUsd, 0.36);
	near(first?.gpuUsd, 8);
	near(first?.busyPercent, 70);
	near(first?.mfuPercent, 20);
	const sum = (of: (one: NonNullable<typeof first>) => number) =>
		(servingEnergy?.replicas ?? []).reduce((total, one) => total + of(one), 0);
	const { prefill = 0, decode = 0, idle = 0 } = servingEnergy?.carbonG ?? {};
	near(
		sum(({ gpuG }) => gpuG),
		prefill + decode + idle,
	);
	near(
		sum(({ facilityG }) => facilityG),
		emissions?.loadG ?? 0,
	);
	near(
		sum(({ energyUsd }) => energyUsd),
		bill.energyUsd,
	);
	near(
		sum(({ facilityWh }) => facilityWh),
		1000 * energy.loadKwh,
	);
	near(servingEnergy?.inFlightPrefillWh, 50);
	near(servingEnergy?.inFlightDecodeWh, 100);
	const curve = servingEnergy?.curve;
	near(curve?.lowKwh, 3 + 1.25 * (0.1 * 1.2 - 0.1 * 0.74));
	near(curve?.highKwh, 3 + 1.25 * 0.2 * 1.2);
	near(curve?.highG, 400 * 3.3);
	near(curve?.highPercent, 10);
	// At the most 0.135 and 0.165 kWh more: all imported in the first hour; in the second nothing was fed in either.
	const more = [1.25 * 0.2 * 0.9, 1.25 * 0.2 * 0.3];
	near(curve?.high.importKwh, 3 + (more[0] ?? 0) + (more[1] ?? 0));
	near(curve?.high.importG, 400 * (3 + (more[0] ?? 0)) + 100 * (more[1] ?? 0));
	near(curve?.high.energyUsd, 0.4 * (3 + (more[0] ?? 0)) + 0.1 * (more[1] ?? 0));
	near(curve?.high.grossG, 400 * (2 + (more[0] ?? 0)) + 100 * (1 + (more[1] ?? 0)));
	const table = closingTable(summarize(await readRun(folder)));
	assert.match(table, /demand +3 kWh \(3\.0\d+ to 3\.3\)/);
	assert.match(table, /of imports \(scope 2\) +1\.2 kg \(1\.\d+ to 1\.\d+\)/);
	assert.match(table, /imports +1\.2 USD \(1\.\d+ to 1\.\d+\)/);
});

test('headline tiles carry the error of the power curve, on an island none of imports', async () => {
	for (const [name, text] of Object.entries(SHARED)) writeFileSync(join(folder, name), text);
	const page = tilesOf(summarize(await readRun(folder))).join('');
	assert.match(page, /3 kWh <small>\(3\.0\d+ to 3\.3\)<\/small><\/b><span>demand</);
	assert.match(page, /1\.2 kg <small>\(1\.\d+ to 1\.\d+\)<\/small><\/b><span>CO₂eq of imports/);
	const island = SHARED['metadata.yaml'].replace('status', 'mode: islanded\n  status');
	writeFileSync(join(folder, 'metadata.yaml'), island);
	const { servingEnergy } = summarize(await readRun(folder));
	assert.ok(Number.isNaN(servingEnergy?.curve?.high.importKwh));
	near(servingEnergy?.curve?.highPercent, 10);
});

test('a figure lies within its brackets where the error says so, and outside where the curve is known to be off', () => {
	const kwh = (value: number) => `${value} kWh`;
	assert.is(within(3, [4, 2], kwh), '3 kWh (2 to 4)');
	const grams = (g: number) => (g < 1 ? `${1000 * g} g` : `${g} kg`);
	assert.is(within(0.5, [0.4, 2], grams), '500 g (400 g to 2 kg)');
	assert.is(within(3, null, kwh), '3 kWh');
	// Half of what is imported either way is 2 of 4 kWh, and 1.5 of 2.9 or 3 of 5.5 at the ends.
	const end = { importG: 0, grossG: 0, energyUsd: 0 };
	const band = { ...{ curve: 'c', lowKwh: 2.9, highKwh: 5.5, lowG: 0, highG: 0 } };
	const share = (lowPercent: number) =>
		headlineRanges({
			energy: { loadKwh: 4, importKwh: 2, renewableShare: 50 },
			...{ emissions: null, serving: null, bill: { energyUsd: Number.NaN } },
			servingEnergy: {
				curve: {
					...{ ...band, lowPercent, highPercent: 37 },
					...{ low: { ...end, importKwh: 1.5 }, high: { ...end, importKwh: 3 } },
				},
			},
		} as unknown as Summary).renewableShare;
	assert.is(share(-27)?.[1], 50);
	assert.ok((share(5)?.[1] ?? 50) < 50);
});

test('a device without measurements has no error to tell, and a folder without a curve no such figure', async () => {
	const none = '{curve: made-up, busyPercent: null, idlePercent: null}';
	const unknown = SHARED['metadata.yaml'].replace(/gpu_power: .*/, `gpu_power: ${none}`);
	writeFileSync(join(folder, 'metadata.yaml'), unknown);
	const summary = summarize(await readRun(folder));
	assert.ok(Number.isNaN(summary.servingEnergy?.curve?.highKwh));
	assert.match(closingTable(summary), /error of the power curve +not known/);
	const [replica] = summary.servingEnergy?.replicas ?? [];
	assert.ok(replica !== undefined);
	for (const count of [1, 4, 12, 100]) {
		const replicas = Array.from({ length: count }, (_, i) => ({
			...replica,
			name: `stockholm/replica-${i + 1}`,
			sleepWh: 1,
			energyUsd: 1234.5,
			gpuG: 123456,
		}));
		const text = replicasTable({
			...summary,
			servingEnergy: summary.servingEnergy && { ...summary.servingEnergy, replicas },
		});
		const lines = text.split('\n');
		assert.ok(Math.max(...lines.map(({ length }) => length)) <= 80, text);
		for (const title of ['prompt kWh', 'asleep kWh', 'energy USD', 'peak queue'])
			assert.is(text.split(title).length, 2, title);
		const blocks = lines.filter((line) => line.startsWith('Replicas')).length;
		const rows = lines.filter((line) => line.startsWith('  stockholm/replica-')).length;
		assert.is(rows, blocks * Math.min(count, 32));
	}
	assert.match(replicasTable(summary), /^Replicas +prompt kWh.*\n {2}r-1 +0.4 /);
	writeFileSync(join(folder, 'metadata.yaml'), 'gridbeat: {status: complete}\n');
	assert.is(summarize(await readRun(folder)).servingEnergy?.curve, null);
});

test('a run that does not tell energies apart has no such figures', async () => {
	const usage = 'time_s,replica,mfu,outstanding,energy\n0,r,0.1,1,600\n';
	writeFileSync(join(folder, 'usage.csv'), usage);
	assert.is(summarize(await readRun(folder)).servingEnergy, null);
});

test.run();
