import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import * as assert from 'uvu/assert';

/** Pages in a real browser. */
const CHROMIUM = '/usr/bin/chromium';

export interface Look {
	readonly width: number;
	readonly colorScheme: 'light' | 'dark';
}

/** Null, and says so, where there is no browser. */
export async function launchBrowser(): Promise<Browser | null> {
	if (!existsSync(CHROMIUM)) {
		console.log(`skipped: ${CHROMIUM} is absent`);
		return null;
	}
	return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

/** Opens a page of ours and waits until it is drawn; it must neither complain nor ask for anything. */
export async function openPage(
	browser: Browser,
	path: string,
	{ width, colorScheme }: Look,
): Promise<Page> {
	const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
	const complaints: string[] = [];
	page.on('console', (message) => complaints.push(message.text()));
	page.on('pageerror', (error) => complaints.push(error.message));
	page.on('request', (request) => {
		if (!/^(file|data):/.test(request.url())) complaints.push(request.url());
	});
	await page.goto(`file://${path}`);
	await page.waitForSelector('html[data-drawn]');
	assert.equal(complaints, []);
	return page;
}
