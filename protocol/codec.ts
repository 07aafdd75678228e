import { pack, Unpackr } from 'msgpackr';
import { messageOf, ProtocolError } from './errors.ts';
import { checkShape } from './message-shape.ts';
import {
	MESSAGES,
	type Message,
	type MessageOf,
	type MessageType,
	type OutputsMessage,
} from './messages.ts';
import { PLAINLY } from './plain-issue.ts';
import { plainText } from './plain-text.ts';

/**
 * Messages travel as MessagePack maps (msgpackr's standalone `pack`: no shared record structures, so any
 * MessagePack library can read them). Readings travel as columns of 64-bit little-endian floats in binary.
 */
export function encode(message: Message): Uint8Array {
	return pack(message);
}

/** Types whose messages grow with the run; all others are small. */
const LARGE: ReadonlySet<MessageType> = new Set([
	'welcome',
	'ready',
	'wired',
	'restore',
	'status-report',
	'run-state',
	'outputs',
	'job',
	'job-result',
]);
const SMALL_BYTES_MAX = 64 * 1024;
/** Of what a message says in its refusal. */
const QUOTE_LENGTH_MAX = 200;

/** 64-bit integers, which other languages write for large times, become numbers. */
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/**
 * Reads one message that must be of one of `types`.
 *
 * @throws ProtocolError naming what is wrong: not MessagePack, too large, another type, an unknown or missing field
 */
export function decode<T extends MessageType>(bytes: Uint8Array, ...types: T[]): MessageOf<T> {
	const value = unpackChecked(bytes, types);
	const type = (value as { type?: unknown } | null)?.type;
	if (typeof type !== 'string' || !types.includes(type as T)) {
		const what = typeof type === 'string' ? `of type "${plainText(type, 40)}"` : 'without a type';
		throw new ProtocolError(`Cannot accept a message ${what}: expected ${types.join(' or ')}`);
	}
	if (type === 'outputs' && isOutputs(value)) return value as MessageOf<T>;
	const parsed = MESSAGES[type as T].safeParse(value, PLAINLY);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		const where =
			issue === undefined || issue.path.length === 0 ? '' : ` at "${issue.path.join('.')}"`;
		const what = plainText(`${where}: ${issue?.message}`, QUOTE_LENGTH_MAX);
		throw new ProtocolError(`Cannot accept a message of type "${type}"${what}`);
	}
	return parsed.data as MessageOf<T>;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,199}$/;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

/** What the schema of outputs says, by hand: they are most messages of a run. Whatever this refuses the schema explains. */
function isOutputs(value: unknown): boolean {
	const { attempt, actor, seq, ports } = value as Partial<Record<keyof OutputsMessage, unknown>>;
	if (Object.keys(value as object).length !== 5) return false;
	if (!isCount(attempt) || !isCount(seq) || typeof actor !== 'string' || !NAME.test(actor))
		return false;
	return Array.isArray(ports) && ports.every(isPort);
}

function isPort(value: unknown): boolean {
	if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) return false;
	const { port, untilUs, columns } = value as Record<string, unknown>;
	return (
		typeof port === 'string' &&
		NAME.test(port) &&
		isCount(untilUs) &&
		columns instanceof Uint8Array &&
		columns.byteLength % 8 === 0
	);
}

function unpackChecked(bytes: Uint8Array, types: readonly MessageType[]): unknown {
	if (bytes.length > SMALL_BYTES_MAX && !types.some((type) => LARGE.has(type))) {
		throw new ProtocolError(
			`Cannot read a message of ${bytes.length} bytes: ${types.join(' or ')} has at most ${SMALL_BYTES_MAX}`,
		);
	}
	checkShape(bytes);
	try {
		return unpackr.unpack(bytes);
	} catch (error) {
		throw new ProtocolError(
			`Cannot read a message of ${bytes.length} bytes: not MessagePack (${plainText(messageOf(error), QUOTE_LENGTH_MAX)})`,
		);
	}
}

/**
 * The protocol version that bytes claim to be of, if they are a hello of any version, older ones without a seal too;
 * null if they are none.
 */
export function helloVersion(bytes: Uint8Array): number | null {
	try {
		const { type, version } = (unpackChecked(bytes, ['hello']) ?? {}) as {
			type?: unknown;
			version?: unknown;
		};
		return type === 'hello' && Number.isSafeInteger(version) ? (version as number) : null;
	} catch {
		return null;
	}
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
