import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { recordsSteps } from './hosts.test-support.ts';
import { printed } from './printed.test-support.ts';

/** Whoever started a run sees how it stands, from another process, and the run does not notice. */
const RUN = ['run', '--no-serving', '--load', '100', '--processes', '2', '--until', '24h'];

if ((await natsBinaryForTests()) !== null)
	test('status and top say how a run stands, by its id, its folder, or as the only one', async () => {
		const env = { XDG_RUNTIME_DIR: tempFolder() };
		const folder = join(tempFolder(), 'run');
		const cli = startGridbeat([...RUN, '--pace', '600', '--out', folder], env);
		await recordsSteps(folder);
		const [name = ''] = readdirSync(join(env.XDG_RUNTIME_DIR, 'gridbeat'));
		const run = name.replace(/\.json$/, '');

		const { code, stdout, stderr } = await gridbeat(['status', folder, '--json'], env);
		assert.is(code, 0, stderr);
		const state = printed('status', stdout);
		assert.is(state.run, run);
		assert.is(state.phase, 'running');
		assert.is(state.pace, 600);
		assert.is(state.untilUs, 24 * 3600e6);
		assert.ok(state.completedUs > 0 && state.windowUntilUs >= state.completedUs);
		assert.equal(
			state.hosts.map(({ host }: { host: string }) => host),
			['shared-1', 'shared-2'],
		);
		for (const host of state.hosts) {
			assert.ok(host.memoryBytes > 1e6);
			assert.equal(
				host.actors.map((actor: { name: string }) => actor.name),
				host.names,
			);
		}

		const plain = await gridbeat(['status', run], env);
		assert.match(plain.stdout, /^\S+: running, attempt 0\n[\s\S]*\nshared-2 +recorder +\d\d:/m);
		const watching = startGridbeat(['top', '--every', '0.1'], env);
		assert.is((await gridbeat(['control', run, 'pace', 'max'], env)).code, 0);
		assert.is((await cli.ended).code, 0, cli.said());
		const watched = await watching.ended;
		assert.is(watched.code, 0, watched.stderr);
		assert.match(watched.stdout, new RegExp(`The run ${run} is over\\n$`));
		assert.ok(watched.stdout.split('waits for').length > 2);
		assert.not.ok(watched.stdout.includes('\u001b'), 'no terminal, no escapes');
	});

test('status and top say what they lack', async () => {
	const env = { XDG_RUNTIME_DIR: tempFolder() };
	const cases: [string[], RegExp][] = [
		[['status'], /^Cannot reach a run: none of yours goes on here\n$/],
		[['status', 'x'], /^Cannot reach the run "x": no run of this name goes on here; .*: none\n$/],
		[['top', 'x', '--every', '0'], /^Cannot look every "0" seconds: give 0.1 to 3600\n$/],
	];
	for (const [args, message] of cases) {
		const { code, stderr } = await gridbeat(args, env);
		assert.is(code, 2);
		assert.match(stderr, message);
	}
});

test.run();
