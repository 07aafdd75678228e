import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { TimeActor } from '../kernel/actor/contract.ts';
import { namedPrng } from '../kernel/actor/random.ts';
import { parseDuration } from '../protocol/scenario/duration.ts';
import { HOUR_US, SECOND_US } from '../protocol/time.ts';
import { CarbonConfig } from '../services/carbon/config.ts';
import { carbonKind } from '../services/carbon/kind.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/**
 * What Vessim's own tests expect in numbers and is not held elsewhere. The others: batteries
 * beside services/battery/, the policy in services/controller/vessim.test.ts, traces in feeds/signal/.
 */

test('StaticSignal(42).at() is 42: a constant signal has its value at any time', () => {
	const config = CarbonConfig.parse({
		...{ stepUs: HOUR_US, startEpochMs: 0, timezone: 'UTC', forecast: null },
		source: { type: 'constant', kind: 'average', valueGPerKwh: 42 },
	});
	const env = { name: 'carbon', random: namedPrng, announce: () => {} };
	const actor = carbonKind.create(config, env) as TimeActor<null>;
	const told: number[] = [];
	const outputs = [
		{ append: (_: number, row: ArrayLike<number>) => void told.push(row[0] as number) },
	];
	for (const hour of [0, 1, 10_000]) {
		const span = { fromUs: hour * HOUR_US, untilUs: (hour + 1) * HOUR_US };
		actor.step(null, span, [], outputs);
	}
	assert.equal(told, [42, 42, 42]);
});

test('run(until) takes 3600, 3600.5 and a time delta', () => {
	assert.is(parseDuration(3600, 'until'), HOUR_US);
	assert.is(parseDuration(3600.5, 'until'), HOUR_US + SECOND_US / 2);
	assert.is(parseDuration('1h30min', 'until'), 1.5 * HOUR_US);
	assert.throws(() => parseDuration('2020-01-01', 'until'), /give a positive time/);
});

/** Vessim's step in its logger tests: one microgrid of a consumer and a producer. */
async function log(until: string, step: string) {
	const folder = tempFolder();
	const [path, out] = [join(folder, 'scenario.yaml'), join(folder, 'run')];
	const load = 'loads: [{type: constant, name: load, powerW: 100}]';
	writeFileSync(path, `serving: null\ncarbon: null\n${load}\n`);
	const args = ['run', path, '--in-process', '--until', until, '--step', step, '--out', out];
	const { code, stderr } = await gridbeat(args);
	assert.is(code, 0, stderr);
	return readRows(out, 'timeseries.csv');
}

test('a log has one row a step, and half a second more is one more step of half a second', async () => {
	assert.is((await log('3600', '300s')).length, 12);
	assert.is((await log('10.5', '0.5s')).length, 21);
});

test('a log has the columns that Vessim’s logger has, in its order', async () => {
	const [row = {}] = await log('300', '300s');
	const ours = Object.keys(row);
	const theirs = [
		...['microgrid', 'time', 'p_delta', 'p_grid'],
		...['actor_states.load.power', 'actor_states.solar.power'],
		...['policy_state.mode', 'policy_state.charge_power'],
		...['dispatch_states.battery.soc', 'dispatch_states.battery.charge_level', 'grid_signals'],
	];
	assert.equal(ours.slice(0, theirs.length), theirs);
});

test('a trace cannot loop: no key asks for it, and none is passed over in silence', async () => {
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, 'loads:\n  - {type: trace, name: x, path: x.csv, overflow: loop}\n');
	const { code, stderr } = await gridbeat(['validate', path]);
	assert.is(code, 2);
	assert.match(stderr, /"loads\.0\.overflow" .*unknown key/);
});

test.run();
