import {
	createHmac,
	createSecretKey,
	type KeyObject,
	randomBytes,
	timingSafeEqual,
} from 'node:crypto';
import type { Answer, Bus, Handler, RequestOptions, Subscription } from './bus.ts';
import { Counts } from './counts.ts';
import { cutBus } from './cut-bus.ts';
import type { Key } from './keys.ts';
import { cutMessage, isPart, Parts } from './parts.ts';
import type { Store } from './store.ts';
import type { Delivery } from './work-queue.ts';

/**
 * Messages on a server that others use too carry a seal: `payload | sender (8) | count (8) | tag (16)`. The tag is the
 * first half of HMAC-SHA256 over `subject | 0 | payload | sender | count`; the count rises with every message of a
 * sender, so that one that was recorded and sent again is recognised. An answer is `payload | tag` with the tag over
 * `"answer" | 0 | tag of the request | payload`: it fits that request and no other.
 */
const SENDER_BYTES = 8;
const COUNT_BYTES = 8;
const TAG_BYTES = 16;
const STAMP_BYTES = SENDER_BYTES + COUNT_BYTES;
const SEAL_BYTES = STAMP_BYTES + TAG_BYTES;
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
		const tag = this.tagOf(Buffer.concat([ANSWER, requestTag]), payload);
		return Buffer.concat([payload, tag]);
	}

	/** The same in messages of `maxBytes` at most. */
	closeParts(requestTag: Uint8Array, payload: Uint8Array, maxBytes: number): Buffer[] {
		const parts = cutMessage(payload, maxBytes - TAG_BYTES);
		return parts.map((part) => this.closeAnswer(requestTag, part));
	}

	openAnswer(requestTag: Uint8Array, sealed: Uint8Array): Uint8Array | null {
		if (sealed.length < TAG_BYTES) return null;
		const payload = sealed.subarray(0, sealed.length - TAG_BYTES);
		const tag = this.tagOf(Buffer.concat([ANSWER, requestTag]), payload);
		return timingSafeEqual(tag, sealed.subarray(payload.length)) ? payload : null;
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
		return Buffer.concat([payload, this.tagOf(Buffer.from(`kept\0${place}\0`), payload)]);
	}

	openKept(place: string, sealed: Uint8Array): Uint8Array | null {
		if (sealed.length < TAG_BYTES) return null;
		const payload = sealed.subarray(0, sealed.length - TAG_BYTES);
		const tag = this.tagOf(Buffer.from(`kept\0${place}\0`), payload);
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

/**
 * A bus on which only messages with the seal of `key` are heard. Others are dropped and reported to `onDropped`: they reach
 * no handler and end no request. Whether nobody answers is said by the server alone, and anybody can say it in its
 * place: see `patient` in RequestOptions.
 */
export function sealBus(bus: Bus, key: Key, onDropped: OnDropped = () => {}): Bus {
	return cutBus(sealEach(bus, key, onDropped), false);
}

/** Each message, and so each part of one, has a seal of its own. */
function sealEach(bus: Bus, key: Key, onDropped: OnDropped): Bus {
	const seal = new Seal(key);
	return {
		maxBytes: bus.maxBytes - SEAL_BYTES,
		publish: (subject, payload) => bus.publish(subject, seal.close(subject, payload)),
		subscribe(subject, handler): Subscription {
			return bus.subscribe(subject, sealedHandler(seal, subject, handler, onDropped));
		},
		async request(subject, payload, timeoutMs, options: RequestOptions = {}) {
			const { bytes, tag } = seal.closeTagged(subject, payload);
			let opened: Uint8Array | null = null;
			const accept = (answer: Uint8Array) => {
				const inside = seal.openAnswer(tag, answer);
				if (inside === null) onDropped(forged(subject, 'an answer'));
				else if (options.accept?.(inside) !== false) opened = inside;
				return opened !== null;
			};
			await bus.request(subject, bytes, timeoutMs, { ...options, accept });
			return opened as unknown as Uint8Array;
		},
		openStore: async (name, options) =>
			sealedStore(seal, name, await bus.openStore(name, options), onDropped),
		async openQueue(name, options) {
			const queue = await bus.openQueue(name, options);
			return {
				put: (job, payload) => queue.put(job, seal.closeKept(jobPlace(name, job), payload)),
				state: () => queue.state(),
				take: async (waitMs) => opened(seal, name, await queue.take(waitMs), onDropped),
				remove: () => queue.remove(),
			};
		},
		async findQueues() {
			return (await bus.findQueues()).map((queue) => {
				const { name, about, silenceMs, waiting } = queue;
				const take = async (waitMs: number) =>
					opened(seal, name, await queue.take(waitMs), onDropped);
				return { name, about, silenceMs, waiting, take };
			});
		},
		flush: () => bus.flush(),
		close: () => bus.close(),
		closed: bus.closed,
	};
}

/** Without seals where no key is given: nobody else uses the server. */
export function sealIf(bus: Bus, key: Key | null, onDropped?: OnDropped): Bus {
	return key === null ? cutBus(bus, true) : sealBus(bus, key, onDropped);
}

/** What is kept has the seal of the run too: others who use the server could put other bytes in its place. */
function sealedStore(seal: Seal, store: string, inner: Store, onDropped: OnDropped): Store {
	const close = (name: string, bytes: Uint8Array) => seal.closeKept(`${store}/${name}`, bytes);
	const open = (name: string, bytes: Uint8Array | null) => {
		const inside = bytes === null ? null : seal.openKept(`${store}/${name}`, bytes);
		if (bytes !== null && inside === null)
			onDropped(forged(`${store}/${name}`, 'what is kept there'));
		return inside;
	};
	return {
		remark: inner.remark,
		put: (name, bytes) => inner.put(name, close(name, bytes)),
		get: async (name, maxBytes = Number.POSITIVE_INFINITY) =>
			open(name, await inner.get(name, maxBytes + TAG_BYTES)),
		drop: (name) => inner.drop(name),
		writeHead: (bytes) => inner.writeHead(close('', bytes)),
		readHead: async () => open('', await inner.readHead()),
		remove: () => inner.remove(),
	};
}

const jobPlace = (queue: string, job: string) => `queue ${queue}/${job}`;

/** A job without the seal leaves the queue: nobody could do it. */
async function opened(
	seal: Seal,
	queue: string,
	delivery: Delivery | null,
	onDropped: OnDropped,
): Promise<Delivery | null> {
	if (delivery === null) return null;
	const { name, count } = delivery;
	const payload = seal.openKept(jobPlace(queue, name), delivery.payload);
	if (payload === null) {
		onDropped(forged(`${queue}/${name}`, 'a job in the queue'));
		await delivery.done();
		return null;
	}
	return {
		...{ name, count, payload },
		working: () => delivery.working(),
		done: () => delivery.done(),
		giveBack: (delayMs) => delivery.giveBack(delayMs),
	};
}

function forged(subject: string, what: string): DroppedMessage {
	return { subject, kind: 'not-authentic', reason: `${what} does not have the seal of this run` };
}

function sealedHandler(
	seal: Seal,
	subject: string,
	handler: Handler,
	onDropped: OnDropped,
): Handler {
	const counts = new Counts();
	return (bytes) => {
		const opened = seal.open(subject, bytes);
		if (opened === null) {
			onDropped(forged(subject, 'it'));
			return undefined;
		}
		if (!counts.isNew(opened)) {
			onDropped({ subject, kind: 'duplicate', reason: 'it came before' });
			return undefined;
		}
		const answer = handler(opened.payload);
		return answer instanceof Promise
			? answer.then((late) => sealedAnswer(seal, opened, late))
			: sealedAnswer(seal, opened, answer);
	};
}

function sealedAnswer(seal: Seal, { tag }: Opened, answer: Answer): Answer {
	if (answer === undefined) return undefined;
	if (answer instanceof Uint8Array) return seal.closeAnswer(tag, answer);
	return answer.map((part) => seal.closeAnswer(tag, part));
}
