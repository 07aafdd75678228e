import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { rounded } from './figure-values.ts';
import { launchBrowser, openPage } from './page.test-support.ts';
import { DAY, writeDay } from './testdata/day.ts';
import { writeReport } from './write-report.ts';

/** The report of a year in a real browser: what a reader sees who looks at two days of it. */
const BYTES_MAX = 14 * 2 ** 20;
const STEP_S = 300;

let browser: Browser | null = null;
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-year-'));
const path = join(folder, 'report.html');
/** Load, solar, grid and battery in kW by local time, as the page writes them. */
const steps = new Map<string, readonly number[]>();
test.before(async () => {
	browser = await launchBrowser();
	if (browser === null) return;
	writeDay(folder, { ...DAY, days: 365, stepS: STEP_S, replicas: 1, requests: 20_000 });
	await writeReport(folder);
	const [header = '', ...rows] = readFileSync(join(folder, 'timeseries.csv'), 'utf8')
		.trim()
		.split('\n');
	const names = header.split(',');
	const columns = [
		'actor_states.datacenter.power',
		'actor_states.solar.power',
		'p_grid',
		'dispatch_states.battery.current_power',
	].map((name) => names.indexOf(name));
	const clock = new Intl.DateTimeFormat('sv-SE', {
		timeZone: 'America/Los_Angeles',
		...{ dateStyle: 'short', timeStyle: 'medium' },
	});
	for (const row of rows) {
		const cells = row.split(',');
		const local = clock.format(new Date(cells.at(-1) ?? ''));
		steps.set(
			local,
			columns.map((column) => Number(cells[column]) / 1000),
		);
	}
});
test.after(async () => {
	await browser?.close();
	rmSync(folder, { recursive: true });
});

/** As legends say a value. */
const shown = (value: number) => Number(rounded(value).toPrecision(4));

/** What the legend of the power flow says at a part of its width: the time, then each curve's words. */
async function legendAt(page: Page, part: number): Promise<[time: string, ...values: string[]]> {
	const over = await page.locator('#plot-power .u-over').boundingBox();
	const { x, y, width, height } = over as NonNullable<typeof over>;
	await page.mouse.move(x + part * width, y + height / 2);
	const rows = page.locator('#plot-power .u-legend .u-series:not(.bound) .u-value');
	return (await rows.allTextContents()) as [string, ...string[]];
}

const level = (page: Page, spanS: number, id = 'power') =>
	page.waitForSelector(`#plot-${id} .level[data-span-s="${spanS}"]`);

test('a report of a year is a page of bounded size, which draws days by their mean, least and greatest value', async () => {
	if (browser === null) return;
	assert.ok(statSync(path).size < BYTES_MAX, `${statSync(path).size} bytes`);
	const page = await openPage(browser, path, { width: 1280, colorScheme: 'light' });
	await level(page, 86_400);
	const byDay = new Map<string, number[]>();
	for (const [local, [, solar = 0]] of steps) {
		const day = local.slice(0, 10);
		byDay.set(day, [...(byDay.get(day) ?? []), solar]);
	}
	for (const part of [0.1, 0.42, 0.73]) {
		const [time, , solar = ''] = await legendAt(page, part);
		const values = byDay.get(time.slice(0, 10)) ?? [];
		assert.match(time, / 00:00:00$/);
		const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
		const [low, high] = [Math.min(...values), Math.max(...values)];
		assert.is(solar, `${shown(mean)} kW (${shown(low)} to ${shown(high)})`);
	}
	await page.close();
});

test('a report of a year that shows two days draws the values of the run, each at its time, and goes back', async () => {
	if (browser === null) return;
	const page = await openPage(browser, path, { width: 1280, colorScheme: 'light' });
	const zoom = (how: string) => page.locator(`button[data-zoom=${how}]`).click();
	for (let press = 0; press < 8; press++) await zoom('in');
	await level(page, 0);
	const seen = new Set<string>();
	for (let part = 0.01; part < 1; part += 0.03) {
		const [time, ...values] = await legendAt(page, part);
		const step = steps.get(time);
		assert.ok(step !== undefined, `the run has a step at ${time}`);
		const [load = 0, solar = 0, grid = 0, battery = 0] = step ?? [];
		assert.equal(
			values,
			[load, solar, grid, battery].map((value) => `${shown(value)} kW`),
			time,
		);
		seen.add(time);
	}
	assert.ok(seen.size > 30);
	const days = new Set([...seen].map((time) => time.slice(0, 10)));
	assert.ok(days.size === 2 || days.size === 3, [...days].join());
	// Replicas and latencies too: the steps of their file, and shorter spans of arrival.
	for (const id of ['mfu', 'replica-power', 'outstanding']) await level(page, 0, id);
	await level(page, (365 * 86_400) / 400, 'latency');
	// What is saved is what is drawn: a step of the drawing for each of the run.
	await page.mouse.move(1, 1);
	const download = page.waitForEvent('download');
	await page.locator('button[data-save=svg][data-figure=power]').click();
	const svg = readFileSync(await (await download).path(), 'utf8');
	const curves = [...svg.matchAll(/d="(M[^"]*)" fill="none"[^>]*stroke-width="1.5"/g)];
	const drawn = (curves[0]?.[1]?.match(/V/g) ?? []).length;
	assert.ok(Math.abs(drawn - (365 * 86_400) / 2 ** 8 / STEP_S) <= 3, `${drawn} steps`);
	await zoom('later');
	await level(page, 0);
	const [moved] = await legendAt(page, 0.5);
	assert.ok(steps.has(moved), moved);
	await zoom('reset');
	await level(page, 86_400);
	const [back] = await legendAt(page, 0.9);
	assert.match(back, / 00:00:00$/);
	await page.close();
});

test('a curve of means that is switched off goes with what lies behind it', async () => {
	if (browser === null) return;
	const page = await openPage(browser, path, { width: 1280, colorScheme: 'light' });
	const boundsOff = page.locator('#plot-power .u-legend .bound.u-off');
	assert.is(await boundsOff.count(), 0);
	await page.locator('#plot-power .u-legend .u-label', { hasText: 'Solar' }).click();
	assert.is(await boundsOff.count(), 2);
	assert.ok(await page.locator('#plot-power .u-legend .bound').first().isHidden());
	await page.close();
});

test.run();
