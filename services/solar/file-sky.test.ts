import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { noteText } from '../../protocol/remark.ts';
import { DAY_US, HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import { close } from '../../tests/close.test-support.ts';
import type { FileSky, SolarConfig } from './config.ts';
import { solarDefaults } from './locations.ts';
import { findLocation } from './places.ts';
import { skySource } from './skies.ts';
import { syntheticWeather } from './synthetic-year.ts';
import { type SolarRow, solarActor, stepSolar } from './testdata/run-solar.ts';

const BERLIN = findLocation('Berlin');
const folder = mkdtempSync(join(tmpdir(), 'weather-'));

function fileOf(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

function configOf(sky: Partial<FileSky> & { path: string }, startEpochMs: number): SolarConfig {
	const run = { stepUs: 5 * MINUTE_US, startEpochMs, peakPowerW: 1000 };
	const untilUs = DAY_US;
	return {
		...solarDefaults(BERLIN, run),
		sky: { type: 'file', column: null, timezone: 'UTC', extend: 'error', untilUs, ...sky },
	};
}

function rowsOf(config: SolarConfig, untilUs = DAY_US): SolarRow[] {
	const actor = solarActor(config);
	const rows: SolarRow[] = [];
	stepSolar(actor, actor.init(), { fromUs: 0, untilUs }, (row) => rows.push(row));
	return rows;
}

function mean(rows: readonly SolarRow[], field: number): number {
	return rows.reduce((sum, row) => sum + (row.weather[field] as number), 0) / rows.length;
}

function refuses(run: () => unknown, expected: RegExp): void {
	try {
		run();
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, expected);
		return;
	}
	throw new Error('nothing was thrown');
}

const START = Date.UTC(2024, 5, 20);

test('a file of hours keeps the energy of each hour and follows the sun within it', () => {
	const clear = rowsOf({ ...configOf({ path: '' }, START), sky: { type: 'clear' } });
	const hours = Array.from({ length: 24 }, (_, h) => clear.slice(12 * h, 12 * h + 12));
	const lines = hours.map((rows, h) => {
		const stamp = new Date(START + h * 3_600_000).toISOString();
		return `${stamp},${0.5 * mean(rows, 0)},${0.2 * mean(rows, 1)}`;
	});
	const path = fileOf('half.csv', ['time,ghi,dni', ...lines].join('\n'));
	const rows = rowsOf(configOf({ path }, START));
	rows.forEach((row, i) => {
		const [ghi, dni, dhi] = row.weather as [number, number, number];
		const [clearGhi, clearDni] = (clear[i] as SolarRow).weather as [number, number];
		// Hours in which the sun rises or sets have little light to tell a ratio from.
		if (clearGhi < 20) return;
		close(ghi, 0.5 * clearGhi, 0.01);
		close(dni, 0.2 * clearDni, 0.02);
		assert.ok(dhi > 0);
	});
	close(mean(rows, 0), 0.5 * mean(clear, 0), 0.005);
});

test('temperature and wind come from the file, linear between the middles of its intervals', () => {
	const hours = Array.from({ length: 25 }, (_, h) => new Date(START + h * 3_600_000).toISOString());
	const path = fileOf(
		'air.csv',
		['time,ghi,air_temperature', ...hours.map((stamp, h) => `${stamp},0,${h}`)].join('\n'),
	);
	const rows = rowsOf(configOf({ path }, START));
	// Dark: the cell is as warm as the air. 5:00 lies between the hours 4 and 5.
	close((rows[60] as SolarRow).weather[4] as number, 4.5 + 2.5 / 60, 1e-9);
});

test('a synthetic year that was written gives the run the same energy as the sky it came from', () => {
	const fromMs = Date.UTC(2024, 5, 1, 22);
	const untilMs = fromMs + 3 * 86_400_000;
	const text = syntheticWeather(BERLIN, {
		fromMs,
		untilMs,
		stepMs: 900_000,
		seed: '1',
		years: 'typical',
	});
	const path = fileOf('synthetic.csv', text);
	const config = configOf({ path, untilUs: 3 * DAY_US }, fromMs);
	const { sky } = solarDefaults(BERLIN, config);
	const direct = rowsOf({ ...config, sky }, 3 * DAY_US);
	const read = rowsOf(config, 3 * DAY_US);
	const energy = (rows: readonly SolarRow[]) => rows.reduce((sum, { powerW }) => sum + powerW, 0);
	close(mean(read, 0), mean(direct, 0), 0.005);
	close(energy(read), energy(direct), 0.01);
});

test('a typical year serves any year by its own clock, 29 February as the 28th', () => {
	const rows = Array.from({ length: 8760 }, (_, h) => {
		const at = new Date(Date.UTC(2001, 0, 1) + h * 3_600_000);
		const year = at.getUTCMonth() < 6 ? 1999 : 2005;
		const day = at.getUTCMonth() * 100 + at.getUTCDate();
		const stamp = [year, at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), 30];
		return `${stamp.join(',')},0,0,0,${day / 100},1`;
	});
	const path = fileOf(
		'typical.csv',
		[
			'Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,Local Time Zone',
			'NSRDB,1,-,-,-,52.5,13.4,1,42,1',
			'Year,Month,Day,Hour,Minute,GHI,DNI,DHI,Temperature,Wind Speed',
			...rows,
		].join('\n'),
	);
	const cellAtNight = (date: number) => {
		const [row] = rowsOf(configOf({ path }, date), HOUR_US);
		return (row as SolarRow).weather[4] as number;
	};
	// Local standard time is UTC + 1: 23:30 on the 27th there is 22:30 UTC.
	close(cellAtNight(Date.UTC(2024, 1, 27, 22, 30)), 1.27, 0.01);
	close(cellAtNight(Date.UTC(2024, 1, 29, 12)), 1.28, 0.01);
	close(cellAtNight(Date.UTC(2031, 6, 4, 1)), 6.04, 0.01);
});

