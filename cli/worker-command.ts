import { setTimeout as sleep } from 'node:timers/promises';
import { Host } from '../kernel/actor/host.ts';
import { type Joined, joinRun, knock } from '../kernel/actor/join.ts';
import type { FindKind } from '../kernel/actor/make-actor.ts';
import { type Bus, NoResponderError, RequestTimeoutError } from '../kernel/bus/bus.ts';
import { joinSecret, type Key } from '../kernel/bus/keys.ts';
import { describeAccess, type NatsAccess, readJoinKey } from '../kernel/bus/nats-access.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import type { NatsEnv } from '../kernel/bus/nats-context.ts';
import { sealIf } from '../kernel/bus/sealed-bus.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { eventLoop } from '../kernel/host/event-loop.ts';
import { confined } from '../kernel/host/own-paths.ts';
import { applicant } from '../kernel/host/process.ts';
import { ownIdentity } from '../kernel/host/program.ts';
import { ConfigError, messageOf, SimulationError } from '../protocol/errors.ts';
import { plainText } from '../protocol/plain-text.ts';
import { Refusals } from '../protocol/refusals.ts';
import { JOIN_SUBJECT, runSubjects } from '../protocol/subjects.ts';
import { KIND_NAMES, kindsWith } from '../services/kinds.ts';
import { hashOfModule } from '../services/own/load.ts';
import type { RunLog } from './run-log.ts';
import type { Health } from './worker-health.ts';

const RETRY_MS = 500;
const PROBE_MS = 2_000;
/** A coordinator that is missed so often is gone. */
const MISSES = 3;

export interface WorkerOptions {
	readonly access: NatsAccess;
	/** Says the join key, see natsEnv. */
	readonly env: NatsEnv;
	readonly kinds: readonly string[];
	/** The host that it takes the place of, and of no other; undefined: any that needs its kinds. */
	readonly place: string | undefined;
	/** A run's id, or undefined for any run that waits for such a worker. */
	readonly run: string | undefined;
	/** End after one run. */
	readonly once: boolean;
	/** Below it recorders write, and traces of others may be; those may be in the current folder too. */
	readonly folder: string;
	/** Paths of modules of the user's that may be loaded: a run names one by its contents. */
	readonly modules: readonly string[];
	/** Kept up to date for whoever asks how the worker is. */
	readonly health: Health;
	/** Hears what happens. */
	readonly log: RunLog | null;
}

/** A worker with what it has to show. */
interface Worker extends WorkerOptions {
	readonly findKind: FindKind;
	readonly secret: Key;
	readonly isSecret: boolean;
	/** Says something to people, and to the log. */
	say(text: string): void;
}

/** Of our connection, in the server's monitoring. */
const NAME = `worker/${process.pid}`;

/**
 * `gridbeat worker`: runs actors for runs that are led elsewhere. It waits for a run that has a place for
 * its kinds, takes part to the end, and waits for the next; it also waits for a NATS server that went away.
 *
 * @returns with `once`: 0 if the run it took part in ended in order, 1 if not
 * @throws ConfigError for unknown kinds, a server that was never there, and a run that refuses it for good
 */
export async function runWorker(options: WorkerOptions): Promise<number> {
	for (const kind of options.kinds) {
		if (KIND_NAMES.includes(kind)) continue;
		throw new ConfigError(
			`Cannot run actors of kind "${kind}": known are ${KIND_NAMES.join(', ')}`,
		);
	}
	const joinKey = readJoinKey(options.env);
	const worker: Worker = {
		...options,
		findKind: kindsWith(options.modules.map((path) => ({ path, sha256: hashOfModule(path) }))),
		secret: joinSecret(joinKey),
		isSecret: joinKey !== null,
		say(text) {
			process.stdout.write(`${text}\n`);
			options.log?.event({ event: 'notice', text });
		},
	};
	try {
		return await workOn(worker);
	} finally {
		options.log?.close();
	}
}

async function workOn(worker: Worker): Promise<number> {
	const { health, log, once, say } = worker;
	let bus = await connectNats(worker.access, NAME, say);
	for (;;) {
		health.isConnected = true;
		void bus.closed.then(() => {
			health.isConnected = false;
		});
		let inOrder = false;
		try {
			inOrder = await takePart(bus, worker);
		} catch (error) {
			log?.event({ event: 'left', text: messageOf(error) });
			if (error instanceof ConfigError) throw error;
			say(`Left: ${plainText(messageOf(error))}`);
		} finally {
			await bus.close().catch(() => {});
		}
		log?.about({});
		if (once) return inOrder ? 0 : 1;
		bus = await reconnect(worker);
	}
}

