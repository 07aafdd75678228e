import {
	createHmac,
	createSecretKey,
	type KeyObject,
	randomBytes,
	timingSafeEqual,
} from 'node:crypto';
import type { Key } from './keys.ts';
import { cutMessage, isPart, Parts } from './parts.ts';

/**
 * Messages on a server that others use too carry a seal: `payload | sender (8) | count (8) | tag (16)`. The tag is the
 * first half of HMAC-SHA256 over `subject | 0 | payload | sender | count`; the count rises with every message of a
 * sender, so that one that was recorded and sent again is recognised. An answer is `payload | tag` with the tag over
 * `"answer" | 0 | tag of the request | payload`: it fits that request and no other.
 */
const SENDER_BYTES = 8;
const COUNT_BYTES = 8;
export const TAG_BYTES = 16;
const STAMP_BYTES = SENDER_BYTES + COUNT_BYTES;
export const SEAL_BYTES = STAMP_BYTES + TAG_BYTES;
const ANSWER = Buffer.from('answer\0');
/** Why a message was dropped. */
export interface DroppedMessage {
	readonly subject: string;
	readonly kind: 'not-authentic' | 'duplicate';
	readonly reason: string;
}

export type OnDropped = (dropped: DroppedMessage) => void;

/** A message whose seal holds. */
export interface Opened {
	readonly payload: Uint8Array;
	readonly tag: Uint8Array;
	/** Who sent it, and the how manieth of theirs it is. */
	readonly sender: string;
	readonly count: bigint;
}

/** Makes and checks seals with one key. */
export class Seal {
	private readonly key: KeyObject;
	private readonly prefixes = new Map<string, Buffer>();
	private readonly stamp = Buffer.alloc(STAMP_BYTES);
	private count = 0n;

	constructor(key: Key) {
		this.key = createSecretKey(key);
		randomBytes(SENDER_BYTES).copy(this.stamp);
	}

	/** The message with its seal, and the tag that the answer is tied to. */
	closeTagged(subject: string, payload: Uint8Array): { bytes: Buffer; tag: Buffer } {
		const bytes = this.close(subject, payload);
		return { bytes, tag: bytes.subarray(bytes.length - TAG_BYTES) };
	}

	/** The message with its seal. */
	close(subject: string, payload: Uint8Array): Buffer {
		const sealed = Buffer.allocUnsafe(payload.length + SEAL_BYTES);
		sealed.set(payload);
		this.stamp.writeBigUInt64BE(++this.count, SENDER_BYTES);
		sealed.set(this.stamp, payload.length);
		const body = sealed.subarray(0, payload.length + STAMP_BYTES);
		sealed.set(this.tagOf(this.prefix(subject), body), body.length);
		return sealed;
	}

	/** What a sealed message holds; null if the seal is not of this key and subject. */
	open(subject: string, sealed: Uint8Array): Opened | null {
		if (sealed.length < SEAL_BYTES) return null;
		const body = sealed.subarray(0, sealed.length - TAG_BYTES);
		const tag = sealed.subarray(sealed.length - TAG_BYTES);
		if (!timingSafeEqual(this.tagOf(this.prefix(subject), body), tag)) return null;
		const stamp = Buffer.from(body.subarray(body.length - STAMP_BYTES));
		return {
			payload: body.subarray(0, body.length - STAMP_BYTES),
			tag,
			sender: stamp.toString('hex', 0, SENDER_BYTES),
			count: stamp.readBigUInt64BE(SENDER_BYTES),
		};
	}

	closeAnswer(requestTag: Uint8Array, payload: Uint8Array): Buffer {
		return this.closeBy(Buffer.concat([ANSWER, requestTag]), payload);
	}

	/** The same in messages of `maxBytes` at most. */
	closeParts(requestTag: Uint8Array, payload: Uint8Array, maxBytes: number): Buffer[] {
		const parts = cutMessage(payload, maxBytes - TAG_BYTES);
		return parts.map((part) => this.closeAnswer(requestTag, part));
	}

	openAnswer(requestTag: Uint8Array, sealed: Uint8Array): Uint8Array | null {
		return this.openBy(Buffer.concat([ANSWER, requestTag]), sealed);
	}

	/** Opens what answers one request: null without its seal, 'part' while parts are missing. */
	answerOpener(requestTag: Uint8Array): (sealed: Uint8Array) => Uint8Array | 'part' | null {
		const parts = new Parts();
		return (sealed) => {
			const inside = this.openAnswer(requestTag, sealed);
			return inside !== null && isPart(inside) ? (parts.add(inside) ?? 'part') : inside;
		};
	}

	closeKept(place: string, payload: Uint8Array): Buffer {
		return this.closeBy(Buffer.from(`kept\0${place}\0`), payload);
	}

	openKept(place: string, sealed: Uint8Array): Uint8Array | null {
		return this.openBy(Buffer.from(`kept\0${place}\0`), sealed);
	}

	private closeBy(prefix: Uint8Array, payload: Uint8Array): Buffer {
		return Buffer.concat([payload, this.tagOf(prefix, payload)]);
	}

	private openBy(prefix: Uint8Array, sealed: Uint8Array): Uint8Array | null {
		if (sealed.length < TAG_BYTES) return null;
		const payload = sealed.subarray(0, sealed.length - TAG_BYTES);
		const tag = this.tagOf(prefix, payload);
		return timingSafeEqual(tag, sealed.subarray(payload.length)) ? payload : null;
	}

	private prefix(subject: string): Buffer {
		let prefix = this.prefixes.get(subject);
		if (prefix === undefined) {
			prefix = Buffer.from(`${subject}\0`);
			this.prefixes.set(subject, prefix);
		}
		return prefix;
	}

	private tagOf(prefix: Uint8Array, body: Uint8Array): Buffer {
		return createHmac('sha256', this.key)
			.update(prefix)
			.update(body)
			.digest()
			.subarray(0, TAG_BYTES);
	}
}

/** What a sealed message holds before anybody has checked the seal: only to find the key to check it with. */
export function unchecked(sealed: Uint8Array): Uint8Array {
	return sealed.subarray(0, Math.max(0, sealed.length - SEAL_BYTES));
}

/** What does not have the seal that it must have. */
export function forged(subject: string, what: string): DroppedMessage {
	return { subject, kind: 'not-authentic', reason: `${what} does not have the seal of this run` };
}
