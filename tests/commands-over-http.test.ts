import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { Command } from '../protocol/commands.ts';
import { MINUTE_US } from '../protocol/time.ts';
import { replayRun } from '../run/gridbeat.ts';
import { type ApiClient, serveApi, untilIs } from './api-client.test-support.ts';
import { numberIn, readRows } from './cli.ts';
import { STEERED, sameTables, set } from './steered-runs.test-support.ts';

/** Each command of the API to a run that goes on: what it does to the tables, that it is logged, and that it is repeated. */

/** A run is told when it is paused, so that it makes no difference how fast it goes. */
const SPEED = 60;

type Placed = { readonly mode: 'in-process' } | { readonly mode: 'processes'; processes: number };

interface Steps {
	readonly api: ApiClient;
	/** Path of the run. */
	readonly run: string;
	readonly folder: string;
	/** Steps that are done. */
	done: number;
}

/** A run that has begun and is paused. */
async function paused(api: ApiClient, placement: Placed): Promise<Steps> {
	const scenario = {
		...{ ...STEERED, placement },
		policy: { ...STEERED.policy, type: 'peak-shaving', peakW: 5_000 },
	};
	const options = { id: 'told', speed: SPEED };
	const { status, body } = await api.ask('POST', '/api/runs', { scenario, options });
	assert.is(status, 201, JSON.stringify(body));
	const run = '/api/runs/told';
	await untilIs(api, run, 'running');
	assert.is((await api.ask('POST', `${run}/pause`)).status, 200);
	await untilIs(api, run, 'paused');
	// A window that was under way is over when a step after it is.
	assert.is((await api.ask('POST', `${run}/step`, { count: 1 })).status, 200);
	const { completedUs } = await untilIs(api, run, 'paused');
	// From here on steps need not keep to real time.
	assert.is((await api.ask('PUT', `${run}/speed`, { factor: null })).status, 200);
	return { api, run, folder: join(api.root, 'told'), done: completedUs / MINUTE_US };
}

async function step(steps: Steps, count: number): Promise<void> {
	assert.is((await steps.api.ask('POST', `${steps.run}/step`, { count })).status, 200);
	steps.done += count;
}

/** Says something, which acts from the step on that is returned. */
async function say({ api, run, done }: Steps, ...all: readonly Command[]): Promise<number> {
	for (const command of all) {
		const { status, body } =
			command.type === 'grid-event'
				? await api.ask('POST', `${run}/grid-events`, { event: command })
				: await api.ask('POST', `${run}/commands`, { command });
		assert.equal([status, body.status], [202, 'accepted'], JSON.stringify([command, body]));
	}
	return done;
}

/** Sets something as a client of Vessim does. */
async function put({ api, done }: Steps, path: string, value: string): Promise<number> {
	const { body: names } = await api.ask('GET', '/microgrids');
	const grid = `/microgrids/${encodeURIComponent(names[0])}`;
	const { status, body } = await api.ask('PUT', `${grid}/${path}?value=${value}`);
	assert.is(status, 200, JSON.stringify(body));
	return done;
}

const event = (id: string, fromStep: number, steps: number, what: object): Command =>
	({
		...{ type: 'grid-event', id, site: null, startUs: fromStep * MINUTE_US },
		...{ durationUs: steps * MINUTE_US, ...what },
	}) as Command;

