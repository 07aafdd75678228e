import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withSource } from '../feeds/live/fake-source.test-support.ts';
import { gridbeat, numberIn, readRows, tempFolder } from './cli.ts';

test('a run follows a file and an address while it goes on, and is replayed without either', async () => {
	const folder = tempFolder();
	const [meter, scenario] = [join(folder, 'meter.csv'), join(folder, 'scenario.yaml')];
	const [out, again] = [join(folder, 'run'), join(folder, 'again')];
	const now = () => new Date().toISOString();
	writeFileSync(meter, `time,Load [kW]\n${now()},1\n`);
	let watts = 1;
	const growing = setInterval(() => appendFileSync(meter, `${now()},${++watts}\n`), 300);
	try {
		await withSource(
			({ before }) => ({ body: { data: [{ v: 0 }, { v: 100 + before }] } }),
			async (url) => {
				writeFileSync(
					scenario,
					[
						...['start: now', 'pace: 1', 'until: 5s', 'step: 1s', 'serving: null'],
						...['batteries: []', 'solar: []', 'carbon:', '  source: feed', '  feed:'],
						`    { type: http, url: "${url}", value: "data[-1].v", kind: average, every: 1s }`,
						...['loads:', '  - type: feed', '    name: cooling'],
						`    feed: { type: csv, path: "${meter}" }`,
					].join('\n'),
				);
				const { code, stderr } = await gridbeat(['run', scenario, '--out', out], {});
				assert.is(code, 0, stderr);
			},
		);
	} finally {
		clearInterval(growing);
	}
	const rows = readRows(out, 'timeseries.csv');
	assert.is(rows.length, 5);
	for (const row of rows) {
		assert.ok(numberIn(row, 'actor_states.cooling.power') <= -1000);
		assert.ok(numberIn(row, 'grid_signals.carbon') >= 100);
	}
	rmSync(meter);
	const { code, stderr } = await gridbeat(['replay', out, '--out', again], {});
	assert.is(code, 0, stderr);
	const table = (run: string) => readFileSync(join(run, 'timeseries.csv'), 'utf8');
	assert.is(table(again), table(out));
});

test.run();
