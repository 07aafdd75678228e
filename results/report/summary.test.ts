import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { readRun } from './run.ts';
import { summarize } from './summary.ts';
import { DAY, writeDay } from './testdata/day.ts';

const folders: string[] = [];
test.after(() => {
	for (const folder of folders) rmSync(folder, { recursive: true });
});

function newFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-report-'));
	folders.push(folder);
	return folder;
}

async function summaryOf(files: Readonly<Record<string, string>>): Promise<Summary> {
	const folder = newFolder();
	for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
	return summarize(await readRun(folder));
}

function near(actual: number | undefined, expected: number, tolerance = 1e-9): void {
	const off = Math.abs((actual ?? Number.NaN) - expected);
	assert.ok(off <= tolerance * Math.max(1, Math.abs(expected)), `${actual}, expected ${expected}`);
}

/** Four steps of an hour. Load 1, 1, 2, 1 kW; solar 0, 3, 3, 0 kW; carbon 400, 200, 100, 300 g/kWh. */
const TINY = {
	'metadata.yaml': 'gridbeat: {status: complete, carbon_kind: marginal}\n',
	'timeseries.csv': [
		'microgrid,time,p_delta,p_grid,actor_states.dc.power,actor_states.pv.power,policy_state.mode,policy_state.charge_power,dispatch_states.b.soc,dispatch_states.b.charge_level,grid_signals.carbon_intensity,grid_signals.price,policy_state.cap_per_gpu,policy_state.curtailed,dispatch_states.b.current_power,time_utc',
		'm,x,-1000,-500,-1000,0,grid-connected,0,0.5,500,400,0.25,200,0,-500,2026-01-01T00:00:00Z',
		'm,x,2000,800,-1000,3000,grid-connected,0,0,0,200,0.5,200,200,1000,2026-01-01T01:00:00Z',
		'm,x,1000,1000,-2000,3000,grid-connected,0,1,1000,100,0.5,,0,0,2026-01-01T02:00:00Z',
		'm,x,-1000,0,-1000,0,grid-connected,0,1,1000,300,0.5,,0,-1000,2026-01-01T03:00:00Z',
		'',
	].join('\n'),
	'request_metrics.csv': [
		'Request Id,request_e2e_time,prefill_e2e_time,request_num_prefill_tokens,request_num_decode_tokens,request_num_restarts,arrived_at,replica',
		'0,1.1,0.1,90,11,0,5,a',
		'1,2.3,0.3,80,21,1,9,a',
		'2,0.2,0.2,99,1,0,11,b',
		'',
	].join('\n'),
};

test('summarize() of a tiny run gives the energies computed by hand', async () => {
	const { energy, durationS, capHours, batteries, bill } = await summaryOf(TINY);
	assert.is(durationS, 4 * 3600);
	near(energy.loadKwh, 5);
	near(energy.productionKwh, 6);
	near(energy.importKwh, 0.5);
	near(energy.exportKwh, 1.8);
	near(energy.curtailedKwh, 0.2);
	near(energy.chargedKwh, 1);
	near(energy.dischargedKwh, 1.5);
	near(energy.directKwh, 3);
	// The battery gives its first 0.5 kWh to step 0, and to step 3 what the sun put into it.
	near(energy.renewableShare, 80);
	near(energy.initialShare, 10);
	near(energy.servedByInitialKwh, 0.5);
	near(energy.servedByGridKwh, 0.5);
	near(energy.selfSufficiency, 90);
	near(energy.selfConsumption, 100 * (1 - 2 / 6));
	near(bill.energyUsd, 0.125);
	// Written in steps 0 and 1, so in force in steps 1 and 2.
	near(capHours, 2);
	near(batteries[0]?.meanSoc, 62.5);
	near(batteries[0]?.lastSoc, 100);
	near(batteries[0]?.fullCycles, 0.75);
});

const ACCOUNTING = {
	definitions: 'gridbeat',
	openingGPerKwh: 300,
	embodied: true,
	exportUsdPerKwh: 0.1,
	demandUsdPerKw: 10,
	demandIntervalS: 3600,
	gpuUsdPerHour: 2,
};

