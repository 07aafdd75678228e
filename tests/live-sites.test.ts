import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse as parseYaml } from 'yaml';
import { type Asked, withSource } from '../feeds/live/fake-source.test-support.ts';
import type { RunMetadata } from '../protocol/run-folder/metadata.ts';
import { type ScenarioSource, simulate } from '../run/gridbeat.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { replayRun } from '../run/replay.ts';
import { tempFolder } from './cli.ts';
import { rowsOf } from './live-feeds.test-support.ts';

/** A run of two sites that follow feeds of their own. */
const test = suite('live feeds of several sites');

/** Each path has an intensity, a power and a wind of its own. */
const answer = ({ path }: Asked) => ({
	body: path === '/north' ? { g: 100, w: 500, v: 6 } : { g: 400, w: 900, v: 12 },
});

function scenarioOf(url: string): ScenarioSource {
	const feed = (site: string, value: string, more: object = {}) => ({
		...({ type: 'http', url: `${url}/${site}`, value } as const),
		...more,
	});
	const site = (name: string, location: string) => ({
		...{ name, location },
		carbon: { source: 'feed' as const, feed: feed(name, 'g', { kind: 'average' as const }) },
		loads: [{ type: 'feed' as const, name: 'hall', feed: feed(name, 'w') }],
		wind: [{ ratedPowerW: 100, speed: { type: 'feed' as const, feed: feed(name, 'v') } }],
		batteries: [],
	});
	return {
		...{ start: '2024-06-20T06:00', until: '1h', step: '5min' },
		...{ solar: [], requests: { qps: 0.05 }, serving: { replicas: 1 } },
		sites: [site('north', 'Stockholm'), site('north-east', 'Berlin')],
		placement: { mode: 'in-process' },
	};
}

test('each site follows its own, its folder names them, and the run repeats without anybody who is asked', async () => {
	const out = join(tempFolder(), 'run');
	await withSource(answer, async (url) => {
		await simulate(scenarioOf(url), { out, command: 'test' });
	});
	for (const [site, intensity, powerW, speedMs] of [
		['north', 100, 500, 6],
		['north-east', 400, 900, 12],
	] as const) {
		const folder = join(out, 'sites', site);
		const rows = rowsOf(folder, 'timeseries.csv');
		assert.is(rows.length, 12);
		const of = (column: string) => [...new Set(rows.map((row) => Number(row[column])))];
		assert.equal(of(`grid_signals.${site}-carbon`), [intensity], site);
		assert.equal(of(`actor_states.${site}-hall.power`), [-powerW], site);
		assert.ok(rowsOf(folder, 'wind.csv').every((row) => Number(row['wind_speed']) === speedMs));
		const text = readFileSync(join(folder, 'metadata.yaml'), 'utf8');
		const { feeds } = (parseYaml(text) as RunMetadata).gridbeat;
		assert.equal(feeds?.map(({ actor }) => actor).sort(), [
			...['carbon', 'hall', 'wind'].map((name) => `${site}-${name}`),
		]);
		const page = readFileSync(join(folder, 'report.html'), 'utf8');
		assert.match(page, new RegExp(`<th scope="row">${site}-hall</th>`));
		assert.is(page.includes('<th scope="row">north-east-hall</th>'), site === 'north-east');
	}
	assert.is(rowsOf(out, 'feeds.csv').length, 6);
	const { tables } = await replayRun(out, { placement: IN_PROCESS });
	assert.equal(tables.different, []);
	for (const name of ['feeds.csv', 'sites/north/timeseries.csv', 'sites/north-east/wind.csv'])
		assert.ok(tables.same.includes(name), name);
});

test.run();
