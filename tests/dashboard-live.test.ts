import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DashboardStage, EVIL, simulated } from './dashboard-stage.test-support.ts';

/** A run in the dashboard, as it goes: what is shown of it, and how it is controlled. */
const stage = new DashboardStage();
test.before(() => stage.open());
test.before.each(() => stage.serve());
test.after.each(() => stage.gateway.close());
test.after(() => stage.close());

const tile = (page: Page, name: string) =>
	page.locator('.tile', { has: page.locator(`dt:text-is("${name}")`) }).locator('b');

const deeds = () => stage.gateway.deeds.map(({ method, path }) => `${method} ${path}`);

test('a run that goes on is shown as it goes: flow, figures, replicas and charts', () =>
	stage.onPage('#/run/live', async (page) => {
		await page.locator('.plot canvas').first().waitFor();
		const before = await page.locator('.clock').first().textContent();
		const flow = () => page.locator('svg.flow').getAttribute('aria-label');
		assert.match((await flow()) ?? '', /solar gives .*GPU servers takes/);
		assert.is(await page.locator('.charts canvas').count(), 5);
		assert.is(await page.locator('.scroll tbody tr').count(), 4);
		for (let i = 0; i < 30; i++) stage.gateway.advance('live');
		await page.locator(`.clock:not(:text-is("${before}"))`).waitFor();
		await simulated(page, '2 h 01 min of 3 h');
		stage.gateway.notice('live', EVIL);
		await page.locator('.log li', { hasText: 'onerror' }).waitFor();
		// Another site.
		const load = await tile(page, 'Load').textContent();
		await page.locator('.map .site[aria-label^=oslo]').press('Enter');
		await page.locator('.tabs [aria-pressed=true]:text-is("oslo")').waitFor();
		assert.is.not(await tile(page, 'Load').textContent(), load);
		assert.not.match((await flow()) ?? '', /solar/);
		stage.gateway.end('live');
		await page.locator('.badge:text-is("complete")').waitFor();
		await page.locator('button:text-is("▶ Replay")').waitFor();
	}));

test('a run is paused, stepped, sped up and stopped, by buttons and by keys', () =>
	stage.onPage('#/run/live', async (page) => {
		await page.locator('button:has-text("Pause")').click();
		await page.locator('.badge:text-is("paused")').waitFor();
		await page.locator('button:has-text("Resume")').waitFor();
		await page.locator('h1').click();
		await page.keyboard.press(' ');
		await page.locator('.badge:text-is("running")').waitFor();
		await page.keyboard.press('.');
		await page.locator('.badge:text-is("paused")').waitFor();
		await page.locator('.speed select').selectOption('600');
		await page.locator('text=600 × real time').waitFor();
		await page.locator('.speed select').selectOption('0');
		await page.locator('text=as fast as it can').first().waitFor();
		await page.locator('button:text-is("Stop")').click();
		await page.locator('.toast:has-text("ends after its window")').waitFor();
		const run = 'api/runs/live';
		assert.equal(deeds(), [
			...[`POST /${run}/pause`, `POST /${run}/resume`, `POST /${run}/step`],
			...[`PUT /${run}/speed`, `PUT /${run}/speed`, `POST /${run}/stop`],
		]);
		assert.equal(
			stage.gateway.deeds.filter(({ method }) => method === 'PUT').map(({ body }) => body),
			[{ factor: 600 }, { factor: null }],
		);
	}));

test('what is set is sent as a command and listed; what is refused is said', () =>
	stage.onPage(
		'#/run/live',
		async (page) => {
			const set = async (label: string, value: string) => {
				await page.getByLabel(label, { exact: true }).fill(value);
				await page.keyboard.press('Enter');
				await page.locator('.answer:has-text("Taken at")').waitFor();
			};
			await set('Cap per GPU', '150');
			await set('Lowest state of charge', '35');
			await page.locator('.log li').nth(1).waitFor();
			await page.locator('#event-kind').selectOption('import-limit');
			await page.locator('input[name=amount]').fill('2');
			await page.locator('button:text-is("Announce")').click();
			await page.locator('.log li').nth(2).waitFor();
			const commands = stage.gateway.deeds.map(
				({ body }) => (body as { command: unknown }).command,
			);
			const whose = { site: null, actor: 'berlin-controller' };
			assert.equal(commands.slice(0, 2), [
				{ type: 'set', ...whose, key: 'capW', value: 150 },
				{ type: 'set', ...whose, key: 'minSoc', value: 0.35 },
			]);
			const at = 91 * stage.recording.stepUs + 600e6;
			assert.equal(commands[2], {
				...{
					type: 'grid-event',
					id: `dashboard-${at / 1e6}`,
					site: 'berlin',
					event: 'import-limit',
				},
				...{ startUs: at, durationUs: 3600e6, importLimitW: 2000 },
			});
			stage.gateway.refusal = `Cannot take the command: ${EVIL}`;
			await page.locator('#control-replicas').fill('9');
			await page.keyboard.press('Enter');
			await page.locator('.answer.refused').waitFor();
			assert.is(await page.locator('.answer').textContent(), stage.gateway.refusal);
			assert.is.not(await page.title(), 'owned');
		},
		{ allowed: /409 \(Conflict\)/ },
	));

test('a page whose connection breaks says so and goes on when it is back', () =>
	stage.onPage(
		'#/run/live',
		async (page) => {
			await page.locator('.plot canvas').first().waitFor();
			stage.gateway.cut();
			await page.locator('.banner:has-text("connection")').waitFor();
			await page.locator('.banner').waitFor({ state: 'detached' });
			stage.gateway.advance('live');
			await simulated(page, '1 h 32 min');
		},
		{ allowed: /ERR_INCOMPLETE_CHUNKED_ENCODING/ },
	));

/** Ten a second for ten minutes, after as many to get warm as a page keeps rows. */
const UPDATES = 6_000;
const WARM_UP = 3_000;
/** What a garbage collector may leave for later. */
const ROOM_BYTES = 1_000_000;

test('the memory of a page is the same after 10 minutes of updates as before', () =>
	stage.onPage('#/run/long', async (page) => {
		const session = await page.context().newCDPSession(page);
		const used = async () => {
			await session.send('HeapProfiler.collectGarbage');
			await session.send('HeapProfiler.collectGarbage');
			const { usedSize } = await session.send('Runtime.getHeapUsage');
			const { nodes } = await session.send('Memory.getDOMCounters');
			return { usedSize, nodes };
		};
		const update = async (count: number) => {
			for (let i = 1; i <= count; i++) {
				stage.gateway.advance('long');
				// As many as one frame draws; the page has read the one before.
				if (i % 10 === 0) await page.evaluate('new Promise(requestAnimationFrame)');
			}
			await simulated(page, `${stage.gateway.simulated('long')}`);
		};
		await page.locator('.plot canvas').first().waitFor();
		await update(WARM_UP);
		const before = await used();
		await update(UPDATES);
		const after = await used();
		const text = JSON.stringify({ before, after });
		assert.ok(after.usedSize < before.usedSize + ROOM_BYTES, text);
		assert.ok(after.nodes < before.nodes + 200, text);
	}));

test.run();
