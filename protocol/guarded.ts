import { decode, encode } from './codec.ts';
import { ProtocolError } from './errors.ts';
import type { MessageOf, MessageType } from './messages.ts';
import type { Refusals } from './refusals.ts';

export interface Guard<T extends MessageType> {
	readonly subject: string;
	readonly types: readonly T[];
	readonly refusals: Refusals;
}

/**
 * A handler for a subscription that never throws for what others send: what cannot be read is refused, counted and
 * answered so. An error of `handle` is one of ours and ends the bus, as everywhere.
 */
export function guarded<T extends MessageType, Answer>(
	{ subject, types, refusals }: Guard<T>,
	handle: (message: MessageOf<T>) => Answer,
): (bytes: Uint8Array) => Answer | Uint8Array {
	return (bytes) => {
		let message: MessageOf<T>;
		try {
			message = decode(bytes, ...types);
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error;
			refusals.refuse({ subject, kind: 'unreadable', reason: error.message });
			return encode({ type: 'refused', reason: error.message, retry: false });
		}
		return handle(message);
	};
}
