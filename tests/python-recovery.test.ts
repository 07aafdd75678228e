import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { type Env, gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { idOf, pythonWithClient, runPython } from './client-python.ts';
import { recordsSteps } from './hosts.test-support.ts';
import { strike } from './kill.test-support.ts';
import { twins } from './python-twins.test-support.ts';

/** Runs with processes in Python that lose one of them, or their server, and have the bytes of the undisturbed run. */

const python = pythonWithClient();
const binary = await natsBinaryForTests();

/** A run that awaits two processes in Python, and the same with their twins in JavaScript, which nothing disturbs. */
async function begun() {
	const { modules, processes, program } = twins();
	const reference = join(tempFolder(), 'reference');
	const folder = join(tempFolder(), 'run');
	const ran = await gridbeat(['run', modules, '--in-process', '--out', reference]);
	assert.is(ran.code, 0, ran.stderr);
	const cli = startGridbeat(['run', processes, '--pace', '7200', '--out', folder], {
		GRIDBEAT_CHECKPOINT_MS: '1',
	});
	const env = { GRIDBEAT_RUN: await idOf(cli) };
	const table = (of: string) => readFileSync(join(of, 'timeseries.csv'), 'utf8');
	const assertUndisturbed = () => assert.ok(table(folder) === table(reference));
	return { cli, folder, env, program, assertUndisturbed };
}

if (python === null || binary === null) {
	console.log('skipped: no nats-server, or no Python with what clients/python needs (make peers)');
} else {
	test('another process takes the place of one that is killed, from its last checkpoint, with the same bytes', async () => {
		const { cli: run, env, program, assertUndisturbed } = await begun();
		const [killed, other] = [{ DIE_AT_US: String(3.6e9 * 4 + 60e6) }, {}].map((more) =>
			runPython(python, [program], { env: { ...env, ...more } }),
		);
		assert.is((await killed)?.code, null);
		const next = await runPython(python, [program], { env });
		const { code, stderr } = await run.ended;
		assert.is(code, 0, stderr);
		for (const part of [next, await other]) assert.is(part?.code, 0, part?.stderr);
		assert.match(run.said(), /its process is gone; going on from (?!00:00:00)/);
		assertUndisturbed();
	});

	test('processes come back when the server of the run is killed, with the same bytes', async () => {
		if (!existsSync('/proc/self/stat')) return;
		const { cli, folder, env, program, assertUndisturbed } = await begun();
		const parts = Promise.all([1, 2].map(() => runPython(python, [program], { env })));
		await strike({ cli, folder, victim: 'nats-server', when: { recordedS: 7200 } });
		const { code, stderr } = await cli.ended;
		assert.is(code, 0, stderr);
		for (const part of await parts) {
			assert.is(part.code, 0, part.stderr);
			assert.match(part.stdout, /^Left run .*: Lost the NATS server/m);
		}
		assertUndisturbed();
	});

	test('a run with processes in Python that was told something is replayed by asking them again', async () => {
		const { processes, program } = twins();
		const folder = join(tempFolder(), 'run');
		const cli = startGridbeat(['run', processes, '--pace', '7200', '--out', folder]);
		const both = (env: Env) => Promise.all([1, 2].map(() => runPython(python, [program], { env })));
		const parts = both({ GRIDBEAT_RUN: await idOf(cli) });
		await recordsSteps(folder);
		const told = await gridbeat(['command', folder, 'chargePowerW=2000']);
		assert.is(told.code, 0, told.stderr);
		const { code, stderr } = await cli.ended;
		assert.is(code, 0, stderr);
		for (const part of await parts) assert.is(part.code, 0, part.stderr);
		const replayed = async (name: string, env: Env) => {
			const out = join(tempFolder(), name);
			const run = startGridbeat(['replay', folder, '--out', out]);
			const programs = both({ ...env, GRIDBEAT_RUN: await idOf(run) });
			await run.ended;
			await programs;
			return run.ended;
		};
		const same = await replayed('same', {});
		assert.is(same.code, 0, same.stderr);
		assert.match(same.stderr, /^"?heater"?.* asked again: they have to say the same of the same/m);
		assert.match(same.stderr, /The same bytes as in .*: .*timeseries\.csv/);
		const other = await replayed('other', { WHIM: '1' });
		assert.is(other.code, 1, other.stderr);
		assert.match(other.stderr, /Other bytes than in .*: .*timeseries\.csv/);
		const refused = await gridbeat(['replay', folder, '--in-process', '--out', `${folder}-2`]);
		assert.is(refused.code, 2);
		assert.match(
			refused.stderr,
			/^Cannot run "heater" in one process with the rest: its process is started elsewhere/,
		);
	});
}

test.run();
