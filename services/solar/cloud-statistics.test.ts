import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { loadCloudStatistics, loadLocations } from './load.ts';
import { solarDefaults } from './locations.ts';
import { makeCloudStatistics } from './make-cloud-statistics.ts';
import { close } from './testdata/close.ts';
import { solarActor, stepSolar } from './testdata/run-solar.ts';

const SERIES = '../shared/data/energy/solcast2022_global_actual.csv';
const DAYS = 28;
const SEEDS = 60;
const STEP_US = 15 * MINUTE_US;

/**
 * Bounds on simulated days against the published ones. The mean: 60 x 28 days with weather that lasts days
 * leave 1 to 3 % of sampling noise (one sigma), and clouds that keep to hours of the day (fog, thunderstorms)
 * are spread over the whole day. The spread: from 28 published days it is itself known to 13 %.
 */
const TOLERANCE = { meanPart: 0.06, stdPart: 0.2 };

test('the statistics file is what makeCloudStatistics() makes of the series', () => {
	if (!existsSync(SERIES)) return console.log(`skipped: ${SERIES} is absent`);
	assert.equal(loadCloudStatistics(), makeCloudStatistics(SERIES));
});

for (const location of loadLocations()) {
	test(`simulated June days in ${location.name} have the published energy and spread`, () => {
		const measured = loadCloudStatistics().locations[location.name]?.measured;
		assert.ok(measured !== undefined);
		// Local midnight in solar time of 8 June 2022.
		const startEpochMs = Date.UTC(2022, 5, 8) - Math.round((location.longitude / 15) * 3600e3);
		const config = solarDefaults(location, { stepUs: STEP_US, startEpochMs, peakPowerW: 1000 });
		const days: number[] = [];
		for (let seed = 0; seed < SEEDS; seed++) {
			const actor = solarActor(config, seed);
			const kwh = new Array<number>(DAYS).fill(0);
			stepSolar(actor, actor.init(), { fromUs: 0, untilUs: DAYS * DAY_US }, (row) => {
				const day = Math.floor(row.timeUs / DAY_US);
				kwh[day] = (kwh[day] as number) + (row.powerW * STEP_US) / HOUR_US / 1000;
			});
			days.push(...kwh);
		}
		const mean = days.reduce((a, b) => a + b) / days.length;
		const std = Math.sqrt(days.reduce((a, b) => a + (b - mean) ** 2, 0) / (days.length - 1));
		close(mean, measured.dailyMeanKwhPerKw, TOLERANCE.meanPart);
		close(std, measured.dailyStdKwhPerKw, TOLERANCE.stdPart);
	});
}

test.run();
