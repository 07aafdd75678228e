import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { type Env, eventually, type RunningCli, startGridbeat, tempFolder } from './cli.ts';
import { assertSameFiles, atMoment, processOf, undisturbedRun } from './kill.test-support.ts';

/** Runs that are struck, and what strikes them: see fault-matrix.test.ts. */

/** With the limits of a run as they are, and times as long as a machine sleeps; else as short as a test bears. */
export const IS_LONG = process.env['GRIDBEAT_FAULTS'] === 'long';
/** Who gives no sign for 6 times this is given up. */
const WAIT_LIMIT_MS = IS_LONG ? 5_000 : 1_000;
/** A process stands still so long and is waited for, or is given up; and the same of a network. */
export const STILL_MS = IS_LONG ? 20_000 : 1_500;
export const LONG_STILL_MS = IS_LONG ? 60_000 : 9_000;
export const CUT_MS = IS_LONG ? 10_000 : 1_500;
export const LONG_CUT_MS = LONG_STILL_MS;
/** A run that does not come so far in this time never does. */
const COMES_MS = 240_000;
export const GOES_ON = /; going on from \d/;

/** Simulated seconds a second: without a pace a run would be over before anything can happen to it. */
const PACE = 400;
export const SCENARIO = {
	// A run that stood still makes up for it at full speed, the pace being absolute: there has to be enough of it left to strike.
	until: '4h',
	serving: { replicas: 1 },
	requests: { qps: 0.1 },
	carbon: { source: 'constant', valueGPerKwh: 400, kind: 'average' },
	outputs: { batches: true },
};
const ACTORS = ['battery', 'carbon', 'controller', 'recorder', 'replica-1', 'router', 'solar'];

/** How a run is placed and led. */
export interface Struck {
	/** Actors with a process of their own; the others share one. */
	readonly alone?: readonly string[];
	readonly external?: readonly string[];
	readonly env?: Env;
	readonly args?: readonly string[];
}

/** A run that something happens to. */
export interface StruckRun {
	readonly cli: RunningCli;
	readonly folder: string;
	/** Waits until so much is recorded, in seconds of simulated time, or until it is over. Returns whether it goes on. */
	comesTo(recordedS: number): Promise<boolean>;
	/** The process of a victim, as `strike` names them. */
	pidOf(victim: string): number;
	/** What it said of how it went. */
	story(): string;
	/** It comes to its end with the files of a run that nothing happened to. */
	assertUndisturbed(): Promise<void>;
}

/** Of what a run said: why it failed stands at its end. */
const ENDING_LENGTH = 1_000;

export function startStruck(struck: Struck = {}): StruckRun {
	const { alone = [], external = [], env = {}, args: more = [] } = struck;
	const rest = ACTORS.filter((name) => !alone.includes(name) && !external.includes(name));
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify({ ...SCENARIO, placement: { hosts: { rest }, external } }));
	const folder = join(tempFolder(), 'run');
	const limits = { GRIDBEAT_WAIT_LIMIT_MS: String(WAIT_LIMIT_MS), GRIDBEAT_CHECKPOINT_MS: '0' };
	const args = ['run', path, '--pace', String(PACE), ...more, '--out', folder];
	const cli = startGridbeat(args, { ...limits, ...env });
	const isOverBefore = (recordedS: number) =>
		Promise.race([
			atMoment(cli, folder, { recordedS }),
			sleep(COMES_MS, 'too late', { ref: false }),
		]);
	const story = () => cli.said().split('\nIn brief\n')[0] ?? '';
	return {
		...{ cli, folder },
		pidOf(victim) {
			const pid = processOf(cli, victim);
			if (pid === undefined) throw new Error(`there is no process of ${victim}`);
			return pid;
		},
		async comesTo(recordedS) {
			const isOver = await isOverBefore(recordedS);
			assert.is.not(isOver, 'too late', `${recordedS} s are not recorded:\n${story()}`);
			return !isOver;
		},
		story,
		async assertUndisturbed() {
			const { code } = await cli.ended;
			assert.is(code, 0, `${story()}\n…\n${cli.said().slice(-ENDING_LENGTH)}`);
			assertSameFiles(folder, await undisturbedRun(SCENARIO));
		},
	};
}

/** Stops a process for a while. */
export async function stillFor(run: StruckRun, victim: string, ms: number): Promise<void> {
	const pid = run.pidOf(victim);
	process.kill(pid, 'SIGSTOP');
	await sleep(ms);
	wake(pid);
}

/** A process that was stopped goes on, unless it was given up and ended. */
export function wake(pid: number): void {
	try {
		process.kill(pid, 'SIGCONT');
	} catch {
		// It is gone.
	}
}

/** Waits until a command has said something so often, from a place of its output on. */
export async function says(cli: RunningCli, pattern: RegExp, times = 1, from = 0): Promise<void> {
	const all = new RegExp(pattern.source, 'g');
	await eventually(
		`${pattern}`,
		async () => {
			const isOver = await Promise.race([cli.ended.then(() => true), sleep(0, false)]);
			if ([...cli.said().slice(from).matchAll(all)].length >= times) return true;
			if (isOver) throw new Error(`never said ${pattern}`);
			return null;
		},
		IS_LONG ? 200_000 : undefined,
	);
}

const servers = new Set<ChildProcess>();
process.on('exit', () => {
	for (const server of servers) server.kill('SIGKILL');
});

/** A nats-server of the user's that can be killed, and started again with what it had kept. */
export interface OwnServer {
	readonly url: string;
	readonly port: number;
	readonly store: string;
	/** Where it says how it is. */
	readonly monitorUrl: string;
	kill(signal: NodeJS.Signals): Promise<void>;
}

/** @param before gives its port and its store to the next */
export async function startOwnServer(
	binary: string,
	{ store = tempFolder(), port = -1 }: Partial<Pick<OwnServer, 'store' | 'port'>> = {},
	lines: readonly string[] = [],
): Promise<OwnServer> {
	const folder = tempFolder();
	const config = join(folder, 'nats.conf');
	const jetstream = `jetstream { store_dir: ${JSON.stringify(store)} }`;
	const own = [
		`listen: "127.0.0.1:${port}"`,
		'http: "127.0.0.1:-1"',
		`ports_file_dir: ${JSON.stringify(folder)}`,
	];
	writeFileSync(config, [...own, jetstream, ...lines].join('\n'));
	const server = spawn(binary, ['-c', config], { stdio: 'ignore' });
	servers.add(server);
	server.unref();
	const ports = await eventually('the ports file of nats-server', () => {
		const name = readdirSync(folder).find((file) => file.endsWith('.ports'));
		const text = name === undefined ? '' : readFileSync(join(folder, name), 'utf8');
		if (!text.trimEnd().endsWith('}')) return null;
		return JSON.parse(text) as { readonly nats: [string]; readonly monitoring: [string] };
	});
	const [url] = ports.nats;
	const [monitorUrl] = ports.monitoring;
	const kill = (signal: NodeJS.Signals) =>
		new Promise<void>((resolve) => {
			server.once('exit', () => {
				servers.delete(server);
				resolve();
			});
			server.ref();
			server.kill(signal);
		});
	return { url, port: Number(new URL(url).port), store, monitorUrl, kill };
}
