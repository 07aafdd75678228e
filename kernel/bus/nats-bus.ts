import {
	connect,
	createInbox,
	errors,
	type Msg,
	type NatsConnection,
	type Subscription as NatsSubscription,
	nuid,
} from '@nats-io/transport-node';
import { ConfigError } from '../../protocol/errors.ts';
import {
	type Answer,
	type Bus,
	BusClosedError,
	type Handler,
	NoResponderError,
	type RequestOptions,
	RequestTimeoutError,
	type Subscription,
} from './bus.ts';
import { describeAccess, type NatsAccess } from './nats-access.ts';
import { maxBytesOf, natsError, notPermitted, payloadRefusal } from './nats-errors.ts';
import { connectReason, natsOptions, tellOutages } from './nats-options.ts';
import type { NatsQueues } from './nats-queue.ts';
import type { Store, StoreOptions } from './store.ts';
import type { FoundQueue, QueueOptions, WorkQueue } from './work-queue.ts';

/** After the word that nobody is there, an answer that is accepted may still come: anybody can say that word. */
const NOBODY_GRACE_MS = 1_000;

/**
 * Connects to a NATS server. Errors of the NATS client end here.
 *
 * @param name shown by the server's monitoring as the connection's name
 * @param notice told of answers that the server does not let us give: whoever asked waits in vain
 * @param backMs a server that went away is waited for so long, and what was said meanwhile may be lost; default: its loss ends the bus
 * @throws ConfigError if none of the servers lets us in, with the reason of each, and without any secret
 */
export async function connectNats(
	access: NatsAccess,
	name: string,
	notice: (text: string) => void = () => {},
	backMs = 0,
): Promise<Bus> {
	const reasons = new Set<string>();
	// One after the other, so that each can say why not; the client would say it of the last alone.
	for (const server of access.servers) {
		try {
			const options = natsOptions({ ...access, servers: [server] }, name, backMs);
			const connection = await connect(options);
			const refusal = payloadRefusal(connection);
			if (backMs > 0) void tellOutages(connection, notice);
			if (refusal === null) return new NatsBus(connection, access, notice);
			await connection.close();
			reasons.add(refusal);
		} catch (error) {
			reasons.add(connectReason(error, access));
		}
	}
	throw new ConfigError(
		`Cannot reach the NATS server at "${describeAccess(access)}": ${[...reasons].join(', ')}`,
	);
}

/** A choosy request that has no answer yet, by the token of its inbox. */
interface Waiting {
	readonly subject: string;
	receive(message: Msg): void;
	fail(error: Error): void;
}

/** Where stores publish and ask. */
const STORE_SUBJECT = /^\$(JS|KV|O)\./;

class NatsBus implements Bus {
	readonly closed: Promise<Error | null>;
	private readonly connection: NatsConnection;
	private failure: Error | null = null;
	private inbox: string | null = null;
	private queues: Promise<NatsQueues> | null = null;
	private readonly waiting = new Map<string, Waiting>();
	/** Where we publish, and where we ask, on our own account and not as an answer to somebody. */
	private readonly published = new Set<string>();
	private readonly asked = new Set<string>();
	private readonly access: NatsAccess;

	constructor(connection: NatsConnection, access: NatsAccess, notice: (text: string) => void) {
		this.connection = connection;
		this.access = access;
		void this.watchPermissions(notice);
		this.closed = connection.closed().then((reason) => {
			if (this.failure !== null) return this.failure;
			return reason instanceof Error
				? new BusClosedError(`Lost the NATS server: ${reason.message}`)
				: null;
		});
	}

	get maxBytes(): number {
		return maxBytesOf(this.connection);
	}

	publish(subject: string, payload: Uint8Array): void {
		this.published.add(subject);
		try {
			this.connection.publish(subject, payload);
		} catch (error) {
			throw natsError(error, subject, 0, this.connection);
		}
	}

	subscribe(subject: string, handler: Handler): Subscription {
		let subscription: NatsSubscription;
		try {
			subscription = this.connection.subscribe(subject, {
				callback: (error, message) => {
					if (error !== null) this.fail(error);
					else this.handle(message, handler);
				},
			});
		} catch (error) {
			throw natsError(error, subject, 0, this.connection);
		}
		return { unsubscribe: () => subscription.unsubscribe() };
	}

	async request(
		subject: string,
		payload: Uint8Array,
		timeoutMs: number,
		options: RequestOptions = {},
	): Promise<Uint8Array> {
		this.asked.add(subject);
		try {
			if (options.accept !== undefined || options.signal !== undefined)
				return await this.choosyRequest(subject, payload, timeoutMs, options);
			const answer = await this.connection.request(subject, payload, { timeout: timeoutMs });
			return answer.data;
		} catch (error) {
			throw natsError(error, subject, timeoutMs, this.connection);
		}
	}