/** All that can be said; `at` are the steps from which it acts. */
async function tellAll(steps: Steps) {
	const charged = await say(steps, set('chargePowerW', 300));
	await step(steps, 4);
	const capped = await say(
		steps,
		...[set('chargePowerW', null), set('capW', 200), set('minSoc', 0.3, 'battery')],
		...[{ type: 'replicas', replicas: 2 } as const, set('peakW', 10)],
	);
	const [peak] = [steps.done];
	await step(steps, 6);
	const freed = await say(steps, set('capW', null), set('peakW', null));
	await say(
		steps,
		...[event('storm', freed + 2, 3, { event: 'outage' })],
		...[event('feeder', freed + 6, 3, { event: 'import-limit', importLimitW: 50 })],
		...[event('evening', freed + 10, 3, { event: 'demand-response', targetW: 100 })],
		...[event('scarce', freed + 10, 5, { event: 'price', usdPerKwh: 2 })],
		...[event('false', freed + 20, 9, { event: 'outage' })],
	);
	await step(steps, 16);
	const cancelled = await say(steps, event('false', 0, 1, { event: 'cancelled' }));
	await step(steps, 14);
	const island = await say(steps, set('island', true));
	await step(steps, 3);
	await say(steps, set('island', false), set('minSoc', null));
	await step(steps, 2);
	const vessim = await put(steps, 'policy/charge_power', '100');
	await put(steps, 'dispatchables/battery/min_soc', '0.2');
	await step(steps, 2);
	await put(steps, 'policy/charge_power', 'None');
	const limited = await put(steps, 'dispatchables/grid/max_import', '40');
	await step(steps, 2);
	await put(steps, 'dispatchables/grid/max_import', 'None');
	const away = await put(steps, 'dispatchables/grid/connected', 'false');
	await step(steps, 2);
	await put(steps, 'dispatchables/grid/connected', 'true');
	return { charged, capped, peak, freed, cancelled, island, vessim, limited, away };
}

function checkTables(folder: string, at: Awaited<ReturnType<typeof tellAll>>): void {
	const rows = readRows(folder, 'timeseries.csv');
	const column = (name: string) => rows.map((row) => numberIn(row, name));
	const gridW = column('p_grid');
	const batteryW = column('dispatch_states.battery.current_power');
	const all = (
		what: string,
		[from, count]: [number, number],
		of: number[],
		is: (x: number) => boolean,
	) =>
		assert.ok(of.slice(from, from + count).every(is), `${what}: ${of.slice(from, from + count)}`);
	all('charge', [at.charged, 4], batteryW, (powerW) => powerW === 300);
	assert.is.not(batteryW[at.capped], 300);
	const caps = rows.map((row) => row['policy_state.cap_per_gpu']);
	assert.equal([...new Set(caps.slice(at.capped, at.freed).map(Number))], [200]);
	assert.equal([caps[at.capped - 1], caps[at.freed]], ['', '']);
	all('peak', [at.peak, 6], gridW, (powerW) => powerW >= -10 - 1e-6);
	assert.ok((gridW[at.freed] as number) < -10, 'the peak of the scenario holds again');
	all('outage', [at.freed + 2, 3], gridW, (powerW) => powerW === 0);
	all('import limit', [at.freed + 6, 3], gridW, (powerW) => powerW >= -50 - 1e-6);
	all('demand response', [at.freed + 10, 3], gridW, (powerW) => powerW >= -100 - 1e-6);
	const price = column('grid_signals.price').slice(at.freed + 9, at.freed + 16);
	assert.equal(price, [0.2, 2, 2, 2, 2, 2, 0.2]);
	assert.ok(at.cancelled < at.freed + 20);
	all('cancelled', [at.freed + 20, 9], gridW, (powerW) => powerW < 0);
	all('island', [at.island, 3], gridW, (powerW) => powerW === 0);
	assert.ok((gridW[at.island + 3] as number) < 0);
	all('charge by Vessim’s API', [at.vessim, 2], batteryW, (powerW) => powerW === 100);
	all('limit by it', [at.limited, 2], gridW, (powerW) => powerW >= -40 - 1e-6);
	all('island by it', [at.away, 2], gridW, (powerW) => powerW === 0);
	assert.ok((gridW[at.away + 2] as number) < 0);
	// The second replica takes 120 s to start.
	const second = readRows(folder, 'usage.csv').filter(({ replica }) => replica === 'replica-2');
	const on = second.map((row) => numberIn(row, 'on'));
	assert.equal([on[at.capped - 1], on.at(-1)], [0, 1]);
}

