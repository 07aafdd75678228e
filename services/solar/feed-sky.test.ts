import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Followed } from '../../feeds/signal/followed.ts';
import type { TimeActor } from '../../kernel/actor/contract.ts';
import type { SignalCommand } from '../../protocol/commands.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import type { FeedQuantity, LiveTimes, WhenStale } from '../../protocol/signals.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import type { FeedSky, SolarConfig } from './config.ts';
import { solarDefaults } from './locations.ts';
import { findLocation } from './places.ts';
import type { SolarState } from './sky-source.ts';
import { type SolarRow, solarActor, stepSolar } from './testdata/run-solar.ts';

const test = suite('a sky of feeds');

const START = Date.UTC(2024, 5, 20);
const HOUR_MS = 3_600_000;
const STEPS_A_DAY = 288;
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-feed-sky-'));
test.after(() => rmSync(folder, { recursive: true }));

/** A plant in Berlin on a day in June, in steps of five minutes. */
function plant(sky: SolarConfig['sky']): SolarConfig {
	const run = { stepUs: 5 * MINUTE_US, startEpochMs: START, peakPowerW: 1000 };
	return { ...solarDefaults(findLocation('Berlin'), run), sky };
}

function followed(
	quantity: FeedQuantity,
	{ times = 'own', whenStale = 'hold' }: { times?: LiveTimes; whenStale?: WhenStale } = {},
): Followed {
	const following = { times, staleAfterUs: 30 * HOUR_US, whenStale, name: `feed of ${quantity}` };
	return { feed: Feed.parse({ type: 'open-meteo' }), quantity, place: null, following };
}

const feedSky = (all: Followed[], profile: FeedSky['profile'] = null): FeedSky => ({
	...{ type: 'feed', followed: all, profile },
});

/** Values by the hour since the start at which they begin to hold. */
function signal(
	quantity: FeedQuantity,
	atHour: number,
	values: readonly (readonly [hour: number, value: number])[],
): SignalCommand {
	const points = values.map(([hour, value]) => ({
		...{ fromMs: START + hour * HOUR_MS, value, isForecast: hour > atHour },
	}));
	const from = { quantity, unit: 'W/m2', receivedAtMs: START + atHour * HOUR_MS, from: 'a feed' };
	return { type: 'signal', actor: 'solar', ...from, points };
}

/** A day of rows; each step is made by a new actor from a copy of the state. */
function day(
	config: SolarConfig,
	commands: Readonly<Record<number, readonly SignalCommand[]>> = {},
	untilUs = DAY_US,
): SolarRow[] {
	let state = solarActor(config).init() as SolarState;
	const rows: SolarRow[] = [];
	const actor = solarActor(config) as TimeActor<SolarState>;
	for (let fromUs = 0; fromUs < untilUs; fromUs += config.stepUs) {
		state = structuredClone(state);
		for (const command of commands[fromUs / HOUR_US] ?? []) actor.command?.(state, fromUs, command);
		const span = { fromUs, untilUs: fromUs + config.stepUs };
		state = stepSolar(actor, state, span, (row) => rows.push(row));
	}
	return rows;
}

const clearDay = day(plant({ type: 'clear' }));
const ghiOf = ({ weather: [ghi = Number.NaN] }: SolarRow) => ghi;
const cellOf = ({ weather }: SolarRow) => weather[4] as number;

/** Hours of light, cloudy and clear by turns. */
const HOURS = Array.from({ length: 24 }, (_, hour): [number, number] => {
	const rows = clearDay.slice(12 * hour, 12 * hour + 12);
	const mean = rows.reduce((sum, row) => sum + ghiOf(row), 0) / 12;
	return [hour, Number((mean * (hour % 3 === 0 ? 0.3 : 0.9)).toFixed(3))];
});

test('hours of irradiance give light, power and cell temperature of a weather file with the same hours', () => {
	const path = join(folder, 'hours.csv');
	const lines = HOURS.map(
		([hour, value]) => `${new Date(START + hour * HOUR_MS).toISOString()},${value}`,
	);
	writeFileSync(path, ['time,ghi', ...lines, ''].join('\n'));
	const untilUs = DAY_US;
	const file = { column: null, timezone: 'UTC', extend: 'error' as const, untilUs };
	const expected = day(plant({ type: 'file', path, ...file }));
	const rows = day(plant(feedSky([followed('irradiance')])), {
		0: [signal('irradiance', 0, HOURS)],
	});
	assert.ok(expected.reduce((sum, row) => sum + row.powerW, 0) > 12 * 2000, 'a sunny day');
	rows.forEach((row, i) => {
		const hour = HOURS[Math.floor(i / 12)] as [number, number];
		if (hour[1] < 2) return;
		const { powerW, weather } = expected[i] as SolarRow;
		for (const [j, value] of [row.powerW, ...row.weather].entries()) {
			const other = [powerW, ...weather][j] as number;
			assert.ok(Math.abs(value - other) <= 1e-12 * Math.abs(other), `step ${i}, field ${j}`);
		}
	});
});

