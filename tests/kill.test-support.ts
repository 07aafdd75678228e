import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { COMMITS } from '../services/recorder/commits.ts';
import { gridbeat, type RunningCli, tempFolder } from './cli.ts';
import { descendants, type Process } from './proc.test-support.ts';
import type { ScenarioText } from './whole-run.test-support.ts';

/** Kills of one process of a run at a moment that the run itself tells, and what such a run is compared with. */
const LOOK_MS = 15;
const LEFT_LOOK_MS = 50;
const LEFT_LIMIT_MS = 120_000;

/** When: so long after the process has begun, or once so much is recorded, in seconds of simulated time. */
export type Moment = { readonly afterMs: number } | { readonly recordedS: number };

/** A run that is going on, and who of it is killed when. */
export interface Strike {
	readonly cli: RunningCli;
	/** Of the run. */
	readonly folder: string;
	/** `command`, `nats-server`, or the name of a host. */
	readonly victim: string;
	readonly when: Moment;
}

/** Waits for the moment, kills, and waits for the end of the command. Returns the processes that there were. */
export async function strike({ cli, folder, victim, when }: Strike): Promise<readonly Process[]> {
	const isOver = await atMoment(cli, folder, when, () => processOf(cli, victim) !== undefined);
	const all = descendants(cli.pid);
	const pid = processOf(cli, victim);
	try {
		if (!isOver && pid !== undefined) process.kill(pid, 'SIGKILL');
	} catch {
		// It has ended by itself just now.
	}
	await cli.ended;
	return all;
}

/** Waits for a moment of a run. Returns whether the command has ended before. */
export async function atMoment(
	cli: RunningCli,
	folder: string,
	when: Moment,
	hasBegun = () => true,
): Promise<boolean> {
	let isOver = false;
	void cli.ended.then(() => {
		isOver = true;
	});
	if ('recordedS' in when) {
		let isBegun = false;
		while (!isOver) {
			const nowS = recordedS(folder);
			isBegun ||= nowS !== null;
			if (nowS === null ? isBegun : nowS >= when.recordedS) break;
			await sleep(LOOK_MS);
		}
	} else {
		while (!isOver && !hasBegun()) await sleep(LOOK_MS);
		await sleep(when.afterMs);
	}
	return isOver;
}

/** The process of a victim, of those that a command has started. */
export function processOf(cli: RunningCli, victim: string): number | undefined {
	return victim === 'command' ? cli.pid : descendants(cli.pid).find(isVictim(victim))?.pid;
}

const isVictim = (victim: string) => (process: Process) =>
	victim === 'nats-server'
		? (process.args[0]?.endsWith('nats-server') ?? false)
		: process.args.includes('--host') && process.args.includes(victim);

/** Up to when a run is recorded at all its sites, in seconds of simulated time; null before it begins and once it has ended. */
function recordedS(folder: string): number | null {
	const sites = join(folder, 'sites');
	const folders = existsSync(sites)
		? readdirSync(sites).map((site) => join(sites, site))
		: [folder];
	const logged = folders.map(loggedS).filter((timeS) => timeS !== null);
	return logged.length === 0 ? null : Math.min(...logged);
}

/** What the last whole line of a log of windows says; this is read many times a second. */
function loggedS(folder: string): number | null {
	let text: string;
	try {
		text = readFileSync(join(folder, COMMITS), 'utf8');
	} catch {
		return null;
	}
	const end = text.lastIndexOf('\n');
	const line = text.slice(text.lastIndexOf('\n', end - 1) + 1, Math.max(0, end));
	const { untilUs } = (line === '' ? {} : JSON.parse(line)) as { untilUs?: number };
	return (untilUs ?? 0) / 1e6;
}

/** Waits until none of them lives. */
export async function assertNoneLeft(all: readonly Process[]): Promise<void> {
	const isAlive = ({ pid, args }: Process) => {
		try {
			return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === args.join('\0');
		} catch {
			return false;
		}
	};
	for (let waitedMs = 0; ; waitedMs += LEFT_LOOK_MS) {
		const left = all.filter(isAlive);
		if (left.length === 0) return;
		const who = left.map(({ args }) => args.join(' '));
		assert.ok(waitedMs < LEFT_LIMIT_MS, `${who} outlived the run`);
		await sleep(LEFT_LOOK_MS);
	}
}

const undisturbed = new Map<string, Promise<string>>();

/** The folder of the same run in one process that nobody disturbs; made once in each process of tests. */
export function undisturbedRun(scenario: ScenarioText): Promise<string> {
	const text = stringify(scenario);
	const folder = undisturbed.get(text) ?? runInOneProcess(text);
	undisturbed.set(text, folder);
	return folder;
}

async function runInOneProcess(scenario: string): Promise<string> {
	const folder = tempFolder();
	const [path, out] = [join(folder, 'scenario.yaml'), join(folder, 'run')];
	writeFileSync(path, scenario);
	const { code, stderr } = await gridbeat(['run', path, '--in-process', '--out', out]);
	assert.is(code, 0, stderr);
	return out;
}

/** The tables of a run, and of its sites, by their path in the run folder. */
export function tablesOf(folder: string): Map<string, string> {
	const tables = new Map<string, string>();
	for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
		if (/(^|\/)(timeseries|request_metrics|usage|weather|batch_metrics)\.csv$/.test(name))
			tables.set(name, readFileSync(join(folder, name), 'utf8'));
	return tables;
}

/** All but what says when and where the run was, and how often it was set back. */
const OWN =
	/(^|\/)(metadata\.yaml|experiment\.json|simulation_metrics\.txt|report\.html|weather\.html)$/;

/** Asserts that a complete run has the files of another one of the same scenario, byte for byte. */
export function assertSameFiles(folder: string, expectedFolder: string): void {
	const [files, expected] = [pathsIn(folder), pathsIn(expectedFolder)];
	assert.equal(files, expected);
	assert.ok(files.length > 4, 'there is something to compare');
	for (const path of files.filter((path) => !OWN.test(path))) {
		const [one, other] = [folder, expectedFolder].map((root) => readFileSync(join(root, path)));
		assert.ok(one?.equals(other as Buffer), `${path} is the same as in the undisturbed run`);
	}
}

function pathsIn(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
		.sort();
}
