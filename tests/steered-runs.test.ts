import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { Command } from '../protocol/commands.ts';
import { MINUTE_US } from '../protocol/time.ts';
import { writeReport } from '../results/report/write-report.ts';
import { replayRun, resumeRun } from '../run/gridbeat.ts';
import { numberIn, readRows, tempFolder } from './cli.ts';
import * as fc from './properties.test-support.ts';
import {
	balances,
	type Said,
	STEERED,
	sameTables,
	set,
	steered,
} from './steered-runs.test-support.ts';

/** What controls and events of the grid do to a run, that its books balance, and that it is repeated with the same bytes. */

const PLAIN = steered(STEERED, []);

const column = async (folder: Promise<string> | string, name: string) =>
	readRows(await folder, 'timeseries.csv').map((row) => numberIn(row, name));

const minutes = (count: number) => count * MINUTE_US;

function event(more: object): Command {
	return {
		...{ type: 'grid-event', id: 'e', site: null, startUs: minutes(60), durationUs: minutes(30) },
		...more,
	} as Command;
}

test('a cap that is set acts from the step after on until it is given back to the rules', async () => {
	const folder = await steered(STEERED, [
		[10, set('capW', 200)],
		[40, set('capW', null)],
	]);
	const caps = readRows(folder, 'timeseries.csv').map((row) => row['policy_state.cap_per_gpu']);
	const capped = caps.flatMap((cap, k) => (cap === '200' || cap === '200.0' ? [k] : []));
	assert.equal([capped[0], capped.at(-1), capped.length], [10, 39, 30], String(caps.slice(8, 12)));
	balances(folder);
	const usage = async (one: Promise<string> | string) =>
		readRows(await one, 'usage.csv').map((row) => numberIn(row, 'gpu_power'));
	assert.not.equal(await usage(folder), await usage(PLAIN));
	sameTables(await steered(STEERED, [[10, set('capW', null)]]), await PLAIN);
});

test('a charge that is set is forced on batteries, a floor keeps what they hold, and an island leaves the grid alone', async () => {
	const folder = await steered(STEERED, [
		[5, set('chargePowerW', 300)],
		[20, set('chargePowerW', null)],
		[20, set('minSoc', 0.65)],
		[60, set('minSoc', null)],
		[70, set('island', true)],
		[90, set('island', false)],
	]);
	balances(folder);
	const batteryW = await column(folder, 'dispatch_states.battery.current_power');
	assert.ok(batteryW.slice(5, 20).every((powerW) => powerW === 300));
	const charge = await column(folder, 'policy_state.charge_power');
	assert.equal([charge[4], charge[5], charge[19], charge[20]], [0, 300, 300, 0]);
	const soc = await column(folder, 'dispatch_states.battery.soc');
	// The range of the step in which it is set was announced before.
	assert.ok(soc.slice(21, 61).every((one) => one >= Math.min(0.65, soc[21] as number)));
	const gridW = await column(folder, 'p_grid');
	assert.ok(gridW.slice(70, 90).every((powerW) => powerW === 0));
	assert.ok(gridW.slice(21, 60).every((powerW) => powerW < 0));
});

test('the best dispatch in hindsight keeps the floor that was set, and may go as low as one that was lowered', async () => {
	const path = join(tempFolder(), 'price.csv');
	writeFileSync(path, 'time,USD/kWh\n0,0.6\n3600,0.1\n7200,0.1\n');
	const priced = { ...STEERED, price: { source: 'trace', path } } as const;
	const costOf = async (said: Said) => {
		const { hindsight } = await writeReport(await steered(priced, said));
		const cost = hindsight.find(({ goal }) => goal === 'cost');
		if (cost === undefined) throw new Error('there is no best cost');
		assert.ok(cost.optimum <= cost.actual * (1 + 1e-6), JSON.stringify(cost));
		return cost;
	};
	const free = await costOf([]);
	// The battery is full while energy is dear, and may be emptied when it is cheap: more was not to be had.
	const kept = await costOf([
		[0, set('minSoc', 0.6)],
		[59, set('minSoc', null)],
	]);
	assert.ok(kept.optimum > 1.2 * free.optimum, `${kept.optimum} and ${free.optimum} USD`);
	assert.ok(kept.reached > 90, `${kept.reached} %`);
	const low = await costOf([[0, set('minSoc', 0)]]);
	assert.ok(low.actual < free.actual, 'it is emptied further');
});

