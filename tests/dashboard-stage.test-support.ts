import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { launchBrowser } from '../results/report/page.test-support.ts';
import { loadRun } from '../run/load-run.ts';
import { simulate } from '../run/simulate.ts';
import { tempFolder } from './cli.ts';
import { FakeGateway } from './dashboard-gateway.test-support.ts';
import { type Recording, recordingOf } from './dashboard-recording.test-support.ts';

/** The dashboard as the build makes it. */
export const PAGE = projectFile('dist/services/gateway/page');

/** What a name or a notice may try. */
export const EVIL = `<img src=x onerror="document.title='owned'">`;

/** How a page is opened. */
export interface Look {
	readonly width?: number;
	readonly colorScheme?: 'light' | 'dark';
	/** What the page may say on its console. */
	readonly allowed?: RegExp;
}

/**
 * The dashboard in Chromium by playwright-core, in front of a gateway of the tests: a run of two sites that goes on (`live`),
 * one that has ended (`past`), and one that never ends (`long`).
 */
export class DashboardStage {
	recording: Recording = { stepUs: 0, steps: 0, timezone: '', scenario: null, sites: [] };
	gateway = new FakeGateway(PAGE);
	url = '';
	private browser: Browser | null = null;

	/** Before all tests of a file. */
	async open(): Promise<void> {
		this.browser = await launchBrowser();
		const out = join(tempFolder(), 'two');
		const scenario = {
			...{ until: '3h', start: '2024-06-20T11:00', location: 'Berlin' },
			sites: [
				{ name: 'berlin', location: 'Berlin', solar: [{ peakPowerW: 2000 }] },
				{ name: 'oslo', location: 'San Francisco', solar: [] },
			],
		};
		await simulate(scenario, { out, placement: 'in-process', report: false });
		this.recording = await recordingOf(await loadRun(out));
	}

	/** Before each. */
	async serve(): Promise<void> {
		const { recording } = this;
		this.gateway = new FakeGateway(PAGE);
		this.gateway.add('live', recording, 90, true);
		this.gateway.add('past', recording, recording.steps - 1, false);
		this.gateway.add('long', { ...recording, steps: 1_000_000 }, 0, true);
		this.url = await this.gateway.listen();
	}

	async close(): Promise<void> {
		await this.browser?.close();
	}

	/** Does something in a page, which neither complains nor asks anybody else; nothing where there is no browser. */
	async onPage(hash: string, what: (page: Page) => Promise<void>, look: Look = {}): Promise<void> {
		const { browser, url } = this;
		if (browser === null) return;
		const { width = 1280, colorScheme = 'light', allowed = /^$/ } = look;
		const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
		// A machine with much else to do is slow, not wrong.
		page.setDefaultTimeout(120_000);
		const complaints: string[] = [];
		page.on('console', (message) => complaints.push(message.text()));
		page.on('pageerror', (error) => complaints.push(error.message));
		page.on('request', (request) => {
			if (!request.url().startsWith(url)) complaints.push(request.url());
		});
		await page.goto(`${url}${hash}`);
		await page.waitForSelector('html[data-drawn]');
		await what(page);
		assert.equal(
			complaints.filter((text) => !allowed.test(text)),
			[],
		);
		await page.close();
	}
}

/** Waits until the page says how far the run is. */
export function simulated(page: Page, text: string): Promise<void> {
	return page.locator('.run-time .soft', { hasText: text }).waitFor();
}
