import { decode, encode } from '../../protocol/codec.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Hello, Welcome } from '../../protocol/messages.ts';
import { type Bus, NoResponderError } from '../bus/bus.ts';

const HELLO_TIMEOUT_MS = 10_000;

export interface JoinOptions {
	/** Where to say hello: a run's own subject, or the one for workers that take any run. */
	readonly subject: string;
	/** Waits between two attempts, and decides how many there are: false ends them. */
	readonly again: (reason: string) => Promise<boolean>;
}

/**
 * Says hello until a coordinator has a place for this host.
 *
 * @throws ConfigError if it is refused for good, or `again` gives up
 */
export async function joinRun(bus: Bus, hello: Hello, options: JoinOptions): Promise<Welcome> {
	for (;;) {
		let reason: string;
		try {
			const answer = await bus.request(options.subject, encode(hello), HELLO_TIMEOUT_MS);
			const message = decode(answer, 'welcome', 'refused');
			if (message.type === 'welcome') return message;
			reason = message.reason;
			if (!message.retry)
				throw new ConfigError(`Cannot join the run as "${hello.host}": ${reason}`);
		} catch (error) {
			if (!(error instanceof NoResponderError)) throw error;
			reason = 'no run is waiting';
		}
		if (!(await options.again(reason))) {
			throw new ConfigError(`Cannot join a run as "${hello.host}": ${reason}`);
		}
	}
}
