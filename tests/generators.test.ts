import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type CliResult, gridbeat, readRows, startTestServer, tempFolder } from './cli.ts';

/** Sun and wind in whole runs: what a scenario says of them reaches the actors, the files and the report. */

const TRACKED = {
	name: 'tracked',
	peakPowerW: 4000,
	sky: { type: 'clear' },
	mounting: { type: 'single-axis-tracker' },
	transposition: 'perez',
	temperature: { type: 'faiman' },
	incidence: { type: 'ashrae' },
	linkeTurbidity: 'monthly',
	lossesPercent: { snow: 1 },
};
const FIXED = { name: 'fixed', peakPowerW: 4000, sky: { type: 'clear' } };

const GRID = {
	serving: null,
	location: 'Berlin',
	start: '2024-06-20T00:00',
	until: '24h',
	step: '15min',
	batteries: [],
	solar: [TRACKED, FIXED],
	wind: [{ ratedPowerW: 2000, hubHeightM: 40 }],
	loads: [{ type: 'constant', name: 'base', powerW: 500 }],
};

function scenarioFile(change: Record<string, unknown> = {}): string {
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify({ ...GRID, ...change }));
	return path;
}

interface Outcome extends CliResult {
	readonly folder: string;
}

async function run(path: string, ...args: string[]): Promise<Outcome> {
	const folder = join(tempFolder(), 'run');
	return { ...(await gridbeat(['run', path, '--out', folder, ...args])), folder };
}

const kwh = (rows: readonly Record<string, string>[], column: string) =>
	rows.reduce((sum, row) => sum + Number(row[column]) / 4000, 0);

test('a scenario’s plants and turbines produce, are recorded and reported', async () => {
	const { code, stderr, stdout, folder } = await run(scenarioFile(), '--in-process', '-v');
	assert.is(code, 0, stderr);
	const rows = readRows(folder, 'timeseries.csv');
	assert.is(rows.length, 96);
	const [tracked, fixed, wind] = ['tracked', 'fixed', 'wind'].map((name) =>
		kwh(rows, `actor_states.${name}.power`),
	) as [number, number, number];
	// On a clear midsummer day a tracker takes in about a quarter more, and has 15 % of losses here.
	assert.ok(tracked > fixed && tracked < 1.4 * fixed, `${tracked}, ${fixed}`);
	assert.ok(wind > 0 && wind < 48, `${wind}`);
	const blown = readRows(folder, 'wind.csv');
	assert.is(blown.length, 96);
	for (const { wind_speed, hub_wind_speed } of blown)
		assert.ok(Math.abs(Number(hub_wind_speed) / Number(wind_speed) - 4 ** 0.143) < 1e-9);
	assert.match(stdout, /wind production +[\d.]+ kWh/);
	assert.match(stdout, /avoided by solar and wind/);
	const metadata = readFileSync(join(folder, 'metadata.yaml'), 'utf8');
	assert.match(metadata, /label: synthetic/);
	assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /"Wind"/);
});

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('plants and turbines in processes of their own write the same bytes', async () => {
		const server = await startTestServer(binary);
		const change = { until: '1h', step: '60s', solar: [TRACKED], loads: [], carbon: null };
		const path = scenarioFile(change);
		const here = await run(path, '--in-process');
		const folder = join(tempFolder(), 'run');
		const there = await gridbeat(['run', path, '--out', folder], { NATS_URL: server.url });
		await server.stop();
		assert.is(there.code, 0, there.stderr);
		for (const name of ['timeseries.csv', 'weather.csv', 'wind.csv'])
			assert.is(
				readFileSync(join(folder, name), 'utf8'),
				readFileSync(join(here.folder, name), 'utf8'),
			);
	});
}

test('what cannot be is refused in a line', async () => {
	const cases = [
		[
			{ solar: [{ ...TRACKED, tiltDeg: 30 }] },
			/^Cannot turn plant "tracked" after the sun: .* tiltDeg/,
		],
		[
			{ wind: [{ powerCurve: { type: 'cubic', ratedMs: 2 } }] },
			/each must be above the one before/,
		],
		[{ wind: [{ speed: { type: 'trace', path: 'no.csv' } }] }, /^Cannot read trace ".*no.csv"/],
	] as const;
	for (const [change, message] of cases) {
		const { code, stderr } = await run(scenarioFile(change), '--in-process');
		assert.is(code, 2, stderr);
		assert.match(stderr, message);
		assert.is(stderr.trim().split('\n').length, 1, stderr);
	}
});

test.run();
