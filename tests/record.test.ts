import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSource } from '../feeds/live/fake-source.test-support.ts';
import { eventually, gridbeat, numberIn, readRows, startGridbeat, tempFolder } from './cli.ts';

/** Two days of an intensity by the hour, as some service has them. */
const HOURS = Array.from({ length: 48 }, (_, hour) => ({
	at: new Date(Date.parse('2024-06-20T00:00:00Z') + hour * 3_600_000).toISOString(),
	lbPerMwh: 500 + 10 * hour,
}));

test('what is recorded of a feed is the source of a run', async () => {
	const folder = tempFolder();
	const out = join(folder, 'carbon.csv');
	await withSource(
		({ headers }) => ({
			status: headers['authorization'] === 'Bearer sEcReT' ? 200 : 401,
			body: { data: HOURS },
		}),
		async (url) => {
			const keys = join(folder, 'feed.yaml');
			writeFileSync(
				keys,
				[
					...['type: http', `url: ${url}/intensity`, 'value: data[*].lbPerMwh', 'time: data[*].at'],
					...['kind: average', 'unit: lb/MWh', 'auth: { tokenEnv: MY_TOKEN }'],
				].join('\n'),
			);
			const recording = startGridbeat(['record', keys, '--out', out], { MY_TOKEN: 'sEcReT' });
			await eventually('the recording', () => existsSync(`${out}.json`));
			recording.signal('SIGINT');
			const { code, stderr } = await recording.ended;
			assert.is(code, 0, stderr);
			assert.match(stderr, /^48 values, the last 439\.\d+ g\/kWh$/m);
			assert.match(stderr, /1 answers, 0 unchanged, 0 failed polls/);
			assert.not(readFileSync(`${out}.json`, 'utf8').includes('sEcReT'));
			const refused = startGridbeat(['record', keys, '--out', join(folder, 'b.csv')], {
				MY_TOKEN: 'wRoNg-1',
			});
			await eventually('the refusal', () => (/HTTP status 401/.test(refused.said()) ? true : null));
			refused.signal('SIGINT');
			const ended = await refused.ended;
			assert.is(ended.code, 1, ended.stderr);
			assert.not(ended.stderr.includes('wRoNg-1'));
		},
	);
	const run = ['run', '--no-serving', '--until', '2h', '--start', '2024-06-20T00:00', '--out'];
	const { code, stderr } = await gridbeat([...run, join(folder, 'run'), '--carbon', `file:${out}`]);
	assert.is(code, 0, stderr);
	// Midnight in San Francisco is 7 in the morning, UTC.
	const [first] = readRows(join(folder, 'run'), 'timeseries.csv');
	const given = numberIn(first, 'grid_signals.carbon');
	assert.ok(Math.abs(given - 570 * 0.45359237) < 1e-6, String(given));
});

test('a feed that says nothing of its values, and one that is none, are refused in a line', async () => {
	const out = join(tempFolder(), 'a.csv');
	const cases: [string[], RegExp][] = [
		[['coal'], /^Cannot use the feed "coal": give electricitymaps:ZONE, /],
		[['uk', '--quantity', 'power'], /^Cannot use UK Carbon Intensity as power: it gives carbon$/],
		[
			['nats:a.b'],
			/^Cannot tell what a feed of type "nats" gives: say it by --quantity, such as power$/,
		],
		[['uk unit=kW'], /^Cannot use the feed "uk unit=kW": unknown key "unit"$/],
		[['missing.yaml'], /^Cannot read the feed "missing\.yaml": /],
		[['electricitymaps:DE'], /ELECTRICITYMAPS_TOKEN is not set/],
		[['open-meteo', '--latitude', '1'], /give both$/],
	];
	for (const [args, expected] of cases) {
		const { code, stderr } = await gridbeat(['record', ...args, '--out', out]);
		assert.is(code, 2, args.join(' '));
		assert.match(stderr.trim(), expected);
	}
	assert.not(existsSync(out));
});

test.run();
