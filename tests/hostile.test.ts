import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { namedPrng } from '../kernel/actor/random.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { MemoryBroker } from '../kernel/bus/memory-bus.ts';
import { accessTo } from '../kernel/bus/nats-access.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { encode } from '../protocol/codec.ts';
import { Attacker, Recording } from './attacker.test-support.ts';
import { gridbeat, startGridbeat, startTestServer, tempFolder } from './cli.ts';
import { runAttacked } from './hostile-run.test-support.ts';

/**
 * 100,000 hostile messages of all shapes on every subject of a run: garbage, real ones cut, changed, repeated and on
 * other subjects, ones out of phase, and, where messages are sealed, ones that lack nothing but the seal. The run has
 * the same steps as without them, and every one of them is counted.
 */
const MESSAGES = 100_000;
/** Windows after which the run is attacked. */
const STRIKES = 11;
const SEED = `hostile ${process.env['GRIDBEAT_SEED'] ?? 1}`;

const binary = await natsBinaryForTests();
const server = binary === null ? null : await startTestServer(binary);
test.after(() => server?.stop());

async function attacked(connect: () => Promise<Bus>, isSealed: boolean): Promise<void> {
	const quiet = await runAttacked(connect, isSealed, null);
	assert.is(quiet.end.outcome, 'complete');
	assert.equal(quiet.end.refusals, { count: 0, duplicates: 0, named: [] });
	assert.ok(quiet.log.length > 60);

	const recording = new Recording();
	const stranger = await connect();
	const attacker = new Attacker(namedPrng(SEED), recording, isSealed);
	let sent = 0;
	const { log, end, notices } = await runAttacked(
		async () => recording.of(await connect()),
		isSealed,
		{
			async strike(windowsDone) {
				const until = Math.ceil((MESSAGES * windowsDone) / STRIKES);
				for (; sent < until; sent++) {
					const { subject, bytes } = attacker.next();
					stranger.publish(subject, bytes);
					if (sent % 1_000 === 0) await stranger.flush();
				}
				await stranger.flush();
			},
		},
	);
	await stranger.close();
	assert.is(end.error, null);
	assert.is(end.outcome, 'complete');
	assert.is(sent, MESSAGES);
	const { count, duplicates, named } = end.refusals;
	assert.is(count + duplicates, MESSAGES);
	assert.ok(count > 0 && duplicates > 0);
	assert.equal(log, quiet.log);
	// Each sort is named once, in visible characters, and no more of them than one can read.
	assert.is(notices.length, named.length);
	assert.is(new Set(notices).size, notices.length);
	assert.ok(notices.length > 3 && notices.length <= 16);
	for (const notice of notices) assert.not.match(notice, /[\p{Cc}\p{Cf}]/u);
}

test('100,000 hostile messages change no step of a run in one process, and all are counted', async () => {
	const broker = new MemoryBroker();
	await attacked(async () => broker.connect(), false);
});

if (server !== null) {
	test('100,000 hostile messages change no step of a run on a server of others, and all are counted', () =>
		attacked(() => connectNats(accessTo(server.url), 'hostile'), true));

	test('gridbeat run under attack writes the same bytes, says so once, and tells how many it refused', async () => {
		const args = ['--until', '30min', '--qps', '0.5', '--pace', '600', '--json'];
		const quietFolder = join(tempFolder(), 'quiet');
		const quiet = await gridbeat(['run', ...args, '--in-process', '--out', quietFolder], {});
		assert.is(quiet.code, 0, quiet.stderr);
		const folder = join(tempFolder(), 'attacked');
		const running = startGridbeat(['run', ...args, '--out', folder], { NATS_URL: server.url });
		const isOver = running.ended.then(() => true);
		const random = namedPrng(SEED);
		const stranger = await connectNats(accessTo(server.url), 'stranger');
		while (!(await Promise.race([isOver, sleep(20, false)]))) {
			for (const subject of await listenedTo(server.monitorUrl))
				for (let i = 0; i < 5; i++)
					stranger.publish(
						subject,
						hostileBytes(() => random.uniform(), subject),
					);
			await stranger.flush();
		}
		await stranger.close();
		const { code, stdout, stderr } = await running.ended;
		assert.is(code, 0, stderr);
		for (const name of ['timeseries.csv', 'request_metrics.csv', 'usage.csv'])
			assert.is(
				readFileSync(join(folder, name), 'utf8'),
				readFileSync(join(quietFolder, name), 'utf8'),
			);
		const { messages } = JSON.parse(stdout);
		assert.ok(messages.refused > 1_000, `${messages.refused} refused`);
		assert.equal(JSON.parse(quiet.stdout).messages, { refused: 0, duplicates: 0 });
		const metadata = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
		assert.is(metadata.gridbeat.refused_messages, messages.refused);
		assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), 'refused, not of this run');
		const notices = stderr.split('\n').filter((line) => line.startsWith('Refused a message on '));
		assert.ok(notices.length >= 1 && notices.length <= 16, stderr);
		assert.is(new Set(notices).size, notices.length);
	});
}

/** Subjects of runs on which somebody listens. */
async function listenedTo(monitorUrl: string): Promise<string[]> {
	const answer = await fetch(`${monitorUrl}/subsz?subs=1&limit=10000`);
	const { subscriptions_list: list = [] } = (await answer.json()) as {
		subscriptions_list?: { subject: string }[];
	};
	return [...new Set(list.map(({ subject }) => subject))].filter((subject) =>
		subject.startsWith('gridbeat.run.'),
	);
}

/** Garbage, or what would be right but for the seal. */
function hostileBytes(uniform: () => number, subject: string): Uint8Array {
	if (uniform() < 0.5)
		return Uint8Array.from({ length: Math.floor(uniform() * 100) }, () => uniform() * 256);
	const stop = { outcome: 'failed', reason: '\x1b[2J', simulatedUntilUs: 0 } as const;
	if (subject.includes('.host.')) return encode({ type: 'stop', ...stop });
	if (subject.endsWith('.control')) return encode({ type: 'control', command: 'pause' });
	const actor = subject.split('.')[4] ?? 'x';
	return encode({ type: 'outputs', attempt: 0, actor, seq: 3, ports: [] });
}

test.run();
