import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, FakeRuns, fakeGateway } from './fake-runs.test-support.ts';

const JSON_BODY = { 'content-type': 'application/json' };

test('the API answers what the runs say', async () => {
	const { app } = await fakeGateway();
	const get = async (url: string) => {
		const response = await app.inject({ url });
		assert.is(response.statusCode, 200, `${url}: ${response.body}`);
		return response.json();
	};
	assert.equal(await get('/health'), { status: 'ok', version: '1.2.3' });
	assert.equal(
		(await get('/api/runs')).map(({ id }: { id: string }) => id),
		['live', 'past'],
	);
	assert.is((await get('/api/runs/past')).status, 'complete');
	assert.is((await get('/api/runs/live/state')).state.phase, 'running');
	assert.is((await get('/api/runs/past/state')).state, null);
	assert.is((await get('/api/runs/past/state')).snapshot.sites[0].gridW, -100);
	assert.is((await get('/api/runs/past/sites'))[0].name, 'Berlin');
	assert.is((await get('/api/runs/past/sites/Berlin/actors'))[0].kind, 'solar');
	assert.equal((await get('/api/runs/past/history?points=10')).columns, { p_grid: [-1, null] });
	assert.equal((await get('/api/runs/past/latency?points=10')).requests, [10]);
	assert.equal(await get('/api/runs/past/commands'), [{ fromUs: 0, replicas: 2 }]);
	assert.equal(await get('/api/runs/past/scenario'), { name: 'day' });
	assert.equal(await get('/api/runs/past/summary'), { status: 'complete' });
	assert.equal(await get('/api/compare?runs=past,live'), { cases: ['past', 'live'] });
	await app.close();
});

test('many steps are answered while they are under way', async () => {
	const { app, clock } = await fakeGateway();
	const url = '/api/runs/live/step';
	const few = await app.inject({ method: 'POST', url, payload: { count: 3 } });
	assert.equal([few.statusCode, few.json()], [200, { status: 'ok' }]);
	const asked = app.inject({ method: 'POST', url, payload: { count: 999_999 } });
	await eventually('the wait', () => clock.waiting > 0 || null);
	clock.goOn(10_000);
	const many = await asked;
	assert.equal([many.statusCode, many.json()], [202, { status: 'accepted' }]);
	await app.close();
});

test('a run that goes on is controlled, one that does not is not', async () => {
	const { app, runs } = await fakeGateway();
	const send = async (method: 'POST' | 'PUT', url: string, payload?: object) =>
		app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
	for (const what of ['pause', 'resume', 'stop'])
		assert.is((await send('POST', `/api/runs/live/${what}`)).statusCode, 200);
	await send('POST', '/api/runs/live/step', { count: 3 });
	await send('PUT', '/api/runs/live/speed', { factor: 60 });
	await send('PUT', '/api/runs/live/speed', { factor: null });
	const command = { type: 'set', site: null, actor: null, key: 'capW', value: 200 };
	assert.is((await send('POST', '/api/runs/live/commands', { command })).statusCode, 202);
	const refused = await send('POST', '/api/runs/live/commands', {
		command: { type: 'replicas', replicas: 3 },
	});
	assert.is(refused.statusCode, 409);
	assert.is(refused.json().error.message, 'Cannot take the command: it has none');
	assert.equal(runs.asked, [
		...['pause', 'resume', 'stop', 'step 3', 'speed 60', 'speed null'],
		...[`command ${JSON.stringify(command)}`, 'command {"type":"replicas","replicas":3}'],
	]);
	runs.asked.length = 0;
	const outage = { type: 'grid-event', event: 'outage', id: 'a', site: null };
	const event = { ...outage, startUs: 0, durationUs: 1 };
	assert.is((await send('POST', '/api/runs/live/grid-events', { event })).statusCode, 202);
	assert.is((await send('POST', '/api/runs/live/grid-events', { event: command })).statusCode, 400);
	assert.is(runs.asked.length, 1);
	const past = await send('POST', '/api/runs/past/pause');
	assert.is(past.statusCode, 409);
	assert.match(past.json().error.message, /^Cannot control the run "past": /);
	assert.is((await send('POST', '/api/runs/none/pause')).statusCode, 404);
	const bad = await send('PUT', '/api/runs/live/speed', { factor: -1 });
	assert.is(bad.statusCode, 400);
	assert.match(bad.json().error.message, /^Cannot take body.factor: /);
	await app.close();
});

test('a run is started', async () => {
	const { app, runs } = await fakeGateway();
	const payload = { scenario: 'until: 1h\n', options: { id: 'mine', speed: 60 } };
	const response = await app.inject({ method: 'POST', url: '/api/runs', payload });
	assert.is(response.statusCode, 201, response.body);
	assert.is(response.headers.location, '/api/runs/mine');
	assert.equal(runs.asked, ['start {"id":"mine","speed":60,"isTrusted":false}']);
	const unknown = await app.inject({ method: 'POST', url: '/api/runs', payload: { scene: 1 } });
	assert.is(unknown.statusCode, 400);
	await app.close();
});

