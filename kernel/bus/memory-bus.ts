import { type Breather, TIRELESS } from './breather.ts';
import {
	type Answer,
	BusClosedError,
	type Handler,
	NoResponderError,
	type RequestOptions,
	RequestTimeoutError,
	type Subscription,
} from './bus.ts';
import type { BrokerOptions, MemoryConnection } from './memory-options.ts';
import { MemoryQueues } from './memory-queue.ts';
import { MemoryStore } from './memory-store.ts';
import { type Store, StoreError, type StoreOptions } from './store.ts';
import type { FoundQueue, QueueOptions, WorkQueue } from './work-queue.ts';

interface Delivery {
	readonly subscription: MemorySubscription;
	readonly payload: Uint8Array;
	readonly reply: ((answer: Uint8Array) => void) | null;
}

interface Channel {
	readonly publisher: MemoryBus;
	readonly subscription: MemorySubscription;
	readonly deliveries: Delivery[];
}

/** The in-memory counterpart of a NATS server: buses connected to it reach each other. */
export class MemoryBroker {
	/** @internal */
	readonly maxBytes: number;
	private readonly subscriptions = new Map<string, Set<MemorySubscription>>();
	private readonly channels: Channel[] = [];
	private readonly pick: (count: number) => number;
	private readonly setTimer: NonNullable<BrokerOptions['setTimer']>;
	private readonly breather: Breather;
	private readonly carry: BrokerOptions['carry'];
	private draining = false;
	private idle: (() => void)[] = [];
	private readonly stores = new Map<string, MemoryStore>();
	/** @internal */
	readonly queues: MemoryQueues;

	constructor(options: BrokerOptions = {}) {
		this.pick = options.pick ?? (() => 0);
		this.setTimer = options.setTimer ?? wallTimer;
		this.queues = new MemoryQueues(this.setTimer);
		this.breather = options.breather ?? TIRELESS;
		this.carry = options.carry;
		this.maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
	}

	connect(): MemoryConnection {
		return new MemoryBus(this);
	}

	/** @internal */
	send(
		publisher: MemoryBus,
		subject: string,
		payload: Uint8Array,
		reply: Delivery['reply'],
	): number {
		const subscriptions = this.subscriptions.get(subject);
		if (subscriptions === undefined) return 0;
		for (const subscription of subscriptions) {
			if (this.carry === undefined) this.enqueue(publisher, { subscription, payload, reply });
			else this.carryTo(this.carry, publisher, { subject, subscription, payload, reply });
		}
		return subscriptions.size;
	}

	private carryTo(
		carry: NonNullable<BrokerOptions['carry']>,
		publisher: MemoryBus,
		{ subject, subscription, payload, reply }: Delivery & { readonly subject: string },
	): void {
		const there = { from: publisher, to: subscription.owner, subject, isAnswer: false };
		const back = { from: subscription.owner, to: publisher, subject, isAnswer: true };
		const answer =
			reply === null ? null : (bytes: Uint8Array) => carry({ ...back, payload: bytes }, reply);
		carry({ ...there, payload }, (bytes) =>
			this.enqueue(publisher, { subscription, payload: bytes, reply: answer }),
		);
	}

	private enqueue(publisher: MemoryBus, delivery: Delivery): void {
		const { subscription } = delivery;
		let channel = this.channels.find(
			(other) => other.publisher === publisher && other.subscription === subscription,
		);
		if (channel === undefined) {
			channel = { publisher, subscription, deliveries: [] };
			this.channels.push(channel);
		}
		channel.deliveries.push(delivery);
		this.drainSoon();
	}

	/** @internal */
	add(subject: string, subscription: MemorySubscription): void {
		const all = this.subscriptions.get(subject) ?? new Set();
		all.add(subscription);
		this.subscriptions.set(subject, all);
	}

	/** @internal */
	remove(subject: string, subscription: MemorySubscription): void {
		const all = this.subscriptions.get(subject);
		all?.delete(subscription);
		if (all?.size === 0) this.subscriptions.delete(subject);
	}

	/** @internal */
	timer(callback: () => void, delayMs: number): { cancel(): void } {
		return this.setTimer(callback, delayMs);
	}

	/** @internal Resolves when nothing waits for delivery. */
	async settled(): Promise<void> {
		if (this.channels.length > 0) await new Promise<void>((resolve) => this.idle.push(resolve));
	}

	/** @internal */
	store(name: string, { create, maxBytes }: StoreOptions): Store {
		let store = this.stores.get(name);
		if (store === undefined) {
			if (!create) throw new StoreError(`Cannot open the store "${name}": there is none`);
			store = new MemoryStore(maxBytes, () => this.stores.delete(name));
			this.stores.set(name, store);
		}
		return store.opened();
	}

	private drainSoon(): void {
		if (this.draining) return;
		this.draining = true;
		queueMicrotask(() => this.drain());
	}

