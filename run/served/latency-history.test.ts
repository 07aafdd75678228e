import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { latencyHistoryOf } from './latency-history.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-latency-'));
const path = join(folder, 'request_metrics.csv');
test.after(() => rmSync(folder, { recursive: true }));

/** A request a second, completed 2 s after it came; its first token after a tenth of its number, of ten. */
const rows = Array.from({ length: 100 }, (_, i) => `${i},2,${(1 + (i % 10)) / 10},${i}`);
writeFileSync(
	path,
	['Request Id,request_e2e_time,prefill_e2e_time,arrived_at', ...rows, ''].join('\n'),
);

const all = { site: null, fromUs: 0, toUs: null, points: 5 };

test('latencyHistoryOf() gives quantiles of each stretch, by the time of completion', async () => {
	const { site, timeUs, requests, ...quantiles } = await latencyHistoryOf(path, 'home', all);
	assert.is(site, 'home');
	// From 2 s to 101 s, in stretches of 20.2 s.
	assert.equal(requests, [19, 20, 20, 20, 21]);
	assert.is(timeUs.at(-1), 101_000_001);
	assert.equal(quantiles.ttftP50S.slice(1, 4), [0.5, 0.5, 0.5]);
	assert.equal(quantiles.ttftP99S, [1, 1, 1, 1, 1]);
	assert.equal(quantiles.e2eP50S, [2, 2, 2, 2, 2]);
});

test('latencyHistoryOf() gives a part, and nothing of a run that has no such table', async () => {
	const part = await latencyHistoryOf(path, 'home', { ...all, fromUs: 50e6, toUs: 60e6 });
	assert.is(
		part.requests.reduce((sum, count) => sum + count, 0),
		10,
	);
	assert.equal((await latencyHistoryOf(join(folder, 'none.csv'), 'home', all)).timeUs, []);
});

test.run();
