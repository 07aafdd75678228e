import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { haurwitzGhiWm2 } from '../../feeds/sky/clear-sky.ts';
import { erbs } from '../../feeds/sky/erbs.ts';
import { clearSkyAt, clearSkyOf, skyIrradiance } from '../../feeds/sky/site-sky.ts';
import { close } from '../../tests/close.test-support.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { faimanC, sapmCellC } from './cell-temperature.ts';
import { incidenceModifier } from './incidence-modifier.ts';
import { STANDARD_CHAIN } from './location-defaults.ts';
import { perezSkyWm2 } from './perez.ts';
import { pvOutput } from './pv-system.ts';
import { PVWATTS_LOSSES_PERCENT, totalLossesPercent } from './pvwatts.ts';
import { hayDaviesSkyWm2, incidenceDeg, isotropicSkyWm2 } from './transposition.ts';

const LOSSES = {
	...STANDARD_CHAIN,
	horizonDeg: [],
	lossesPercent: totalLossesPercent(PVWATTS_LOSSES_PERCENT),
	albedo: 0.25,
};
const BERLIN = {
	file: '../shared/reference/pv/chain_berlin_20240621.csv',
	site: {
		latitude: 52.52,
		longitude: 13.405,
		altitudeM: 34,
		linkeTurbidity: 3,
		clearSky: 'ineichen',
	} as const,
	air: { airC: 22, windMs: 3 },
	system: {
		...LOSSES,
		tiltDeg: 35,
		azimuthDeg: 180,
		peakPowerW: 5000,
		inverterPowerW: 4500,
		temperatureCoefficientPerK: -0.0037,
	},
	ghiKwhM2: 8.232601,
	acKwh: 30.547546,
};
const SAN_FRANCISCO = {
	file: '../shared/reference/pv/chain_sf_20240320.csv',
	site: {
		latitude: 37.7749,
		longitude: -122.4194,
		altitudeM: 16,
		linkeTurbidity: 3.2,
		clearSky: 'ineichen',
	} as const,
	air: { airC: 15, windMs: 2 },
	system: {
		...LOSSES,
		tiltDeg: 20,
		azimuthDeg: 200,
		peakPowerW: 10_000,
		inverterPowerW: 8000,
		temperatureCoefficientPerK: -0.0047,
	},
	ghiKwhM2: 5.793782,
	acKwh: 51.842952,
};

type Row = (column: string) => number;

function readRows(path: string): { epochMs: number; row: Row }[] | null {
	if (!existsSync(path)) {
		console.log(`skipped: ${path} is absent`);
		return null;
	}
	const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
	const names = header.split(',');
	return lines.map((line) => {
		const cells = line.split(',');
		return {
			epochMs: Date.parse((cells[0] as string).replace(' ', 'T')),
			row: (column) => Number(cells[names.indexOf(column)]),
		};
	});
}

/** Within 1e-6 relative, or 1e-6 absolute near 0 (the table has eight decimals). */
function same(actual: number, expected: number): void {
	close(
		actual,
		expected,
		Math.abs(expected) < 1 && expected !== 0 ? 1e-6 / Math.abs(expected) : 1e-6,
	);
}

for (const day of [BERLIN, SAN_FRANCISCO]) {
	test(`the chain fed the angles of ${day.file} gives every column of it`, () => {
		const rows = readRows(day.file);
		if (rows === null) return;
		for (const { row } of rows) {
			const sun = { zenithDeg: row('apparent_zenith'), azimuthDeg: row('azimuth') };
			const sky = clearSkyOf(sun, row('dni_extra'), day.site);
			same(sky.clear.ghi, row('ghi'));
			same(sky.clear.dni, row('dni'));
			same(sky.clear.dhi, row('dhi'));
			same(haurwitzGhiWm2(sun.zenithDeg), row('haurwitz_ghi'));
			same(incidenceDeg(sun, day.system), row('aoi'));
			if (row('ghi') === 0) continue;
			const outside = row('dni_extra');
			same(isotropicSkyWm2(sky.clear.dhi, day.system.tiltDeg), row('poasky_isotropic'));
			same(hayDaviesSkyWm2(sky.clear, outside, sun, day.system), row('poasky_haydavies'));
			same(perezSkyWm2(sky.clear, outside, sun, day.system), row('poasky_perez'));
			const cloudy = erbs(0.7 * row('ghi'), row('zenith'), outside);
			same(cloudy.dni, row('erbs07_dni'));
			same(cloudy.dhi, row('erbs07_dhi'));
			same(incidenceModifier(row('aoi')), row('iam'));
			const out = pvOutput(sky.clear, sky, day.system, day.air);
			same(out.poaWm2, row('poa_haydavies'));
			same(out.effectiveWm2, row('eff_haydavies'));
			same(out.cellC, row('tcell_sapm'));
			same(sapmCellC(row('poa_haydavies'), day.air.airC, day.air.windMs), row('tcell_sapm'));
			same(faimanC(row('poa_haydavies'), day.air.airC, day.air.windMs), row('tcell_faiman'));
			same(out.dcW, row('pdc_net'));
			same(out.acW, row('pac'));
		}
	});

	test(`the chain with suncalc's angles follows ${day.file} within 0.2 % of the peak`, () => {
		const rows = readRows(day.file);
		if (rows === null) return;
		let wh = 0;
		for (const { epochMs, row } of rows) {
			const sky = clearSkyAt(epochMs, day.site);
			const { acW } = pvOutput(sky.clear, sky, day.system, day.air);
			// 0.01 degrees of angle move the light by 0.02 %; the lowest sun's air mass moves it more.
			const error = Math.abs(acW - row('pac'));
			assert.ok(error < 0.002 * day.system.inverterPowerW, `${epochMs}: off by ${error} W`);
			wh += acW / 2;
		}
		close(wh / 1000, day.acKwh, 2e-4);
	});
}

test('pvOutput() grows with the clear-sky index and is never negative', () => {
	const sky = clearSkyAt(Date.UTC(2024, 5, 21, 12), BERLIN.site);
	const index = fc.double({ min: 0, max: 1.3, noNaN: true });
	fc.assert(
		fc.property(index, index, (a, b) => {
			const power = (k: number) =>
				pvOutput(skyIrradiance(sky, k), sky, BERLIN.system, BERLIN.air).acW;
			const [low, high] = [power(Math.min(a, b)), power(Math.max(a, b))];
			assert.ok(0 <= low && low <= high + 1e-9, `${low} at ${a}, ${high} at ${b}`);
		}),
	);
});

test('pvOutput() without nameplate or with no light gives no power', () => {
	const sky = clearSkyAt(Date.UTC(2024, 5, 21, 12), BERLIN.site);
	const nothing = { ...BERLIN.system, peakPowerW: 0, inverterPowerW: null };
	assert.is(pvOutput(sky.clear, sky, nothing, BERLIN.air).acW, 0);
	assert.is(pvOutput(skyIrradiance(sky, 0), sky, BERLIN.system, BERLIN.air).acW, 0);
});

test.run();
