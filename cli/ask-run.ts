import { BusClosedError, NoResponderError, RequestTimeoutError } from '../kernel/bus/bus.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { sealBus } from '../kernel/bus/sealed-bus.ts';
import { EXIT } from '../kernel/host/program.ts';
import { decode, encode } from '../protocol/codec.ts';
import type { Control } from '../protocol/control-messages.ts';
import { ConfigError, SimulationError } from '../protocol/errors.ts';
import type { MessageOf } from '../protocol/messages.ts';
import { runSubjects } from '../protocol/subjects.ts';
import { readAccess } from '../run/launch/run-access.ts';

const ANSWER_MS = 10_000;

/** A run that goes on, as its user speaks to it. */
export interface AskedRun {
	readonly run: string;
	/**
	 * Asks it for something.
	 *
	 * @throws SimulationError if it does not answer, ConfigError if it refuses
	 */
	ask<T extends 'ok' | 'run-state'>(control: Control, type: T): Promise<MessageOf<T>>;
	close(): Promise<void>;
}

/**
 * Speaks to a run of this user, with its control key.
 *
 * @param which its id or its folder; undefined: the only one that goes on here
 * @throws ConfigError for a run that is not there
 */
export async function askRun(which: string | undefined, what: string): Promise<AskedRun> {
	const { run, nats, controlKey } = readAccess(which);
	const unanswered = () =>
		new SimulationError(`Cannot ${what} the run "${run}": it does not answer`);
	const bus = await connectNats(nats, `${what}/${process.pid}`);
	const sealed = sealBus(bus, Buffer.from(controlKey, 'base64'));
	return {
		run,
		async ask<T extends 'ok' | 'run-state'>(control: Control, type: T) {
			try {
				const bytes = await sealed.request(runSubjects(run).control, encode(control), ANSWER_MS);
				const message = decode<T | 'refused'>(bytes, type, 'refused');
				if (message.type !== 'refused') return message as MessageOf<T>;
				const { reason } = message as MessageOf<'refused'>;
				throw new ConfigError(`Cannot ${what} the run "${run}": ${reason}`);
			} catch (error) {
				const isSilent = error instanceof NoResponderError || error instanceof RequestTimeoutError;
				if (error instanceof BusClosedError)
					throw new SimulationError(`Cannot ${what} the run "${run}": it is over`);
				throw isSilent ? unanswered() : error;
			}
		},
		close: () => bus.close().catch(() => {}),
	};
}

/** Says one thing to a run of this user. @returns the exit code */
export async function tellRun(which: string, what: string, control: Control): Promise<number> {
	const run = await askRun(which, what);
	try {
		await run.ask(control, 'ok');
		return EXIT.done;
	} finally {
		await run.close();
	}
}