test('in a run elsewhere in time, clouds are those of now and the sun is that of the run', () => {
	const arrival = followed('irradiance', { times: 'arrival' });
	// Received at noon of the day before, half of what the clear sky then had.
	const noon = HOURS[12]?.[0] as number;
	const clear = clearDay.slice(12 * noon, 12 * noon + 12);
	const half = clear.reduce((sum, row) => sum + ghiOf(row), 0) / 24;
	const rows = day(plant(feedSky([arrival])), {
		0: [
			signal('irradiance', noon + 0.5, [
				[noon, half],
				[noon + 1, 900],
			]),
		],
	});
	for (const [i, row] of rows.entries()) {
		const whole = ghiOf(clearDay[i] as SolarRow);
		assert.ok(
			Math.abs(ghiOf(row) - whole / 2) < 0.01 * whole + 1e-9,
			`step ${i}: ${ghiOf(row)} of ${whole}`,
		);
	}
});

test('a feed that has shown no sun yet leaves the plant dark, and what it shows by night leaves the clouds', () => {
	const measured = followed('irradiance');
	const noonClear = ghiOf(clearDay[144] as SolarRow);
	const rows = day(
		plant(feedSky([measured])),
		{
			0: [signal('irradiance', 0, [[0, 0]])],
			12: [signal('irradiance', 12, [[12, noonClear / 2]])],
			23: [signal('irradiance', 23, [[23, 0]])],
		},
		2 * DAY_US,
	);
	assert.ok(rows.slice(0, 144).every((row) => ghiOf(row) === 0 && row.powerW === 0));
	const tomorrow = rows[STEPS_A_DAY + 144] as SolarRow;
	assert.ok(Math.abs(ghiOf(tomorrow) - noonClear / 2) < 0.02 * noonClear, `${ghiOf(tomorrow)}`);
});

test('nothing by daylight is nothing: a value of 0 under the sun of noon is taken as it is', () => {
	const rows = day(plant(feedSky([followed('irradiance')])), {
		0: [signal('irradiance', 0, HOURS)],
		12: [signal('irradiance', 12, [[12, 0]])],
	});
	assert.ok(ghiOf(rows[143] as SolarRow) > 100);
	assert.is(ghiOf(rows[145] as SolarRow), 0);
});

test('while it is silent the profile holds, and it ends the run where it must not be silent', () => {
	const sky = feedSky([followed('irradiance', { whenStale: 'profile' })], { type: 'clear' });
	const rows = day(plant(sky), { 0: [signal('irradiance', 0, [[6, 1]])] }, 2 * DAY_US);
	const noon = (at: number) => ghiOf(rows[STEPS_A_DAY * at + 144] as SolarRow);
	assert.ok(noon(0) < 100, `${noon(0)}`);
	// Silent from 6:00 of the second day on: the clear sky, to the last digits.
	assert.ok(Math.abs(noon(1) - ghiOf(clearDay[144] as SolarRow)) < 2, `${noon(1)}`);
	const fails = feedSky([followed('irradiance', { whenStale: 'fail' })]);
	assert.throws(
		() => day(plant(fails), { 0: [signal('irradiance', 0, [[6, 1]])] }, 2 * DAY_US),
		/^Cannot go on at .*feed of irradiance was last heard at/,
	);
});

test('power is taken as it is, as the mean of each step, and a profile gives the power of its sky', () => {
	const sky = feedSky([followed('power', { whenStale: 'profile' })], { type: 'clear' });
	const rows = day(
		plant(sky),
		{
			0: [
				signal('power', 0, [
					[0, 0],
					[12, 400],
					[12 + 1 / 24, 500],
				]),
			],
		},
		2 * DAY_US,
	);
	assert.is((rows[143] as SolarRow).powerW, 0);
	assert.is((rows[144] as SolarRow).powerW, 450);
	assert.is((rows[145] as SolarRow).powerW, 500);
	assert.ok(((rows[144] as SolarRow).weather[5] as number) > 0, 'a clear-sky index that fits');
	const silent = rows.slice(STEPS_A_DAY + 72);
	const clear = day(plant({ type: 'clear' }), {}, 2 * DAY_US).slice(STEPS_A_DAY + 72);
	silent.forEach((row, i) => {
		assert.ok(Math.abs(row.powerW - (clear[i] as SolarRow).powerW) < 1e-9, `step ${i}`);
	});
});

test('the cells are as warm as temperature and wind of feeds make them', () => {
	const light = followed('irradiance');
	const temperature = followed('temperature');
	const warm = [
		signal('irradiance', 0, HOURS),
		signal('temperature', 0, [
			[0, 30],
			[1, 20],
		]),
	];
	const config = plant(feedSky([light, temperature]));
	const rows = day(config, { 0: warm });
	// Dark: the cell is as warm as the air.
	assert.is(cellOf(rows[3] as SolarRow), 30);
	assert.is(cellOf(rows[15] as SolarRow), 20);
	const windy = plant(feedSky([light, temperature, followed('wind-speed')]));
	const noon = (speedMs: number) => {
		const all = [...warm, signal('wind-speed', 0, [[0, speedMs]])];
		return cellOf(day(windy, { 0: all })[160] as SolarRow);
	};
	assert.ok(noon(0) > noon(10) + 5, `${noon(0)} and ${noon(10)}`);
});

test('an actor follows what its feeds give and nothing else', () => {
	const actor = solarActor(plant(feedSky([followed('irradiance'), followed('wind-speed')])));
	assert.equal(actor.takes, { signals: ['irradiance', 'wind-speed'] });
	assert.is(solarActor(plant({ type: 'clear' })).takes, undefined);
});

test.run();
