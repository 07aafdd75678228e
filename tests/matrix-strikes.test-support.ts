import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import * as assert from 'uvu/assert';
import { namedPrng } from '../kernel/actor/random.ts';
import { messageOf } from '../protocol/errors.ts';
import { runSubjects } from '../protocol/subjects.ts';
import { eventually, type RunningCli, startGridbeat } from './cli.ts';
import {
	GOES_ON,
	type OwnServer,
	type StruckRun,
	says,
	startOwnServer,
	startStruck,
	wake,
} from './matrix.test-support.ts';
import { type Fate, NatsRelay, type Way } from './nats-relay.test-support.ts';

/** What strikes a run that reaches its server through a network, or on the user's server: see fault-matrix.test.ts. */

const PLACE_TAKEN = /Left: Another process has the place of "replica-1" by now/;
/** So long a network stays bad, in seconds of simulated time. */
const LATE_S = 4_600;

/** A run of which a worker has the replica, and another one waits; all of them reach the server through the relay. */
export interface OverRelay {
	readonly run: StruckRun;
	readonly relay: NatsRelay;
	/** The worker that has the place. */
	holder(): Promise<RunningCli>;
	end(): Promise<void>;
}

export async function overRelay(binary: string, alone: readonly string[] = []): Promise<OverRelay> {
	const server = await startOwnServer(binary);
	const relay = await NatsRelay.before(server.port);
	const workers = [1, 2].map(() =>
		startGridbeat(['worker', '--kind', 'replica'], { NATS_URL: relay.url }),
	);
	const run = startStruck({ alone, external: ['replica-1'], env: { NATS_URL: relay.url } });
	const isPart = (one: RunningCli) =>
		one.said().split('Joined run').length > one.said().split('Left: ').length;
	return {
		...{ run, relay },
		holder: () => eventually('a worker at work', () => workers.find(isPart) ?? null),
		async end() {
			for (const worker of workers) worker.signal('SIGTERM');
			for (const worker of workers) await worker.ended;
			relay.close();
			await server.kill('SIGTERM');
		},
	};
}

/** The network is cut for a while between the server and the worker that has the place. */
export async function cutFor(
	{ run, relay, holder }: OverRelay,
	ways: readonly Way[],
	ms: number,
	isTaken: boolean,
): Promise<void> {
	const worker = await holder();
	const [before, ours] = [worker.said().length, run.cli.said().length];
	relay.cut(new RegExp(`^worker/${worker.pid}(/|$)`), ways);
	await Promise.all([sleep(ms), isTaken ? says(run.cli, GOES_ON, 1, ours) : null]);
	relay.heal();
	if (isTaken) await says(worker, PLACE_TAKEN, 1, before);
}

export async function workerStandsStill({ run, holder }: OverRelay, ms: number): Promise<void> {
	const worker = await holder();
	const [before, ours] = [worker.said().length, run.cli.said().length];
	worker.signal('SIGSTOP');
	await Promise.all([sleep(ms), says(run.cli, GOES_ON, 1, ours)]);
	worker.signal('SIGCONT');
	await says(worker, PLACE_TAKEN, 1, before);
}

/** A share of the messages to clients has one of these fates, until the run is nearly over. */
export async function loses(
	{ run, relay }: OverRelay,
	share: number,
	fates: readonly Fate[],
	seed: string,
): Promise<void> {
	const random = namedPrng(seed);
	relay.fate = () => {
		const at = random.uniform() / share;
		return at < 1 ? (fates[Math.floor(at * fates.length)] as Fate) : 'arrives';
	};
	await run.comesTo(LATE_S);
	relay.fate = () => 'arrives';
	assert.ok(relay.struck > 0, 'some messages');
}

/** A run on a server of the user's, which keeps little for those that do not read. */
export interface OwnServers {
	readonly run: StruckRun;
	server: OwnServer;
	readonly binary: string;
	end(): Promise<void>;
}

