import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { DashboardStage, EVIL, PAGE } from './dashboard-stage.test-support.ts';

/** The dashboard: its size, all its views, and runs beside each other. */
const BYTES_MAX = 300_000;

const stage = new DashboardStage();
test.before(() => stage.open());
test.before.each(() => stage.serve());
test.after.each(() => stage.gateway.close());
test.after(() => stage.close());

test('the dashboard is less than 300 kB, gzipped, and names no other server', () => {
	const paths = readdirSync(PAGE, { recursive: true, encoding: 'utf8', withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
	assert.ok(paths.length >= 4);
	const bytes = paths.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
	assert.ok(bytes < BYTES_MAX, `${bytes} bytes`);
	const code = paths
		.filter((path) => /\.(html|js|css)$/.test(path))
		.map((path) => readFileSync(path, 'utf8'));
	const hosts = code.join('').match(/https?:\/\/[\w.-]+/g) ?? [];
	assert.equal(
		[...new Set(hosts)].filter((host) => host !== 'http://www.w3.org'),
		[],
	);
});

test('every view is drawn wide and narrow, light and dark, within the page, without a fault that axe knows', async () => {
	const axe = readFileSync(projectFile('node_modules/axe-core/axe.min.js'), 'utf8');
	for (const [width, colorScheme] of [
		[1280, 'light'],
		[1280, 'dark'],
		[390, 'light'],
		[390, 'dark'],
	] as const)
		for (const hash of [
			'#/',
			'#/run/live',
			'#/run/past',
			'#/compare/live,past',
			'#/new/past',
			'#/new',
		])
			await stage.onPage(
				hash,
				async (page) => {
					await page.locator('h1').first().waitFor();
					if (/run|compare/.test(hash)) await page.locator('.plot canvas').first().waitFor();
					if (hash === '#/new/past') await page.locator('.key').first().waitFor();
					const over = 'document.documentElement.scrollWidth - innerWidth';
					assert.ok((await page.evaluate<number>(over)) <= 0, `overflow of ${hash} at ${width}`);
					// The policy of the page lets no script in but by the debugger.
					const session = await page.context().newCDPSession(page);
					await session.send('Runtime.evaluate', { expression: axe });
					const found = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
						"axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
					);
					const faults = found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
					assert.equal(faults, [], `${hash}, ${colorScheme} at ${width} px`);
				},
				{ width, colorScheme },
			);
});

test('runs are filtered, chosen and compared', () =>
	stage.onPage('#/', async (page) => {
		stage.gateway.add(EVIL, stage.recording, 10, false);
		await page.locator('tbody tr').nth(2).waitFor();
		await page.keyboard.press('/');
		await page.keyboard.type('past');
		await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' });
		await page.locator('#filter').fill('');
		await page.getByLabel('Compare past').check();
		await page.getByLabel(`Compare ${EVIL}`).check();
		await page.locator('a:text-is("Compare 2")').click();
		await page.locator('.case').nth(1).waitFor();
		await page.locator('td:text-is("6000")').waitFor();
		assert.is(await page.locator('td.number').last().textContent(), '−0.800 (−25 %)');
		assert.is(await page.title(), 'Compare · Gridbeat');
		assert.ok((await page.locator('.charts canvas').count()) >= 4);
	}));

test('a run that is over has the curve of the requests in its replicas, from its table', () =>
	stage.onPage('#/run/past', (page) =>
		page.locator('figure:has-text("Requests in replicas") canvas').waitFor(),
	));

test('a copy of a scenario with one value changed is started, and both are watched', () =>
	stage.onPage('#/run/past', async (page) => {
		await page.locator('a:text-is("What if …")').click();
		await page.getByLabel('Find a key').fill('sites 0 solar peak');
		const field = page.locator('.key input');
		await page.locator('.key').nth(1).waitFor({ state: 'detached' });
		assert.is(await field.inputValue(), '2000');
		await field.fill('5000');
		await field.press('Tab');
		await page.locator('.key.changed small:text-is("was 2000")').waitFor();
		await page.getByLabel('Name of the run').fill('sunny');
		await page.locator('button:text-is("Start")').click();
		await page.waitForURL(`${stage.url}#/compare/past,sunny`);
		await page.locator('.case .badge:text-is("running")').waitFor();
		const { body } = stage.gateway.deeds[0] ?? {};
		const { scenario, options } = body as {
			scenario: { sites: { solar: { peakPowerW: number }[] }[] };
			options: unknown;
		};
		assert.equal(options, { speed: 600, id: 'sunny' });
		assert.equal(scenario.sites[0]?.solar[0]?.peakPowerW, 5000);
		assert.equal(
			{ ...scenario, sites: null },
			{ ...(stage.recording.scenario as object), sites: null },
		);
		const shown = () => page.locator('.case .soft').nth(1).textContent();
		const before = await shown();
		stage.gateway.advance('sunny');
		await page.locator(`.case .soft:not(:text-is("${before}"))`).nth(1).waitFor();
	}));

test('a run that has ended is played again, and shown at any moment', () =>
	stage.onPage('#/run/past', async (page) => {
		const flow = () => page.locator('svg.flow').getAttribute('aria-label');
		await page.locator('svg.flow').waitFor();
		const end = await flow();
		await page.getByLabel('Moment of the replay').fill('3600');
		await page.locator(`svg.flow:not([aria-label=${JSON.stringify(end)}])`).waitFor();
		const solar =
			stage.recording.sites[0]?.series.numbers.get('actor_states.berlin-solar.power')?.[60] ?? 0;
		const shown = / gives ([\d.]+) kW/.exec((await flow()) ?? '')?.[1];
		assert.is(Number(shown), Number((solar / 1000).toPrecision(3)));
		await page.locator('h1').click();
		await page.keyboard.press(' ');
		await page.locator('button:has-text("Pause")').waitFor();
		await page.keyboard.press(' ');
		await page.locator('button:has-text("Replay")').waitFor();
	}));

test('the colours are those that the reader wants, and stay so', () =>
	stage.onPage('#/run/live', async (page) => {
		const paper = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
		assert.is(await paper(), 'rgb(255, 255, 255)');
		await page.locator('.theme select').selectOption('dark');
		assert.is(await paper(), 'rgb(17, 21, 26)');
		await page.reload();
		await page.waitForSelector('html[data-drawn]');
		assert.is(await paper(), 'rgb(17, 21, 26)');
	}));

test.run();
