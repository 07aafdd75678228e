import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, gridbeat, type RunningCli, startGridbeat, tempFolder } from './cli.ts';

/** Whole runs behind the server: `gridbeat serve`, and `gridbeat run --serve`. */

const SMALL = `
until: 2h
step: 1min
serving: {replicas: 1}
requests: {qps: 0.02}
placement: {mode: in-process}
`;

/** Where a server says that it is. */
async function urlOf(cli: RunningCli): Promise<string> {
	return eventually('the address of the server', () => {
		const [url] = /http:\/\/\S+/.exec(cli.said()) ?? [];
		return url?.replace(/\/\?token=.*$|\/$/, '') ?? null;
	});
}

/** What the answers that are looked at may have. */
interface Answer {
	readonly id?: string;
	readonly status?: string;
	readonly isLive?: boolean;
	readonly error?: { readonly message: string };
	readonly state?: { readonly phase: string; readonly completedUs: number };
	readonly snapshot?: { readonly simUs: number; readonly replicas: readonly unknown[] };
	readonly timeUs?: readonly number[];
}

async function json(url: string, init?: RequestInit) {
	const response = await fetch(url, init);
	return { status: response.status, body: (await response.json()) as Answer };
}

function post(body: object): RequestInit {
	return {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	};
}

test('a run is started, watched to its end and read over HTTP', async () => {
	const root = tempFolder();
	const cli = startGridbeat(['serve', root, '--at', ':0'], { GRIDBEAT_TOKEN: undefined });
	const url = await urlOf(cli);
	assert.equal((await json(`${url}/api/runs`)).body, []);
	const started = await json(`${url}/api/runs`, post({ scenario: SMALL, options: { id: 'one' } }));
	assert.is(started.status, 201, JSON.stringify(started.body));
	assert.is(started.body.id, 'one');
	const again = await json(`${url}/api/runs`, post({ scenario: SMALL, options: { id: 'one' } }));
	assert.is(again.status, 409);
	await eventually('the end of the run', async () => {
		const { body } = await json(`${url}/api/runs/one`);
		return body.status === 'complete' && !body.isLive ? body : null;
	});
	const { body: state } = await json(`${url}/api/runs/one/state`);
	assert.is(state.snapshot?.simUs, 7_140_000_000);
	assert.is(state.snapshot?.replicas.length, 1);
	const { body: history } = await json(`${url}/api/runs/one/history?points=10000`);
	assert.is(history.timeUs?.length, 120);
	const wrong = await json(`${url}/api/runs`, post({ scenario: 'until: 1 parsec\n' }));
	assert.is(wrong.status, 400);
	assert.match(wrong.body.error?.message ?? '', /parsec/);
	cli.signal('SIGINT');
	assert.is((await cli.ended).code, 0);
	assert.ok(existsSync(join(root, 'one/report.html')));
});

test('a run is paused, stepped, sped up and watched over HTTP', async () => {
	const cli = startGridbeat(['serve', tempFolder(), '--at', ':0'], { GRIDBEAT_TOKEN: undefined });
	const url = await urlOf(cli);
	const options = { id: 'slow', speed: 60 };
	await json(`${url}/api/runs`, post({ scenario: SMALL, options }));
	const run = `${url}/api/runs/slow`;
	const stateOf = async () => (await json(`${run}/state`)).body.state;
	await eventually('that it is under way', async () => (await stateOf())?.phase === 'running');
	assert.is((await json(`${run}/pause`, { method: 'POST' })).status, 200);
	await eventually('the pause', async () => (await stateOf())?.phase === 'paused');
	const before = (await stateOf())?.completedUs ?? Number.NaN;
	assert.is((await json(`${run}/step`, post({ count: 3 }))).status, 200);
	const after = await eventually('three steps', async () => {
		const state = await stateOf();
		return state !== undefined && state.completedUs >= before + 180_000_000 ? state : null;
	});
	assert.is(after.completedUs, before + 180_000_000);
	const watched = watch(`${run}/events`);
	await eventually('values', async () => (await watched.heard()).includes('state'));
	await json(`${run}/speed`, { ...post({ factor: null }), method: 'PUT' });
	await json(`${run}/resume`, { method: 'POST' });
	await watched.ended;
	const events = await watched.heard();
	assert.is(events.at(-1), 'end');
	const { body } = await json(run);
	assert.equal([body.status, body.isLive], ['complete', false]);
	cli.signal('SIGINT');
	assert.is((await cli.ended).code, 0);
});

