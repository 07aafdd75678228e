import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Figure } from './figure.ts';
import { figureHtml, page as pageHtml } from './html.ts';
import { launchBrowser, openPage } from './page.test-support.ts';

/** What pages answer to pointer and keys, on a page with one figure of each kind. */
const START_S = Date.UTC(2026, 5, 21) / 1000;
const common = { logY: false, yRange: null, stepped: false, shades: [], marks: [], note: '' };
const times = [0, 1, 2, 3, 4].map((hour) => START_S + 3600 * hour);
const FIGURES: readonly Figure[] = [
	{
		...{ ...common, id: 'power', title: 'Power', yLabel: 'Power in kW', unit: 'kW', x: 'time' },
		curves: [
			{ label: 'load', color: 'load', atRest: { what: 'mean', value: 2 } },
			{ label: 'solar', color: 'solar', dash: true },
		],
		data: [times, [1, 2, 3, 2, null], [0, 1, 4, 1, 0]],
	},
	{
		...{ ...common, id: 'busy', title: 'Busy', yLabel: 'Share in %', unit: '%', x: 'time' },
		curves: [
			{ label: 'replica-1', color: 'grid' },
			{ label: 'replica-2', color: 'grid' },
		],
		heat: { highest: 100, color: 'grid' },
		yRange: [0, 2],
		data: [times, [10, 20, 30, 40, null], [50, 60, 70, 80, null]],
	},
	{
		...{ ...common, id: 'points', title: 'Points', yLabel: 'Seconds', unit: 's', x: 'value' },
		xAxis: { label: 'cap', unit: '', log: false, categories: ['none', 'night', 'day'], marks: [] },
		yRange: [0, 4],
		curves: [{ label: 'p99', color: 'c1', points: 'only' }],
		data: [
			[0, 1, 2],
			[1, 2, 3],
		],
		names: [['no cap', 'a cap at night', 'a cap by day']],
		spreads: [[0.5, null, 0.25]],
	},
];
const TABLE = `<table class="sortable"><thead><tr><th><button>name</button></th><th><button>kWh</button></th></tr></thead><tbody>
${[
	['b', 10],
	['a', ''],
	['d', 9],
	['c', 200],
]
	.map(([name, value]) => `<tr><td>${name}</td><td data-value="${value}">about ${value}</td></tr>`)
	.join('')}</tbody></table>`;

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-pointer-'));
const path = join(folder, 'page.html');
let browser: Browser | null = null;
test.before(async () => {
	const zoom = '<div id="zoom"><button data-zoom="reset">reset</button></div>';
	const body = `${zoom}${FIGURES.map(figureHtml).join('')}${TABLE}`;
	writeFileSync(path, pageHtml({ title: '', head: '', body, figures: FIGURES, timezone: 'UTC' }));
	browser = await launchBrowser();
});
test.after(async () => {
	await browser?.close();
	rmSync(folder, { recursive: true });
});

/** Does something to the page in light colours; nothing where there is no browser. */
async function onPage(what: (page: Page) => Promise<void>): Promise<void> {
	if (browser === null) return;
	const page = await openPage(browser, path, { width: 900, colorScheme: 'light' });
	await what(page);
	await page.close();
}

/** Where a share of a figure's plotting area is, from its left and its top. */
async function at(page: Page, id: string, [left, top]: readonly [number, number]) {
	const over = page.locator(`#plot-${id} .u-over`);
	await over.scrollIntoViewIfNeeded();
	const box = await over.boundingBox();
	if (box === null) throw new Error(`no figure ${id}`);
	return [box.x + box.width * left, box.y + box.height * top] as const;
}

const tipOf = (page: Page, id: string) => page.locator(`#plot-${id} .tip:not([hidden])`);
const valuesOf = (page: Page, id: string) =>
	page.locator(`#plot-${id} .u-legend .u-value`).allTextContents();

async function savedSvg(page: Page, id: string): Promise<string> {
	const download = page.waitForEvent('download');
	await page.locator(`button[data-save=svg][data-figure=${id}]`).click();
	return readFileSync(await (await download).path(), 'utf8');
}

test('a figure over time says what is under the pointer, wherever that is, and at rest its span', () =>
	onPage(async (page) => {
		const rest = ['2026-06-21 00:00 to 04:00', 'mean 2 kW', '–'];
		assert.equal(await valuesOf(page, 'power'), rest);
		await page.mouse.move(...(await at(page, 'power', [0.5, 0.5])));
		await page.locator('#plot-power .u-value', { hasText: '02:00:00' }).waitFor();
		assert.equal(await valuesOf(page, 'power'), ['2026-06-21 02:00:00', '3 kW', '4 kW']);
		// The strips have the same axis; nothing at the last point is a dash.
		await page.mouse.move(...(await at(page, 'busy', [0.99, 0.75])));
		await page.locator('#plot-power .u-value', { hasText: '04:00:00' }).waitFor();
		assert.equal(await valuesOf(page, 'power'), ['2026-06-21 04:00:00', '–', '0 kW']);
		await page.mouse.move(1, 1);
		await page.locator('#plot-power .u-value', { hasText: ' to ' }).waitFor();
		assert.equal(await valuesOf(page, 'power'), rest);
	}));

