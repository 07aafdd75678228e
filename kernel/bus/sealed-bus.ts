import type { Answer, Bus, Handler, RequestOptions, Subscription } from './bus.ts';
import { Counts } from './counts.ts';
import { cutBus } from './cut-bus.ts';
import type { Key } from './keys.ts';
import { forged, type OnDropped, type Opened, SEAL_BYTES, Seal } from './seal.ts';
import { sealedStore } from './sealed-store.ts';
import type { Delivery } from './work-queue.ts';

/**
 * A bus on which only messages with the seal of `key` are heard. Others are dropped and reported to `onDropped`: they reach
 * no handler and end no request. Whether nobody answers is said by the server alone, and anybody can say it in its
 * place: see `patient` in RequestOptions.
 */
export function sealBus(
	bus: Bus,
	key: Key,
	onDropped: OnDropped = () => {},
	/** Seals the heads of stores; default: `key`. */
	ofHeads: Key = key,
): Bus {
	return cutBus(sealEach(bus, key, onDropped, ofHeads), false);
}

/** Each message, and so each part of one, has a seal of its own. */
function sealEach(bus: Bus, key: Key, onDropped: OnDropped, ofHeads: Key): Bus {
	const seal = new Seal(key);
	const seals = { seal, headSeal: new Seal(ofHeads) };
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
			sealedStore(seals, name, await bus.openStore(name, options), onDropped),
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
export function sealIf(bus: Bus, key: Key | null, onDropped?: OnDropped, ofHeads?: Key): Bus {
	return key === null ? cutBus(bus, true) : sealBus(bus, key, onDropped, ofHeads);
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
