import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActorEnv, ActorKind } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { carbonKind, priceKind } from './kind.ts';

const env: ActorEnv = {
	name: 'carbon',
	random: (purpose) => namedPrng(`1/carbon/${purpose}`),
	announce: () => {},
};
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const FLAT_YEAR = new Array(12).fill(1);

/** The rows that the first `steps` steps put out. */
async function rowsOf<C>(kind: ActorKind<C>, config: unknown, steps: number): Promise<number[][]> {
	const { source, ...rest } = config as { source: { type: string } };
	const sampled = source.type === 'constant' ? source : { sampling: 'mean', ...source };
	const actor = await kind.create(
		kind.config.parse({ forecast: null, ...rest, source: sampled }),
		env,
	);
	if (actor.timing !== 'time') throw new Error(actor.timing);
	const rows: number[][] = [];
	const port = {
		append(timeUs: number, values: ArrayLike<number>) {
			rows.push([timeUs, ...Array.from(values)]);
		},
	};
	let state = actor.init();
	for (let i = 0; i < steps; i++) {
		const span = { fromUs: i * actor.stepUs, untilUs: (i + 1) * actor.stepUs };
		state = actor.step(state, span, [], [port]);
	}
	return rows;
}

function profile(start: string, timezone: string, stepUs: number, more: object = {}) {
	return {
		stepUs,
		startEpochMs: Date.parse(start),
		timezone,
		source: {
			type: 'profile',
			kind: 'average',
			weekday: HOURS,
			weekend: null,
			monthlyFactor: FLAT_YEAR,
			...more,
		},
	};
}

async function valuesOf(config: unknown, steps: number): Promise<number[]> {
	return (await rowsOf(carbonKind, config, steps)).map((row) => row[1] as number);
}

test('carbonKind puts out a constant at the start of each step', async () => {
	const config = {
		stepUs: HOUR_US,
		startEpochMs: 0,
		timezone: 'UTC',
		source: { type: 'constant', kind: 'average', valueGPerKwh: 350.861 },
	};
	assert.equal(await rowsOf(carbonKind, config, 2), [
		[0, 350.861],
		[HOUR_US, 350.861],
	]);
});

test('carbonKind skips the hour that daylight saving takes and repeats the one it gives', async () => {
	const spring = profile('2023-03-12T08:00:00Z', 'America/Los_Angeles', HOUR_US);
	assert.equal(await valuesOf(spring, 5), [0, 1, 3, 4, 5]);
	const autumn = profile('2023-11-05T07:00:00Z', 'America/Los_Angeles', HOUR_US);
	assert.equal(await valuesOf(autumn, 5), [0, 1, 1, 2, 3]);
});

test('carbonKind still knows daylight saving years after the start', async () => {
	const dayUs = 24 * HOUR_US;
	const config = profile('2023-01-01T20:00:00Z', 'America/Los_Angeles', dayUs, {
		sampling: 'start',
	});
	const values = await valuesOf(config, 3 * 365);
	const noonUtcMinus8 = values.filter((value) => value === 12).length;
	// 20:00 UTC is 12:00 PST and 13:00 PDT. PDT: 2023-03-12 to 11-05, 2024-03-10 to 11-03, 2025-03-09 to 11-02.
	assert.is(noonUtcMinus8, 3 * 365 - 3 * 238);
	assert.is(values.filter((value) => value === 13).length, 3 * 238);
});

test('carbonKind knows zones that are half an hour off', async () => {
	const config = profile('2023-06-08T18:00:00Z', 'Asia/Kolkata', 30 * MINUTE_US);
	assert.equal(await valuesOf(config, 4), [23, 0, 0, 1]);
});

test('carbonKind takes weekends and months by the local calendar', async () => {
	const more = { weekend: HOURS.map(() => 100), monthlyFactor: [...FLAT_YEAR.slice(0, 11), 2] };
	// Friday 2024-11-29 22:00 in Sydney (UTC+11) until Sunday 2024-12-01.
	const config = profile('2024-11-29T11:00:00Z', 'Australia/Sydney', HOUR_US, more);
	const values = await valuesOf(config, 28);
	assert.equal(values.slice(0, 4), [22, 23, 100, 100]);
	assert.equal(values.slice(24), [100, 100, 200, 200]);
});

