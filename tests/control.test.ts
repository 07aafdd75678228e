import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps } from './hosts.test-support.ts';

/** The user who started a run speaks to it from another process, by a file that is theirs alone. */
/** Without requests, since the day goes by at full speed while the word to stop is under way. */
const SMALL = ['--no-serving', '--load', '100', '--processes', '2'];
const LONG = [...SMALL, '--until', '24h', '--pace', '600'];

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('control pauses, paces and stops a run on its private server, by a file of the user alone', async () => {
		const runtime = tempFolder();
		const env = { XDG_RUNTIME_DIR: runtime };
		const folder = join(tempFolder(), 'run');
		const cli = startGridbeat(['run', ...LONG, '--out', folder], env);
		await recordsSteps(folder);
		const [name = ''] = readdirSync(join(runtime, 'gridbeat'));
		const path = join(runtime, 'gridbeat', name);
		const run = name.replace(/\.json$/, '');
		assert.is(statSync(path).mode & 0o777, 0o600);
		assert.is(statSync(join(runtime, 'gridbeat')).mode & 0o777, 0o700);
		const { controlKey } = JSON.parse(readFileSync(path, 'utf8')) as { controlKey: string };
		for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
			if (statSync(join(folder, file)).isFile())
				assert.not(readFileSync(join(folder, file), 'latin1').includes(controlKey), file);

		const control = (...args: string[]) => gridbeat(['control', run, ...args], env);
		for (const args of [['pause'], ['pace', '1200'], ['resume'], ['pace', 'max']]) {
			const { code, stderr } = await control(...args);
			assert.is(code, 0, stderr);
		}
		assert.is((await control('stop')).code, 0);
		const { code } = await cli.ended;
		assert.ok(code === 130 || code === 0, String(code));
		assert.not(existsSync(path), 'it goes with the run');
		const over = await control('stop');
		assert.is(over.code, 2);
		assert.match(
			over.stderr,
			/^Cannot reach the run ".*": no run of this name goes on here; runs of yours on this machine: none\n$/,
		);
	});

	test('workers of the same user join a run on its private server by its name', async () => {
		const env = { XDG_RUNTIME_DIR: tempFolder() };
		const folder = join(tempFolder(), 'run');
		const args = ['--until', '1h', '--replicas', '1', '--qps', '0.5', '--external', 'replica'];
		const cli = startGridbeat(['run', ...args, '--out', folder], env);
		const told = await eventually('how to join', () =>
			/Waiting for replica-1: make worker ARGS="(--run \S+)"/.exec(cli.said()),
		);
		const { code, stdout, stderr } = await gridbeat(
			['worker', ...(told[1] ?? '').split(' '), '--once'],
			env,
		);
		assert.is(code, 0, stderr);
		assert.match(stdout, /Joined run .* as replica-1/);
		assert.is((await cli.ended).code, 0);
		assert.not.match(cli.said(), /Anybody who may use/);
	});
}

test('a run in one process is paused, asked and stopped from another one, without a server', async () => {
	const runtime = tempFolder();
	const env = { XDG_RUNTIME_DIR: runtime };
	const folder = join(tempFolder(), 'run');
	const args = ['--no-serving', '--load', '100', '--until', '24h', '--pace', '600'];
	const cli = startGridbeat(['run', ...args, '--in-process', '--out', folder], env);
	await recordsSteps(folder);
	const files = readdirSync(join(runtime, 'gridbeat')).sort();
	assert.is(files.length, 2, files.join());
	const says = async (args: string[], expected: RegExp, code = 0) => {
		const result = await gridbeat([args[0] ?? '', folder, ...args.slice(1)], env);
		assert.is(result.code, code, result.stderr);
		assert.match(result.stdout + result.stderr, expected);
	};
	await says(['control', 'pause'], /^$/);
	await says(['status'], /paused/);
	await says(['control', 'step', '2'], /^$/);
	await says(['command', 'minSoc=0.4', '--actor', 'battery'], /^/);
	await says(['command', 'minSoc=0.4', '--actor', 'nobody'], /Cannot .*nobody/, 2);
	await says(['control', 'speed', 'max'], /^$/);
	await says(['control', 'stop'], /^$/);
	const { code } = await cli.ended;
	assert.ok(code === 130 || code === 0, cli.said());
	assert.equal(readdirSync(join(runtime, 'gridbeat')), []);
	await says(
		['control', 'stop'],
		/^Cannot reach the run ".*": no run of this name goes on here; /,
		2,
	);
});

test('control says what it takes, and keeps to folders of the user alone', async () => {
	const cases: [string[], RegExp][] = [
		[
			['x', 'jump'],
			/^Cannot control a run by "jump": give pause, resume, stop, step COUNT, or speed FACTOR\n$/,
		],
		[['x', 'pace', '0'], /^Cannot use the pace "0": give simulated seconds per real second/],
		[['../x', 'stop'], /^Cannot reach the run "..\/x": that is no id of a run; /],
		[['x', 'stop'], /^Cannot reach the run "x": no run of this name goes on here; /],
	];
	const env = { XDG_RUNTIME_DIR: tempFolder() };
	for (const [args, message] of cases) {
		const { code, stderr } = await gridbeat(['control', ...args], env);
		assert.is(code, 2);
		assert.match(stderr, message);
	}
});

if (binary !== null) {
	test('a folder for the access of runs that others could write is not used', async () => {
		const runtime = tempFolder();
		mkdirSync(join(runtime, 'elsewhere'));
		symlinkSync(join(runtime, 'elsewhere'), join(runtime, 'gridbeat'));
		const folder = join(tempFolder(), 'run');
		const args = [...SMALL, '--until', '1h', '--out', folder];
		const { code, stdout } = await gridbeat(['run', ...args], { XDG_RUNTIME_DIR: runtime });
		assert.is(code, 0);
		assert.match(stdout, /Cannot keep the access of the run in ".*gridbeat": it is open to others/);
		assert.equal(readdirSync(join(runtime, 'elsewhere')), []);
	});
}

test.run();
