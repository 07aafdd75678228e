import type { Browser, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { launchBrowser } from '../results/report/page.test-support.ts';
import { eventually, type RunningCli, startGridbeat, tempFolder } from './cli.ts';

/** The dashboard of the real `gridbeat serve`, with runs that simulate. */
let browser: Browser | null = null;
let server: RunningCli;
let url = '';
test.before(async () => {
	browser = await launchBrowser();
	if (browser === null) return;
	server = startGridbeat(['serve', tempFolder(), '--at', '127.0.0.1:0']);
	url = await eventually('the address of the server', () => {
		const said = /http:\/\/127\.0\.0\.1:\d+\//.exec(server.said())?.[0];
		return said ?? null;
	});
});
test.after(async () => {
	await browser?.close();
	if (browser === null) return;
	server.signal('SIGTERM');
	await server.ended;
});

const SCENARIO = `until: 2h
start: 2024-06-20T11:00
location: San Francisco
solar: [{ peakPowerW: 2000 }]
placement: { mode: in-process }
cap: [{ signal: carbon, above: 5000, capWPerGpu: 200 }]
`;

const simulated = (page: Page) => page.locator('.run-time .soft').textContent();

test('a run is started, watched, paused, stepped, capped, ended and compared with one of which a value was changed', async () => {
	if (browser === null) return;
	const page = await browser.newPage();
	page.setDefaultTimeout(120_000);
	const errors: string[] = [];
	page.on('pageerror', (error) => errors.push(error.message));
	await page.goto(`${url}#/new`);
	await page.locator('#scenario').fill(SCENARIO.replace('2h', 'soon'));
	await page.getByLabel('Name of the run').fill('base');
	await page.locator('.start select').selectOption('60');
	await page.locator('button:text-is("Start")').click();
	await page.locator('.banner', { hasText: 'soon' }).waitFor();
	await page.locator('#scenario').fill(SCENARIO);
	await page.locator('button:text-is("Start")').click();
	await page.waitForURL(`${url}#/run/base`);
	await page.locator('svg.flow[aria-label*="solar gives"]').waitFor();
	const before = await simulated(page);
	await eventually('another step', async () => (await simulated(page)) !== before || null);
	await page.locator('.scroll tbody tr').nth(1).waitFor();
	await page.locator('button:has-text("Pause")').click();
	await page.locator('.badge:text-is("paused")').waitFor();
	const other = await browser.newPage();
	await other.goto(url);
	await other.waitForURL(`${url}#/run/base`);
	await other.close();
	const paused = await simulated(page);
	await page.locator('button:text-is("Step")').click();
	await eventually('the step', async () => (await simulated(page)) !== paused || null);
	await page.locator('.badge:text-is("paused")').waitFor();
	await page.getByLabel('Cap per GPU', { exact: true }).fill('150');
	await page.keyboard.press('Enter');
	await page.locator('.answer:has-text("Taken at")').waitFor();
	await page.locator('button:text-is("Step")').click();
	await page.locator('.log li:has-text("capW 150")').waitFor();
	await page.locator('.tile:has-text("Cap") b:text-is("150 W")').waitFor();
	await page.locator('.speed select').selectOption('3600');
	await page.locator('.run-time', { hasText: '3600 × real time' }).waitFor();
	await page.locator('.speed select').selectOption('60');
	await page.locator('button:has-text("Resume")').click();
	await page.locator('.badge:text-is("running")').waitFor();
	await page.goto(`${url}#/new/base`);
	await page.getByLabel('solar.0.peakPowerW').fill('4000');
	await page.keyboard.press('Tab');
	await page.getByLabel('Name of the run').fill('sunny');
	await page.locator('.start select').selectOption('full');
	await page.locator('button:text-is("Start")').click();
	await page.waitForURL(`${url}#/compare/base,sunny`);
	await page.locator('.case .badge:text-is("complete")').waitFor();
	await page.goto(`${url}#/run/base`);
	await page.locator('button:text-is("Stop")').click();
	await page.locator('.badge:text-is("incomplete")').waitFor();
	await page.locator('button:has-text("Replay")').waitFor();
	await page.locator('.plot canvas').nth(4).waitFor();
	// All of it is from the run folder: nobody has watched.
	await page.goto(`${url}#/run/sunny`);
	await page.locator('figure:has-text("Requests in replicas") canvas').waitFor();
	await page.goto(`${url}#/compare/base,sunny`);
	const differing = page.locator('tr', { hasText: 'solar.0.peakPowerW' });
	await differing.waitFor();
	assert.equal(await differing.locator('td').allTextContents(), ['2000', '4000']);
	assert.equal(errors, []);
});

test.run();