test('carbonKind holds each point of a series until the next', async () => {
	const startEpochMs = Date.parse('2023-06-08T00:10:00Z');
	const at = (minutes: number, value: number) => ({
		epochMs: startEpochMs + minutes * 60_000,
		value,
	});
	const source = {
		type: 'series',
		kind: 'average',
		points: [at(-10, 300), at(20, 150), at(50, 0)],
	};
	const config = { stepUs: 10 * MINUTE_US, startEpochMs, timezone: 'UTC', source };
	assert.equal(await valuesOf(config, 7), [300, 300, 150, 150, 150, 0, 0]);
});

test('carbonKind refuses a series that begins after the start', async () => {
	const source = { type: 'series', kind: 'average', points: [{ epochMs: 60_000, value: 1 }] };
	const config = { stepUs: HOUR_US, startEpochMs: 0, timezone: 'UTC', source };
	try {
		await rowsOf(carbonKind, config, 1);
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match(
			(error as Error).message,
			/^Cannot start at 1970-01-01T00:00:00.000Z with a series: /,
		);
		return;
	}
	assert.unreachable();
});

test('carbonKind refuses a time zone that is none', async () => {
	try {
		await rowsOf(carbonKind, profile('2023-06-08T00:00:00Z', 'Mars/Olympus', HOUR_US), 1);
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, /^Cannot use time zone "Mars\/Olympus": /);
		return;
	}
	assert.unreachable();
});

test('CarbonConfig refuses sources that do not say average or marginal, short days and unordered series', () => {
	const base = { stepUs: HOUR_US, startEpochMs: 0, timezone: 'UTC' };
	const refused = [
		{ type: 'constant', valueGPerKwh: 1 },
		{ type: 'constant', kind: 'average', valueGPerKwh: -1 },
		{ ...profile('2023-06-08', 'UTC', 1).source, weekday: [1, 2, 3] },
		{ type: 'series', kind: 'average', points: [] },
		{
			type: 'series',
			kind: 'average',
			points: [
				{ epochMs: 1, value: 1 },
				{ epochMs: 1, value: 2 },
			],
		},
	];
	for (const source of refused) {
		assert.not(carbonKind.config.safeParse({ ...base, source }).success, JSON.stringify(source));
	}
});

test('priceKind puts out a tariff by the local hour', async () => {
	const { kind: _, ...source } = profile('', 'UTC', 1).source;
	const startEpochMs = Date.parse('2023-06-08T23:00:00Z');
	const config = { stepUs: HOUR_US, startEpochMs, timezone: 'UTC', source };
	assert.equal(await rowsOf(priceKind, config, 2), [
		[0, 23],
		[HOUR_US, 0],
	]);
});

test('carbonKind gives the column that Vessim logged from the same file', async () => {
	const path = '../shared/data/energy/vessim_watttime_example.csv';
	const golden = '../shared/reference/vessim/basic_24h_300s.csv';
	if (!existsSync(path) || !existsSync(golden)) {
		process.stdout.write(`skipped: ${path} or ${golden} is absent\n`);
		return;
	}
	const rows = parse(readFileSync(golden, 'utf8'), { columns: true }) as Record<string, string>[];
	const config = {
		stepUs: 5 * MINUTE_US,
		startEpochMs: Date.parse('2023-06-08T00:00:00Z'),
		timezone: 'UTC',
		source: {
			type: 'trace',
			kind: 'marginal',
			path,
			column: 'Caiso_North',
			fill: 'ffill',
			anchor: '2023-06-08 00:00:00',
			scale: 1,
		},
	};
	const values = await valuesOf(config, rows.length);
	assert.is(rows.length, 288);
	assert.equal(
		values,
		rows.map((row) => Number(row['signal_carbon_intensity'])),
	);
});

test.run();
