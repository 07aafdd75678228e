import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, fakeGateway } from './fake-runs.test-support.ts';

/** Reads a stream of events until it ends, or is told to leave it. */
async function reader(url: string) {
	const leave = new AbortController();
	const response = await fetch(url, { signal: leave.signal });
	const heard: { event: string; data: { readonly [key: string]: unknown } }[] = [];
	let isOver = false;
	const reading = (async () => {
		let text = '';
		const decoder = new TextDecoder();
		for await (const chunk of response.body ?? []) {
			text += decoder.decode(chunk as Uint8Array, { stream: true });
			const parts = text.split('\n\n');
			text = parts.pop() ?? '';
			for (const part of parts) {
				const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
				if (event !== undefined) heard.push({ event, data: JSON.parse(data ?? 'null') });
			}
		}
	})()
		.catch(() => {})
		.finally(() => {
			isOver = true;
		});
	const named = (event: string) => heard.filter((one) => one.event === event);
	return { response, heard, named, reading, isOver: () => isOver, leave: () => leave.abort() };
}

async function listening() {
	const gateway = await fakeGateway();
	await gateway.app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = gateway.app.server.address() as AddressInfo;
	return { ...gateway, port, url: `http://127.0.0.1:${port}/api/runs` };
}

test('a run that goes on says its values at most ten times a second, and what happens at once', async () => {
	const { app, runs, clock, url } = await listening();
	const { response, named, heard, reading } = await reader(`${url}/live/events`);
	assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
	assert.is(response.headers.get('x-content-type-options'), 'nosniff');
	await eventually('the first values', () => named('state').length === 1 || null);
	const step = () => {
		for (const listener of [...runs.steps]) listener();
	};
	for (let i = 0; i < 50; i++) step();
	clock.goOn(99);
	runs.tell({ event: 'notice', text: 'something\nin two lines' });
	await eventually('the notice', () => named('notice').length === 1 || null);
	assert.is(named('state').length, 1);
	clock.goOn(1);
	await eventually('the next values', () => named('state').length === 2 || null);
	runs.tell({
		...{ event: 'ended', outcome: 'complete', text: 'done', simulatedUntilUs: 1, refused: 0 },
		...{ duplicates: 0, setbacks: 0, checkpoints: 0, actor: null, timeUs: null },
	});
	await reading;
	assert.equal(heard.at(-1), {
		event: 'end',
		data: { outcome: 'complete', text: 'done', simulatedUntilUs: 1 },
	});
	assert.is(runs.listeners.size + runs.steps.size, 0);
	await app.close();
});

test('a run that is over says its last values and its end', async () => {
	const { app, url } = await listening();
	const { heard, reading } = await reader(`${url}/past/events`);
	await reading;
	assert.equal(
		heard.map(({ event }) => event),
		['state', 'end'],
	);
	assert.is((await fetch(`${url}/none/events`)).status, 404);
	await app.close();
});

test('whoever leaves is forgotten, and a server that closes lets its watchers go', async () => {
	const { app, runs, url } = await listening();
	const [one, other] = [await reader(`${url}/live/events`), await reader(`${url}/live/events`)];
	await eventually('both', () => runs.listeners.size === 2 || null);
	one.leave();
	await eventually('that one is forgotten', () => runs.listeners.size === 1 || null);
	await app.close();
	await other.reading;
	assert.is(runs.listeners.size + runs.steps.size, 0);
});

test('whoever reads nothing gets no more than it can take', async () => {
	const { app, runs, clock, port } = await listening();
	runs.padding = 'x'.repeat(300_000);
	const socket = connect(port, '127.0.0.1');
	socket.write('GET /api/runs/live/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
	socket.pause();
	await eventually('the watcher', () => runs.steps.size === 1 || null);
	for (let i = 0; i < 200; i++) {
		for (const listener of [...runs.steps]) listener();
		clock.goOn(100);
		await new Promise((resolve) => setImmediate(resolve));
		await new Promise((resolve) => setImmediate(resolve));
	}
	// 60 MB would be more than any socket takes.
	assert.ok(runs.states < 100, `${runs.states} states were made`);
	socket.destroy();
	await eventually('that it is forgotten', () => runs.steps.size === 0 || null);
	await app.close();
});

test.run();
