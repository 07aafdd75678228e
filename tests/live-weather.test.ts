import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse as parseYaml } from 'yaml';
import { type Asked, withSource } from '../feeds/live/fake-source.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { SignalCommand } from '../protocol/commands.ts';
import type { RunMetadata } from '../protocol/run-folder/metadata.ts';
import type { FeedQuantity } from '../protocol/signals.ts';
import { type RunHandle, type ScenarioSource, simulate } from '../run/gridbeat.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { replayRun } from '../run/replay.ts';
import { eventually, tempFolder } from './cli.ts';
import {
	FakeFeed,
	heldByMinute,
	rowsOf,
	STALE_MIN,
	signals,
	stepUntil,
} from './live-feeds.test-support.ts';

/** Whole runs whose sun, wind and temperature are those of feeds. */
const test = suite('live weather');

const HOUR_MS = 3_600_000;

/** Where the sun is some hours before noon, now. */
function morning() {
	const longitude = 15 * (9 - new Date().getUTCHours());
	const within = longitude - 360 * Math.floor((longitude + 180) / 360);
	return { name: 'Morning', latitude: 5, longitude: within, timezone: 'UTC' };
}

/** Hours around now of Open-Meteo, the same at all times. */
function openMeteo({ query }: Asked): { body: object } {
	const name = query.get('hourly') ?? '';
	const [unit, value] = {
		shortwave_radiation: ['W/m²', 400] as const,
		temperature_2m: ['°C', 25] as const,
		wind_speed_10m: ['m/s', 8] as const,
	}[name] ?? ['', 0];
	const first = Math.floor(Date.now() / HOUR_MS) - 24;
	const time = Array.from({ length: 96 }, (_, i) => (first + i) * 3600);
	return {
		body: {
			hourly_units: { time: 'unixtime', [name]: unit },
			hourly: { time, [name]: time.map(() => value) },
		},
	};
}

/** Resolves when a run stands still that was asked to. */
async function isPaused(run: RunHandle): Promise<void> {
	await eventually('a run that pauses', async () => {
		const state = await run.state().catch(() => null);
		return state?.phase === 'paused' ? state : null;
	});
}

/** Repeats a run by its log alone: nobody is asked. */
async function checkReplay(folder: string, names: readonly string[]): Promise<void> {
	const { tables } = await replayRun(folder, { placement: IN_PROCESS });
	assert.equal(tables.different, []);
	assert.ok(names.every((name) => tables.same.includes(name)));
}

function metadataOf(folder: string): RunMetadata {
	return parseYaml(readFileSync(join(folder, 'metadata.yaml'), 'utf8')) as RunMetadata;
}

const followed = (folder: string) =>
	metadataOf(folder).gridbeat.feeds?.map(({ actor, quantity }) => `${actor} ${quantity}`);

test('light, temperature and wind of Open-Meteo hold at their own times, for cells, turbine and cooling', async () => {
	await withSource(openMeteo, async (baseUrl) => {
		const feed = { type: 'open-meteo', baseUrl } as const;
		const out = join(tempFolder(), 'run');
		let steering: Promise<void> = Promise.resolve();
		const scenario: ScenarioSource = {
			...{ start: 'now', pace: 1, until: '4h', step: '10min', location: morning() },
			solar: [{ peakPowerW: 3000, sky: { type: 'feed', feed, temperature: feed, wind: feed } }],
			wind: [{ ratedPowerW: 1000, speed: { type: 'feed', feed } }],
			carbon: null,
			requests: { qps: 0.02 },
			serving: {
				pue: {
					byOutdoorC: [
						[0, 1],
						[50, 1.5],
					],
				},
			},
			placement: { mode: 'in-process' },
		};
		await simulate(scenario, {
			...{ out, command: 'test' },
			onHandle(run) {
				run.pause();
				steering = isPaused(run)
					.then(() => run.step(24))
					.finally(() => run.resume());
			},
		});
		await steering;
		const ghi = rowsOf(out, 'weather.csv').map((row) => Number(row['ghi']));
		assert.is(ghi.length, 24);
		assert.ok(
			ghi.every((value) => value > 250 && value < 600),
			ghi.join(' '),
		);
		assert.ok(Math.abs(ghi.reduce((sum, value) => sum + value, 0) / 24 - 400) < 30, ghi.join(' '));
		assert.ok(rowsOf(out, 'weather.csv').every((row) => Number(row['cell_temperature']) > 25));
		assert.ok(rowsOf(out, 'wind.csv').every((row) => Number(row['wind_speed']) === 8));
		assert.ok(rowsOf(out, 'usage.csv').every((row) => Number(row['pue']) === 1.25));
		assert.equal(followed(out)?.sort(), [
			...['air temperature', 'solar irradiance', 'solar temperature', 'solar wind-speed'],
			'wind wind-speed',
		]);
		const heard = rowsOf(out, 'feeds.csv');
		assert.ok(heard.length >= 5);
		assert.ok(heard.every(({ from = '' }) => from.startsWith(`${baseUrl}/v1/forecast`)));
		const page = readFileSync(join(out, 'report.html'), 'utf8');
		assert.match(page, /Open-Meteo irradiance at 5, .*Weather data by Open-Meteo\.com/);
		assert.match(page, /irradiance of a live feed \(open-meteo\)/);
		await checkReplay(out, ['timeseries.csv', 'weather.csv', 'wind.csv', 'usage.csv', 'feeds.csv']);
	});
});

