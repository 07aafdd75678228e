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
import { decode, encode } from '../protocol/codec.ts';
import { ConfigError, messageOf, SimulationError } from '../protocol/errors.ts';
import { namesText } from '../protocol/names-text.ts';
import { knownText } from '../protocol/nearest-name.ts';
import { plainText } from '../protocol/plain-text.ts';
import { Refusals } from '../protocol/refusals.ts';
import { JOIN_SUBJECT, runSubjects } from '../protocol/subjects.ts';
import { KIND_NAMES, kindsWith } from '../services/kinds.ts';
import { hashOfModule } from '../services/own/load.ts';
import type { RunLog } from './run-log.ts';
import type { Health } from './worker-health.ts';

const RETRY_MS = 500;
const PROBE_MS = 2_000;
const NEVER_MS = 2 ** 31 - 1;
/** A coordinator that is missed so often is gone. */
const MISSES = 3;

export interface WorkerOptions {
	readonly access: NatsAccess;
	/** Says the join key, see natsEnv. */
	readonly env: NatsEnv;
	readonly kinds: readonly string[];
	/** The host that it takes the place of, and of no other; undefined: any that needs its kinds. */
	readonly place: string | undefined;
	/** Places that it takes in a run at most. */
	readonly capacity: number;
	/** By what a scenario may choose it. */
	readonly labels: Readonly<Record<string, string>>;
	/** Aborted: it gives back what it has and ends. */
	readonly leaving: AbortSignal;
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
 * @returns with `once`: 0 if the run it took part in ended in order, 1 if not; 0 also when it has left as it should
 * @throws ConfigError for unknown kinds, a server that was never there, and a run that refuses it for good
 */
export async function runWorker(options: WorkerOptions): Promise<number> {
	for (const kind of options.kinds) {
		if (KIND_NAMES.includes(kind)) continue;
		throw new ConfigError(`Cannot run actors of kind "${kind}": ${knownText(kind, KIND_NAMES)}`);
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
		let part: Part = 'failed';
		try {
			part = await takePart(bus, worker);
		} catch (error) {
			log?.event({ event: 'left', text: messageOf(error) });
			if (error instanceof ConfigError) throw error;
			say(`Left: ${plainText(messageOf(error))}`);
		} finally {
			await bus.close().catch(() => {});
		}
		log?.about({});
		if (part === 'left') return 0;
		if (once) return part === 'done' ? 0 : 1;
		const again = await Promise.race([reconnect(worker), aborted(worker.leaving)]);
		if (again === 'aborted') return 0;
		bus = again;
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

/** How it was: the run ended in order or failed, or the worker gave back what it had. */
type Part = 'done' | 'failed' | 'left';

/** Takes part in one run. */
async function takePart(bus: Bus, worker: Worker): Promise<Part> {
	const asked = await Promise.race([waitForRun(bus, worker), aborted(worker.leaving)]);
	if (asked === 'aborted') return 'left';
	const { welcome, messageKey } = asked;
	const { run } = welcome;
	const { health, log, say } = worker;
	const actors = welcome.actors.map(({ name }) => name);
	say(`Joined run ${run} as ${namesText(actors)}`);
	log?.about({ run, host: welcome.host });
	log?.event({ event: 'joined', seat: welcome.seat, actors });
	Object.assign(health, { run, actors, runs: health.runs + 1 });
	const over = new AbortController();
	const statusBus = await connectNats(worker.access, `${NAME}/status`);
	const lost = Promise.race([bus.closed, statusBus.closed]).then((reason) => {
		throw reason ?? new SimulationError('the bus was closed');
	});
	const refusals = new Refusals((text) => say(text));
	const seal = (one: Bus) => sealIf(one, messageKey, (dropped) => refusals.refuse(dropped));
	const sealed = seal(bus);
	const seat = { bus: sealed, welcome };
	const abandoned = watchCoordinator(seat, { bus, secret: worker.secret }, over.signal);
	const left = leave(seat, worker, over.signal);
	for (const failure of [lost, abandoned, left]) failure.catch(() => {});
	try {
		const host = new Host(sealed, welcome, {
			...{ refusals, breather: eventLoop, statusBus: seal(statusBus) },
			stopwatchMs: () => performance.now(),
			memoryBytes: () => process.memoryUsage.rss(),
			sleep: (ms) => sleep(ms),
			onEvent: (event) => log?.event(event),
		});
		const own = { writes: worker.folder, reads: [process.cwd(), projectFile('.')] };
		const ended = host.start(confined(worker.findKind, own)).then(() => host.ended);
		const end = await Promise.race([ended, lost, abandoned, left]);
		if (end === 'left') {
			say(`Left run ${run}: what its actors were is kept for another worker`);
			log?.event({ event: 'left', text: 'another worker may have its place' });
			return 'left';
		}
		say(`Run ${run} ended: ${end.outcome}, ${plainText(end.reason)}`);
		return end.outcome === 'failed' ? 'failed' : 'done';
	} finally {
		over.abort();
		Object.assign(health, { run: null, actors: [] });
		await statusBus.close().catch(() => {});
	}
}

async function aborted(signal: AbortSignal): Promise<'aborted'> {
	if (!signal.aborted)
		await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
	return 'aborted';
}

async function waitForRun(bus: Bus, worker: Worker): Promise<Joined> {
	const { access, kinds, capacity, labels, place, run, secret, isSecret, say } = worker;
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
			? applicant(`worker-${process.pid}`, kinds, ownIdentity(), {
					capacity,
					labels: { ...labels },
				})
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

/** A place in a run, and the bus of the run. */
interface Seat {
	readonly bus: Bus;
	readonly welcome: Joined['welcome'];
}

/** As soon as the worker shall leave: resolves when another may have what it had, never if it has to stay. */
async function leave(
	{ bus, welcome }: Seat,
	{ leaving, say }: Pick<Worker, 'leaving' | 'say'>,
	over: AbortSignal,
): Promise<'left'> {
	await aborted(leaving);
	if (over.aborted) return new Promise(() => {});
	const { run } = welcome;
	say(`Leaving run ${run} at the end of a window`);
	const request = presence(welcome, true);
	const bytes = await bus.request(runSubjects(run).ready, request, NEVER_MS, { patient: true });
	const answer = decode(bytes, 'ok', 'refused');
	if (answer.type === 'ok') return 'left';
	say(`Stays in run ${run}: ${plainText(answer.reason)}`);
	return new Promise(() => {});
}

function presence({ host, seat }: Joined['welcome'], leaves: boolean): Uint8Array {
	return encode({ type: 'presence', host, seat, leaves });
}

/** Rejects when the coordinator is gone without a word, or has given our place to another: nobody would ever report it. */
async function watchCoordinator(
	{ bus, welcome }: Seat,
	open: { readonly bus: Bus; readonly secret: Key },
	signal: AbortSignal,
): Promise<never> {
	const { run } = welcome;
	const { ready, hello } = runSubjects(run);
	const probe = applicant(`probe-${process.pid}`, ['none'], ownIdentity());
	// That nobody is there can be said by anybody who uses the server: once is not enough.
	for (let misses = 0, others = 0; ; ) {
		await sleep(PROBE_MS, undefined, { signal });
		try {
			const answer = decode(
				await bus.request(ready, presence(welcome, false), PROBE_MS),
				'ok',
				'refused',
			);
			if (answer.type === 'refused') throw new SimulationError(plainText(answer.reason));
			misses = 0;
			others = 0;
		} catch (error) {
			if (error instanceof NoResponderError) {
				if (++misses < MISSES) continue;
				throw new SimulationError(`the coordinator of run ${run} is gone`);
			}
			// Late answers mean a busy machine, ours or theirs; a dead connection is the server's to notice.
			if (!(error instanceof RequestTimeoutError)) throw error;
			const secret = open.secret;
			const isLed = await knock(open.bus, probe, { subject: hello, secret }, PROBE_MS).then(
				() => true,
				() => false,
			);
			others = isLed ? others + 1 : 0;
			if (others >= MISSES) throw new SimulationError(`another process leads run ${run} by now`);
		}
	}
}
