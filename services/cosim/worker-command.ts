import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '../../protocol/codec.ts';
import { ConfigError, messageOf, SimulationError } from '../../protocol/errors.ts';
import type { Welcome } from '../../protocol/messages.ts';
import { JOIN_SUBJECT, runSubjects } from '../../protocol/subjects.ts';
import { withoutSecrets } from '../../protocol/urls.ts';
import { Host } from '../actor/host.ts';
import { joinRun } from '../actor/join.ts';
import { type Bus, NoResponderError, RequestTimeoutError } from '../bus/bus.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { findKind, KIND_NAMES } from '../host/kinds.ts';
import { helloOf } from '../host/process.ts';

const RETRY_MS = 500;
const PROBE_MS = 2_000;

export interface WorkerOptions {
	readonly nats: string;
	readonly kinds: readonly string[];
	/** A run's id, or undefined for any run that waits for such a worker. */
	readonly run: string | undefined;
	/** End after one run. */
	readonly once: boolean;
}

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
	let bus = await connectNats(options.nats, `worker/${process.pid}`);
	for (;;) {
		let inOrder = false;
		try {
			inOrder = await takePart(bus, options);
		} catch (error) {
			if (error instanceof ConfigError) throw error;
			say(`Left: ${messageOf(error)}`);
		} finally {
			await bus.close().catch(() => {});
		}
		if (options.once) return inOrder ? 0 : 1;
		bus = await reconnect(options.nats);
	}
}

function say(text: string): void {
	process.stdout.write(`${text}\n`);
}

async function reconnect(nats: string): Promise<Bus> {
	for (let told = false; ; told = true) {
		try {
			return await connectNats(nats, `worker/${process.pid}`);
		} catch {
			if (!told) say(`Waiting for the NATS server at ${withoutSecrets(nats)}`);
			await sleep(RETRY_MS);
		}
	}
}

/** Takes part in one run; true if it ended in order. */
async function takePart(bus: Bus, options: WorkerOptions): Promise<boolean> {
	const welcome = await waitForRun(bus, options);
	const { run } = welcome;
	say(`Joined run ${run} as ${welcome.actors.map(({ name }) => name).join(', ')}`);
	const over = new AbortController();
	const lost = bus.closed.then((reason) => {
		throw reason ?? new SimulationError('the bus was closed');
	});
	const abandoned = watchCoordinator(bus, run, over.signal);
	for (const failure of [lost, abandoned]) failure.catch(() => {});
	try {
		const host = new Host(bus, welcome);
		await Promise.race([host.start(findKind), lost, abandoned]);
		const { outcome, reason } = await Promise.race([host.ended, lost, abandoned]);
		say(`Run ${run} ended: ${outcome}, ${reason}`);
		return outcome !== 'failed';
	} finally {
		over.abort();
	}
}

async function waitForRun(bus: Bus, options: WorkerOptions): Promise<Welcome> {
	const { nats, kinds, run } = options;
	const hello = helloOf(`worker-${process.pid}`, kinds);
	let told = '';
	const again = async (reason: string) => {
		if (reason !== told) {
			say(
				`Waiting for a run at ${withoutSecrets(nats)} that needs a ${kinds.join(' or ')}: ${reason}`,
			);
		}
		told = reason;
		await sleep(RETRY_MS);
		return true;
	};
	const subject = run === undefined ? JOIN_SUBJECT : runSubjects(run).hello;
	for (;;) {
		try {
			return await joinRun(bus, hello, { subject, again });
		} catch (error) {
			// A coordinator that ends at this moment takes our hello along.
			if (!(error instanceof RequestTimeoutError)) throw error;
		}
	}
}

/** Rejects when the coordinator is gone without a word: nobody would ever tell us that the run is over. */
async function watchCoordinator(bus: Bus, run: string, signal: AbortSignal): Promise<never> {
	// A hello that fits no place: it is refused without effect, which shows that somebody is there.
	const probe = encode(helloOf(`probe-${process.pid}`, ['none']));
	for (;;) {
		await sleep(PROBE_MS, undefined, { signal });
		try {
			await bus.request(runSubjects(run).hello, probe, PROBE_MS);
		} catch (error) {
			if (error instanceof NoResponderError) {
				throw new SimulationError(`the coordinator of run ${run} is gone`);
			}
			// Late answers mean a busy machine, ours or theirs; a dead connection is the server's to notice.
			if (!(error instanceof RequestTimeoutError)) throw error;
		}
	}
}
