import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse as parseYaml } from 'yaml';
import { type Asked, type FakeAnswer, withSource } from '../feeds/live/fake-source.test-support.ts';
import type { RunMetadata } from '../protocol/run-folder/metadata.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/** Runs whose span is over: what feeds gave then is of the cache. */
const test = suite('feeds of the past');

const START_S = Date.parse('2026-01-05T10:00:00Z') / 1000;

/** What a query gave in a minute of the run. */
const GAVE: Readonly<Record<string, (minute: number) => number>> = {
	grams: (minute) => 100 + minute,
	'sum(power)': (minute) => (minute < 60 ? 500 : 1000),
	wind: () => 6,
	sun: () => 400,
	air: (minute) => 10 + minute / 60,
};

/** A Prometheus that has all of it at steps of a minute. */
function prometheus({ path, query }: Asked): FakeAnswer {
	const of = GAVE[query.get('query') ?? ''];
	if (path !== '/api/v1/query_range' || of === undefined) return { status: 404 };
	const [start, end] = [Number(query.get('start')), Number(query.get('end'))];
	const count = Math.floor((end - start) / 60) + 1;
	const values = Array.from({ length: count }, (_, i) => {
		const second = start + 60 * i;
		return [second, String(of((second - START_S) / 60))];
	});
	const result = [{ metric: {}, values }];
	return { body: { status: 'success', data: { resultType: 'matrix', result } } };
}

const scenario = (url: string) => `
start: 2026-01-05T10:00
until: 2h
step: 5min
location: { name: Here, latitude: 0, longitude: 30, timezone: UTC }
serving: null
batteries: []
carbon: { source: feed, feed: 'prometheus:${url} grams kind=average' }
loads:
  - { type: feed, name: hall, feed: 'prometheus:${url} sum(power)' }
solar:
  - sky: { type: feed, feed: 'prometheus:${url} sun', temperature: 'prometheus:${url} air' }
wind:
  - speed: { type: feed, feed: 'prometheus:${url} wind' }
`;

/** The words of a line of a shell. */
function wordsOf(line: string): string[] {
	return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word);
}

test('a run of the past is refused with the line that fills the cache, then runs on that alone and repeats without it', async () => {
	const [cache, folder] = [tempFolder(), tempFolder()];
	const env = { GRIDBEAT_CACHE: cache };
	const file = join(folder, 'past.yaml');
	const run = (out: string) => gridbeat(['run', file, '--out', join(folder, out)], env);
	await withSource(prometheus, async (url, asked) => {
		writeFileSync(file, scenario(url));
		for (const feed of Object.keys(GAVE)) {
			const { code, stderr } = await run('refused');
			assert.is(code, 2, `${feed}: ${stderr}`);
			assert.match(
				stderr,
				/^Cannot use .* for 2026-01-05T10:00:00Z to 2026-01-05T12:00:00Z: that is over/,
			);
			const [, line = ''] = /fetch it \(gridbeat (.+)\), or give a pace/.exec(stderr) ?? [];
			const filled = await gridbeat(wordsOf(line), env);
			assert.is(filled.code, 0, `${line}: ${filled.stderr}`);
		}
		assert.is(asked.length, 5);
	});
	// The service is not there any more.
	const { code, stdout, stderr } = await run('run');
	assert.is(code, 0, stderr);
	assert.match(
		stdout + stderr,
		/power of prometheus:\S+ sum\(power\) \(power\) as it was, from the cache, fetched 20/,
	);
	const out = join(folder, 'run');
	const rows = readRows(out, 'timeseries.csv');
	assert.equal(
		rows.map((row) => Number(row['grid_signals.carbon'])),
		// The mean of five minutes.
		Array.from({ length: 24 }, (_, step) => 102 + 5 * step),
	);
	assert.equal(
		rows.map((row) => Number(row['actor_states.hall.power'])),
		Array.from({ length: 24 }, (_, step) => (step < 12 ? -500 : -1000)),
	);
	const sun = readRows(out, 'weather.csv').map((row) => Number(row['ghi']));
	assert.ok(
		sun.every((ghi) => Math.abs(ghi - 400) < 4),
		sun.join(' '),
	);
	assert.ok(readRows(out, 'wind.csv').every((row) => Number(row['wind_speed']) === 6));
	const { gridbeat: about } = parseYaml(
		readFileSync(join(out, 'metadata.yaml'), 'utf8'),
	) as RunMetadata;
	const labels = about.sources?.filter(({ source }) => /prometheus/.test(source));
	assert.ok(labels !== undefined && labels.length >= 3, JSON.stringify(about.sources));
	assert.ok(
		labels.every(({ label }) => label === 'fetched'),
		JSON.stringify(labels),
	);
	const heard = readRows(out, 'feeds.csv');
	assert.is(heard.length, 5);
	assert.ok(heard.every(({ points }) => points === '120'));
	const again = await gridbeat(['replay', out], { GRIDBEAT_CACHE: tempFolder() });
	assert.is(again.code, 0, again.stderr);
});

test.run();