async function reconnect({ access, say }: Worker): Promise<Bus> {
	for (let told = false; ; told = true) {
		try {
			return await connectNats(access, NAME, say);
		} catch {
			if (!told) say(`Waiting for the NATS server at ${describeAccess(access)}`);
			await sleep(RETRY_MS);
		}
	}
}

/** Takes part in one run; true if it ended in order. */
async function takePart(bus: Bus, worker: Worker): Promise<boolean> {
	const { welcome, messageKey } = await waitForRun(bus, worker);
	const { run } = welcome;
	const { say } = worker;
	say(`Joined run ${run} as ${welcome.actors.map(({ name }) => name).join(', ')}`);
	const { health, log } = worker;
	const actors = welcome.actors.map(({ name }) => name);
	log?.about({ run, host: welcome.host });
	log?.event({ event: 'joined', seat: welcome.seat, actors });
	Object.assign(health, { run, actors, runs: health.runs + 1 });
	const over = new AbortController();
	const statusBus = await connectNats(worker.access, `${NAME}/status`);
	const lost = Promise.race([bus.closed, statusBus.closed]).then((reason) => {
		throw reason ?? new SimulationError('the bus was closed');
	});
	const abandoned = watchCoordinator(bus, run, worker, over.signal);
	for (const failure of [lost, abandoned]) failure.catch(() => {});
	try {
		const refusals = new Refusals((text) => say(text));
		const seal = (one: Bus) => sealIf(one, messageKey, (dropped) => refusals.refuse(dropped));
		const host = new Host(seal(bus), welcome, {
			...{ refusals, breather: eventLoop, statusBus: seal(statusBus) },
			stopwatchMs: () => performance.now(),
			memoryBytes: () => process.memoryUsage.rss(),
			sleep: (ms) => sleep(ms),
			onEvent: (event) => log?.event(event),
		});
		const own = { writes: worker.folder, reads: [process.cwd(), projectFile('.')] };
		await Promise.race([host.start(confined(worker.findKind, own)), lost, abandoned]);
		const { outcome, reason } = await Promise.race([host.ended, lost, abandoned]);
		say(`Run ${run} ended: ${outcome}, ${plainText(reason)}`);
		return outcome !== 'failed';
	} finally {
		over.abort();
		Object.assign(health, { run: null, actors: [] });
		await statusBus.close().catch(() => {});
	}
}

async function waitForRun(bus: Bus, worker: Worker): Promise<Joined> {
	const { access, kinds, place, run, secret, isSecret, say } = worker;
	let told = '';
	const tell = (reason: string) => {
		if (reason !== told) {
			say(
				`Waiting for a run at ${describeAccess(access)} that needs ${place ?? `a ${kinds.join(' or ')}`}: ${reason}`,
			);
		}
		told = reason;
	};
	// Whoever can run nothing is given the place that it names, and no other.
	const who =
		place === undefined
			? applicant(`worker-${process.pid}`, kinds, ownIdentity())
			: applicant(place, ['none'], ownIdentity());
	return joinRun(bus, who, {
		subject: run === undefined ? JOIN_SUBJECT : runSubjects(run).hello,
		...{ secret, isSecret },
		heard: tell,
		again: async (reason: string) => {
			tell(reason);
			await sleep(RETRY_MS);
			return true;
		},
	});
}

/** Rejects when the coordinator is gone without a word: nobody would ever report that the run is over. */
async function watchCoordinator(
	bus: Bus,
	run: string,
	{ secret }: Worker,
	signal: AbortSignal,
): Promise<never> {
	const probe = applicant(`probe-${process.pid}`, ['none'], ownIdentity());
	// That nobody is there can be said by anybody who uses the server: once is not enough.
	for (let misses = 0; ; ) {
		await sleep(PROBE_MS, undefined, { signal });
		try {
			await knock(bus, probe, { subject: runSubjects(run).hello, secret }, PROBE_MS);
			misses = 0;
		} catch (error) {
			if (error instanceof NoResponderError) {
				if (++misses < MISSES) continue;
				throw new SimulationError(`the coordinator of run ${run} is gone`);
			}
			// Late answers mean a busy machine, ours or theirs; a dead connection is the server's to notice.
			if (!(error instanceof RequestTimeoutError)) throw error;
		}
	}
}
