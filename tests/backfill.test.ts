import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Asked, type FakeAnswer, withSource } from '../feeds/live/fake-source.test-support.ts';
import { gridbeat, numberIn, readRows, tempFolder } from './cli.ts';

const HOUR_MS = 3_600_000;

/** Electricity Maps as its documentation has it: hours between start and end. */
function pastRange({ path, query }: Asked): FakeAnswer {
	if (!path.endsWith('/past-range')) return { status: 404, body: { error: 'no such thing' } };
	const [start, end] = [Date.parse(query.get('start') ?? ''), Date.parse(query.get('end') ?? '')];
	const first = Math.ceil(start / HOUR_MS);
	const data = Array.from({ length: Math.max(Math.ceil(end / HOUR_MS) - first, 0) }, (_, i) => ({
		...{ zone: 'DE', datetime: new Date((first + i) * HOUR_MS).toISOString() },
		...{ carbonIntensity: 300 + ((first + i) % 24), emissionFactorType: 'lifecycle' },
	}));
	return { body: { zone: 'DE', data } };
}

test('past values are fetched once, and runs use them without a key and without the service', async () => {
	const [cache, folder] = [tempFolder(), tempFolder()];
	const env = { GRIDBEAT_CACHE: cache };
	const token = { ...env, ELECTRICITYMAPS_TOKEN: 'sEcReT' };
	let baseUrl = '';
	await withSource(pastRange, async (url, asked) => {
		baseUrl = url;
		const keys = join(folder, 'feed.yaml');
		writeFileSync(keys, `type: electricitymaps\nzone: DE\nbaseUrl: ${url}\n`);
		const fill = ['backfill', '--carbon', keys, '--from', '2026-01-01'];
		const first = await gridbeat([...fill, '--until', '2026-01-03'], token);
		assert.is(first.code, 0, first.stderr);
		const file = first.stdout.trim();
		assert.match(file, /electricitymaps-DE-lifecycle-carbon-\w{8}\/values\.csv$/);
		assert.match(first.stderr, /2026-01-01T00:00:00\.000Z to 2026-01-03T00:00:00\.000Z$/m);
		const text = readFileSync(join(file, '..', 'provenance.json'), 'utf8');
		assert.match(text, /"attribution": ".*electricitymaps\.com/);
		assert.match(text, /"by": "gridbeat \d/);
		assert.not(text.includes('sEcReT'));
		const count = asked.length;
		const again = await gridbeat([...fill, '--until', '2026-01-02T12:00'], env);
		assert.is(again.code, 0, again.stderr);
		assert.match(again.stderr, /it is all there/);
		assert.is(asked.length, count);
		const more = await gridbeat([...fill, '--until', '2026-01-04'], token);
		assert.match(more.stderr, /2026-01-03T00:00:00\.000Z to 2026-01-04T00:00:00\.000Z$/m);
		const afresh = await gridbeat([...fill, '--until', '2026-01-04', '--refresh'], token);
		assert.match(afresh.stderr, /2026-01-01T00:00:00\.000Z to 2026-01-04T00:00:00\.000Z$/m);
	});
	// The service is gone, and nobody has a key.
	const scenario = join(folder, 'scenario.yaml');
	writeFileSync(
		scenario,
		[
			'location: { name: Berlin, latitude: 52.5, longitude: 13.4, timezone: Europe/Berlin }',
			'start: 2026-01-02T00:00',
			'until: 2h',
			'serving: null',
			`carbon: { source: electricitymaps, zone: DE, baseUrl: "${baseUrl}" }`,
		].join('\n'),
	);
	const out = join(folder, 'run');
	const { code, stderr } = await gridbeat(['run', scenario, '--out', out], env);
	assert.is(code, 0, stderr);
	const [row] = readRows(out, 'timeseries.csv');
	// Midnight in Berlin is 23 o'clock of the day before.
	assert.is(numberIn(row, 'grid_signals.carbon'), 323);
	assert.match(readFileSync(join(out, 'metadata.yaml'), 'utf8'), /kept since 20.*fetched it from/);
	const elsewhere = await gridbeat(['run', scenario, '--out', join(folder, 'other')], {
		GRIDBEAT_CACHE: tempFolder(),
	});
	assert.is(elsewhere.code, 2);
	assert.match(elsewhere.stderr, /ELECTRICITYMAPS_TOKEN is not set/);
});

test('what cannot be fetched is refused in a line', async () => {
	const env = { GRIDBEAT_CACHE: tempFolder() };
	const cases: [string[], RegExp][] = [
		[['--from', '2026-01-01'], /^Cannot backfill nothing: name a feed/],
		[['uk', '--from', 'then'], /^Cannot use --from "then": /],
		[['uk', '--from', '2999-01-01'], /the span is empty; what is to come cannot be fetched$/],
		[['uk', '--from', '2026-01-01', '--until', '2025-01-01'], /the span is empty/],
		[['watttime:X:index', '--from', '2026-01-01'], /WATTTIME_USER|keeps no past/],
		[
			['nats:a', '--quantity', 'power', '--from', '2026-01-01'],
			/NATS_URL is not set|keeps no past/,
		],
		[['uk', '--from', '2026-01-01', '--timezone', 'Mars'], /^Cannot use --from/],
	];
	for (const [args, expected] of cases) {
		const { code, stderr } = await gridbeat(['backfill', ...args], env);
		assert.is(code, 2, args.join(' '));
		assert.match(stderr.trim(), expected);
	}
	assert.not(existsSync(join(env.GRIDBEAT_CACHE, 'feeds')));
});

test.run();