test('summarize() counts what the scenario asks for', async () => {
	const gridbeat = { carbon_kind: 'average', gpus: { device: 'a100', count: 2 } };
	const metadata = (accounting: unknown) =>
		JSON.stringify({ gridbeat: { ...gridbeat, accounting } });
	const { bill, emissions, vidurEnergy } = await summaryOf({
		...TINY,
		'metadata.yaml': metadata(ACCOUNTING),
	});
	near(bill.energyUsd, 0.125);
	near(bill.exportUsd, 0.18);
	near(bill.demandUsd, 5);
	near(bill.gpuUsd, 16);
	// 0.5 kWh imported at 400 g, and the 0.5 kWh that the battery held at 300 g.
	near(emissions?.openingG, 150);
	near(emissions?.loadG, 350);
	near(emissions?.storedG, 0);
	near(emissions?.embodiedG, (2 * 150_000 * 4) / (5 * 8760));
	assert.is(vidurEnergy, null);
	const both = await summaryOf({
		...TINY,
		'metadata.yaml': metadata({ ...ACCOUNTING, definitions: 'vidur-energy' }),
	});
	// All solar counts as offset: 3 kWh at 200 g and 3 kWh at 100 g of 1100 g.
	near(both.vidurEnergy?.offsetPercent, (100 * 900) / 1100);
	assert.is(both.emissions?.importG, 200);
});

test('a night on a full battery is not renewable, and its shares say what it is', async () => {
	const { energy, emissions } = await summaryOf({
		'metadata.yaml': 'gridbeat: {status: complete}\n',
		'timeseries.csv': [
			'time,p_delta,p_grid,actor_states.dc.power,dispatch_states.b.soc,dispatch_states.b.charge_level,grid_signals.carbon,dispatch_states.b.current_power,time_utc',
			'x,-1000,0,-1000,1,2000,400,-1000,2026-01-01T00:00:00Z',
			'x,-1000,0,-1000,0.5,1000,400,-1000,2026-01-01T01:00:00Z',
			'',
		].join('\n'),
	});
	assert.is(energy.renewableShare, 0);
	assert.is(energy.initialShare, 100);
	near(energy.servedByInitialKwh, 2);
	near(energy.initialLeftKwh, 0);
	assert.is(energy.selfSufficiency, 100);
	near(emissions?.avoidedByInitialG, 800);
	assert.is(emissions?.avoidedByBatteryG, 0, 'not the rounding of what it is the rest of');
});

test('summarize() of a tiny run gives the emissions computed by hand', async () => {
	const { emissions } = await summaryOf(TINY);
	near(emissions?.grossG, 400 + 200 + 200 + 300);
	near(emissions?.importG, 0.5 * 400);
	near(emissions?.avoidedBySolarG, 200 + 200);
	near(emissions?.avoidedByInitialG, 0.5 * 400);
	near(emissions?.avoidedByBatteryG, 300);
	near(emissions?.exportCreditG, 0.8 * 200 + 100);
	near(emissions?.reduction, 100 * (1 - 200 / 1100));
	near(emissions?.perRequestG, 200 / 3);
	near(emissions?.perThousandTokensG, (200 * 1000) / (90 + 11 + 80 + 21 + 100));
	assert.is(emissions?.kind, 'marginal');
	assert.equal(
		[emissions?.meanIntensity, emissions?.minIntensity, emissions?.maxIntensity],
		[250, 100, 400],
	);
});

test('summarize() of a tiny run gives the latencies computed by hand', async () => {
	const { serving } = await summaryOf(TINY);
	assert.is(serving?.completed, 3);
	near(serving?.ttftS.p50, 0.2);
	near(serving?.ttftS.p90, 0.28);
	near(serving?.ttftS.p99, 0.298);
	near(serving?.ttftS.mean, 0.2);
	near(serving?.e2eS.p50, 1.1);
	// 1 s over 10 gaps and 2 s over 20; the answer of one token has none.
	near(serving?.meanTbtS, 3 / 30);
	near(serving?.requestsPerS, 3 / 14_400);
	near(serving?.outputTokensPerS, 33 / 14_400);
	assert.is(serving?.restarts, 1);
});

test('summarize() keeps the balance of energies and of emissions over a day', async () => {
	const folder = newFolder();
	writeDay(folder, DAY);
	const { energy, emissions } = summarize(await readRun(folder));
	near(
		energy.productionKwh + energy.importKwh + energy.dischargedKwh,
		energy.loadKwh + energy.exportKwh + energy.chargedKwh + energy.curtailedKwh,
		1e-9,
	);
	assert.ok(emissions !== null);
	near(
		emissions.importG +
			emissions.avoidedBySolarG +
			emissions.avoidedByInitialG +
			emissions.avoidedByBatteryG,
		emissions.grossG,
	);
	near(
		energy.servedByRenewablesKwh + energy.servedByGridKwh + energy.servedByInitialKwh,
		energy.loadKwh,
	);
});

