import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { carbonLedger, energyLedger } from './ledger.ts';
import { siteSteps } from './steps.test-support.ts';
import { vidurEnergyMetrics } from './vidur-energy.ts';

const FOLDER = '../shared/reference/vidur-energy';

/** The published case, rebuilt by the reference: demand, solar, intensity and battery, minute by minute. */
function publishedCase() {
	const rows: Record<string, string>[] = parse(
		readFileSync(`${FOLDER}/cosim_case_timeseries.csv`, 'utf8'),
		{ columns: true },
	);
	const column = (name: string) => rows.map((row) => Number(row[name]));
	// `batt` is the energy of the step in Ws; `grid_now` the exchange of the very step.
	const batteryW = column('batt').map((energyWs) => energyWs / 60);
	const storedWh = column('charge');
	const finallyStoredWh = (storedWh.at(-1) as number) + (batteryW.at(-1) as number) / 60;
	const steps = siteSteps({
		stepS: 60,
		loadW: column('d').map((demandW) => -demandW),
		productionW: column('solar'),
		gridW: column('p_delta').map((deltaW, k) => deltaW - (batteryW[k] as number)),
		batteries: [
			{
				name: 'battery',
				powerW: Float64Array.from(batteryW),
				storedWh: Float64Array.from(storedWh),
				finallyStoredWh,
			},
		],
	});
	return { steps, intensity: Float64Array.from(column('ci')) };
}

interface Expected {
	readonly effective_capacity_Wh: number;
	readonly reported_style: Record<string, number> & {
		readonly battery_state_percent: Record<string, number>;
	};
	readonly corrected: Record<string, number>;
}

function close(
	actual: number,
	expected: number | undefined,
	tolerance: number,
	what: string,
): void {
	const off = Math.abs(actual - (expected ?? Number.NaN));
	assert.ok(off <= tolerance, `${what}: ${actual}, not ${expected}`);
}

if (!existsSync(FOLDER))
	console.log(`skipped: ${FOLDER} is not there, so the published case is not compared`);
else {
	const { steps, intensity } = publishedCase();
	const expected = JSON.parse(readFileSync(`${FOLDER}/cosim_case.json`, 'utf8')) as Expected;

	test('vidurEnergyMetrics gives the published 69.2 % and all that is published beside it', () => {
		const { reported_style: published, effective_capacity_Wh: capacityWh } = expected;
		const ours = vidurEnergyMetrics(
			steps,
			intensity,
			{ lowGPerKwh: 100, highGPerKwh: 200 },
			capacityWh,
		);
		close(ours.offsetPercent, 69.2, 0.05, 'offset as published');
		close(ours.offsetPercent, published['offset_percent'], 1e-6, 'offset');
		close(ours.grossG, published['gross_g'], 1e-4, 'gross');
		close(ours.offsetG, published['offset_g'], 1e-4, 'offset');
		close(ours.netG, published['net_g'], 1e-4, 'net');
		close(ours.demandKwh, published['demand_kWh'], 1e-9, 'demand');
		close(ours.solarKwh, published['solar_kWh'], 1e-6, 'solar');
		close(ours.gridKwh, published['grid_kWh_abs_of_net'], 1e-6, 'grid');
		close(
			ours.renewablePenetrationPercent,
			published['renewable_penetration_percent'],
			1e-6,
			'penetration',
		);
		close(ours.gridDependencyPercent, published['grid_dependency_percent'], 1e-5, 'dependency');
		const state = published.battery_state_percent;
		close(ours.idlePercent, state['idle'], 1e-9, 'idle');
		close(ours.chargingPercent, state['charging'], 1e-9, 'charging');
		close(ours.dischargingPercent, state['discharging'], 1e-9, 'discharging');
		close(ours.meanSocPercent, published['avg_soc_percent'], 1e-6, 'mean SoC');
		close(ours.hoursBelowHalf, published['hours_soc_below_50'], 1e-9, 'below 50 %');
		// The first step is at 80 % but for rounding: above or not, that is one minute.
		close(ours.hoursAbove80, published['hours_soc_above_80'], 1 / 60 + 1e-9, 'above 80 %');
		close(ours.fullCycles, published['full_cycles'], 1e-6, 'cycles');
		close(ours.meanGPerKwh, published['ci_mean'], 1e-6, 'mean intensity');
		close(ours.lowCarbonHours, published['low_carbon_h'], 1e-9, 'low carbon');
		close(ours.highCarbonHours, published['high_carbon_h'], 1e-9, 'high carbon');
	});

	test('the ledger gives the honest figures of the published case', () => {
		const { corrected } = expected;
		const energy = energyLedger(steps);
		const carbon = carbonLedger(steps, intensity, 0);
		const importKwh = energy.gridToLoadKwh + energy.gridToBatteryKwh;
		close(importKwh, corrected['grid_import_kWh'], 1e-6, 'import');
		close(energy.productionToGridKwh, corrected['grid_export_kWh'], 1e-6, 'export');
		close(energy.productionToLoadKwh, corrected['direct_solar_kWh'], 1e-6, 'direct');
		close(energy.productionToBatteryKwh, corrected['battery_charged_kWh'], 1e-6, 'charged');
		close(energy.batteryToLoadKwh, corrected['battery_discharged_kWh'], 1e-6, 'discharged');
		close(carbon.importG, corrected['import_emissions_g'], 1e-3, 'emissions of imports');
		close(carbon.exportCreditG, corrected['export_avoided_g_if_credited'], 1e-3, 'exports');
		const reduction = 100 * (1 - carbon.importG / carbon.gridOnlyG);
		close(reduction, corrected['reduction_vs_no_solar_percent'], 1e-5, 'reduction');
		close(carbon.loadG, carbon.importG, 1e-9, 'nothing of the grid stays in the battery');
	});
}

test.run();
