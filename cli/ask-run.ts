import { BusClosedError, NoResponderError, RequestTimeoutError } from '../kernel/bus/bus.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { sealBus } from '../kernel/bus/sealed-bus.ts';
import { EXIT } from '../kernel/host/program.ts';
import { decode, encode } from '../protocol/codec.ts';
import type { Control } from '../protocol/control-messages.ts';
import { ConfigError, messageOf, SimulationError } from '../protocol/errors.ts';
import type { MessageOf } from '../protocol/messages.ts';
import { runSubjects } from '../protocol/subjects.ts';
import { type RunAccess, readAccess } from '../run/launch/run-access.ts';
import { askRunSocket } from '../run/launch/run-socket.ts';

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
	const access = readAccess(which);
	const { run } = access;
	const line = 'socket' in access ? socketLine(access.socket) : await serverLine(access, what);
	return {
		run,
		async ask<T extends 'ok' | 'run-state'>(control: Control, type: T) {
			let bytes: Uint8Array;
			try {
				bytes = await line.ask(encode(control));
			} catch (error) {
				throw new SimulationError(`Cannot ${what} the run "${run}": ${whyUnanswered(error)}`);
			}
			const message = decode<T | 'refused'>(bytes, type, 'refused');
			if (message.type !== 'refused') return message as MessageOf<T>;
			const { reason } = message as MessageOf<'refused'>;
			throw new ConfigError(`Cannot ${what} the run "${run}": ${reason}`);
		},
		close: () => line.close(),
	};
}

/** A way to a run. */
interface Line {
	ask(control: Uint8Array): Promise<Uint8Array>;
	close(): Promise<void>;
}

const socketLine = (path: string): Line => ({
	ask: (control) => askRunSocket(path, control),
	close: async () => {},
});

async function serverLine(
	{ run, nats, controlKey }: Extract<RunAccess, { nats: unknown }>,
	what: string,
): Promise<Line> {
	const bus = await connectNats(nats, `${what}/${process.pid}`);
	const sealed = sealBus(bus, Buffer.from(controlKey, 'base64'));
	return {
		ask: (control) => sealed.request(runSubjects(run).control, control, ANSWER_MS),
		close: () => bus.close().catch(() => {}),
	};
}

/** A socket that is closed is that of a run that has just ended. */
const OVER = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'] as const;

function whyUnanswered(error: unknown): string {
	const { code } = error as { code?: unknown };
	if (error instanceof BusClosedError || OVER.some((one) => one === code)) return 'it is over';
	const isSilent = error instanceof NoResponderError || error instanceof RequestTimeoutError;
	return isSilent ? 'it does not answer' : messageOf(error);
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