const PENDING_BYTES = 2 * 1024 * 1024;

export async function overOwnServer(binary: string): Promise<OwnServers> {
	const server = await startOwnServer(binary, {}, [`max_pending: ${PENDING_BYTES}`]);
	const alone = ['replica-1', 'recorder'];
	// The server is to lose patience before the run does.
	const env = { NATS_URL: server.url, GRIDBEAT_WAIT_LIMIT_MS: '5000' };
	const run = startStruck({ alone, env });
	const stage = { run, server, binary, end: () => stage.server.kill('SIGTERM') };
	return stage;
}

/** More than the server keeps for it, and than lies in sockets. */
const FLOOD = 40;
const FLOOD_BYTES = 1024 * 1024 - 1024;

/** The recorder does not read for a while, and others say much where it listens: the server ends its connection. */
export async function floodReader({ run, server }: OwnServers): Promise<void> {
	const pid = run.pidOf('recorder');
	const ours = run.cli.said().length;
	const stranger = await connect({ servers: server.url });
	process.kill(pid, 'SIGSTOP');
	const subject = runSubjects(idOf(run)).host('recorder', 0);
	for (let i = 0; i < FLOOD; i++) stranger.publish(subject, new Uint8Array(FLOOD_BYTES));
	await stranger.flush();
	await eventually('a slow consumer', async () => {
		const response = await fetch(`${server.monitorUrl}/varz`);
		const { slow_consumers: slow } = (await response.json()) as { slow_consumers: number };
		return slow > 0 ? true : null;
	});
	wake(pid);
	await says(run.cli, GOES_ON, 1, ours);
	await stranger.close();
}

/** While the command stands still, other bytes come in the place of all that is kept, and a host is lost. */
export async function spoilStore({ run, server }: OwnServers): Promise<void> {
	const command = run.pidOf('command');
	const ours = run.cli.said().length;
	process.kill(command, 'SIGSTOP');
	const connection = await connect({ servers: server.url });
	const store = await new Objm(jetstream(connection)).open(runSubjects(idOf(run)).store);
	const names = (await store.list()).filter(({ deleted }) => !deleted).map(({ name }) => name);
	const own = names.filter((name) => name.endsWith('.replica-1'));
	assert.ok(own.length > 0, `something is kept: ${names}`);
	for (const name of own) await store.putBlob({ name }, new Uint8Array(100));
	await connection.close();
	process.kill(run.pidOf('replica-1'), 'SIGKILL');
	wake(command);
	await says(run.cli, /Cannot go on from where "replica-1" was: .*; going on from/, 1, ours);
}

export async function restartServer(stage: OwnServers): Promise<void> {
	const { run, server, binary } = stage;
	const ours = run.cli.said().length;
	await server.kill('SIGKILL');
	await says(run.cli, GOES_ON, 1, ours);
	stage.server = await startOwnServer(binary, server);
}

const locked = new Set<string>();
// Before the folders are removed that are so.
process.prependListener('exit', () => {
	for (const folder of locked) setImmutable(folder, false);
});

/** Root may write whatever the modes say, but not what is immutable. */
function setImmutable(folder: string, isOn: boolean): void {
	execFileSync('chattr', ['-R', isOn ? '+i' : '-i', folder], { stdio: 'pipe' });
	if (isOn) locked.add(folder);
	else locked.delete(folder);
}

export async function makeReadOnly({ run }: OwnServers): Promise<void> {
	const { folder, cli } = run;
	try {
		setImmutable(folder, true);
	} catch (error) {
		process.stdout.write(`skipped, no folder can be made read-only here: ${messageOf(error)}\n`);
		return;
	}
	await says(cli, /Paused after .*not permitted/);
	await sleep(1_000);
	setImmutable(folder, false);
	await says(cli, /going on/);
}

function idOf({ cli }: StruckRun): string {
	return /^Gridbeat (\S+)/m.exec(cli.said())?.[1] ?? '';
}
