import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { LoggedCommand } from '../protocol/run-folder/commands.ts';
import { eventually, gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps } from './hosts.test-support.ts';
import { processOf } from './kill.test-support.ts';
import { balances, STEERED } from './steered-runs.test-support.ts';

/** What is said to a run from the command line outlives the processes that heard it. */

if ((await natsBinaryForTests()) !== null) {
	test('a run that is told something, loses a process, then its command and is gone on with, is replayed with the same bytes', async () => {
		const path = join(tempFolder(), 'scenario.yaml');
		writeFileSync(path, stringify(STEERED));
		const folder = join(tempFolder(), 'run');
		const run = startGridbeat(
			['run', path, '--speed', '200', '--processes', '3', '--out', folder],
			{ NATS_URL: undefined, GRIDBEAT_CHECKPOINT_MS: '0' },
		);
		await recordsSteps(folder);
		const say = async (...words: string[]) => {
			const { code, stderr } = await gridbeat(words);
			assert.is(code, 0, stderr);
		};
		const refused = await gridbeat(['command', folder, 'capW=0']);
		assert.is(refused.code, 2);
		assert.match(
			refused.stderr,
			/^Cannot steer the run ".*": "capW" cannot be 0: it is a number from 1/,
		);
		await say('command', folder, 'capW=200');
		const log = join(folder, 'commands.jsonl');
		const acted = (count: number) =>
			eventually(`${count} commands in the log of ${run.said()}`, () => {
				const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
				return lines.length === count ? lines : null;
			});
		await acted(1);
		const { gridbeat: told } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
		process.kill(told.hosts[0].pid, 'SIGKILL');
		await eventually(`a setback in ${run.said()}`, () => /setback 1/.test(run.said()));
		const when = ['--from', '100min', '--length', '10min'];
		await say('event', folder, 'evening', 'demand-response', ...when, '--watts', '100');
		await acted(2);
		await say('control', folder, 'speed', '100');
		await say('command', folder, 'minSoc=0.5', '--actor', 'battery');
		const lines = await acted(3);
		run.signal('SIGKILL');
		await run.ended;
		const resumed = await gridbeat(['resume', folder, '--in-process']);
		assert.is(resumed.code, 0, resumed.stderr);
		const commands = lines.map((line) => LoggedCommand.parse(JSON.parse(line)));
		assert.equal(
			commands.map(({ by, command }) => [by, command.type]),
			[
				['user', 'set'],
				['grid', 'grid-event'],
				['user', 'set'],
			],
		);
		const replayed = await gridbeat(['replay', folder, '--in-process']);
		assert.is(replayed.code, 0, replayed.stderr);
		assert.match(replayed.stderr, /The same bytes as in .*: .*timeseries\.csv/);
		// A table that is not the same is found.
		writeFileSync(join(folder, 'timeseries.csv'), 'time\n');
		const other = await gridbeat(['replay', folder, '--in-process', '--out', `${folder}-2`]);
		assert.is(other.code, 1);
		assert.match(other.stderr, /Other bytes than in .*: timeseries\.csv/);
	});

	test('a run that pauses pauses on when its server was lost, at the speed that it was given, with what it was told meanwhile', async () => {
		const path = join(tempFolder(), 'scenario.yaml');
		writeFileSync(path, stringify(STEERED));
		const folder = join(tempFolder(), 'run');
		const run = startGridbeat(
			['run', path, '--speed', '200', '--processes', '3', '--out', folder],
			{ NATS_URL: undefined, GRIDBEAT_CHECKPOINT_MS: '0' },
		);
		await recordsSteps(folder);
		const say = async (...words: string[]) => {
			const { code, stderr } = await gridbeat(words);
			assert.is(code, 0, stderr);
		};
		const paused = () =>
			eventually(`a run that pauses: ${run.said()}`, async () => {
				const { code, stdout } = await gridbeat(['status', folder, '--json']);
				if (code !== 0) return null;
				const { phase, pace } = JSON.parse(stdout);
				return phase === 'paused' ? pace : null;
			});
		await say('control', folder, 'speed', '5000');
		await say('control', folder, 'pause');
		assert.is(await paused(), 5000);
		await say('command', folder, 'capW=200');
		const server = processOf(run, 'nats-server');
		assert.ok(server, run.said());
		process.kill(server, 'SIGKILL');
		await eventually(`a setback in ${run.said()}`, () =>
			/going on from .* \(setback 1\)/.test(run.said()) ? true : null,
		);
		assert.is(await paused(), 5000);
		assert.not.ok(existsSync(join(folder, 'commands.jsonl')), 'nothing has acted');
		await say('control', folder, 'resume');
		const { code, stderr } = await run.ended;
		assert.is(code, 0, stderr);
		const log = readFileSync(join(folder, 'commands.jsonl'), 'utf8').trim().split('\n');
		assert.equal(
			log.map((line) => LoggedCommand.parse(JSON.parse(line)).command),
			[{ type: 'set', site: null, actor: 'controller', key: 'capW', value: 200 }],
		);
		balances(folder);
	});
}

test('command and event refuse in one line what they cannot read', async () => {
	const cases: [string[], RegExp][] = [
		[['command', 'x', 'capW'], /^Cannot set "capW": give KEY=VALUE, such as capW=300/],
		[['event', 'x', 'e', 'flood'], /^Cannot announce "flood": give demand-response, /],
		[['event', 'x', 'e', 'outage'], /^Cannot announce "outage" without --from and --length\n$/],
		[
			['event', 'x', 'e', 'import-limit', '--from', '1h', '--length', '1h'],
			/^Cannot announce "import-limit" without --watts: /,
		],
		[['control', 'x', 'step', '0'], /^Cannot go "0" steps: give a whole number/],
		[['replay', tempFolder()], /metadata\.yaml/],
	];
	for (const [args, message] of cases) {
		const { code, stderr } = await gridbeat(args);
		assert.is(code, 2, stderr);
		assert.match(stderr, message);
	}
});

test.run();