	/** A request that passes over answers: the client's own takes the first. */
	private async choosyRequest(
		subject: string,
		payload: Uint8Array,
		timeoutMs: number,
		{ accept, patient = false, isBelieved = accept === undefined, signal }: RequestOptions,
	): Promise<Uint8Array> {
		if (signal?.aborted === true) throw signal.reason;
		this.inbox ??= this.openInbox();
		const token = nuid.next();
		return new Promise((resolve, reject) => {
			let grace: NodeJS.Timeout | undefined;
			const settle = (act: () => void) => {
				clearTimeout(limit);
				clearTimeout(grace);
				signal?.removeEventListener('abort', abort);
				this.waiting.delete(token);
				act();
			};
			const fail = (error: Error) => settle(() => reject(error));
			const nobody = () => fail(new NoResponderError(subject));
			const abort = () => fail(signal?.reason as Error);
			signal?.addEventListener('abort', abort);
			const limit = setTimeout(() => {
				if (grace === undefined) fail(new RequestTimeoutError(subject, timeoutMs));
				else nobody();
			}, timeoutMs);
			this.waiting.set(token, {
				...{ subject, fail },
				receive: (message) => {
					const isNobody = message.data.length === 0 && message.headers?.code === 503;
					if (!isNobody && accept?.(message.data) !== false)
						return settle(() => resolve(message.data));
					if (!isNobody) return;
					// Where every answer counts, nobody but the server says so.
					if (isBelieved) nobody();
					else if (!patient) grace ??= setTimeout(nobody, NOBODY_GRACE_MS);
				},
			});
			try {
				this.connection.publish(subject, payload, { reply: `${this.inbox}.${token}` });
			} catch (error) {
				fail(natsError(error, subject, timeoutMs, this.connection));
			}
		});
	}

	/** Where answers to choosy requests come, each below it by its token. */
	private openInbox(): string {
		const inbox = createInbox(this.access.inboxPrefix ?? undefined);
		this.connection.subscribe(`${inbox}.*`, {
			callback: (error, message) => {
				if (error !== null) this.fail(error);
				else this.waiting.get(message.subject.slice(inbox.length + 1))?.receive(message);
			},
		});
		void this.closed.then(() => {
			for (const { fail } of [...this.waiting.values()])
				fail(new BusClosedError('Cannot wait for an answer: the bus was closed'));
		});
		return inbox;
	}

	async openStore(name: string, options: StoreOptions): Promise<Store> {
		// Loaded when it is needed first: it would make the start of every process longer.
		const { openNatsStore } = await import('./nats-store.ts');
		return openNatsStore(this.connection, name, { ...options, apiPrefix: this.access.jsApiPrefix });
	}

	async openQueue(name: string, options: QueueOptions): Promise<WorkQueue> {
		return (await this.loadQueues()).open(name, options);
	}

	async findQueues(): Promise<readonly FoundQueue[]> {
		return (await this.loadQueues()).find();
	}

	private loadQueues(): Promise<NatsQueues> {
		this.queues ??= import('./nats-queue.ts').then(
			({ NatsQueues: Queues }) => new Queues(this.connection, this.access.jsApiPrefix),
		);
		return this.queues;
	}

	async flush(): Promise<void> {
		try {
			await this.connection.flush();
		} catch (error) {
			throw natsError(error, 'flush', 0, this.connection);
		}
	}

	async close(): Promise<void> {
		if (this.connection.isClosed()) return;
		// A connection that is being closed by our own failure answers no flush any more.
		if (this.failure === null) {
			try {
				await Promise.race([this.connection.flush(), this.closed]);
			} catch {
				// The server is gone: nothing is left to flush to.
			}
		}
		await Promise.race([this.connection.close(), this.closed]);
	}

	private handle(message: Msg, handler: Handler): void {
		try {
			const answer = handler(message.data);
			if (answer instanceof Promise) {
				answer.then(
					(late) => this.respond(message, late),
					(error: unknown) => this.fail(error),
				);
			} else this.respond(message, answer);
		} catch (error) {
			this.fail(error);
		}
	}

	private respond(message: Msg, answer: Answer): void {
		if (answer === undefined) return;
		for (const one of answer instanceof Uint8Array ? [answer] : answer)
			if (!this.connection.isClosed()) message.respond(one);
	}

	/**
	 * The server reports what it does not permit, and drops it. What nobody waits for would be missed much later by
	 * somebody else, so it ends the bus by name.
	 */
	private async watchPermissions(notice: (text: string) => void): Promise<void> {
		for await (const status of this.connection.status()) {
			if (status.type !== 'error') continue;
			const { error } = status;
			if (!(error instanceof errors.PermissionViolationError)) continue;
			const { operation, subject } = error;
			const refusal = notPermitted(error);
			if (operation === 'publish') {
				const asking = [...this.waiting.values()].filter((one) => one.subject === subject);
				for (const one of asking) one.fail(refusal);
				// The client ends its own requests, and so those of stores.
				if (this.asked.has(subject) || STORE_SUBJECT.test(subject)) continue;
				// Whoever asks says where to answer: that must not end us.
				if (!this.published.has(subject)) {
					notice(refusal.message);
					continue;
				}
			}
			this.fail(refusal);
		}
	}

	private fail(error: unknown): void {
		if (error instanceof errors.PermissionViolationError) this.failure ??= notPermitted(error);
		this.failure ??= error instanceof Error ? error : new Error(String(error));
		void this.connection.close();
	}
}
