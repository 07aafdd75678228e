import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeEnv, withSource } from '../feeds/live/fake-source.test-support.ts';
import type { LiveFeed } from '../feeds/live/feed.ts';
import { openFeed } from '../feeds/live/open-feed.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { messageOf } from '../protocol/errors.ts';
import { Feed } from '../protocol/scenario/feed.ts';
import { parseFeed } from '../protocol/scenario/feed-text.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** Half-hours of the British service, all that were asked for. */
function halfHours(path: string): object[] {
	const [, , from = '', to = ''] = path.split('/');
	const count = (Date.parse(to) - Date.parse(from)) / 1_800_000;
	return Array.from({ length: count }, (_, i) => ({
		from: `${new Date(Date.parse(from) + i * 1_800_000).toISOString().slice(0, 16)}Z`,
		intensity: { forecast: 266, actual: 263, index: 'moderate' },
	}));
}

test('the built program asks a live feed, and says in one line when it is not there', async () => {
	const folder = tempFolder();
	const scenario = join(folder, 'scenario.yaml');
	const run = () =>
		gridbeat(['run', scenario, '--until', '10min', '--json', '--out', join(folder, 'run')]);
	let address = '';
	await withSource(
		({ path }) => ({ body: { data: halfHours(path) } }),
		async (baseUrl, asked) => {
			address = baseUrl;
			const carbon = `carbon: { source: uk, baseUrl: '${baseUrl}' }`;
			writeFileSync(scenario, `start: 2026-11-20T00:00\n${carbon}\n`);
			const { code, stderr, stdout } = await run();
			assert.is(code, 0, stderr);
			assert.ok(asked.length > 0);
			assert.match(stdout, /263/);
		},
	);
	const { code, stderr } = await run();
	assert.is(code, 2);
	assert.match(
		stderr,
		new RegExp(`^Cannot fetch from UK Carbon Intensity "${address}/.*nothing listens there`),
	);
});

const QUANTITIES = [
	'carbon',
	'marginal-carbon',
	'carbon-index',
	'price',
	'power',
	'irradiance',
] as const;

/** The feed of a row; why there is none otherwise. */
async function opened(
	word: string,
	keys: Readonly<Record<string, string>>,
): Promise<LiveFeed | string> {
	const feed = Feed.parse(parseFeed(word, 'a row'));
	const priced = 'usdPerUnit' in feed ? { ...feed, usdPerUnit: 1.1 } : feed;
	const refusals: string[] = [];
	for (const quantity of QUANTITIES) {
		try {
			const place = { latitude: 52, longitude: 13 };
			return await openFeed(priced, { quantity, place }, fakeEnv({ keys }));
		} catch (error) {
			refusals.push(messageOf(error));
		}
	}
	return refusals.find((message) => message.includes('is not set')) ?? refusals.join('; ');
}

test('the table of docs/feeds.md says which services there are, their keys, cadence and past', async () => {
	const page = readFileSync(projectFile('docs/feeds.md'), 'utf8');
	const table = page.split('\n## Services\n')[1]?.split('\n## ')[0] ?? '';
	const rows = [...table.matchAll(/^\| (`.+?) \|(.+)\|$/gm)].map(([, words = '', rest = '']) => ({
		words: [...words.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
		cells: rest.split('|').map((cell) => cell.trim()),
	}));
	const types = new Set<string>();
	let keysOfLast: string[] = [];
	for (const { words, cells } of rows) {
		const [, key = '', every, past] = cells;
		const named = key.startsWith('the same')
			? keysOfLast
			: [...key.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
		keysOfLast = named;
		const keys = Object.fromEntries(named.map((name) => [name, 'x']));
		for (const written of words) {
			const word = written.replace('ZONE', 'DE').replace('REGION', 'CAISO_NORTH');
			types.add(Feed.parse(parseFeed(word, 'a row')).type);
			const feed = await opened(word, keys);
			assert.ok(typeof feed !== 'string', `${word}: ${feed}`);
			assert.is(every, `${feed.everyMs / 60_000} min`, word);
			assert.is(past?.startsWith('yes'), feed.range !== undefined, word);
			if (key.startsWith('none')) continue;
			const refusal = await opened(word, {});
			assert.ok(typeof refusal === 'string' && refusal.includes(`${named[0]} is not set`), word);
		}
	}
	assert.equal([...types].sort(), [
		...['eia', 'electricitymaps', 'energy-charts', 'entsoe', 'open-meteo', 'uk', 'watttime'],
	]);
});

test.run();
