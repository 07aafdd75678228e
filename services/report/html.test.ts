import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { escapeHtml } from './html.ts';
import { DAY, type DayOptions, writeDay } from './testdata/day.ts';
import { writeReport } from './write-report.ts';

const CHROMIUM = '/usr/bin/chromium';
const EVIL = `</script><script>document.title='owned'</script><img src=x onerror="alert(1)">'&`;

const folders: string[] = [];
test.after(() => {
	for (const folder of folders) rmSync(folder, { recursive: true });
});

async function reportOf(options: Partial<DayOptions>): Promise<{ path: string; html: string }> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-page-'));
	folders.push(folder);
	writeDay(folder, { ...DAY, requests: 2000, ...options });
	await writeReport(folder);
	const path = join(folder, 'report.html');
	return { path, html: readFileSync(path, 'utf8') };
}

test('report.html refers to nothing outside itself and forbids it', async () => {
	const { html } = await reportOf({});
	assert.not.match(html, /https?:\/\//);
	assert.not.match(html, /\s(src|srcset|action)=/);
	assert.not.match(html, /@import|url\((?!data:)/);
	assert.match(html, /default-src 'none'/);
});

test('report.html carries its data as JSON with every figure of a day', async () => {
	const { html } = await reportOf({});
	const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
	const page = JSON.parse(json);
	assert.is(page.timezone, 'America/Los_Angeles');
	assert.equal(
		page.figures.map(({ id }: { id: string }) => id),
		['power', 'soc', 'carbon', 'latency', 'cdf', 'replica-power', 'mfu', 'outstanding'],
	);
	for (const { id, data, curves } of page.figures) {
		assert.is(data.length, curves.length + 1, id);
		assert.ok(data.every((row: unknown[]) => row.length === data[0].length));
		assert.ok(data[0].length <= 4000);
	}
});

test('report.html shows a banner for a run that failed, none for one that completed', async () => {
	const failed = await reportOf({ status: 'failed' });
	assert.match(failed.html, /<b>This run failed<\/b>: replica-2 died at 14:02 &lt;killed&gt;/);
	const complete = await reportOf({});
	assert.not.match(complete.html, /role="status"/);
});

test('writeReport() draws every figure as an SVG without script beside the page', async () => {
	const { path } = await reportOf({ location: EVIL });
	const names = readdirSync(join(path, '..', 'plots')).sort();
	assert.equal(names, [
		'carbon.svg',
		'cdf.svg',
		'latency.svg',
		'mfu.svg',
		'outstanding.svg',
		'power.svg',
		'replica-power.svg',
		'soc.svg',
	]);
	for (const name of names) {
		const svg = readFileSync(join(path, '..', 'plots', name), 'utf8');
		assert.match(svg, /^<svg [^>]*viewBox/);
		assert.match(svg, /<path d="M[\d. HVLM-]{100,}" fill="none"/);
		assert.not.match(svg, /NaN|Infinity|undefined|<script|href/);
	}
});

test('writeReport() of a run that has no step yet gives a page with a banner', async () => {
	const { path } = await reportOf({ status: 'running' });
	const folder = dirname(path);
	for (const name of ['timeseries.csv', 'usage.csv', 'request_metrics.csv']) {
		const header = readFileSync(join(folder, name), 'utf8').split('\n', 1)[0];
		writeFileSync(join(folder, name), `${header}\n`);
	}
	const summary = await writeReport(folder);
	assert.is(summary.durationS, 0);
	assert.match(readFileSync(path, 'utf8'), /This run has not ended/);
});

test('report.html escapes what the scenario says', async () => {
	const { html } = await reportOf({ location: EVIL });
	assert.not.ok(html.includes('<img'));
	assert.not.ok(html.includes("<script>document.title='owned'"));
	assert.ok(html.includes(escapeHtml(EVIL)));
});

test('report.html draws every figure in a browser, wide and narrow, without an error or a request', async () => {
	if (!existsSync(CHROMIUM)) {
		console.log(`skipped: ${CHROMIUM} is absent`);
		return;
	}
	const browser = await chromium.launch({
		executablePath: CHROMIUM,
		args: ['--no-sandbox', '--disable-gpu'],
	});
	try {
		for (const [width, colorScheme, stepS] of [
			[1280, 'light', 10],
			[390, 'dark', 300],
		] as const) {
			const { path } = await reportOf({ location: EVIL, stepS });
			const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
			const complaints: string[] = [];
			page.on('console', (message) => complaints.push(message.text()));
			page.on('pageerror', (error) => complaints.push(error.message));
			page.on('request', (request) => {
				if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
			});
			await page.goto(`file://${path}`);
			await page.waitForSelector('html[data-drawn="8"]');
			assert.equal(complaints, []);
			assert.is(await page.locator('.plot canvas').count(), 8);
			assert.is(await page.title(), `Gridbeat: ${EVIL}`);
			const overflow = 'document.documentElement.scrollWidth - innerWidth';
			assert.ok((await page.evaluate<number>(overflow)) <= 0, `overflow at ${width} px`);
			await page.close();
		}
	} finally {
		await browser.close();
	}
});

test.run();
