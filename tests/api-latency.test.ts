import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { gridbeat, numberIn, readRows, tempFolder } from './cli.ts';

/** Whole runs of requests that are parsed and tokenised before the scheduler has them. */

const BARE = { until: '2min', carbon: null, solar: [], batteries: [], cap: [] };
const OVERHEADS = { apiMs: 14, tokenizeUsPerToken: 20 };
const STEP_S = 20;

async function run(serving: object, requests: object) {
	const folder = join(tempFolder(), 'run');
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify({ ...BARE, step: `${STEP_S}s`, serving, requests }));
	const args = ['run', path, '--json', '--in-process', '--out', folder];
	const { code, stderr, stdout } = await gridbeat(args);
	assert.is(code, 0, stderr);
	const { serving: summary } = JSON.parse(stdout).summary;
	const rows = readRows(folder, 'request_metrics.csv')
		.map((row) => ({
			id: numberIn(row, 'Request Id'),
			arrivedS: numberIn(row, 'arrived_at'),
			e2eS: numberIn(row, 'request_e2e_time'),
			perTokenS: numberIn(row, 'request_e2e_time_normalized'),
			ttftS: numberIn(row, 'prefill_e2e_time'),
			delayS: numberIn(row, 'request_scheduling_delay'),
			executedS: numberIn(row, 'request_execution_time'),
			prompt: numberIn(row, 'request_num_prefill_tokens'),
			answer: numberIn(row, 'request_num_decode_tokens'),
		}))
		.sort((a, b) => a.id - b.id);
	return { folder, rows, summary };
}

const near = (a: number, b: number) => Math.abs(a - b) < 2e-6;

/** So far apart that none meets another. */
const ALONE = { intervals: { type: 'static', gapS: 10 }, maxRequests: 9 };

test('a request alone takes so much longer, and its batches as long as before', async () => {
	const lengths = { type: 'uniform', minTokens: 300, maxTokens: 1500 };
	const before = await run({ replicas: 1 }, { ...ALONE, lengths });
	const after = await run({ replicas: 1, overheads: OVERHEADS }, { ...ALONE, lengths });
	assert.is(after.rows.length, 9);
	for (const [i, row] of after.rows.entries()) {
		const was = before.rows[i] as typeof row;
		const latencyS = (14_000 + 20 * row.prompt) / 1e6;
		assert.is(row.arrivedS, was.arrivedS);
		for (const time of ['e2eS', 'ttftS', 'delayS'] as const)
			assert.ok(near(row[time], was[time] + latencyS), `${time} ${row[time]} ${was[time]}`);
		assert.ok(near(row.perTokenS, row.e2eS / row.answer));
		assert.ok(near(row.executedS, was.executedS));
	}
});

test('with two pools it passes once, before the prompt', async () => {
	const lengths = { type: 'fixed', prefillTokens: 700, decodeTokens: 40 };
	const disaggregation = { prefillReplicas: 1, decodeReplicas: 1 };
	const before = await run({ disaggregation }, { ...ALONE, lengths });
	const after = await run({ disaggregation, overheads: OVERHEADS }, { ...ALONE, lengths });
	assert.is(after.rows.length, 9);
	for (const [i, row] of after.rows.entries()) {
		const was = before.rows[i] as typeof row;
		assert.is(row.arrivedS, was.arrivedS);
		assert.ok(near(row.e2eS, was.e2eS + 0.028), `${row.e2eS} ${was.e2eS}`);
		assert.ok(near(row.ttftS, was.ttftS + 0.028));
	}
});

test('whoever is not with the scheduler yet has arrived and waits, and what is refused is counted when its tokens are known', async () => {
	const { folder, summary, rows } = await run(
		{ replicas: 1, numBlocks: 80, overheads: { apiMs: 7000 } },
		{
			...{ intervals: { type: 'static', gapS: 1 }, maxRequests: 100 },
			lengths: { type: 'uniform', minTokens: 900, maxTokens: 1500 },
		},
	);
	assert.ok(summary.rejected > 10 && rows.length > 10);
	const steps = readRows(folder, 'usage.csv');
	for (const [i, row] of steps.entries()) {
		const [arrived, waiting, running] = ['arrived', 'waiting', 'running'].map((name) =>
			numberIn(row, name),
		) as [number, number, number];
		// One a second, the first after a second; the last 7 s of them are not ready.
		const arrivals = Math.min(100, STEP_S * (i + 1) - 1);
		assert.is(arrived, arrivals);
		const endS = STEP_S * (i + 1);
		if (endS <= 100) assert.ok(waiting >= 6, `${waiting} wait at ${endS} s`);
		const done = rows.filter(({ arrivedS, e2eS }) => arrivedS + e2eS < endS).length;
		assert.is(arrived, done + waiting + running + numberIn(row, 'rejected'));
	}
	assert.is(summary.arrived, 100);
	assert.is(summary.completed + summary.rejected + summary.waiting + summary.running, 100);
});

test.run();
