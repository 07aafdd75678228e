import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { LoggedCommand } from '../protocol/run-folder/commands.ts';
import { MINUTE_US } from '../protocol/time.ts';
import { type RunHandle, type SimulateOptions, simulate } from '../run/gridbeat.ts';
import { eventually, tempFolder } from './cli.ts';
import { assertSameBytes } from './hosts.test-support.ts';

/** A program steers a run that it leads: in processes of its own and in one process, with the same results. */

interface Entry {
	readonly at: string;
	readonly replicas: number;
}

const scenario = (schedule: readonly Entry[]) => ({
	until: '1h',
	requests: { qps: 0.2 },
	serving: { replicas: 1, scaling: { max: 3, startupS: 300, schedule: [...schedule] } },
});

/** Leads a run that is paused from the start on, does something with it, and lets it go on to its end. */
async function steered(
	schedule: readonly Entry[],
	options: SimulateOptions,
	steer: (run: RunHandle) => Promise<void>,
): Promise<string> {
	const out = join(tempFolder(), 'run');
	let steering: Promise<void> = Promise.resolve();
	const { folder } = await simulate(scenario(schedule), {
		...{ out, command: 'test', ...options },
		onHandle(run) {
			run.pause();
			steering = begun(run)
				.then(() => steer(run))
				.finally(() => run.resume());
		},
	});
	await steering;
	return folder;
}

const begun = (run: RunHandle) =>
	eventually('a run that pauses', async () => {
		const state = await run.state().catch(() => null);
		return state?.phase === 'paused' ? state : null;
	});

const at = [
	{ at: '5m', replicas: 3 },
	{ at: '15m', replicas: 2 },
];

async function scaled(run: RunHandle): Promise<void> {
	assert.match((await run.command({ type: 'replicas', replicas: 9 }, 'api')) ?? '', /places for 3/);
	const wrong = { type: 'replicas', replicas: 2, watts: 3 } as const;
	assert.match((await run.command(wrong, 'api')) ?? '', /^it is no command: unknown key "watts"/);
	await run.step(5);
	assert.is(await run.command({ type: 'replicas', replicas: 3 }, 'api'), null);
	await run.step(10);
	const { completedUs, phase } = await run.state();
	assert.equal([completedUs, phase], [15 * MINUTE_US, 'paused']);
	assert.is(await run.command({ type: 'replicas', replicas: 2 }, 'user'), null);
	await run.step();
	assert.equal(
		run.commands().map(({ fromUs, by }) => [fromUs / MINUTE_US, by]),
		[
			[5, 'api'],
			[15, 'user'],
		],
	);
}

test('a run in one process pauses, goes step by step, and takes commands as if its scenario had them', async () => {
	const expected = await steered(at, { placement: 'in-process' }, async () => {});
	const events: string[] = [];
	const folder = await steered([], { placement: 'in-process' }, async (run) => {
		run.onEvent(({ event }) => events.push(event));
		await scaled(run);
	});
	assertSameBytes(folder, expected);
	const log = readFileSync(join(folder, 'commands.jsonl'), 'utf8').trim().split('\n');
	const [first] = log.map((line) => LoggedCommand.parse(JSON.parse(line)));
	assert.is(log.length, 2);
	assert.ok(Math.abs(Date.parse(first?.at ?? '') - Date.now()) < 3_600_000);
	assert.ok(
		events.includes('completed') && events.includes('resumed') && events.at(-1) === 'ended',
	);
});

if ((await natsBinaryForTests()) !== null) {
	test('so does a run in processes of its own', async () => {
		const expected = await steered(at, { placement: 'in-process' }, async () => {});
		assertSameBytes(await steered([], { placement: 'processes' }, scaled), expected);
	});
}

test('a handle says when nobody leads its run', async () => {
	let run: RunHandle | null = null;
	await simulate(
		{ until: '1h', serving: null, loads: [{ name: 'lamp', type: 'constant', powerW: 10 }] },
		{
			...{ out: join(tempFolder(), 'run'), placement: 'in-process' },
			onHandle(handle) {
				run = handle;
			},
		},
	);
	const handle = run as RunHandle | null;
	assert.match(
		(await handle?.command({ type: 'replicas', replicas: 1 }, 'user')) ?? '',
		/^it is not under way$/,
	);
	await handle?.state().then(
		() => assert.unreachable(),
		(error) => assert.match(error.message, /^Cannot reach the run ".*": it is not under way$/),
	);
	assert.is(handle?.dueUs(), null);
});

test.run();
