import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { type Look, launchBrowser, openPage } from './page.test-support.ts';
import { DAY, type DayOptions, writeDay } from './testdata/day.ts';
import { writeReport } from './write-report.ts';

/** Report pages in a real browser. */
const EVIL = `</script><script>document.title='owned'</script><img src=x onerror="alert(1)">'&`;
const FIGURES = 15;

const folders: string[] = [];
let browser: Browser | null = null;
test.before(async () => {
	browser = await launchBrowser();
});
test.after(async () => {
	await browser?.close();
	for (const folder of folders) rmSync(folder, { recursive: true });
});

async function reportOf(options: Partial<DayOptions>): Promise<string> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-page-'));
	folders.push(folder);
	writeDay(folder, { ...DAY, requests: 2000, ...options });
	await writeReport(folder);
	return join(folder, 'report.html');
}

function open(path: string, look: Look): Promise<Page> {
	return openPage(browser as Browser, path, look);
}

test('report.html draws every figure, wide and narrow, light and dark, without an error, a request or a fault that axe calls serious', async () => {
	if (browser === null) return;
	const axe = readFileSync(projectFile('node_modules/axe-core/axe.min.js'), 'utf8');
	const reports = { 60: await reportOf({ location: EVIL, stepS: 60 }), 300: '' };
	reports[300] = await reportOf({ location: EVIL, stepS: 300 });
	for (const [width, colorScheme, stepS] of [
		[1280, 'light', 60],
		[1280, 'dark', 300],
		[390, 'light', 300],
		[390, 'dark', 300],
	] as const) {
		const page = await open(reports[stepS], { width, colorScheme });
		assert.is(await page.locator('.plot canvas').count(), FIGURES);
		assert.is(await page.title(), `Gridbeat: ${EVIL}`);
		const overflow = 'document.documentElement.scrollWidth - innerWidth';
		assert.ok((await page.evaluate<number>(overflow)) <= 0, `overflow at ${width} px`);
		await page.evaluate(axe);
		const found = await page.evaluate<{ id: string; impact: string; nodes: { html: string }[] }[]>(
			"axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
		);
		const serious = found
			.filter(({ impact }) => impact === 'serious' || impact === 'critical')
			.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
		assert.equal(serious, [], `${colorScheme} at ${width} px`);
		await page.close();
	}
});

test('report.html leaves no name behind among those of all scripts', async () => {
	if (browser === null) return;
	const look = { width: 1280, colorScheme: 'light' } as const;
	const path = await reportOf({});
	const page = await open(path, look);
	const names = 'Object.getOwnPropertyNames(window)';
	const own = await page.evaluate<string[]>(names);
	writeFileSync(`${path}-blank.html`, '<!doctype html>');
	const blank = await browser.newPage();
	await blank.goto(`file://${path}-blank.html`);
	const usual = new Set(await blank.evaluate<string[]>(names));
	// The elements with an id are there by their ids.
	const ids = new Set(await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id)));
	assert.equal(
		own.filter((name) => !usual.has(name) && !ids.has(name)),
		[],
	);
	await blank.close();
	await page.close();
});

test('report.html zooms all figures over time together, by keyboard too, and goes back', async () => {
	if (browser === null) return;
	const page = await open(await reportOf({}), { width: 1280, colorScheme: 'light' });
	const spans = async () =>
		new Set(
			await page
				.locator('.u-legend .u-series:first-child .u-value')
				.filter({ hasText: '2026-06-21' })
				.allTextContents(),
		);
	const whole = ['2026-06-21 00:00 to 2026-06-22 00:00'];
	assert.equal([...(await spans())], whole);
	await page.locator('button[data-zoom=in]').focus();
	await page.keyboard.press('Enter');
	assert.equal([...(await spans())], ['2026-06-21 06:00 to 18:00']);
	await page.locator('button[data-zoom=reset]').click();
	assert.equal([...(await spans())], whole);
	const plot = page.locator('#plot-soc .u-over');
	await plot.scrollIntoViewIfNeeded();
	const over = await plot.boundingBox();
	const { x, y, width, height } = over as NonNullable<typeof over>;
	await page.mouse.move(x + width / 4, y + height / 2);
	await page.mouse.down();
	await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
	await page.mouse.up();
	await page.mouse.move(1, 1);
	const [dragged, ...others] = await spans();
	assert.match(dragged ?? '', /^2026-06-21 0[56]:\d\d to 1[12]:\d\d$/);
	assert.equal(others, []);
	await page.close();
});

test('the names in a legend show and hide their curves by keyboard, and say so', async () => {
	if (browser === null) return;
	const page = await open(await reportOf({}), { width: 1280, colorScheme: 'light' });
	const button = page.locator('#plot-power .u-legend button').first();
	const row = page.locator('#plot-power .u-legend .u-series').nth(1);
	await button.focus();
	assert.is(await button.getAttribute('aria-pressed'), 'true');
	await page.keyboard.press('Enter');
	assert.is(await button.getAttribute('aria-pressed'), 'false');
	assert.match((await row.getAttribute('class')) ?? '', /u-off/);
	await page.keyboard.press('Space');
	assert.is(await button.getAttribute('aria-pressed'), 'true');
	assert.not.match((await row.getAttribute('class')) ?? '', /u-off/);
	await page.close();
});

