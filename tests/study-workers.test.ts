import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	startConfigured,
	startSupervised,
} from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, gridbeat, startGridbeat, startTestServer, tempFolder } from './cli.ts';
import { contents, jobsIn, SMALL_SWEEP } from './study-files.test-support.ts';

/** Studies whose runs are done by workers elsewhere, over a real server, as people run them. */

const file = join(tempFolder(), 'study.yaml');
writeFileSync(file, SMALL_SWEEP);
const folderOf = (name: string) => join(tempFolder(), name);

/** The same sweep on the cores of this machine. */
let whole: Promise<string> | null = null;
async function sweepHere(): Promise<string> {
	const out = folderOf('whole');
	const { code, stderr } = await gridbeat(['sweep', file, '--out', out]);
	assert.is(code, 0, stderr);
	return out;
}

const binary = await natsBinaryForTests();

if (binary !== null) {
	test('two studies at once, one killed and started again, have the bytes of a sweep on cores', async () => {
		whole ??= sweepHere();
		const server = await startTestServer(binary, { jetStream: true });
		const env = {
			...{ NATS_URL: server.url, GRIDBEAT_WAIT_LIMIT_MS: '3000' },
			GRIDBEAT_JOIN_KEY: 'sixteen letters!',
		};
		const worker = startGridbeat(['worker', '--jobs', '1'], env);
		const stranger = startGridbeat(['worker', '--jobs', '1'], {
			...env,
			GRIDBEAT_JOIN_KEY: 'some other letters',
		});
		const [one, other] = [folderOf('one'), folderOf('other')];
		const study = (out: string) => ['sweep', file, '--workers', '--jobs', '0', '--out', out];
		const killed = startGridbeat(study(one), env);
		const second = startGridbeat(study(other), env);
		try {
			await eventually('a run done', () => jobsIn(one) > 0);
			killed.signal('SIGKILL');
			await killed.ended;
			const again = await gridbeat(study(one), env);
			assert.is(again.code, 0, again.stderr);
			const end = await second.ended;
			assert.is(end.code, 0, end.stderr);
			for (const out of [one, other]) assert.equal(contents(out), contents(await whole), out);
			worker.signal('SIGINT');
			assert.is((await worker.ended).code, 0);
			assert.not.match(stranger.said(), 'Begins');
			assert.match(stranger.said(), 'Cannot work for a study: it has another join key');
		} finally {
			for (const one of [worker, stranger, killed, second]) one.signal('SIGKILL');
			await server.stop();
		}
	});

	test('a study that is interrupted takes its runs out of the queue, and its worker ends the one it has', async () => {
		const server = await startTestServer(binary, { jetStream: true });
		const env = { NATS_URL: server.url, GRIDBEAT_WAIT_LIMIT_MS: '3000' };
		const long = join(tempFolder(), 'long.yaml');
		writeFileSync(long, SMALL_SWEEP.replace('2min', '900d'));
		const worker = startGridbeat(['worker', '--jobs', '1'], env);
		const args = ['sweep', long, '--workers', '--jobs', '0', '--out', folderOf('interrupted')];
		const study = startGridbeat(args, env);
		try {
			await eventually('a run begun', () => worker.said().includes('Begins run'));
			study.signal('SIGINT');
			assert.is((await study.ended).code, 130);
			await eventually('the run ended', () => worker.said().includes('nobody wants it any more'));
			const next = folderOf('next');
			const done = await gridbeat(['sweep', file, '--workers', '--jobs', '0', '--out', next], env);
			assert.is(done.code, 0, done.stderr);
			assert.not(existsSync(join(next, '.queue')));
		} finally {
			for (const one of [worker, study]) one.signal('SIGKILL');
			await server.stop();
		}
	});

	for (const [how, isWiped] of [
		['is killed and starts again', false],
		['is killed and starts again without what it had stored', true],
	] as const)
		test(`a server that ${how} in mid-study is waited for, by study and worker, with the same bytes`, async () => {
			const store = join(tempFolder(), 'jetstream');
			const lines = [`jetstream { store_dir: ${JSON.stringify(store)} }`];
			const first = await startConfigured(binary, lines);
			const env = { NATS_URL: first.url, GRIDBEAT_WAIT_LIMIT_MS: '3000' };
			const worker = startGridbeat(['worker', '--jobs', '1'], env);
			const out = folderOf('restarted');
			const study = startGridbeat(['sweep', file, '--workers', '--jobs', '0', '--out', out], env);
			const servers: { stop(): Promise<void> }[] = [first];
			try {
				await eventually(
					'a run done, and another begun',
					() => jobsIn(out) > 0 && worker.said().split('Begins run').length > 2,
				);
				process.kill(first.pid, 'SIGKILL');
				for (const one of [study, worker])
					await eventually('the loss', () => one.said().includes('Lost the NATS server'));
				if (isWiped) rmSync(store, { recursive: true });
				// Started again as often as it ends: what a server does by itself is not the study's fault.
				const second = await startSupervised(binary, lines, Number(first.address.split(':')[1]));
				servers.push(second);
				const end = await study.ended;
				const told = `${study.said()}\nWorker: ${worker.said()}\nServers: ${second.ends.join('\n')}`;
				assert.is(end.code, 0, told);
				whole ??= sweepHere();
				assert.equal(contents(out), contents(await whole));
				for (const one of [study, worker]) assert.match(one.said(), 'The NATS server is back');
				assert.is(study.said().includes('has lost what was in its queue'), isWiped, study.said());
			} finally {
				for (const one of [worker, study]) one.signal('SIGKILL');
				for (const server of servers) await server.stop();
			}
		});

	test('a server without JetStream is refused by name, by a study and by a worker', async () => {
		const server = await startTestServer(binary);
		try {
			const env = { NATS_URL: server.url };
			const out = folderOf('refused');
			for (const args of [
				['sweep', file, '--workers', '--out', out],
				['worker', '--jobs', '1'],
			]) {
				const { code, stderr } = await gridbeat(args, env);
				assert.is(code, 2, stderr);
				const why =
					/^Cannot share runs at "nats:\/\/[^"]+", which needs JetStream: Cannot .*: the NATS server has no JetStream, or none for this login; start it with -js\n$/;
				assert.match(stderr, why);
			}
			assert.not(existsSync(join(out, '.queue')));
		} finally {
			await server.stop();
		}
	});
}

test.run();