const CALM_MS = 3;

/** A weather station. */
class Station extends FakeFeed {
	irradiance = 600;
	windKmh = 36;

	constructor() {
		super(() => ({ sun: this.irradiance, wind: this.windKmh, air: this.windKmh - 16 }));
	}
}

function stationScenario(station: Station, placement: object): ScenarioSource {
	// biome-ignore lint/suspicious/noThenProperty: a scenario says it so
	const staleness = { after: `${STALE_MIN}min`, then: 'profile' } as const;
	const asked = { type: 'http', url: station.url, every: '1s', staleness } as const;
	return {
		// Under the sun of now.
		start: `2024-06-20T${String(new Date().getUTCHours()).padStart(2, '0')}:00`,
		...{ until: '3h', step: '60s', window: '10min', serving: null },
		location: morning(),
		carbon: null,
		solar: [
			{
				peakPowerW: 3000,
				sky: {
					type: 'feed',
					feed: { ...asked, value: 'sun' },
					temperature: { ...asked, value: 'air' },
					profile: { type: 'clear' },
				},
			},
		],
		wind: [
			{
				ratedPowerW: 1000,
				speed: {
					type: 'feed',
					feed: { ...asked, value: 'wind', unit: 'km/h' },
					profile: { type: 'constant', speedMs: CALM_MS },
				},
			},
		],
		loads: [{ type: 'constant', name: 'base', powerW: 500 }],
		placement,
	};
}

/** Falls silent for longer than it may, and comes back under other clouds and wind. */
async function comeAndGo(run: RunHandle, station: Station): Promise<void> {
	await isPaused(run);
	await run.step(5);
	const isOf = (quantity: FeedQuantity) => (one: SignalCommand) => one.quantity === quantity;
	for (const quantity of ['irradiance', 'wind-speed', 'temperature'] as const)
		await stepUntil(
			run,
			`more of ${quantity}`,
			() => signals(run).filter(isOf(quantity)).length > 1,
		);
	await station.die();
	await stepUntil(run, 'the failure', (one) => isOf('irradiance')(one) && one.heard === 'failure');
	await stepUntil(run, 'the failure', (one) => isOf('wind-speed')(one) && one.heard === 'failure');
	await run.step(STALE_MIN + 10);
	[station.irradiance, station.windKmh] = [300, 18];
	await station.open();
	await stepUntil(run, 'the sun', ({ points }) => points.at(-1)?.value === 300);
	await stepUntil(run, 'the wind', ({ points }) => points.at(-1)?.value === 5);
	await run.step(3);
}

async function runStation(placement: object): Promise<string> {
	const station = new Station();
	const out = join(tempFolder(), 'run');
	let steering: Promise<void> = Promise.resolve();
	await station.open();
	try {
		const { folder } = await simulate(stationScenario(station, placement), {
			...{ out, command: 'test' },
			onHandle(run) {
				run.pause();
				steering = comeAndGo(run, station).finally(() => run.resume());
			},
		});
		await steering;
		return folder;
	} finally {
		await station.die();
	}
}

function checkStation(folder: string): void {
	const wind = rowsOf(folder, 'wind.csv').map((row) => Number(row['wind_speed']));
	const held = {
		actor: 'wind',
		quantity: 'wind-speed',
		staleMin: STALE_MIN,
		profile: CALM_MS,
	} as const;
	assert.equal(wind, heldByMinute(folder, 180, held));
	assert.ok(
		[10, 5, CALM_MS].every((speed) => wind.includes(speed)),
		[...new Set(wind)].join(' '),
	);
	// Half the light of before it fell silent, some seconds of clocks later; in between the clear sky.
	const index = rowsOf(folder, 'weather.csv').map((row) => Number(row['clear_sky_index']));
	const first = index[0] as number;
	assert.ok(first > 0.5 && first < 1.6, `${first}`);
	const light = heldByMinute(folder, 180, {
		...{ actor: 'solar', quantity: 'irradiance', profile: -1 },
	});
	assert.ok([600, -1, 300].every((value) => light.includes(value)));
	for (const [minute, value] of light.entries()) {
		const expected = value === -1 ? 1 : first * (value / 600);
		const found = index[minute] as number;
		const within = value === -1 ? 1e-9 : 0.1 * first;
		assert.ok(Math.abs(found - expected) < within, `minute ${minute}: ${found}, not ${expected}`);
	}
	const { gridbeat } = metadataOf(folder);
	assert.is(gridbeat.status, 'complete');
	assert.is(gridbeat.refused_messages, 0);
	assert.equal(followed(folder), ['solar irradiance', 'solar temperature', 'wind wind-speed']);
	const page = readFileSync(join(folder, 'report.html'), 'utf8');
	assert.match(page, /<b>wind<\/b>: .*Silent from .*the profile held/);
}

const TABLES = ['timeseries.csv', 'weather.csv', 'wind.csv', 'feeds.csv'];

test('in one process: a weather station that dies and comes back leaves a run that says what held', async () => {
	const folder = await runStation({ mode: 'in-process' });
	checkStation(folder);
	await checkReplay(folder, TABLES);
});

test('in processes: the same', async () => {
	if (natsBinaryForTests() === null) return;
	const folder = await runStation({});
	checkStation(folder);
	await checkReplay(folder, TABLES);
});

test.run();