test('a floor above what a battery holds makes no energy: it gives nothing and keeps what it gets', async () => {
	const folder = await steered(STEERED, [
		[0, set('minSoc', 0.9)],
		[30, set('chargePowerW', 400)],
	]);
	const levels = await column(folder, 'dispatch_states.battery.charge_level');
	const batteryW = await column(folder, 'dispatch_states.battery.current_power');
	for (let k = 1; k < levels.length; k++) {
		const stored = (levels[k] as number) - (levels[k - 1] as number);
		assert.ok(Math.abs(stored - (batteryW[k - 1] as number) / 60) < 1e-9, `step ${k}`);
		if (k > 1) assert.ok((batteryW[k] as number) >= 0, `step ${k}`);
	}
});

test('an outage, an import limit and a price hold in their time, one that is cancelled does not', async () => {
	const announced = event({ event: 'outage', id: 'storm' });
	const said: Said = [
		[0, set('minSoc', 0.9)],
		[5, announced],
		[6, event({ event: 'price', id: 'scarce', startUs: minutes(100), usdPerKwh: 2 })],
		[7, event({ event: 'import-limit', id: 'feeder', startUs: minutes(95), importLimitW: 50 })],
		[8, event({ event: 'outage', id: 'false', startUs: minutes(20) })],
		[15, event({ event: 'cancelled', id: 'false', startUs: 0, durationUs: 1 })],
	];
	const folder = await steered(STEERED, said);
	balances(folder);
	const gridW = await column(folder, 'p_grid');
	assert.ok(gridW.slice(60, 90).every((powerW) => powerW === 0));
	assert.ok(gridW.slice(95).every((powerW) => powerW >= -50 - 1e-9));
	assert.ok(gridW.slice(20, 50).some((powerW) => powerW < 0));
	const price = await column(folder, 'grid_signals.price');
	assert.equal([price[99], price[100], price[119]], [0.2, 2, 2]);
});

test('demand response keeps batteries for its time once it is announced, and the import below its target then', async () => {
	const response = event({ event: 'demand-response', id: 'evening', targetW: 100 });
	const scenario = {
		...STEERED,
		cap: [{ signal: 'event', above: 0, capWPerGpu: 150 } as const],
	};
	const folder = await steered(scenario, [[10, response]]);
	balances(folder);
	const batteryW = await column(folder, 'dispatch_states.battery.current_power');
	assert.ok(
		batteryW.slice(0, 10).some((powerW) => powerW < 0),
		'it is discharged before',
	);
	assert.ok(
		batteryW.slice(10, 60).every((powerW) => powerW >= 0),
		'it is kept',
	);
	const gridW = await column(folder, 'p_grid');
	assert.ok(
		gridW.slice(60, 90).every((powerW) => powerW >= -100 - 1e-6),
		'the target is kept',
	);
	const caps = readRows(folder, 'timeseries.csv').map((row) => row['policy_state.cap_per_gpu']);
	assert.equal([caps[59], Number(caps[60]), Number(caps[89]), caps[90]], ['', 150, 150, '']);
});

test('what cannot be is refused before it acts', async () => {
	await steered({ ...STEERED, until: '10m', policy: {} }, []).then(() => {});
	let refusals: (string | null)[] = [];
	const { simulate } = await import('../run/gridbeat.ts');
	await simulate(
		{ ...STEERED, until: '10m', policy: {} },
		{
			...{ out: join(tempFolder(), 'run'), placement: 'in-process', report: false },
			onHandle(run) {
				run.pause();
				void (async () => {
					const { begun } = await import('./steered-runs.test-support.ts');
					await begun(run);
					refusals = await Promise.all(
						[
							set('minSoc', 2),
							set('island', true),
							set('capW', 0),
							set('minSoc', 0.2, 'solar'),
						].map((command) => run.command(command, 'user')),
					);
					run.resume();
				})();
			},
		},
	);
	assert.equal(
		refusals.map((text) => text?.slice(0, 40)),
		[
			'"minSoc" cannot be 2: it is a number fro',
			'no actor of it has a control "island"; t',
			'"capW" cannot be 0: it is a number from ',
			'"solar" does not have a control "minSoc"',
		],
	);
});

