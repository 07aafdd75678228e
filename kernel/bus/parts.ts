import { MESSAGE_BYTES_MAX } from '../../protocol/message-shape.ts';
import { makeNonce } from './keys.ts';

/**
 * A message that is larger than what a server takes travels in parts: `0xc1 | id (8) | index (4) | count (4) | bytes`, numbers
 * big-endian. No MessagePack begins with 0xc1. Parts of a message come in order, as all that one sender says on one subject.
 */
const MARK = 0xc1;
const ID_BYTES = 8;
const INDEX_AT = 1 + ID_BYTES;
const COUNT_AT = INDEX_AT + 4;
const HEAD_BYTES = COUNT_AT + 4;
/** Of one message. Servers may limit how many answers a request has; see server-config.ts. */
export const PARTS_MAX = 32_768;
/** Messages of which parts have come and others not: more than one is a lost part, or several senders. */
const OPEN_MAX = 8;

/** Whether a payload is a part of a message, and no message itself. */
export function isPart(bytes: Uint8Array): boolean {
	return bytes[0] === MARK;
}

/** The message itself where it has room, else its parts, none with more than `maxBytes`. */
export function cutMessage(bytes: Uint8Array, maxBytes: number): Uint8Array[] {
	if (bytes.length <= maxBytes) return [bytes];
	const room = maxBytes - HEAD_BYTES;
	const count = Math.ceil(bytes.length / room);
	const id = makeNonce().subarray(0, ID_BYTES);
	return Array.from({ length: count }, (_, index) => {
		const inside = bytes.subarray(index * room, (index + 1) * room);
		const part = Buffer.allocUnsafe(HEAD_BYTES + inside.length);
		part[0] = MARK;
		part.set(id, 1);
		part.writeUInt32BE(index, INDEX_AT);
		part.writeUInt32BE(count, COUNT_AT);
		part.set(inside, HEAD_BYTES);
		return part;
	});
}

interface Growing {
	readonly count: number;
	readonly parts: Uint8Array[];
	bytes: number;
}

/** Puts messages together again from what comes on one subject, or as the answer to one request. Its memory is bounded. */
export class Parts {
	private readonly growing = new Map<string, Growing>();

	/** The message that is whole by this; null: it is not, or the part fits none. */
	add(part: Uint8Array): Uint8Array | null {
		if (part.length < HEAD_BYTES) return null;
		const head = Buffer.from(part.buffer, part.byteOffset, HEAD_BYTES);
		const id = head.toString('hex', 1, INDEX_AT);
		const [index, count] = [head.readUInt32BE(INDEX_AT), head.readUInt32BE(COUNT_AT)];
		if (index === 0) this.begin(id, count);
		const message = this.growing.get(id);
		// One that came before changes nothing; after one that was lost the message is lost.
		if (message === undefined || message.count !== count || index < message.parts.length)
			return null;
		const inside = part.subarray(HEAD_BYTES);
		message.bytes += inside.length;
		if (index > message.parts.length || message.bytes > MESSAGE_BYTES_MAX) {
			this.growing.delete(id);
			return null;
		}
		message.parts.push(inside);
		if (message.parts.length < count) return null;
		this.growing.delete(id);
		return Buffer.concat(message.parts);
	}

	private begin(id: string, count: number): void {
		if (this.growing.has(id) || count === 0 || count > PARTS_MAX) return;
		const [oldest] = this.growing.keys();
		if (this.growing.size >= OPEN_MAX && oldest !== undefined) this.growing.delete(oldest);
		this.growing.set(id, { count, parts: [], bytes: 0 });
	}
}