test('a path that is not there, and a method that a path does not take, are told apart', async () => {
	const { app } = await fakeGateway();
	const none = await app.inject({ url: '/api/nothing' });
	assert.is(none.statusCode, 404);
	assert.is(none.json().error.code, 'not-found');
	const method = await app.inject({ method: 'DELETE', url: '/api/runs/live/speed' });
	assert.is(method.statusCode, 405);
	assert.is(method.headers.allow, 'PUT');
	await app.close();
});

test('a page of somebody else, and a name that leads here, are refused', async () => {
	const { app, runs } = await fakeGateway();
	const post = (headers: Record<string, string>) =>
		app.inject({ method: 'POST', url: '/api/runs/live/stop', headers });
	const refused = [
		{ host: 'evil.example' },
		{ host: 'localhost.evil.example:80' },
		{ origin: 'http://evil.example' },
		{ origin: 'null' },
		{ 'sec-fetch-site': 'cross-site' },
		{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
		{ origin: 'http://localhost:81', host: 'localhost:80' },
	];
	for (const headers of refused) {
		const response = await post(headers);
		assert.is(response.statusCode, 403, JSON.stringify(headers));
		assert.is(response.headers['access-control-allow-origin'], undefined);
	}
	assert.equal(runs.asked, []);
	const own = { origin: 'http://localhost:80', host: 'localhost:80' };
	assert.is((await post({ ...own, 'sec-fetch-site': 'same-origin' })).statusCode, 200);
	const text = await app.inject({
		...{ method: 'POST', url: '/api/runs', payload: '{"scenario": "until: 1h\\n"}' },
		headers: { 'content-type': 'text/plain' },
	});
	assert.is(text.statusCode, 415);
	await app.close();
});

test('whoever comes from elsewhere shows a token', async () => {
	const token = 'a-token-of-sixteen-letters';
	const { app } = await fakeGateway({ guard: { token, hosts: null } });
	const get = (headers: Record<string, string>, url = '/api/runs') => app.inject({ url, headers });
	assert.is((await get({})).statusCode, 401);
	assert.is((await get({ authorization: 'Bearer wrong' })).statusCode, 401);
	assert.is((await get({ authorization: `Basic ${token}` })).statusCode, 401);
	assert.is((await get({ authorization: `Bearer ${token}x` })).statusCode, 401);
	assert.is((await get({}, `/api/runs?token=${token}`)).statusCode, 401);
	assert.is((await get({ authorization: `Bearer ${token}` })).statusCode, 200);
	assert.is((await get({}, '/health')).statusCode, 200);
	const page = await get({}, `/?token=${token}`);
	assert.is(page.statusCode, 303);
	assert.is(page.headers.location, '/');
	const [cookie = ''] = [page.headers['set-cookie']].flat();
	assert.match(cookie, /; HttpOnly; SameSite=Strict; Path=\/$/);
	assert.is((await get({ cookie: cookie.split(';')[0] ?? '' })).statusCode, 200);
	assert.is((await get({ cookie: 'gridbeat_token=wrong' })).statusCode, 401);
	await app.close();
});

test('one address may send so many requests in a minute, and wrong tokens count', async () => {
	const guard = { token: 'a-token-of-sixteen-letters', hosts: null };
	const { app } = await fakeGateway({ guard, requestsPerMinute: 3 });
	const statuses: number[] = [];
	for (let i = 0; i < 5; i++) statuses.push((await app.inject({ url: '/api/runs' })).statusCode);
	assert.equal(statuses, [401, 401, 401, 429, 429]);
	await app.close();
});

test('what goes wrong inside is told to nobody', async () => {
	class Broken extends FakeRuns {
		override async list(): Promise<never> {
			throw new Error('the secret of /home/somebody');
		}
	}
	const { app } = await fakeGateway({ runs: new Broken() });
	const response = await app.inject({ url: '/api/runs' });
	assert.is(response.statusCode, 500);
	assert.not.match(response.body, /secret/);
	await app.close();
});

test('the document of the API names every route and what it takes', async () => {
	const { app } = await fakeGateway();
	const { paths, openapi } = (await app.inject({ url: '/openapi.json' })).json();
	assert.is(openapi, '3.1.0');
	for (const path of ['/api/runs', '/api/runs/{id}/history', '/api/runs/{id}/events'])
		assert.ok(path in paths, path);
	assert.ok(paths['/api/runs'].post.requestBody);
	await app.close();
});

test('without a body JSON is not asked for', async () => {
	const { app } = await fakeGateway();
	const url = '/api/runs/live/pause';
	const empty = await app.inject({ method: 'POST', url, headers: JSON_BODY });
	assert.ok([200, 400].includes(empty.statusCode));
	assert.is((await app.inject({ method: 'POST', url })).statusCode, 200);
	await app.close();
});

test.run();
