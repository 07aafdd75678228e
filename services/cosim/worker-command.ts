import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { JOIN_SUBJECT, runSubjects } from '../../protocol/subjects.ts';
import { Host } from '../actor/host.ts';
import { joinRun } from '../actor/join.ts';
import { connectNats } from '../bus/nats-bus.ts';
import { findKind, KIND_NAMES } from '../host/kinds.ts';
import { helloOf } from '../host/process.ts';

const RETRY_MS = 500;

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
 * its kinds, takes part to the end, and waits for the next.
 */
export async function runWorker(options: WorkerOptions): Promise<number> {
	const { nats, kinds, run, once } = options;
	for (const kind of kinds) {
		if (!KIND_NAMES.includes(kind)) {
			throw new ConfigError(
				`Cannot run actors of kind "${kind}": known are ${KIND_NAMES.join(', ')}`,
			);
		}
	}
	const say = (text: string) => void process.stdout.write(`${text}\n`);
	for (;;) {
		const bus = await connectNats(nats, `worker/${process.pid}`);
		let told = '';
		const hello = helloOf(`worker-${process.pid}`, kinds);
		const welcome = await joinRun(bus, hello, {
			subject: run === undefined ? JOIN_SUBJECT : runSubjects(run).hello,
			again: async (reason) => {
				if (reason !== told)
					say(`Waiting for a run at ${nats} that needs a ${kinds.join(' or ')}: ${reason}`);
				told = reason;
				await sleep(RETRY_MS);
				return true;
			},
		});
		say(`Joined run ${welcome.run} as ${welcome.actors.map(({ name }) => name).join(', ')}`);
		const lost = bus.closed.then((reason) => {
			throw reason ?? new Error('the bus was closed');
		});
		try {
			const host = new Host(bus, welcome);
			await Promise.race([host.start(findKind), lost]);
			const { outcome, reason } = await Promise.race([host.ended, lost]);
			say(`Run ${welcome.run} ended: ${outcome}, ${reason}`);
		} catch (error) {
			say(`Left run ${welcome.run}: ${messageOf(error)}`);
			if (once) return 1;
		} finally {
			lost.catch(() => {});
			await bus.close().catch(() => {});
		}
		if (once) return 0;
	}
}
