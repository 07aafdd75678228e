import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { HOUR_US } from '../../protocol/time.ts';
import type { SolarConfig } from './config.ts';
import { STANDARD_CHAIN } from './location-defaults.ts';
import { solarActor, stepSolar } from './testdata/run-solar.ts';

const folder = mkdtempSync(join(tmpdir(), 'written-weather-'));

interface Plant {
	readonly path: string;
	readonly startMs: number;
	readonly hours: number;
	readonly latitude: number;
	readonly longitude: number;
	readonly altitudeM: number;
}

/** What a plant of 1 kW at 60 degrees makes, kWh, facing each azimuth. */
function kwhOf(plant: Plant, azimuths: readonly number[]): number[] {
	const { path, startMs, hours, latitude, longitude, altitudeM } = plant;
	const untilUs = hours * HOUR_US;
	return azimuths.map((azimuthDeg) => {
		const config: SolarConfig = {
			...STANDARD_CHAIN,
			transposition: 'perez',
			stepUs: HOUR_US,
			startEpochMs: startMs,
			...{ latitude, longitude, altitudeM, azimuthDeg },
			tiltDeg: 60,
			horizonDeg: [],
			peakPowerW: 1000,
			inverterPowerW: null,
			lossesPercent: 0,
			temperatureCoefficientPerK: -0.0037,
			linkeTurbidity: 3,
			airTemperature: { meanC: 15, dailyAmplitudeC: 5 },
			windMs: 3,
			albedo: 0.2,
			sky: { type: 'file', path, column: null, timezone: 'UTC', extend: 'error', untilUs },
		};
		const actor = solarActor(config);
		let wh = 0;
		stepSolar(actor, actor.init(), { fromUs: 0, untilUs }, ({ powerW }) => {
			wh += powerW;
		});
		return wh / 1000;
	});
}

function fileOf(name: string, lines: readonly string[]): string {
	const path = join(folder, name);
	writeFileSync(path, lines.join('\n'));
	return path;
}

function near(values: readonly number[], expected: readonly number[], within: number): void {
	values.forEach((value, i) => {
		const right = expected[i] as number;
		assert.ok(Math.abs(value / right - 1) <= within, `${values} is not ${expected}`);
	});
}

test('an hourly file of a station in SAM’s form has its hours where the sun was', () => {
	const light = `4,4,2,4 5,121,364,56 6,315,692,77 7,507,792,97 8,681,830,119 9,824,848,139 10,926,857,154 11,980,861,163
		12,982,861,163 13,932,857,155 14,834,849,141 15,694,832,121 16,522,796,99 17,330,705,78 18,136,407,58 19,7,9,7`;
	const known = new Map(light.split(/\s+/).map((row) => [Number(row.split(',')[0]), row] as const));
	const path = fileOf('sam.csv', [
		'Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation',
		'Measured,1,Town,XX,USA,40,-105,-7,1600',
		'Year,Month,Day,Hour,GHI,DNI,DHI,Tdry,Wspd',
		...Array.from({ length: 24 }, (_, h) => `2021,6,21,${known.get(h) ?? `${h},0,0,0`},30,3`),
	]);
	const place = { latitude: 40, longitude: -105, altitudeM: 1600 };
	const startMs = Date.UTC(2021, 5, 21, 8);
	near(kwhOf({ path, startMs, hours: 22, ...place }, [90, 270]), [5.787, 5.802], 0.005);
});

test('PVGIS’ EPW of instants gives what its CSV of the same hours gives', () => {
	const rows = `4:36/96/25 5:192/540/66 6:374/735/82 7:549/804/102 8:704/834/122 9:829/849/140 10:914/856/153
		11:954/859/159 12:945/858/157 13:890/854/149 14:790/845/134 15:654/826/115 16:490/787/95 17:311/691/77
		18:132/403/58 19:10/14/9`;
	const known = new Map(
		rows.split(/\s+/).map((row) => {
			const [hour, values = ''] = row.split(':');
			return [Number(hour), values.split('/')] as const;
		}),
	);
	const of = (h: number) => known.get(h) ?? ['0', '0', '0'];
	const hours = Array.from({ length: 24 }, (_, h) => h);
	const csv = fileOf('pvgis.csv', [
		...['Latitude (decimal degrees): 45.0', 'Longitude (decimal degrees): 8.0'],
		...['Elevation (m): 250', 'Irradiance Time Offset (h): 0.1761'],
		'time(UTC),T2m,G(h),Gb(n),Gd(h),WS10m',
		...hours.map((h) => `20180621:${String(h).padStart(2, '0')}00,25,${of(h).join(',')},1`),
	]);
	const epw = fileOf('pvgis.epw', [
		'LOCATION,unknown,-,unknown,ECMWF/ERA,unknown,45.0,8.0,1,250',
		...['DESIGN CONDITIONS,0', 'TYPICAL/EXTREME PERIODS,0', 'GROUND TEMPERATURES,0'],
		...['HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0', 'COMMENTS 1,of PVGIS'],
		'COMMENTS 2,Irradiance Time Offset (h):-0.8239',
		'DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31',
		...hours.map(
			(h) =>
				`2018,6,21,${h + 1},0,?,25,1,50,99000,9999,9999,300,${of(h).join(',')},999999,999999,999999,9999,0,1,`,
		),
	]);
	const plant = {
		...{ latitude: 45, longitude: 8, altitudeM: 250 },
		...{ startMs: Date.UTC(2018, 5, 21, 2), hours: 20 },
	};
	const azimuths = [90, 180, 270];
	const right = kwhOf({ path: csv, ...plant }, azimuths);
	near(right, [5.945, 5.575, 5.965], 0.005);
	near(kwhOf({ path: epw, ...plant }, azimuths), right, 0.005);
});

test.run();