async function checkRun(placement: Placed): Promise<void> {
	const api = await serveApi();
	try {
		const steps = await paused(api, placement);
		const { run, folder } = steps;
		const { body: controls } = await api.ask('GET', `${run}/controls`);
		const keys = controls.map(({ key }: { key: string }) => key).sort();
		const known = ['capW', 'chargePowerW', 'island', 'minSoc', 'peakW', 'rechargeBelowW'];
		assert.equal(keys, known);
		await refusesWhatCannotBe(steps);
		const at = await tellAll(steps);
		await api.ask('POST', `${run}/resume`);
		await untilIs(api, run, 'over');
		checkTables(folder, at);
		await checkLog(steps, at);
		assert.equal(
			(await api.ask('POST', `${run}/commands`, { command: set('capW', 1) })).status,
			409,
		);
		// Repeated in one process, whatever it was in.
		const again = await replayRun(folder, { report: false });
		assert.equal(again.tables.different, []);
		sameTables(again.folder, folder);
	} finally {
		await api.close();
	}
}

async function refusesWhatCannotBe({ api, run }: Steps): Promise<void> {
	const signal = {
		...{ type: 'signal', actor: 'carbon', quantity: 'carbon', unit: 'gCO2eq/kWh', points: [] },
		...{ receivedAtMs: 0, from: 'me' },
	};
	const cases: readonly (readonly [number, object, RegExp])[] = [
		[409, set('minSoc', 2), /"minSoc" cannot be 2/],
		[409, set('voltage', 1), /has a control "voltage"; there are: /],
		[409, { type: 'replicas', replicas: 3 }, /it has places for 2 replicas/],
		[409, signal, /no actor "carbon" of it follows a feed of carbon/],
		[409, { ...set('capW', 1), site: 'Atlantis' }, /it has no site "Atlantis"/],
		[400, { type: 'jump' }, /^Cannot take body\.command/],
		[400, { ...set('capW', 1), more: 1 }, /^Cannot take body\.command/],
	];
	for (const [status, command, message] of cases) {
		const answer = await api.ask('POST', `${run}/commands`, { command });
		assert.is(answer.status, status, JSON.stringify(answer.body));
		assert.match(answer.body.error.message, message);
	}
	const stranger = event('x', 0, 1, { event: 'outage', actors: ['battery'] });
	const answer = await api.ask('POST', `${run}/grid-events`, { event: stranger });
	assert.equal([answer.status, answer.body.error.code], [409, 'conflict']);
}

/** The log has all of it in its order, with who said it; what was refused is not there. */
async function checkLog({ api, run, folder }: Steps, at: { readonly charged: number }) {
	const lines = readFileSync(join(folder, 'commands.jsonl'), 'utf8').trim().split('\n');
	const log = lines.map((line) => JSON.parse(line));
	assert.equal((await api.ask('GET', `${run}/commands`)).body, log);
	assert.equal([...new Set(log.map(({ by }) => by))], ['api']);
	assert.is(log[0].fromUs, at.charged * MINUTE_US);
	const what = log.map(({ command }) => command.key ?? command.event ?? command.type);
	assert.equal(what, [
		...['chargePowerW', 'chargePowerW', 'capW', 'minSoc', 'replicas', 'peakW'],
		...['capW', 'peakW', 'outage', 'import-limit', 'demand-response', 'price', 'outage'],
		...['cancelled', 'island', 'island', 'minSoc', 'chargePowerW', 'minSoc', 'chargePowerW'],
		...['import-limit', 'cancelled', 'island', 'island'],
	]);
}

test('each command over HTTP does to a run in one process what it says, is logged and repeated', () =>
	checkRun({ mode: 'in-process' }));

if ((await natsBinaryForTests()) !== null)
	test('each command over HTTP does the same to a run in several processes behind the server', () =>
		checkRun({ mode: 'processes', processes: 3 }));

test.run();
