import { decode, encode } from '../../protocol/codec.ts';
import { LostError, messageOf } from '../../protocol/errors.ts';
import type { Ready } from '../../protocol/messages.ts';
import type { RunSubjects } from '../../protocol/subjects.ts';
import type { Failed } from '../../protocol/window-messages.ts';
import type { Bus } from '../bus/bus.ts';

const TIMEOUT_MS = 60_000;
/** What was changed on its way is refused; said again it arrives. */
const ATTEMPTS = 3;

/**
 * Reports to whoever leads the run that a host has made its actors, or why not.
 *
 * @throws LostError if that is refused again and again; what the bus throws
 */
export async function sayReady(
	bus: Bus,
	{ ready }: RunSubjects,
	word: Ready | Failed,
): Promise<void> {
	const bytes = encode(word);
	let reason: string | null = null;
	for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
		reason = refusalIn(await bus.request(ready, bytes, TIMEOUT_MS, { patient: true }));
		if (reason === null) return;
	}
	throw new LostError(`Cannot take part in the run as "${word.host}": ${reason}`);
}

/** Null for Ok, else why it is none. */
function refusalIn(bytes: Uint8Array): string | null {
	try {
		const answer = decode(bytes, 'ok', 'refused');
		return answer.type === 'ok' ? null : answer.reason;
	} catch (error) {
		return messageOf(error);
	}
}
