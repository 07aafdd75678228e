import type { Answer, Bus, Handler } from './bus.ts';
import { cutMessage, isPart, Parts } from './parts.ts';

/**
 * A bus that carries messages of any size: what is larger than one message of `bus` goes in parts, each of them a message
 * there.
 *
 * @param isOwn nobody else uses the server: that nobody answers a request is believed
 */
export function cutBus(bus: Bus, isOwn: boolean): Bus {
	if (bus.maxBytes === Number.POSITIVE_INFINITY) return bus;
	const { maxBytes } = bus;
	/** All parts but the last, which is returned. */
	const publishMost = (subject: string, payload: Uint8Array): Uint8Array => {
		if (payload.length <= maxBytes) return payload;
		const parts = cutMessage(payload, maxBytes);
		for (const part of parts.slice(0, -1)) bus.publish(subject, part);
		return parts.at(-1) as Uint8Array;
	};
	return {
		maxBytes: Number.POSITIVE_INFINITY,
		publish: (subject, payload) => bus.publish(subject, publishMost(subject, payload)),
		subscribe: (subject, handler) => bus.subscribe(subject, wholeHandler(handler, maxBytes)),
		async request(subject, payload, timeoutMs, options = {}) {
			let whole: Uint8Array | null = null;
			const parts = new Parts();
			const accept = (answer: Uint8Array) => {
				const message = isPart(answer) ? parts.add(answer) : answer;
				if (message !== null && options.accept?.(message) !== false) whole = message;
				return whole !== null;
			};
			const isBelieved = isOwn && options.accept === undefined;
			const last = publishMost(subject, payload);
			await bus.request(subject, last, timeoutMs, { ...options, accept, isBelieved });
			return whole as unknown as Uint8Array;
		},
		openStore: (name, options) => bus.openStore(name, options),
		openQueue: (name, options) => bus.openQueue(name, options),
		findQueues: () => bus.findQueues(),
		flush: () => bus.flush(),
		close: () => bus.close(),
		closed: bus.closed,
	};
}

/** Hands on messages that are whole, and cuts what they are answered with. */
function wholeHandler(handler: Handler, maxBytes: number): Handler {
	const parts = new Parts();
	const cut = (answer: Answer): Answer =>
		answer instanceof Uint8Array && answer.length > maxBytes
			? cutMessage(answer, maxBytes)
			: answer;
	return (bytes) => {
		const message = isPart(bytes) ? parts.add(bytes) : bytes;
		if (message === null) return undefined;
		const answer = handler(message);
		return answer instanceof Promise ? answer.then(cut) : cut(answer);
	};
}
