import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clearSkyAt } from '../../feeds/sky/site-sky.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { DAY_US, HOUR_US } from '../../protocol/time.ts';
import type { SolarConfig } from './config.ts';
import { solarDefaults } from './locations.ts';
import { findLocation } from './places.ts';
import { skySource } from './skies.ts';
import { solarActor, stepSolar } from './testdata/run-solar.ts';

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-air-'));
test.after(() => rmSync(folder, { recursive: true }));

function berlin(start: string, sky?: SolarConfig['sky']): SolarConfig {
	const run = { stepUs: HOUR_US, startEpochMs: Date.parse(start), peakPowerW: 1000 };
	const config = solarDefaults(findLocation('Berlin'), run);
	return sky === undefined ? config : { ...config, sky };
}

/** Every kind of sky that takes its air from the climate; the weather file has light alone. */
function skies(start: string): SolarConfig['sky'][] {
	const path = join(folder, 'light.csv');
	const rows = Array.from({ length: 24 }, (_, hour) => {
		const light = hour < 6 || hour > 18 ? '0,0,0' : '300,300,150';
		return `${new Date(Date.UTC(2023, 0, 1) + hour * HOUR_MS).toISOString()},${light}`;
	});
	writeFileSync(path, `# time zone: UTC\ntime,ghi,dni,dhi\n${rows.join('\n')}\n`);
	const trace = join(folder, 'power.csv');
	writeFileSync(trace, 'time,power\n0,0.5\n3600,0.25\n');
	const options = { column: null, fill: 'ffill', anchor: null, scale: 1 } as const;
	const untilUs = 365 * DAY_US;
	return [
		{ type: 'clear' },
		berlin(start).sky,
		{ type: 'trace', unit: 'fraction', sampling: 'mean', path: trace, ...options },
		{ type: 'file', path, column: null, timezone: 'UTC', extend: 'repeat-day', untilUs },
	];
}

/** What the sky says of the air at an instant. */
function airOf(config: SolarConfig, instant: string): { airC: number; windMs: number } {
	const source = skySource(config, (purpose) => namedPrng(`1/solar/${purpose}`));
	const middleMs = Date.parse(instant);
	const middleUs = (middleMs - config.startEpochMs) * 1000;
	const span = { fromUs: middleUs - 150e6, untilUs: middleUs + 150e6 };
	const { air } = source.read(null, {
		...span,
		middleMs,
		sky: clearSkyAt(middleMs, config),
	});
	return { airC: air.airC, windMs: air.windMs };
}

test('the air of every sky follows the calendar, whenever the run starts', () => {
	const { airMeanC, airDailyAmplitudeC, windMs } = findLocation('Berlin').climate;
	const july = { airC: airMeanC[6] as number, windMs: windMs[6] as number };
	for (const start of ['2023-01-01T00:00Z', '2023-07-01T00:00Z'])
		for (const sky of skies(start)) {
			const where = `${sky.type} from ${start}`;
			// 02:06 UTC is 03:00 by the sun: the day's coldest hour, in the middle of July.
			const night = airOf(berlin(start, sky), '2023-07-17T02:06:22Z');
			const coldest = july.airC - (airDailyAmplitudeC[6] as number);
			assert.ok(Math.abs(night.airC - coldest) < 0.1, `${where}: ${night.airC}, not ${coldest}`);
			assert.ok(Math.abs(night.windMs - july.windMs) < 0.02, `${where}: ${night.windMs}`);
		}
});

test('a figure that is not by month stays what it is', () => {
	const config = {
		...berlin('2023-01-01T00:00Z', { type: 'clear' }),
		airTemperature: { meanC: 31, dailyAmplitudeC: 0 },
		windMs: 7,
	};
	for (const month of ['01', '07'])
		assert.equal(airOf(config, `2023-${month}-17T12:00:00Z`), { airC: 31, windMs: 7 });
});

/** What a cloudless sky gives from `start` on, kWh. */
function yieldKwh(config: SolarConfig, days: number): number {
	const actor = solarActor(config);
	let kwh = 0;
	stepSolar(actor, actor.init(), { fromUs: 0, untilUs: days * DAY_US }, ({ powerW }) => {
		kwh += powerW / 1000;
	});
	return kwh;
}

test('a cloudless year yields the sum of its months, whenever it starts', () => {
	const { airMeanC, airDailyAmplitudeC, windMs } = findLocation('Berlin').climate;
	let months = 0;
	for (let month = 0; month < 12; month++) {
		const first = new Date(Date.UTC(2023, month, 1)).toISOString();
		const days = new Date(Date.UTC(2023, month + 1, 0)).getUTCDate();
		const own = {
			airTemperature: {
				meanC: airMeanC[month] as number,
				dailyAmplitudeC: airDailyAmplitudeC[month] as number,
			},
			windMs: windMs[month] as number,
		};
		months += yieldKwh({ ...berlin(first, { type: 'clear' }), ...own }, days);
	}
	// 0.1 %: the months' figures jump where the year's go in a line, and 365 days from July 2023 have a 29 February.
	for (const start of ['2022-12-31T23:00Z', '2023-06-30T22:00Z']) {
		const kwh = yieldKwh(berlin(start, { type: 'clear' }), 365);
		assert.ok(Math.abs(kwh / months - 1) < 0.001, `from ${start}: ${kwh}, its months ${months}`);
	}
	// With the air of one month all year it was 2042 from January on and 1917 from July on.
	assert.ok(Math.abs(months - 1957) < 2, `${months}`);
});

test.run();