test('gridbeat run --serve is seen while it goes on, and stopped from there', async () => {
	const folder = tempFolder();
	writeFileSync(join(folder, 'scenario.yaml'), SMALL);
	const args = ['run', join(folder, 'scenario.yaml'), '--pace', '60', '--serve', ':0'];
	const out = join(folder, 'served');
	const cli = startGridbeat([...args, '--out', out], { GRIDBEAT_TOKEN: undefined });
	const url = await urlOf(cli);
	await eventually('its values', async () => {
		const { body } = await json(`${url}/api/runs/served/state`);
		return body.snapshot !== undefined && body.snapshot !== null ? body : null;
	});
	assert.is((await json(`${url}/api/runs/served/stop`, { method: 'POST' })).status, 200);
	assert.is((await cli.ended).code, 130);
});

/** Hears the names of events until their stream ends. */
function watch(url: string) {
	let text = '';
	const reading = (async () => {
		const response = await fetch(url);
		const decoder = new TextDecoder();
		for await (const chunk of response.body ?? [])
			text += decoder.decode(chunk as Uint8Array, { stream: true });
	})();
	const heard = () => Array.from(text.matchAll(/^event: (\w+)$/gm), ([, name]) => name as string);
	return { ended: reading, heard: async () => heard() };
}

test('scenarios that come without a token read the data that the server was given, and no other', async () => {
	const [data, elsewhere] = [tempFolder(), tempFolder()];
	for (const folder of [data, elsewhere])
		writeFileSync(
			join(folder, 'load.csv'),
			'time,power_w\n2024-06-20T00:00,100\n2024-06-20T01:00,100\n',
		);
	const asked = (folder: string, id: string) => {
		const trace = { name: 'lamp', type: 'trace', path: join(folder, 'load.csv') };
		const scenario = { until: '5min', step: '1min', serving: null, loads: [trace] };
		return post({ scenario: { ...scenario, placement: { mode: 'in-process' } }, options: { id } });
	};
	const at = ['serve', tempFolder(), '--at', ':0'];
	const open = startGridbeat([...at, '--data', data], { GRIDBEAT_TOKEN: undefined });
	const url = await urlOf(open);
	const own = await json(`${url}/api/runs`, asked(data, 'own'));
	assert.is(own.status, 201, JSON.stringify(own.body));
	const other = await json(`${url}/api/runs`, asked(elsewhere, 'other'));
	assert.is(other.status, 400);
	assert.match(other.body.error?.message ?? '', /^Cannot start a run with the file ".*load.csv": /);
	open.signal('SIGINT');
	assert.is((await open.ended).code, 0);

	const token = 'a-token-of-sixteen-letters';
	const closed = startGridbeat(at, { GRIDBEAT_TOKEN: token });
	const init = asked(elsewhere, 'other');
	const headers = { ...init.headers, authorization: `Bearer ${token}` };
	const trusted = await json(`${await urlOf(closed)}/api/runs`, { ...init, headers });
	assert.is(trusted.status, 201, JSON.stringify(trusted.body));
	closed.signal('SIGINT');
	assert.is((await closed.ended).code, 0);
});

test('gridbeat serve refuses what it cannot serve', async () => {
	const port = await gridbeat(['serve', '--at', 'localhost:70000']);
	assert.is(port.code, 2);
	assert.match(port.stderr, /^Cannot serve at "localhost:70000": [^\n]+\n$/);
	const file = join(tempFolder(), 'file');
	writeFileSync(file, '');
	const data = await gridbeat(['serve', tempFolder(), '--data', file]);
	assert.is(data.code, 2);
	assert.match(data.stderr, /^Cannot serve data of ".*file": it is no folder\n$/);
	const { code, stderr } = await gridbeat(['serve', file]);
	assert.is(code, 2);
	assert.match(stderr, /it is a file, not a folder\n$/);
});

test.run();
