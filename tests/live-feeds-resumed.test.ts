import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { SignalCommand } from '../protocol/commands.ts';
import { type RunHandle, resumeRun } from '../run/gridbeat.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { replayRun } from '../run/replay.ts';
import { eventually, type RunningCli, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps } from './hosts.test-support.ts';
import { assertNoneLeft, processOf } from './kill.test-support.ts';
import {
	commandsOf,
	FakeFeed,
	heldByMinute,
	PROFILE,
	rowsOf,
	STALE_MIN,
	scenarioOf,
	signals,
	stepUntil,
} from './live-feeds.test-support.ts';
import { descendants } from './proc.test-support.ts';
import { balances, begun } from './steered-runs.test-support.ts';

/** Runs that follow a feed, are killed, and are gone on with from their folders alone while the feed is away. */
const test = suite('live feeds of resumed runs');

/** Long enough at the speed of the run that no machine gets to its end before it is killed. */
const HOURS = 24;
const SPEED = 600;

/** Whether the log of a run has a word of the carbon feed so far. */
function hasHeard(folder: string, heard: (signal: SignalCommand) => boolean): boolean {
	if (!existsSync(join(folder, 'commands.jsonl'))) return false;
	return wholeCommands(folder).some(
		({ command }) => command.type === 'signal' && command.actor === 'carbon' && heard(command),
	);
}

/** A line may be on its way. */
function wholeCommands(folder: string) {
	const text = readFileSync(join(folder, 'commands.jsonl'), 'utf8');
	return text.endsWith('\n') ? commandsOf(folder) : [];
}

const says = (value: number) => (signal: SignalCommand) => signal.points.at(-1)?.value === value;

/** Follows a feed that says 200, then 300, until the command is killed. */
async function untilKilled(
	feed: FakeFeed,
	flags: readonly string[],
	strike: (run: RunningCli, folder: string) => Promise<void>,
): Promise<string> {
	const path = join(tempFolder(), 'scenario.yaml');
	writeFileSync(path, stringify({ ...scenarioOf(feed, {}), until: `${HOURS}h` }));
	const folder = join(tempFolder(), 'run');
	const run = startGridbeat(['run', path, '--speed', String(SPEED), ...flags, '--out', folder], {
		GRIDBEAT_CHECKPOINT_MS: '0',
	});
	const heard = (value: number) =>
		eventually(`${value} g/kWh in the log of ${run.said()}`, () =>
			hasHeard(folder, says(value)) ? true : null,
		);
	await recordsSteps(folder);
	await heard(200);
	feed.value = 300;
	await heard(300);
	await strike(run, folder);
	feed.value = 250;
	await heard(250);
	await eventually('a checkpoint', () => existsSync(join(folder, 'checkpoint.bin')) || null);
	const all = descendants(run.pid);
	run.signal('SIGKILL');
	await run.ended;
	await assertNoneLeft(all);
	return folder;
}

/** The feed is away when the run is gone on with, for longer than it may, and comes back with 100. */
async function comeBack(run: RunHandle, feed: FakeFeed): Promise<void> {
	await begun(run);
	run.setSpeed(null);
	const before = signals(run).length;
	const isNew = (signal: SignalCommand) => signals(run).indexOf(signal) >= before;
	await stepUntil(
		run,
		'the failure',
		(one) => isNew(one) && one.actor === 'carbon' && one.heard === 'failure',
	);
	await run.step(STALE_MIN + 10);
	feed.value = 100;
	await feed.open();
	for (const [actor, value] of [
		['carbon', 100],
		['building', 200],
	] as const)
		await stepUntil(
			run,
			`what ${actor} is when it is back`,
			(one) => one.actor === actor && one.points.at(-1)?.value === value,
		);
	await run.step(3);
}

async function goesOn(
	flags: readonly string[],
	placement: object,
	strike: (run: RunningCli, folder: string) => Promise<void> = async () => {},
): Promise<void> {
	const feed = new FakeFeed();
	await feed.open();
	try {
		const folder = await untilKilled(feed, flags, strike);
		const before = commandsOf(folder);
		await feed.die();
		let steering: Promise<void> = Promise.resolve();
		await resumeRun(folder, {
			...placement,
			onHandle(run) {
				run.pause();
				steering = comeBack(run, feed).finally(() => run.resume());
			},
		});
		await steering;
		assert.equal(commandsOf(folder).slice(0, before.length), before);
		checkFolder(folder);
		await feed.die();
		const { tables } = await replayRun(folder, { placement: IN_PROCESS });
		assert.equal(tables.different, []);
		assert.ok(['timeseries.csv', 'feeds.csv'].every((name) => tables.same.includes(name)));
	} finally {
		await feed.die();
	}
}

function checkFolder(folder: string): void {
	balances(folder);
	const rows = rowsOf(folder, 'timeseries.csv');
	assert.is(rows.length, HOURS * 60);
	const carbon = rows.map((row) => Number(row['grid_signals.carbon']));
	assert.equal(carbon, heldByMinute(folder, HOURS * 60));
	// What was heard last before a process was killed may act in the same step as what comes after it.
	for (const value of [200, 250, 100, PROFILE])
		assert.ok(carbon.includes(value), `${value} g/kWh held`);
	assert.is(rowsOf(folder, 'feeds.csv').length, commandsOf(folder).length);
	assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), 'the profile held');
}

test('in one process: a run that follows a feed is killed and goes on as if it had not been', async () => {
	await goesOn(['--in-process'], {});
});

test('in processes: the same, after the process with the feed was killed, too', async () => {
	if (natsBinaryForTests() === null) return;
	await goesOn([], {}, async (run) => {
		const pid = processOf(run, 'carbon');
		assert.ok(pid, run.said());
		process.kill(pid, 'SIGKILL');
		await eventually('a setback', () => (/setback 1/.test(run.said()) ? true : null));
	});
});

test('a run in one process goes on in processes', async () => {
	if (natsBinaryForTests() === null) return;
	const placement = { mode: 'processes', hosts: {}, external: [], processes: 3 };
	await goesOn(['--in-process'], { placement });
});

test.run();