test('report.html begins with its answer, and its contents lead to every figure and table', async () => {
	if (browser === null) return;
	const page = await open(await reportOf({}), { width: 1280, colorScheme: 'light' });
	const order = await page.evaluate<string[]>(
		"[...document.querySelectorAll('main h1, .answer, .tiles, .contents, figure, .panel')].map(({ tagName, className }) => (className || tagName).split(' ')[0].toLowerCase())",
	);
	assert.equal(order.slice(0, 4), ['h1', 'answer', 'tiles', 'contents']);
	const links = await page.locator('.contents a').count();
	assert.is(links, await page.locator('main h2').count());
	await page.locator('.contents a', { hasText: 'Battery' }).last().focus();
	await page.keyboard.press('Enter');
	const place = page.locator(`h2:target`);
	assert.match((await place.textContent()) ?? '', /Battery/);
	// Below the bar that stays on top.
	const { y = 0 } = (await place.boundingBox()) ?? {};
	const bar = await page.locator('#zoom').boundingBox();
	assert.ok(y >= (bar?.y ?? 0) + (bar?.height ?? 0), `heading at ${y} px`);
	await page.close();
});

test('report.html is printed on A4 with every figure whole, as a drawing in light colours, and is itself again', async () => {
	if (browser === null) return;
	const page = await open(await reportOf({}), { width: 1280, colorScheme: 'dark' });
	const shown = "document.querySelectorAll('.paper svg').length";
	await page.evaluate(
		"addEventListener('beforeprint', () => queueMicrotask(() => queueMicrotask(() => { document.title = String(document.querySelectorAll('.paper svg').length) })))",
	);
	const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
	assert.is(await page.title(), String(FIGURES));
	assert.is(await page.evaluate(shown), 0);
	for (const [, width = 0, height = 0] of pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g))
		assert.equal([Math.round(Number(width)), Math.round(Number(height))], [595, 842]);
	// As paper has it: 184 mm wide.
	await page.setViewportSize({ width: 695, height: 900 });
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	const drawings = page.locator('.paper svg');
	await drawings.nth(FIGURES - 1).waitFor({ state: 'attached' });
	const boxes = await page.evaluate<{ right: number; height: number; broken: string }[]>(
		"[...document.querySelectorAll('figure')].map((one) => ({ right: Math.max(...[one, ...one.querySelectorAll('svg')].map((part) => part.getBoundingClientRect().right)), height: one.offsetHeight, broken: getComputedStyle(one).breakInside }))",
	);
	assert.is(boxes.length, FIGURES);
	for (const { right, height, broken } of boxes) {
		assert.ok(right <= 696 && height < 1000, `${right} x ${height} px`);
		assert.is(broken, 'avoid');
	}
	const ground = "getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()";
	assert.match(await page.evaluate<string>(ground), /^#fff(fff)?$/);
	await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
	await drawings.first().waitFor({ state: 'detached' });
	assert.not.match(await page.evaluate<string>(ground), /^#fff/);
	assert.is(await page.locator('.plot canvas').count(), FIGURES);
	await page.close();
});

test('report.html saves figures as an SVG of what is shown, and as a PNG', async () => {
	if (browser === null) return;
	const page = await open(await reportOf({}), { width: 1280, colorScheme: 'dark' });
	await page.locator('button[data-zoom=in]').click();
	const save = async (button: ReturnType<Page['locator']>) => {
		const download = page.waitForEvent('download');
		await button.focus();
		await page.keyboard.press('Enter');
		const saved = await download;
		return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
	};
	// One of each way to draw: curves, bands, strips, values, points, areas.
	for (const id of ['power', 'carbon', 'busy', 'cdf', 'latency-energy', 'soc-hours']) {
		const button = page.locator(`button[data-save=svg][data-figure=${id}]`);
		const { name, bytes } = await save(button);
		assert.is(name, `${id}.svg`);
		const svg = bytes.toString();
		assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="\d+"/, name);
		// On white, although the page is dark: the colours of the page on white, none of those on black.
		assert.match(svg, /<title>[^<]+<\/title>\n<rect width="100%" height="100%" fill="#ffffff"/);
		assert.not.match(svg, /#e6e9ed|#56b4e9|#f0793a|#2bc59b|#313a44/i, name);
		assert.not.match(svg, /NaN|Infinity|undefined|null|<script|href/, name);
		assert.match(svg, /<path d="M[\d. HVLM-]{100,}"|(<(circle|rect).*){20}/s, name);
		if (name === 'power.svg') assert.match(svg, />2026-06-21 06:00 to 18:00</);
	}
	const { name, bytes } = await save(page.locator('button[data-save=png]').first());
	assert.is(name, 'power.png');
	assert.is(bytes.subarray(1, 4).toString(), 'PNG');
	// Twice the width of the figure.
	const box = await page.locator('#plot-power').boundingBox();
	assert.ok(Math.abs(bytes.readUInt32BE(16) - 2 * (box?.width ?? 0)) <= 2);
	await page.close();
});

test.run();
