import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse as parseYaml } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import type { SignalCommand } from '../protocol/commands.ts';
import { LoggedCommand } from '../protocol/run-folder/commands.ts';
import type { RunMetadata } from '../protocol/run-folder/metadata.ts';
import { MINUTE_US } from '../protocol/time.ts';
import { type RunHandle, type ScenarioSource, simulate } from '../run/gridbeat.ts';
import { IN_PROCESS } from '../run/launch/placement.ts';
import { replayRun } from '../run/replay.ts';
import { eventually, tempFolder } from './cli.ts';

/** Whole runs that follow a feed which dies in their course and comes back. */
const test = suite('live feeds');

const STALE_MIN = 20;
const PROFILE = 900;

/** A feed on loopback that says its value, or is not there. */
class FakeFeed {
	value = 200;
	#server: Server | null = null;
	#port = 0;

	get url(): string {
		return `http://127.0.0.1:${this.#port}/now`;
	}

	async open(): Promise<void> {
		const server = createServer((_request, response) => {
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ intensity: this.value, power: this.value * 2 }));
		});
		await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
		const address = server.address();
		if (typeof address === 'object' && address !== null) this.#port = address.port;
		this.#server = server;
	}

	async die(): Promise<void> {
		const server = this.#server;
		server?.closeAllConnections();
		await new Promise((resolve) => server?.close(resolve));
	}
}

const scenarioOf = (feed: FakeFeed, placement: object): ScenarioSource => {
	const asked = { type: 'http', url: feed.url, every: '1s' } as const;
	// biome-ignore lint/suspicious/noThenProperty: a scenario says it so
	const staleness = { after: `${STALE_MIN}min`, then: 'profile' } as const;
	return {
		...{ start: '2024-06-20T06:00', until: '4h', step: '60s', window: '10min', serving: null },
		carbon: {
			source: 'feed',
			feed: { ...asked, value: 'intensity', kind: 'average', staleness },
			profile: { source: 'constant', valueGPerKwh: PROFILE },
		},
		loads: [
			{
				...{ type: 'feed', name: 'building' },
				feed: { ...asked, value: 'power', staleness: { after: '10h' } },
			},
		],
		// What holds decides what the battery does.
		policy: { type: 'carbon-arbitrage', chargeBelow: 150, dischargeAbove: 500 },
		placement,
	};
};

const signals = (run: RunHandle) =>
	run.commands().flatMap(({ command }) => (command.type === 'signal' ? [command] : []));

/** Steps until it has heard something. */
async function stepUntil(
	run: RunHandle,
	what: string,
	heard: (signal: SignalCommand) => boolean,
): Promise<void> {
	for (let i = 0; i < 60; i++) {
		if (signals(run).some(heard)) return;
		await sleep(500);
		await run.step(1);
	}
	assert.unreachable(`${what} was not heard`);
}

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

function rowsOf(folder: string, file: string): Record<string, string>[] {
	return parse(readFileSync(join(folder, file), 'utf8'), { columns: true }) as Record<
		string,
		string
	>[];
}

const commandsOf = (folder: string) =>
	readFileSync(join(folder, 'commands.jsonl'), 'utf8')
		.trimEnd()
		.split('\n')
		.map((line) => LoggedCommand.parse(JSON.parse(line)));

/** What held in each minute, worked out from the log alone. */
function heldByMinute(folder: string, minutes: number): number[] {
	const words = commandsOf(folder).flatMap(({ fromUs, command }) =>
		command.type === 'signal' && command.actor === 'carbon' && command.heard !== 'failure'
			? [{ minute: fromUs / MINUTE_US, value: command.points.at(-1)?.value ?? null }]
			: [],
	);
	return Array.from({ length: minutes }, (_, minute) => {
		const before = words.filter((word) => word.minute <= minute);
		const last = before.at(-1);
		if (last === undefined || minute >= last.minute + STALE_MIN) return PROFILE;
		return before.findLast(({ value }) => value !== null)?.value ?? Number.NaN;
	});
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