	private drain(): void {
		while (this.channels.length > 0) {
			const at = this.pick(this.channels.length);
			const channel = this.channels[at] as Channel;
			const delivery = channel.deliveries.shift() as Delivery;
			if (channel.deliveries.length === 0) this.channels.splice(at, 1);
			delivery.subscription.deliver(delivery.payload, delivery.reply);
			// Asked after a delivery, never before one: whoever works beside us may use up every turn.
			if (this.channels.length === 0 || !this.breather.isDue()) continue;
			void this.breather.rest().then(() => this.drain());
			return;
		}
		this.draining = false;
		for (const resolve of this.idle.splice(0)) resolve();
	}
}

class MemorySubscription implements Subscription {
	readonly owner: MemoryBus;
	private readonly subject: string;
	private readonly handler: Handler;
	private active = true;

	constructor(owner: MemoryBus, subject: string, handler: Handler) {
		this.owner = owner;
		this.subject = subject;
		this.handler = handler;
		owner.broker.add(subject, this);
	}

	deliver(payload: Uint8Array, reply: ((answer: Uint8Array) => void) | null): void {
		if (!this.active) return;
		const settle = (answer: Answer) => {
			// A process that is gone answers nothing any more.
			if (answer === undefined || !this.owner.isOpen) return;
			for (const one of answer instanceof Uint8Array ? [answer] : answer) reply?.(one);
		};
		try {
			const answer = this.handler(payload);
			if (answer instanceof Promise) {
				answer.then(settle, (error: unknown) => this.owner.end(asError(error)));
			} else settle(answer);
		} catch (error) {
			this.owner.end(asError(error));
		}
	}

	unsubscribe(): void {
		if (!this.active) return;
		this.active = false;
		this.owner.broker.remove(this.subject, this);
	}
}

class MemoryBus implements MemoryConnection {
	readonly broker: MemoryBroker;
	readonly maxBytes: number;
	readonly closed: Promise<Error | null>;
	private resolveClosed: (reason: Error | null) => void = () => {};
	isOpen = true;
	private readonly subscriptions: MemorySubscription[] = [];
	private readonly rejects = new Set<(error: Error) => void>();

	constructor(broker: MemoryBroker) {
		this.broker = broker;
		this.maxBytes = broker.maxBytes;
		this.closed = new Promise((resolve) => {
			this.resolveClosed = resolve;
		});
	}

	publish(subject: string, payload: Uint8Array): void {
		this.check(subject);
		this.broker.send(this, subject, payload, null);
	}

	subscribe(subject: string, handler: Handler): Subscription {
		this.check(subject);
		const subscription = new MemorySubscription(this, subject, handler);
		this.subscriptions.push(subscription);
		return subscription;
	}

	request(
		subject: string,
		payload: Uint8Array,
		timeoutMs: number,
		{ accept, patient = false, isBelieved = accept === undefined, signal }: RequestOptions = {},
	): Promise<Uint8Array> {
		return new Promise((resolve, reject) => {
			this.check(subject);
			const settle = (act: () => void) => {
				timer.cancel();
				signal?.removeEventListener('abort', abort);
				this.rejects.delete(fail);
				act();
			};
			const fail = (error: Error) => settle(() => reject(error));
			const timer = this.broker.timer(
				() => fail(new RequestTimeoutError(subject, timeoutMs)),
				timeoutMs,
			);
			const abort = () => fail(signal?.reason as Error);
			if (signal?.aborted === true) return abort();
			signal?.addEventListener('abort', abort);
			this.rejects.add(fail);
			const reached = this.broker.send(this, subject, payload, (answer) => {
				if (accept?.(answer) !== false) settle(() => resolve(answer));
			});
			if (reached === 0 && (isBelieved || !patient)) fail(new NoResponderError(subject));
		});
	}

	async openStore(name: string, options: StoreOptions): Promise<Store> {
		this.check(name);
		return this.broker.store(name, options);
	}

	async openQueue(name: string, options: QueueOptions): Promise<WorkQueue> {
		this.check(name);
		return this.broker.queues.open(name, options);
	}

	async findQueues(): Promise<readonly FoundQueue[]> {
		this.check('queues');
		return this.broker.queues.find();
	}

	async flush(): Promise<void> {
		await this.broker.settled();
	}

	async close(): Promise<void> {
		if (this.isOpen) await this.flush();
		this.end(null);
	}

	end(reason: Error | null): void {
		if (!this.isOpen) return;
		this.isOpen = false;
		for (const subscription of this.subscriptions) subscription.unsubscribe();
		for (const reject of [...this.rejects])
			reject(new BusClosedError('Cannot wait for an answer: the bus was closed'));
		this.resolveClosed(reason);
	}

	private check(subject: string): void {
		if (!this.isOpen) throw new BusClosedError(`Cannot use "${subject}": the bus is closed`);
	}
}

function wallTimer(callback: () => void, delayMs: number): { cancel(): void } {
	const timer = setTimeout(callback, delayMs);
	return { cancel: () => clearTimeout(timer) };
}

function asError(error: unknown): Error {
	return error instanceof Error ? error : new Error(String(error));
}