test('a file that does not fit the run is refused before it', () => {
	const stamps = Array.from({ length: 48 }, (_, h) =>
		new Date(START + h * 3_600_000).toISOString(),
	);
	const path = fileOf('two-days.csv', ['time,ghi', ...stamps.map((s) => `${s},0`)].join('\n'));
	const later = START + 5 * 86_400_000;
	refuses(
		() => rowsOf(configOf({ path }, later)),
		/it covers 2024-06-20 00:00 to 2024-06-22 00:00/,
	);
	assert.is(rowsOf(configOf({ path, extend: 'repeat-day' }, later)).length, 288);
	const away = fileOf(
		'away.csv',
		['# latitude: -33.9', '# longitude: 151.2', 'time,ghi', ...stamps.map((s) => `${s},0`)].join(
			'\n',
		),
	);
	refuses(() => rowsOf(configOf({ path: away }, START)), /it is of -33.9, 151.2, \d+ km away/);
	const warm = fileOf(
		'warm.csv',
		['time,air_temperature', ...stamps.map((s) => `${s},1`)].join('\n'),
	);
	refuses(() => rowsOf(configOf({ path: warm }, START)), /neither global irradiance nor/);
});

test('a gap too long to fill is refused only where the run needs it', () => {
	const stamps = Array.from({ length: 12 * 24 }, (_, h) =>
		new Date(START + h * 3_600_000).toISOString(),
	);
	const kept = stamps.filter((_, h) => h < 48 || h >= 240);
	const path = fileOf('gap.csv', ['time,ghi', ...kept.map((s) => `${s},0`)].join('\n'));
	assert.is(rowsOf(configOf({ path }, START)).length, 288);
	refuses(
		() => rowsOf(configOf({ path }, START + 3 * 86_400_000)),
		/ghi has no values from 2024-06-22T00:00:00.000Z/,
	);
});

test('a file of PV power gives that power', () => {
	const stamps = Array.from({ length: 289 }, (_, i) => new Date(START + i * 300_000).toISOString());
	const lines = stamps.map(
		(s, i) => `${s.slice(0, 19).replace('T', ' ')},${i === 150 ? 0.4 : 0.2}`,
	);
	const path = fileOf('pv.csv', ['datetime,Berlin', ...lines].join('\n'));
	const rows = rowsOf(configOf({ path, column: 'Berlin' }, START));
	// The stamp ends its interval: number 150 is the step before.
	assert.equal(
		[148, 149, 150].map((i) => Math.round(rows[i]?.powerW ?? 0)),
		[200, 400, 200],
	);
});

test('light by night and light above any sky is left out or cut, and said', () => {
	const lines = Array.from({ length: 24 }, (_, h) => {
		const stamp = new Date(START + h * 3_600_000).toISOString();
		// At 4 UTC, an hour after sunrise, no cloud edge makes 1,000 W/m2; at 22 and 23 the sun is down.
		return `${stamp},${h >= 22 ? 100 : h === 4 ? 1000 : 0}`;
	});
	const path = fileOf('impossible.csv', ['time,ghi', ...lines].join('\n'));
	const source = skySource(configOf({ path }, START), (purpose) => namedPrng(purpose));
	assert.equal(source.notes?.().map(noteText), [
		'2 of 24 intervals with light while the sun is down left out',
		'1 of 24 intervals cut to 1.6 times the light of a clear sky',
	]);
});

test.run();
