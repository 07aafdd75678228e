import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { solarOffsetMs } from '../../feeds/sky/clear-days.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { close } from '../../tests/close.test-support.ts';
import type { SolarConfig } from './config.ts';
import { loadClimates, loadCloudStatistics, loadLocations } from './load.ts';
import type { Location } from './location.ts';
import { solarDefaults } from './locations.ts';
import { makeCloudStatistics } from './make-cloud-statistics.ts';
import { solarActor, stepSolar } from './testdata/run-solar.ts';

const SERIES = '../shared/data/energy/solcast2022_global_actual.csv';
const JUNE_DAYS = 28;
const SEEDS = 3;
const LEAP_YEAR_DAYS = 366;

/**
 * monthPart: synthetic months against the totals they are made to meet. stdPart: the spread of days against the
 * published four weeks, which are known to 13 % themselves. yieldPart: a year's energy against what others
 * publish for a plant of the same tilt and losses.
 */
const TOLERANCE = { monthPart: 0.03, stdPart: 0.15, yieldPart: 0.08 };

test('the statistics file is what makeCloudStatistics() makes of the series', () => {
	if (!existsSync(SERIES)) return console.log(`skipped: ${SERIES} is absent`);
	assert.equal(loadCloudStatistics(), makeCloudStatistics(SERIES));
});

/** A configuration that starts at midnight by mean solar time. */
function configAt(location: Location, dateMs: number, stepUs: number): SolarConfig {
	const startEpochMs = dateMs - solarOffsetMs(location.longitude);
	return solarDefaults(location, { stepUs, startEpochMs, peakPowerW: 1000 });
}

for (const location of loadLocations()) {
	test(`synthetic days in ${location.name} spread as the published ones of June and July`, () => {
		const measured = loadCloudStatistics().locations[location.name]?.measured;
		assert.ok(measured !== undefined);
		const stepUs = 30 * MINUTE_US;
		const config = configAt(location, Date.UTC(2022, 5, 8), stepUs);
		let sum = 0;
		for (let seed = 0; seed < SEEDS; seed++) {
			const actor = solarActor(config, seed);
			const kwh = new Float64Array(JUNE_DAYS);
			stepSolar(actor, actor.init(), { fromUs: 0, untilUs: JUNE_DAYS * DAY_US }, (row) => {
				const day = Math.floor(row.timeUs / DAY_US);
				kwh[day] = (kwh[day] as number) + (row.powerW * stepUs) / HOUR_US / 1000;
			});
			const mean = kwh.reduce((a, b) => a + b) / JUNE_DAYS;
			sum += Math.sqrt(kwh.reduce((a, b) => a + (b - mean) ** 2, 0) / (JUNE_DAYS - 1)) / SEEDS;
		}
		close(sum, measured.dailyStdKwhPerKw, TOLERANCE.stdPart);
	});

	test(`a synthetic year in ${location.name} meets its monthly totals and the published yield, where there is one`, () => {
		const published = loadClimates().find(({ name }) => name === location.name)?.publishedYield;
		assert.ok(published !== undefined);
		const stepUs = HOUR_US;
		const first = Date.UTC(2024, 0, 1);
		const config = configAt(location, first, stepUs);
		const { kwhPerKw = null, ...plant } = published ?? {};
		const { tiltDeg, azimuthDeg, lossesPercent } = { ...config, ...plant };
		const actor = solarActor({ ...config, tiltDeg, azimuthDeg, lossesPercent });
		const ghi = new Float64Array(12);
		let kwh = 0;
		stepSolar(actor, actor.init(), { fromUs: 0, untilUs: LEAP_YEAR_DAYS * DAY_US }, (row) => {
			const month = new Date(first + row.timeUs / 1000).getUTCMonth();
			ghi[month] = (ghi[month] as number) + ((row.weather[0] as number) * stepUs) / HOUR_US / 1000;
			kwh += (row.powerW * stepUs) / HOUR_US / 1000;
		});
		ghi.forEach((total, month) => {
			const days = new Date(Date.UTC(2024, month + 1, 0)).getUTCDate();
			const known = (location.climate.ghiKwhPerM2Day[month] as number) * days;
			close(total, known, TOLERANCE.monthPart);
		});
		if (kwhPerKw !== null) close(kwh, kwhPerKw, TOLERANCE.yieldPart);
	});
}

test.run();
