import { pack, unpack } from 'msgpackr';
import { messageOf, ProtocolError } from './errors.ts';
import { MESSAGES, type Message, type MessageOf, type MessageType } from './messages.ts';

/**
 * Messages travel as MessagePack maps (msgpackr's standalone `pack`: no shared record structures, so any
 * MessagePack library can read them). Readings travel as columns of 64-bit little-endian floats in binary.
 */
export function encode(message: Message): Uint8Array {
	return pack(message);
}

/**
 * Reads one message that must be of one of `types`.
 *
 * @throws ProtocolError naming what is wrong: not MessagePack, another type, an unknown or missing field
 */
export function decode<T extends MessageType>(bytes: Uint8Array, ...types: T[]): MessageOf<T> {
	let value: unknown;
	try {
		value = unpack(bytes);
	} catch (error) {
		throw new ProtocolError(
			`Cannot read a message of ${bytes.byteLength} bytes: not MessagePack (${messageOf(error)})`,
		);
	}
	const type = (value as { type?: unknown } | null)?.type;
	if (!types.includes(type as T)) {
		throw new ProtocolError(
			`Cannot accept a message of type "${String(type)}": expected ${types.join(' or ')}`,
		);
	}
	const parsed = MESSAGES[type as T].safeParse(value);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		const where =
			issue === undefined || issue.path.length === 0 ? '' : ` at "${issue.path.join('.')}"`;
		throw new ProtocolError(
			`Cannot accept a message of type "${String(type)}"${where}: ${issue?.message}`,
		);
	}
	return parsed.data as MessageOf<T>;
}

/** Columns as bytes for the wire (a view, not a copy). */
export function columnsToBytes(columns: Float64Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
	return new Uint8Array(columns.buffer, columns.byteOffset, columns.byteLength);
}

/** Bytes from the wire as columns (a copy: bytes of a larger message are not aligned to 8). */
export function bytesToColumns(bytes: Uint8Array): Float64Array {
	const copy = new Uint8Array(bytes.byteLength);
	copy.set(bytes);
	return new Float64Array(copy.buffer);
}

// Typed arrays use the machine's byte order; all platforms Node 20 runs on but IBM Z are little-endian.
if (new Uint8Array(new Float64Array([1]).buffer)[7] !== 0x3f) {
	throw new ProtocolError('Cannot exchange columns on this machine: its byte order is big-endian');
}
