import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse as parseYaml } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { SignalCommand } from '../protocol/commands.ts';
import type { RunMetadata } from '../protocol/run-folder/metadata.ts';
import { type RunHandle, simulate } from '../run/gridbeat.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { replayRun } from '../run/replay.ts';
import { eventually, tempFolder } from './cli.ts';
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

/** Whole runs that follow a feed which dies in their course and comes back. */
const test = suite('live feeds');

/** A feed that says 200, falls silent for longer than it may, and comes back with 100. */
async function dieAndComeBack(run: RunHandle, feed: FakeFeed): Promise<void> {
	await eventually('a run that pauses', async () => {
		const state = await run.state().catch(() => null);
		return state?.phase === 'paused' ? state : null;
	});
	await run.step(5);
	const isOfCarbon = ({ actor }: SignalCommand) => actor === 'carbon';
	await stepUntil(
		run,
		'that nothing is new',
		(one) => isOfCarbon(one) && one.receivedAtMs > 0 && signals(run).filter(isOfCarbon).length > 2,
	);
	await feed.die();
	await stepUntil(run, 'the failure', (one) => isOfCarbon(one) && one.heard === 'failure');
	await run.step(STALE_MIN + 10);
	feed.value = 100;
	await feed.open();
	await stepUntil(
		run,
		'what it says when it is back',
		(one) => isOfCarbon(one) && one.points.at(-1)?.value === 100,
	);
	await stepUntil(
		run,
		'what the load is when it is back',
		({ actor, points }) => actor === 'building' && points.at(-1)?.value === 200,
	);
	await run.step(3);
}

async function runIt(feed: FakeFeed, placement: object): Promise<string> {
	const out = join(tempFolder(), 'run');
	let steering: Promise<void> = Promise.resolve();
	await feed.open();
	try {
		const { folder } = await simulate(scenarioOf(feed, placement), {
			...{ out, command: 'test' },
			onHandle(run) {
				run.pause();
				steering = dieAndComeBack(run, feed).finally(() => run.resume());
			},
		});
		await steering;
		return folder;
	} finally {
		await feed.die();
	}
}

function checkFolder(folder: string): void {
	const rows = rowsOf(folder, 'timeseries.csv');
	assert.is(rows.length, 240);
	const carbon = rows.map((row) => Number(row['grid_signals.carbon']));
	assert.equal(carbon, heldByMinute(folder, 240));
	assert.ok(carbon.includes(PROFILE) && carbon[0] === 200 && carbon.includes(100));
	const load = rows.map((row) => Number(row['actor_states.building.power']));
	assert.ok(load[0] === -400 && load[239] === -200 && new Set(load).size === 2);
	const metadata = parseYaml(readFileSync(join(folder, 'metadata.yaml'), 'utf8')) as RunMetadata;
	assert.is(metadata.gridbeat.status, 'complete');
	assert.is(metadata.gridbeat.refused_messages, 0);
	assert.equal(
		metadata.gridbeat.feeds?.map(({ actor, times, stale_after_s, when_stale }) => ({
			...{ actor, times, stale_after_s, when_stale },
		})),
		[
			{ actor: 'building', times: 'arrival', stale_after_s: 36_000, when_stale: 'hold' },
			{ actor: 'carbon', times: 'arrival', stale_after_s: 60 * STALE_MIN, when_stale: 'profile' },
		],
	);
	const feeds = rowsOf(folder, 'feeds.csv');
	assert.is(feeds.length, commandsOf(folder).length);
	const failure = feeds.find(({ actor, heard }) => actor === 'carbon' && heard === 'failure');
	assert.match(failure?.['note'] ?? '', /^Cannot fetch/);
	const back = feeds.find(({ actor, value }) => actor === 'carbon' && value === '100');
	assert.match(back?.['from'] ?? '', /^http:\/\/127\.0\.0\.1:\d+\/now$/);
	assert.is(back?.['unit'], 'g/kWh');
	const silent = carbon.indexOf(PROFILE);
	assert.is(carbon.indexOf(100), Number(back?.['acts_from']) / 60);
	const page = readFileSync(join(folder, 'report.html'), 'utf8');
	assert.match(page, `Silent from ${silent} min to ${Number(back?.['acts_from']) / 60} min`);
	assert.match(page, /the profile held/);
}

/** By its log alone: the feed is not there any more. */
async function checkReplay(folder: string): Promise<void> {
	const { tables } = await replayRun(folder, { placement: IN_PROCESS });
	assert.equal(tables.different, []);
	assert.ok(['timeseries.csv', 'feeds.csv'].every((name) => tables.same.includes(name)));
}

test('in one process: a feed that dies and comes back leaves a run that says what held', async () => {
	const folder = await runIt(new FakeFeed(), { mode: 'in-process' });
	checkFolder(folder);
	await checkReplay(folder);
});

test('in processes: the same', async () => {
	if (natsBinaryForTests() === null) return;
	const folder = await runIt(new FakeFeed(), {});
	checkFolder(folder);
	await checkReplay(folder);
});

test.run();
