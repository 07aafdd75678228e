import {
	connect,
	errors,
	type Msg,
	type NatsConnection,
	type Subscription as NatsSubscription,
} from '@nats-io/transport-node';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { withoutSecrets } from '../../protocol/urls.ts';
import {
	type Bus,
	BusClosedError,
	type Handler,
	NoResponderError,
	RequestTimeoutError,
	type Subscription,
} from './bus.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Connects to a NATS server. The only file that knows the NATS client: its errors end here.
 *
 * @param url such as `nats://127.0.0.1:4222`
 * @param name shown by the server's monitoring as the connection's name
 * @throws ConfigError if no server can be reached there
 */
export async function connectNats(url: string, name: string): Promise<Bus> {
	try {
		// Reconnecting would hide lost messages: a run that loses its server must say so.
		const connection = await connect({
			servers: url,
			name,
			reconnect: false,
			timeout: CONNECT_TIMEOUT_MS,
			noAsyncTraces: true,
		});
		return new NatsBus(connection);
	} catch (error) {
		throw new ConfigError(
			`Cannot reach the NATS server at "${withoutSecrets(url)}": ${messageOf(error)}`,
		);
	}
}

class NatsBus implements Bus {
	readonly closed: Promise<Error | null>;
	private readonly connection: NatsConnection;
	private failure: Error | null = null;

	constructor(connection: NatsConnection) {
		this.connection = connection;
		this.closed = connection.closed().then((reason) => {
			if (this.failure !== null) return this.failure;
			return reason instanceof Error
				? new BusClosedError(`Lost the NATS server: ${reason.message}`)
				: null;
		});
	}

	publish(subject: string, payload: Uint8Array): void {
		try {
			this.connection.publish(subject, payload);
		} catch (error) {
			throw this.translate(error, subject, 0);
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
			throw this.translate(error, subject, 0);
		}
		return { unsubscribe: () => subscription.unsubscribe() };
	}

	async request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
		try {
			const answer = await this.connection.request(subject, payload, { timeout: timeoutMs });
			return answer.data;
		} catch (error) {
			throw this.translate(error, subject, timeoutMs);
		}
	}

	async flush(): Promise<void> {
		try {
			await this.connection.flush();
		} catch (error) {
			throw this.translate(error, 'flush', 0);
		}
	}

	async close(): Promise<void> {
		if (this.connection.isClosed()) return;
		try {
			await this.connection.flush();
		} catch {
			// The server is gone: nothing is left to flush to.
		}
		await this.connection.close();
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

	private respond(message: Msg, answer: Uint8Array | undefined): void {
		if (answer instanceof Uint8Array && !this.connection.isClosed()) message.respond(answer);
	}

	private fail(error: unknown): void {
		this.failure ??= error instanceof Error ? error : new Error(String(error));
		void this.connection.close();
	}

	private translate(error: unknown, subject: string, timeoutMs: number): Error {
		const cause = error instanceof errors.RequestError ? (error.cause ?? error) : error;
		if (error instanceof errors.NoRespondersError || cause instanceof errors.NoRespondersError) {
			return new NoResponderError(subject, { cause: error });
		}
		if (error instanceof errors.RequestError && error.isNoResponders()) {
			return new NoResponderError(subject, { cause: error });
		}
		if (cause instanceof errors.TimeoutError) {
			return new RequestTimeoutError(subject, timeoutMs, { cause: error });
		}
		if (this.connection.isClosed()) {
			return new BusClosedError(
				`Cannot use "${subject}": the connection to the NATS server is closed`,
				{
					cause: error,
				},
			);
		}
		return error instanceof Error ? error : new Error(String(error));
	}
}