test('summarize() agrees with the corrected figures of the published co-simulation case', async () => {
	const reference = '../shared/reference/vidur-energy';
	if (!existsSync(reference)) {
		console.log(`skipped: ${reference} is absent`);
		return;
	}
	const { corrected } = JSON.parse(readFileSync(`${reference}/cosim_case.json`, 'utf8'));
	const rows = readFileSync(`${reference}/cosim_case_timeseries.csv`, 'utf8').trim().split('\n');
	const lines = [
		'time,p_delta,p_grid,actor_states.load.power,actor_states.solar.power,dispatch_states.b.soc,dispatch_states.b.charge_level,grid_signals.carbon_intensity',
	];
	for (const row of rows.slice(1)) {
		const [time, delta, , load, solar, carbon, soc, level, batteryWs] = row.split(',');
		const gridW = Number(delta) - Number(batteryWs) / 60;
		lines.push([time, delta, gridW, load, solar, soc, level, carbon].join(','));
	}
	const { energy, emissions } = await summaryOf({
		'metadata.yaml': 'execution: {status: completed}\n',
		'timeseries.csv': `${lines.join('\n')}\n`,
	});
	// Rounding of sums of 1497 rows only.
	near(energy.importKwh, corrected.grid_import_kWh);
	near(energy.exportKwh, corrected.grid_export_kWh);
	near(energy.directKwh, corrected.direct_solar_kWh);
	near(energy.chargedKwh, corrected.battery_charged_kWh);
	near(energy.dischargedKwh, corrected.battery_discharged_kWh);
	// It counts what the battery held at the start as renewable.
	near(energy.selfSufficiency, corrected.renewable_share_of_demand_percent);
	near(emissions?.importG, corrected.import_emissions_g);
	near(emissions?.reduction, corrected.reduction_vs_no_solar_percent);
	near(emissions?.exportCreditG, corrected.export_avoided_g_if_credited);
});

test("readRun() reads a run folder of Vessim's own", async () => {
	const folder = '../shared/reference/vessim/synthetic_two_batteries';
	if (!existsSync(folder)) {
		console.log(`skipped: ${folder} is absent`);
		return;
	}
	const { energy, batteries, emissions, serving, status } = summarize(await readRun(folder));
	assert.is(status, 'complete');
	assert.is(emissions, null);
	assert.is(serving, null);
	assert.equal(
		batteries.map(({ name }) => name),
		['a', 'b'],
	);
	near(
		energy.productionKwh + energy.importKwh + energy.dischargedKwh,
		energy.loadKwh + energy.exportKwh + energy.chargedKwh,
	);
});

test('readRun() leaves out a row that was torn and says so', async () => {
	const folder = newFolder();
	for (const [name, text] of Object.entries(TINY)) writeFileSync(join(folder, name), text);
	writeFileSync(join(folder, 'timeseries.csv'), `${TINY['timeseries.csv']}m,x,-10`);
	const run = await readRun(folder);
	assert.is(run.steps.count, 4);
	assert.equal(run.remarks, ['timeseries.csv: 1 incomplete row(s) left out']);
});

test('readRun() reads a name with a comma and distrusts a last row without its line break', async () => {
	const folder = newFolder();
	for (const [name, text] of Object.entries(TINY)) writeFileSync(join(folder, name), text);
	const text = TINY['timeseries.csv'].replaceAll('\nm,', '\n"Berlin, ""Mitte""",');
	// The last row has all its cells, but the last of them may have been longer.
	writeFileSync(join(folder, 'timeseries.csv'), text.slice(0, -2));
	const run = await readRun(folder);
	assert.equal([...run.steps.gridW], [-500, 800, 1000]);
	assert.is(run.remarks.length, 1);
});

test('readRun() refuses a folder that is no run', async () => {
	try {
		await readRun(newFolder());
		assert.unreachable();
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match(
			(error as Error).message,
			/^Cannot read the run ".*": metadata.yaml: there is none; give a folder below runs\/$/,
		);
	}
});

test.run();
