import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Command } from '../protocol/commands.ts';
import type { ScenarioInput } from '../run/gridbeat.ts';
import { type RunHandle, type SimulateOptions, simulate } from '../run/gridbeat.ts';
import { eventually, numberIn, readRows, tempFolder } from './cli.ts';

/** Two hours of a small site that has all that can be steered. */
export const STEERED: ScenarioInput = {
	until: '2h',
	requests: { qps: 0.1 },
	serving: { replicas: 1, scaling: { max: 2, startupS: 120, schedule: [] } },
	loads: [
		{ name: 'lamp', type: 'constant', powerW: 80 },
		{ name: 'pump', type: 'constant', powerW: 120 },
	],
	batteries: [
		{ name: 'battery', type: 'simple', capacityWh: 800, initialSoc: 0.6, minSoc: 0.1, cRate: 1 },
	],
	carbon: { source: 'constant', valueGPerKwh: 320, kind: 'average' },
	price: { source: 'constant', valueUsdPerKwh: 0.2 },
	policy: {
		shedding: { order: [{ load: 'pump' }, { load: 'lamp' }, { replicasCapWPerGpu: 120 }] },
	},
	cap: [],
};

/** What is said to a run, and after how many steps. */
export type Said = readonly (readonly [step: number, command: Command])[];

export function set(
	key: string,
	value: number | boolean | null,
	actor: string | null = null,
): Command {
	return { type: 'set', site: null, actor, key, value };
}

export const begun = (run: RunHandle) =>
	eventually('a run that pauses', async () => {
		const state = await run.state().catch(() => null);
		return state?.phase === 'paused' ? state : null;
	});

/** Runs a scenario that is told something at the starts of steps. @returns its run folder */
export async function steered(
	scenario: ScenarioInput,
	said: Said,
	options: SimulateOptions = {},
): Promise<string> {
	const out = options.out ?? join(tempFolder(), 'run');
	let steering: Promise<void> = Promise.resolve();
	const result = simulate(scenario, {
		...{ out, command: 'test', report: false, placement: 'in-process' },
		...options,
		onHandle(run) {
			run.pause();
			steering = begun(run)
				.then(() => tell(run, said))
				.finally(() => run.resume());
		},
	});
	const [folder] = await Promise.all([
		result.then(
			(one) => one.folder,
			(error) => {
				if (error.name === 'AbortError') return out;
				throw error;
			},
		),
		result.then(
			() => steering,
			() => {},
		),
	]);
	return folder;
}

async function tell(run: RunHandle, said: Said): Promise<void> {
	let at = 0;
	for (const [step, command] of said) {
		if (step > at) await run.step(step - at);
		at = Math.max(at, step);
		assert.is(await run.command(command, 'user'), null, JSON.stringify(command));
	}
}

/** Fails unless two run folders have the same tables, byte by byte. */
export function sameTables(folder: string, expected: string): void {
	const names = (one: string) => readdirSync(one).filter((name) => name.endsWith('.csv'));
	assert.equal(names(folder).sort(), names(expected).sort());
	for (const name of names(expected))
		assert.ok(
			readFileSync(join(folder, name)).equals(readFileSync(join(expected, name))),
			`${name} of ${folder} is that of ${expected}`,
		);
	assert.ok(existsSync(join(folder, 'timeseries.csv')));
}

/** Fails unless what flows in and out of a site adds up to nothing in each step. */
export function balances(folder: string): void {
	const rows = readRows(folder, 'timeseries.csv');
	assert.ok(rows.length > 0, 'there are steps');
	const all = Object.keys(rows[0] ?? {});
	const batteries = all.filter((name) => /^dispatch_states\..*\.current_power$/.test(name));
	const generators = all.filter((name) => /^generator_states\..*\.power$/.test(name));
	for (const row of rows) {
		const of = (name: string) => (all.includes(name) ? numberIn(row, name) : 0);
		const batteryW = batteries.reduce((sum, name) => sum + of(name), 0);
		const takenW = of('p_grid') + of('policy_state.curtailed') + batteryW;
		const generatedW = generators.reduce((sum, name) => sum + of(name), 0);
		const givenW = of('p_delta') + of('policy_state.unserved') + generatedW;
		const restW = givenW - takenW;
		assert.ok(Math.abs(restW) < 1e-6, `${row['time']}: ${restW} W are left`);
	}
}
