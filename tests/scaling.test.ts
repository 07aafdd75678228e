import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { LoggedCommand } from '../protocol/run-folder/commands.ts';
import { eventually, gridbeat, numberIn, readRows, startGridbeat, tempFolder } from './cli.ts';
import { assertSameBytes, recordsSteps, runInOneProcess } from './hosts.test-support.ts';

/** Replicas that are added and taken away in the course of a run, by its scenario and by its user. */
interface Entry {
	readonly at: string;
	readonly replicas: number;
}

function scenario(schedule: readonly Entry[]): string {
	const path = join(tempFolder(), 'scenario.yaml');
	const serving = { replicas: 1, scaling: { max: 3, startupS: 600, schedule } };
	const requests = { qps: 0.3, policy: 'least_outstanding' };
	writeFileSync(path, stringify({ until: '3h', requests, serving }));
	return path;
}

test('a replica draws nothing before it is added, idles while it starts, and ends what it has when it is taken away', async () => {
	const folder = await runInOneProcess([
		scenario([
			{ at: '30m', replicas: 3 },
			{ at: '90m', replicas: 2 },
		]),
	]);
	const { summary } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')).gridbeat;
	assert.match(summary, /^1 \(at most 3\) x /);
	const rows = readRows(folder, 'usage.csv').filter(({ replica }) => replica === 'replica-3');
	const within = (fromMin: number, untilMin: number) =>
		rows.filter((row) => {
			const timeS = numberIn(row, 'time_s');
			return timeS >= 60 * fromMin && timeS < 60 * untilMin;
		});
	const values = (some: typeof rows, column: string) => [
		...new Set(some.map((row) => numberIn(row, column))),
	];
	const off = [...within(0, 30), ...within(100, 180)];
	assert.equal(
		[values(off, 'gpu_power'), values(off, 'energy'), values(off, 'on')],
		[[0], [0], [0]],
	);
	const starting = within(30, 40);
	assert.equal(values(starting, 'on'), [1]);
	assert.equal(values(starting, 'busy'), [0]);
	assert.ok(values(starting, 'gpu_power').every((powerW) => powerW > 0));
	assert.equal(values(within(0, 40), 'arrived'), [0]);
	const last = rows.at(-1);
	assert.ok(numberIn(last, 'arrived') > 50, 'it served');
	const arrived = values(within(90, 180), 'arrived');
	assert.is(arrived.length, 1, 'nothing comes once it is taken away');
	const left = readRows(folder, 'request_metrics.csv').length;
	const all = readRows(folder, 'usage.csv').filter(
		({ time_s }) => Number(time_s) === numberIn(last, 'time_s'),
	);
	const here = all.reduce((sum, row) => sum + numberIn(row, 'outstanding'), 0);
	assert.is(
		all.reduce((sum, row) => sum + numberIn(row, 'arrived'), 0),
		left + here,
	);
});

if ((await natsBinaryForTests()) !== null) {
	test('a run that is scaled by its user, loses a process, then its command and is gone on with, is one whose scenario says so', async () => {
		const folder = join(tempFolder(), 'run');
		const args = [scenario([{ at: '150m', replicas: 1 }])];
		const run = startGridbeat(
			['run', ...args, '--pace', '300', '--processes', '3', '--out', folder],
			{ NATS_URL: undefined, GRIDBEAT_CHECKPOINT_MS: '0' },
		);
		await recordsSteps(folder);
		const refused = await gridbeat(['scale', folder, 'replica=4']);
		assert.is(refused.code, 2);
		assert.match(refused.stderr, /^Cannot scale the run ".*": it has places for 3 replicas/);
		assert.is((await gridbeat(['scale', folder, 'replica=3'])).code, 0);
		const log = join(folder, 'commands.jsonl');
		await eventually('the command in the log', () => existsSync(log));
		const { gridbeat: told } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
		process.kill(told.hosts[0].pid, 'SIGKILL');
		await eventually(`a setback in ${run.said()}`, () => /setback 1/.test(run.said()));
		assert.is((await gridbeat(['scale', folder, 'replica=2'])).code, 0);
		const commands = () =>
			readFileSync(log, 'utf8')
				.trim()
				.split('\n')
				.map((line) => LoggedCommand.parse(JSON.parse(line)))
				.flatMap(({ fromUs, command }) =>
					command.type === 'replicas' ? [{ fromUs, replicas: command.replicas }] : [],
				);
		await eventually('the second command in the log', () => commands().length === 2);
		run.signal('SIGKILL');
		await run.ended;
		appendFileSync(log, '{"fromUs":');
		const resumed = await gridbeat(['resume', folder, '--in-process']);
		assert.is(resumed.code, 0, resumed.stderr);

		const schedule = commands().map(({ fromUs, replicas }) => ({
			...{ at: `${fromUs / 1e6}s`, replicas },
		}));
		assert.equal(
			schedule.map(({ replicas }) => replicas),
			[3, 2],
		);
		const last = { at: '150m', replicas: 1 };
		const expected = await runInOneProcess([scenario([...schedule, last])]);
		assertSameBytes(folder, expected, { isSetBack: true });
	});
}

test('scale and serving.scaling refuse in one line what cannot be', async () => {
	const wrong = async (args: readonly string[], says: RegExp) => {
		const { code, stderr } = await gridbeat(args);
		assert.is(code, 2, stderr);
		assert.match(stderr, says);
	};
	await wrong(
		['scale', 'nowhere', 'replica=0'],
		/^Cannot scale a run to "replica=0": give replica=/,
	);
	await wrong(
		['validate', scenario([{ at: '1h', replicas: 4 }])],
		/^Cannot scale replicas: 4 replicas at "1h" are more than serving\.scaling\.max 3$/m,
	);
	await wrong(
		[
			'validate',
			scenario([
				{ at: '1h', replicas: 2 },
				{ at: '59m', replicas: 3 },
			]),
		],
		/^Cannot scale replicas: the times of serving\.scaling\.schedule must not go back, "59m" does$/m,
	);
});

test.run();
