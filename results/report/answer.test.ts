import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { answerOf } from './answer.ts';
import { within } from './headline-ranges.ts';
import { readRun } from './run.ts';
import { summarize } from './summary.ts';
import { DAY, writeDay } from './testdata/day.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-answer-'));
test.after(() => rmSync(folder, { recursive: true }));

async function day(): Promise<Summary> {
	writeDay(folder, { ...DAY, requests: 2000 });
	return summarize(await readRun(folder));
}

test('the answer of a run says how requests fared, what was drawn, from where, and what it emitted', async () => {
	const answer = answerOf(await day());
	assert.match(
		answer,
		/^(All|Of) [\d,]+ requests.* were completed, half of them with their first token within [\d.]+ m?s, 99 of 100 within [\d.]+ m?s, and with their last within [\d.]+ m?s\. The site drew [\d.]+ kWh.*, [\d.]+ %.* of it renewable.*; [\d.]+ kWh.* came from the grid and emitted [\d.]+ k?g.* of CO₂eq by its average intensity, [\d.]+ %.* less than on the grid alone/,
	);
	assert.match(answer, /A power cap held for [\d.]+ h, [\d.]+ % of the time\.$/);
});

test('energy that was there at the start is named as such, in what was drawn and in what was saved', async () => {
	const { energy, emissions, ...rest } = await day();
	if (emissions === null) throw new Error('no emissions');
	const answer = answerOf({
		...rest,
		energy: { ...energy, renewableShare: 0, initialShare: 40 },
		emissions: { ...emissions, reduction: 40, avoidedByInitialG: 40, grossG: 100 },
		servingEnergy: null,
	});
	assert.match(answer, '0 % of it renewable and 40 % from what batteries held at the start');
	assert.match(answer, '40 % less than on the grid alone, 40 % by the initial charge');
});

test('the answer of a run without requests, signals or steps says no more than there is', async () => {
	const whole = await day();
	const bare = { ...whole, emissions: null, capHours: 0, servingEnergy: null };
	assert.match(answerOf({ ...bare, serving: null }), /^The site drew [^;]*; [\d.]+ kWh came from/);
	const { serving } = whole;
	if (serving === null) throw new Error('no serving');
	assert.match(answerOf({ ...bare, serving: { ...serving, arrived: 0, completed: 0 } }), /^No req/);
	assert.match(
		answerOf({ ...bare, serving: { ...serving, arrived: 3, completed: 0 } }),
		/^Of 3 requests none was completed\./,
	);
	assert.match(
		answerOf({ ...bare, serving: { ...serving, arrived: 1, completed: 1 } }),
		/^The one request was completed, its first token within/,
	);
	for (const text of [answerOf(bare), answerOf({ ...bare, serving: null })])
		assert.not.match(text, /NaN|undefined|–/);
});

test('a range that reads as its figure is left out', () => {
	const percent = (value: number) => `${value.toFixed(0)} %`;
	assert.is(within(0, [0, 0.1], percent), '0 %');
	assert.is(within(10, [8, 12], percent), '10 % (8 to 12)');
});

test.run();