const MANY: Said = [
	[3, set('capW', 180)],
	[3, { type: 'replicas', replicas: 2 }],
	[9, event({ event: 'demand-response', id: 'evening', targetW: 100 })],
	[17, set('minSoc', 0.5)],
	[30, set('capW', null)],
	[31, set('chargePowerW', -200)],
	[50, set('chargePowerW', null)],
	[50, event({ event: 'outage', id: 'storm', startUs: minutes(100), durationUs: minutes(5) })],
];

test('a run that was told much is replayed with the same bytes, in one process and in many', async () => {
	const folder = await steered(STEERED, MANY);
	balances(folder);
	const again = await replayRun(folder, { report: false });
	assert.equal(again.tables.different, []);
	assert.ok(again.tables.same.includes('timeseries.csv') && again.tables.same.length >= 4);
	sameTables(again.folder, folder);
	const log = (one: string) =>
		readFileSync(join(one, 'commands.jsonl'), 'utf8')
			.trim()
			.split('\n')
			.map((line) => JSON.parse(line));
	assert.equal(log(again.folder), log(folder));
	// A repetition is repeated as well.
	const third = await replayRun(again.folder, { report: false });
	sameTables(third.folder, folder);
	if ((await natsBinaryForTests()) === null) return;
	const out = join(tempFolder(), 'many');
	const placement = { mode: 'processes' as const, hosts: {}, external: [], processes: 3 };
	sameTables((await replayRun(folder, { out, placement, report: false })).folder, folder);
});

test('one that was stopped is resumed and replayed with its commands, up to where it came', async () => {
	const whole = await steered(STEERED, MANY);
	const stop = new AbortController();
	const folder = await steered(STEERED, MANY, {
		signal: stop.signal,
		onEvent(one) {
			if (one.event === 'completed' && one.untilUs >= minutes(60)) stop.abort();
		},
	});
	const rows = readRows(folder, 'timeseries.csv').length;
	assert.ok(rows < 120 && rows >= 50, `${rows} rows`);
	const replayed = await replayRun(folder, { report: false });
	assert.equal(replayed.tables.different, []);
	assert.is(readRows(replayed.folder, 'timeseries.csv').length, rows);
	await resumeRun(folder, { report: false });
	sameTables(folder, whole);
});

test('a run that nobody told anything is not replayed but run', async () => {
	await replayRun(await PLAIN).then(
		() => assert.unreachable(),
		(error) => assert.match(error.message, /^Cannot replay ".*": nothing came to it from outside/),
	);
});

test('whatever is set whenever, books balance and a replay is the same', async () => {
	const value = fc.oneof(
		fc.record({ key: fc.constant('capW'), value: fc.integer({ min: 1, max: 700 }) }),
		fc.record({ key: fc.constant('chargePowerW'), value: fc.integer({ min: -900, max: 900 }) }),
		fc.record({ key: fc.constant('minSoc'), value: fc.double({ min: 0, max: 1, noNaN: true }) }),
		fc.record({ key: fc.constant('island'), value: fc.boolean() }),
	);
	const one = fc.tuple(fc.integer({ min: 0, max: 58 }), value);
	await fc.assert(
		fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 6 }), async (drawn) => {
			const said = [...drawn]
				.sort(([a], [b]) => a - b)
				.map(([step, { key, value: to }]) => [step, set(key, to)] as const);
			const folder = await steered({ ...STEERED, until: '1h' }, said);
			balances(folder);
			const again = await replayRun(folder, { report: false });
			assert.equal(again.tables.different, []);
		}),
		{ numRuns: 4 },
	);
});

test.run();
