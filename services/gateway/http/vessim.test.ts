import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fakeGateway } from '../fake-runs.test-support.ts';

test('Vessim’s routes answer in its shapes', async () => {
	const { app } = await fakeGateway();
	const get = async (url: string) => (await app.inject({ url })).json();
	assert.equal(await get('/microgrids'), ['Berlin']);
	const state = await get('/microgrids/Berlin');
	assert.is(state.time, '2024-06-20T00:01:00');
	assert.is(state.p_grid, 2);
	assert.equal(state.dispatch_states.grid, { current_power: 2, connected: true });
	assert.is((await get('/microgrids/Berlin/config')).name, 'Berlin');
	const history = async (limit: string) =>
		(await get(`/microgrids/Berlin/history${limit}`)).data.map(
			({ p_grid }: { p_grid: number }) => p_grid,
		);
	assert.equal(await history(''), [1, 2]);
	assert.equal(await history('?limit=1'), [2]);
	assert.equal(await history('?limit=0'), [1, 2]);
	assert.equal(await history('?limit=-1'), [2]);
	const none = await app.inject({ url: '/microgrids/Paris' });
	assert.is(none.statusCode, 404);
	assert.equal(none.json(), { detail: 'Microgrid not found' });
	assert.is((await app.inject({ url: '/microgrids/Berlin/history?limit=x' })).statusCode, 422);
	await app.close();
});

test('what Vessim’s API sets becomes a command of the run', async () => {
	const { app, runs } = await fakeGateway();
	const put = async (path: string) => {
		const response = await app.inject({ method: 'PUT', url: `/microgrids/Berlin/${path}` });
		return [response.statusCode, response.json()];
	};
	const queued = [200, { status: 'command queued' }];
	assert.equal(await put('dispatchables/battery/min_soc?value=0.4'), queued);
	assert.equal(await put('policy/charge_power?value=-5.5'), queued);
	assert.equal(await put('policy/charge_power?value=None'), queued);
	assert.equal(await put('dispatchables/grid/connected?value=False'), queued);
	assert.equal(await put('dispatchables/grid/max_import?value=1000'), queued);
	assert.equal(await put('dispatchables/grid/max_import?value=None'), queued);
	const set = (actor: string | null, key: string, value: unknown) =>
		`command ${JSON.stringify({ type: 'set', site: null, actor, key, value })}`;
	assert.equal(runs.asked.slice(0, 4), [
		set('battery', 'minSoc', 0.4),
		set(null, 'chargePowerW', -5.5),
		set(null, 'chargePowerW', null),
		set(null, 'island', true),
	]);
	assert.match(runs.asked[4] ?? '', /"import-limit".*"importLimitW":1000/);
	assert.match(runs.asked[5] ?? '', /"cancelled"/);
	const refused = async (path: string) => (await put(path))[0];
	assert.is(await refused('dispatchables/none/min_soc?value=1'), 404);
	assert.is(await refused('dispatchables/battery/capacity?value=1'), 422);
	assert.is(await refused('dispatchables/battery/min_soc?value=much'), 422);
	assert.is(await refused('policy/charge_power'), 422);
	assert.is(await refused('actors/solar/signal?value=5'), 409);
	assert.is(runs.asked.length, 6);
	await app.close();
});

test.run();
