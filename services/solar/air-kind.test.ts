import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LiveState } from '../../feeds/signal/live.ts';
import type { ActorEnv, TimeActor } from '../../kernel/actor/contract.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { airKind } from './air-kind.ts';
import type { AirConfig } from './config.ts';
import { findLocation } from './places.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-air-'));
test.after(() => rmSync(folder, { recursive: true }));

const { latitude, longitude, climate } = findLocation('Berlin');
const BERLIN: AirConfig = {
	stepUs: HOUR_US,
	startEpochMs: Date.UTC(2024, 0, 1),
	latitude,
	longitude,
	airTemperature: { meanC: climate.airMeanC, dailyAmplitudeC: climate.airDailyAmplitudeC },
	file: null,
};

/** Mean temperatures of the steps up to `hours`. */
async function temperatures(config: AirConfig, hours: number): Promise<number[]> {
	const actor = (await airKind.create(config, {} as ActorEnv)) as TimeActor<null>;
	const rows: number[] = [];
	const port = {
		append: (_atUs: number, values: ArrayLike<number>) => void rows.push(values[0] as number),
	};
	for (let fromUs = 0; fromUs < hours * HOUR_US; fromUs += config.stepUs)
		actor.step(null, { fromUs, untilUs: fromUs + config.stepUs }, [], [port]);
	return rows;
}

const mean = (values: readonly number[]) =>
	values.reduce((sum, value) => sum + value, 0) / values.length;

test('the air follows season and time of day of the climate', async () => {
	const year = await temperatures(BERLIN, 366 * 24);
	const day = (of: number) => year.slice(24 * of, 24 * (of + 1));
	// The middles of January and July: 0.5 and 19.5 degC, 2.2 and 7.6 degC from coldest to warmest.
	assert.ok(Math.abs(mean(day(15)) - 0.5) < 0.1, `${mean(day(15))}`);
	assert.ok(Math.abs(mean(day(196)) - 19.5) < 0.1, `${mean(day(196))}`);
	const july = day(196);
	assert.ok(Math.abs(Math.max(...july) - Math.min(...july) - 7.6) < 0.15);
	// Warmest about 15:00 by the sun, 14:06 UTC.
	assert.is(july.indexOf(Math.max(...july)), 14);
});

test('a step is the mean of its parts, whatever its length', async () => {
	const hourly = await temperatures(BERLIN, 24);
	const fine = await temperatures({ ...BERLIN, stepUs: 5 * MINUTE_US }, 24);
	hourly.forEach((airC, i) => {
		assert.ok(Math.abs(mean(fine.slice(12 * i, 12 * (i + 1))) - airC) < 1e-9);
	});
});

test('a weather file counts instead, linear between the middles of its hours', async () => {
	const path = join(folder, 'air.csv');
	const hours = Array.from({ length: 48 }, (_, i) => {
		const stamp = new Date(BERLIN.startEpochMs + i * 3_600_000).toISOString().slice(0, 19);
		return `${stamp}Z,0,${10 + (i % 24)}`;
	});
	writeFileSync(path, ['time,ghi,air_temperature', ...hours, ''].join('\n'));
	const file = {
		type: 'file' as const,
		path,
		column: null,
		timezone: 'UTC',
		extend: 'error' as const,
		untilUs: 24 * HOUR_US,
	};
	const rows = await temperatures({ ...BERLIN, stepUs: 5 * MINUTE_US, file }, 24);
	// From 5:30 to 6:30 the air warms from 15 to 16 degC.
	const at = (hour: number) => rows[Math.round(hour * 12)] as number;
	assert.ok(Math.abs(at(5.5) - (15 + 2.5 / 60)) < 1e-9, `${at(5.5)}`);
	assert.ok(Math.abs(at(6) - (15.5 + 2.5 / 60)) < 1e-9);
	assert.throws(
		() =>
			airKind.create(
				{ ...BERLIN, latitude: 0, file: { ...file, path: 'none.csv' } },
				{} as ActorEnv,
			),
		/none\.csv/,
	);
});

test('air of a feed is what it gave for each step, and the climate’s while it is silent', async () => {
	const followed = {
		...{ feed: Feed.parse({ type: 'open-meteo' }), quantity: 'temperature' as const, place: null },
		following: {
			...{ times: 'own' as const, staleAfterUs: 3 * HOUR_US, whenStale: 'profile' as const },
			name: 'the feed',
		},
	};
	const actor = (await airKind.create(airKind.config.parse({ ...BERLIN, feed: { followed } }), {
		name: 'air',
	} as ActorEnv)) as TimeActor<LiveState>;
	let state = actor.init() as LiveState;
	const rows: number[] = [];
	const port = {
		append: (_atUs: number, values: ArrayLike<number>) => void rows.push(values[0] as number),
	};
	const point = (hour: number, value: number) => ({
		...{ fromMs: BERLIN.startEpochMs + hour * 3_600_000, value, isForecast: false },
	});
	actor.command?.(state, 0, {
		...{ type: 'signal', actor: 'air', quantity: 'temperature', unit: 'degC', from: 'the feed' },
		...{ receivedAtMs: BERLIN.startEpochMs, points: [point(0, -10), point(1.5, 30)] },
	});
	for (let hour = 0; hour < 5; hour++) {
		state = structuredClone(state);
		const span = { fromUs: hour * HOUR_US, untilUs: (hour + 1) * HOUR_US };
		state = actor.step(state, span, [], [port]);
	}
	assert.equal(rows.slice(0, 3), [-10, 10, 30]);
	assert.equal(rows.slice(3), (await temperatures(BERLIN, 5)).slice(3));
});

test.run();
