import { readFileSync } from 'node:fs';
import OpenAI from 'openai';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import { replayRun } from '../run/replay.ts';
import { eventually } from './cli.ts';
import { FakeFeed, rowsOf } from './live-feeds.test-support.ts';
import { serveOpenAi } from './openai.test-support.ts';

/** examples/live-twin.yaml for some seconds: a client of OpenAI's, the microgrid and a feed that is on loopback here. */

const MODEL = 'meta-llama/Meta-Llama-3-8B';

test('the live twin answers a chat with its energy and carbon by the feed of the moment, and follows again from its logs', async () => {
	const feed = new FakeFeed();
	feed.value = 400;
	await feed.open();
	const folder = await chatted(feed).finally(() => feed.die());

	assert.ok(rowsOf(folder, 'feeds.csv').length >= 2);
	const rows = rowsOf(folder, 'timeseries.csv');
	const times = rows.map((row) => Date.parse(String(row['time_utc'])));
	assert.ok(times.every((time, i) => i === 0 || time - Number(times[i - 1]) === 1000));
	const { tables } = await replayRun(folder);
	assert.equal(tables.different, []);
	assert.ok(['request_metrics.csv', 'feeds.csv'].every((name) => tables.same.includes(name)));
});

/** Runs the example, which follows the feed, while a client chats, until the feed's new value is in its answers. @returns the run folder */
async function chatted(feed: FakeFeed): Promise<string> {
	const example = parse(readFileSync(projectFile('examples/live-twin.yaml'), 'utf8'));
	example.carbon.feed = {
		...{ type: 'http', url: feed.url, value: 'intensity', kind: 'average', every: '1s' },
		staleness: example.carbon.feed.staleness,
	};
	const server = await serveOpenAi(example);
	try {
		const client = new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
		const dirty = await gramsPerJoule(client);
		feed.value = 80;
		await eventually('an answer by what the feed says now', async () =>
			(await gramsPerJoule(client)) < dirty / 2 ? true : null,
		);
	} finally {
		await server.stop();
	}
	return server.folder;
}

/** Of an answer of twenty tokens. */
async function gramsPerJoule(client: OpenAI): Promise<number> {
	const { usage } = await client.chat.completions.create({
		...{ model: MODEL, max_tokens: 20 },
		messages: [{ role: 'user', content: 'How clean is this answer?' }],
	});
	const { gridbeat } = usage as unknown as { gridbeat: Record<string, number> };
	const { energy_joules: joules = 0, carbon_grams: grams = 0 } = gridbeat;
	assert.is(usage?.completion_tokens, 20);
	assert.ok(joules > 0);
	return grams / joules;
}

test.run();
