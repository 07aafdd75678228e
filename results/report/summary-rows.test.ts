import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { METRICS } from '../compare/metrics.ts';
import { readRun } from './run.ts';
import { summarize } from './summary.ts';
import { summaryCsv, summaryJson, summaryRows } from './summary-rows.ts';
import { DAY, writeDay } from './testdata/day.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-rows-'));
test.after(() => rmSync(folder, { recursive: true }));
let day: Summary;
test.before(async () => {
	writeDay(folder, { ...DAY, requests: 200 });
	day = summarize(await readRun(folder));
});

test('summaryRows() has each metric of a sweep by the same name, value and unit', () => {
	const rows = new Map(summaryRows(day).map((row) => [row.metric, row]));
	for (const { name, unit, of } of METRICS) {
		// A sweep adds up batteries.
		if (name.startsWith('batteries.')) continue;
		const row = rows.get(name);
		const value = of(day);
		assert.is(row?.value ?? null, Number.isFinite(value) ? value : null, name);
		if (row !== undefined) assert.is(row.unit, unit, name);
	}
});

test('summaryRows() names batteries and goals, and gives what was least its own unit', () => {
	const reached = { baseline: 3, actual: 2, optimum: 1, reached: 50 };
	const hindsight = [
		{ goal: 'emissions' as const, ...reached },
		{ goal: 'cost' as const, ...reached },
	];
	const rows = summaryRows({ ...day, hindsight }).map(({ metric, unit }) => `${metric} ${unit}`);
	for (const expected of [
		'batteries.battery.meanSoc %',
		'batteries.battery.fullCycles 1',
		'hindsight.emissions.optimum gCO2eq',
		'hindsight.cost.optimum USD',
		'hindsight.cost.reached %',
		'serving.ttftS.p99 s',
		'status ',
	])
		assert.ok(rows.includes(expected), expected);
});

test('summaryCsv() has three cells a row, quotes what needs it, and leaves empty what has no figure', () => {
	const kind = 'average, "hourly"';
	const emissions = day.emissions && { ...day.emissions, kind, embodiedG: Number.NaN };
	const lines = summaryCsv({ ...day, emissions })
		.trimEnd()
		.split('\n');
	assert.is(lines[0], 'metric,value,unit');
	assert.ok(lines.includes('emissions.kind,"average, ""hourly""",'));
	assert.ok(lines.includes('emissions.embodiedG,,gCO2eq'));
	assert.ok(lines.includes('durationS,86400,s'));
});

test('summaryJson() has the unit of every number of the summary', () => {
	const { units, ...rest } = summaryJson(day);
	assert.equal(rest, day);
	assert.is(units['energy.loadKwh'], 'kWh');
	assert.is(units['emissions.thresholds.lowGPerKwh'], 'gCO2eq/kWh');
	const numbers = summaryRows(day).filter(({ value }) => typeof value === 'number');
	for (const { metric } of numbers) assert.ok(units[metric], metric);
});

test.run();
