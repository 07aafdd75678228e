import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { quantile } from './columns.ts';
import type { Figure } from './figure.ts';
import { figuresOf } from './figures.ts';
import { timeBetweenTokens } from './latency-figures.ts';
import { localHours } from './local-hours.ts';
import { type Run, readRun } from './run.ts';
import { summarize } from './summary.ts';
import { DAY, writeDay } from './testdata/day.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-figures-'));
test.after(() => rmSync(folder, { recursive: true }));
let run: Run;
let summary: Summary;
const figures = new Map<string, Figure>();
test.before(async () => {
	writeDay(folder, { ...DAY, requests: 2000, replicas: 40, stepS: 600 });
	run = await readRun(folder);
	summary = summarize(run);
	for (const figure of figuresOf(run)) figures.set(figure.id, figure);
});

const near = (actual: number | null | undefined, expected: number, tolerance = 1e-4) =>
	assert.ok(Math.abs(Number(actual) / expected - 1) <= tolerance, `${actual}, not ${expected}`);

test('the emission figure ends at the gross, net and avoided emissions of the summary', () => {
	const [, gross, net, avoided] = figures.get('emissions')?.data ?? [];
	const { grossG, importG } = summary.emissions as NonNullable<Summary['emissions']>;
	near(gross?.at(-1), grossG / 1000);
	near(net?.at(-1), importG / 1000);
	near(avoided?.at(-1), (grossG - importG) / 1000);
});

test('the cost figure ends at the cost of imports of the summary', () => {
	near(figures.get('cost')?.data[1]?.at(-1), summary.bill.energyUsd);
});

test('charging, discharging and idle make up all the time of each hour', () => {
	const [hours = [], ...shares] = figures.get('battery-use')?.data ?? [];
	assert.is(hours.length, 24);
	for (const i of hours.keys())
		near(
			shares.reduce((sum, share) => sum + Number(share[i]), 0),
			100,
			2e-4,
		);
});

test('the band of the state of charge is in order at every hour', () => {
	const [hours = [], low = [], middle = [], high = []] = figures.get('soc-hours')?.data ?? [];
	for (const i of hours.keys())
		assert.ok(Number(low[i]) <= Number(middle[i]) && Number(middle[i]) <= Number(high[i]));
});

test('more than 32 replicas share strips, each the mean of its members', () => {
	const { curves = [], data = [] } = figures.get('busy') ?? {};
	assert.is(curves.length, 20);
	assert.is(curves[0]?.label, 'replica-0 to replica-1');
	const [a, b] = run.usage?.replicas ?? [];
	near(data[1]?.[5], ((a?.busy[5] ?? 0) + (b?.busy[5] ?? 0)) / 2);
});

test('the energies of latency against energy are those of the hours of the run', () => {
	const { data = [] } = figures.get('latency-energy') ?? {};
	const sum = (data[0] ?? []).reduce<number>((total, kwh) => total + Number(kwh), 0);
	// Every hour of the day has requests.
	near(sum, summary.energy.loadKwh, 1e-3);
});

test('replicas of a long run are drawn by spans and kept by steps, latencies by shorter spans for who looks closer', async () => {
	const long = mkdtempSync(join(tmpdir(), 'gridbeat-figures-long-'));
	writeDay(long, { ...DAY, days: 20, requests: 30_000, replicas: 2 });
	const read = await readRun(long);
	rmSync(long, { recursive: true });
	const found = new Map(figuresOf(read).map((figure) => [figure.id, figure]));
	for (const id of ['mfu', 'replica-power', 'outstanding']) {
		const figure = found.get(id);
		assert.ok((figure?.data[0].length ?? 0) < 1000 && figure?.spans !== undefined, id);
		const finest = figure?.finer?.().at(-1);
		assert.is(finest?.spanS, null);
		assert.is(finest?.x.length, read.steps.count, id);
	}
	near(found.get('mfu')?.finer?.().at(-1)?.ys[0]?.[77], read.usage?.mfu[77] ?? 0, 0);
	const latency = found.get('latency');
	const [all = 0] = latency?.data.map(({ length }) => length) ?? [];
	assert.is(all, 200);
	const levels = latency?.finer?.() ?? [];
	// At least 50 requests each.
	assert.equal(
		levels.map(({ x }) => x.length),
		[600],
	);
	const within = [...(read.requests?.arrivedS ?? [])].flatMap((at, i) =>
		at >= 2880 && at < 5760 ? [read.requests?.ttftS[i] ?? 0] : [],
	);
	const sorted = Float64Array.from(within).sort();
	near(levels[0]?.ys[0]?.[1], quantile(sorted, 0.5), 1e-12);
});

test('timeBetweenTokens() shares the time after the first token out, and has none for one token', () => {
	const requests = {
		...(run.requests as NonNullable<Run['requests']>),
		e2eS: Float64Array.of(1.1, 0.2),
		ttftS: Float64Array.of(0.1, 0.2),
		decodeTokens: Float64Array.of(11, 1),
	};
	const [tbt, none] = timeBetweenTokens(requests);
	near(tbt, 0.1, 1e-12);
	assert.ok(Number.isNaN(none));
});

test('localHours() follows the clocks when they change', () => {
	// Berlin, 2026-03-29: at 01:00 UTC 02:00 becomes 03:00.
	const at = Date.parse('2026-03-29T00:00:00Z') / 1000;
	const hours = localHours(Float64Array.of(at, at + 3599, at + 3600, at + 7200), 'Europe/Berlin');
	assert.equal([...hours], [1, 1, 3, 4]);
});

test.run();