test('strips say whose they are, and nothing at their upper edge', () =>
	onPage(async (page) => {
		await page.mouse.move(...(await at(page, 'busy', [0.26, 0.75])));
		await tipOf(page, 'busy').waitFor();
		assert.is(await tipOf(page, 'busy').textContent(), 'replica-2\n60 %');
		await page.mouse.move(...(await at(page, 'busy', [0.26, 0])));
		await tipOf(page, 'busy').waitFor({ state: 'hidden' });
	}));

test('points say their names where the pointer is near', () =>
	onPage(async (page) => {
		// Axes reach 0.4 beyond the categories.
		await page.mouse.move(...(await at(page, 'points', [1.4 / 2.8, 0.5])));
		await tipOf(page, 'points').waitFor();
		assert.is(await tipOf(page, 'points').textContent(), 'a cap at night\ncap night\n2 s');
		await page.mouse.move(...(await at(page, 'points', [0.7, 0.95])));
		await tipOf(page, 'points').waitFor({ state: 'hidden' });
	}));

test('a table is ordered by the heading that is pressed, then the other way, what has no number last', () =>
	onPage(async (page) => {
		const names = () => page.locator('table tbody td:first-child').allTextContents();
		const press = async (heading: string) => {
			await page.locator(`th button:text-is("${heading}")`).focus();
			await page.keyboard.press('Enter');
			return [...(await names()), await page.locator('th[aria-sort]').getAttribute('aria-sort')];
		};
		assert.equal(await press('kWh'), ['c', 'b', 'd', 'a', 'descending']);
		assert.equal(await press('kWh'), ['d', 'b', 'c', 'a', 'ascending']);
		assert.equal(await press('name'), ['d', 'c', 'b', 'a', 'descending']);
	}));

test('figures take the colours of the reader and the width of the page when these change', () =>
	onPage(async (page) => {
		const look = () =>
			page.evaluate<[string, number, number]>(
				"[getComputedStyle(document.querySelector('.u-series:nth-child(2) .u-marker')).borderTopColor, document.querySelector('#plot-power canvas').clientWidth, document.querySelector('#plot-power').clientWidth]",
			);
		const [light, wide] = await look();
		assert.is(light, 'rgb(213, 94, 0)');
		await page.emulateMedia({ colorScheme: 'dark' });
		await page.setViewportSize({ width: 420, height: 900 });
		for (let tries = 0; tries < 500 && (await look())[1] >= 420; tries++)
			await page.waitForTimeout(20);
		const [dark, narrow, place] = await look();
		assert.is(dark, 'rgb(240, 121, 58)');
		assert.is(narrow, place);
		assert.ok(narrow < wide);
		assert.is(await page.locator('.plot canvas').count(), FIGURES.length);
	}));

test('a drag zooms a figure of values, a double click or the button goes back', () =>
	onPage(async (page) => {
		const ticks = async () => /cap<\/text>/.test(await savedSvg(page, 'points'));
		const shown = async () => (await savedSvg(page, 'points')).match(/>(none|night|day)</g) ?? [];
		const drag = async () => {
			await page.mouse.move(...(await at(page, 'points', [0.3, 0.2])));
			await page.mouse.down();
			await page.mouse.move(...(await at(page, 'points', [0.7, 0.8])), { steps: 4 });
			await page.mouse.up();
		};
		const whole = ['>none<', '>night<', '>day<'];
		assert.ok(await ticks());
		assert.equal(await shown(), whole);
		await drag();
		assert.equal(await shown(), ['>night<']);
		await page.mouse.dblclick(...(await at(page, 'points', [0.5, 0.5])));
		assert.equal(await shown(), whole);
		await drag();
		await page.locator('button[data-zoom=reset]').click({ force: true });
		assert.equal(await shown(), whole);
	}));

test('a saved drawing has whiskers, strips and the curves that are not switched off', () =>
	onPage(async (page) => {
		const points = await savedSvg(page, 'points');
		assert.is(points.match(/<circle /g)?.length, 3);
		assert.is(points.match(/stroke-width="1.2"/g)?.length, 2, 'whiskers');
		const busy = await savedSvg(page, 'busy');
		assert.is(busy.match(/shape-rendering="crispEdges"/g)?.length, 8);
		assert.match(busy, />replica-2<.*>replica-1</s);
		const curves = async () => (await savedSvg(page, 'power')).match(/>(load|solar)</g);
		assert.equal(await curves(), ['>load<', '>solar<']);
		await page.locator('#plot-power .u-legend .u-label:text-is("load")').click();
		assert.equal(await curves(), ['>solar<']);
	}));

test.run();
