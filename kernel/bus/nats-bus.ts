import {
	connect,
	createInbox,
	credsAuthenticator,
	errors,
	type Msg,
	type NatsConnection,
	type Subscription as NatsSubscription,
	type NodeConnectionOptions,
	nuid,
} from '@nats-io/transport-node';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import {
	type Bus,
	BusClosedError,
	type Handler,
	NoResponderError,
	type RequestOptions,
	RequestTimeoutError,
	type Subscription,
} from './bus.ts';
import { describeAccess, HOW_TO_LOG_IN, type NatsAccess } from './nats-access.ts';
import { nkeyLogin } from './nkey.ts';
import type { Store, StoreOptions } from './store.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** After the word that nobody is there, an answer that is accepted may still come: anybody can say that word. */
const NOBODY_GRACE_MS = 1_000;

/**
 * Connects to a NATS server. The only file that knows the NATS client: its errors end here.
 *
 * @param name shown by the server's monitoring as the connection's name
 * @throws ConfigError if none of the servers lets us in, with the reason of each, and without any secret
 */
export async function connectNats(access: NatsAccess, name: string): Promise<Bus> {
	const reasons: string[] = [];
	// One after the other, so that each can say why not; the client would say it of the last alone.
	for (const server of access.servers) {
		try {
			return new NatsBus(await connect(natsOptions({ ...access, servers: [server] }, name)));
		} catch (error) {
			const reason = connectReason(error, access);
			if (!reasons.includes(reason)) reasons.push(reason);
		}
	}
	throw new ConfigError(
		`Cannot reach the NATS server at "${describeAccess(access)}": ${reasons.join(', ')}`,
	);
}

/** What the NATS client is given of an access. */
export function natsOptions(access: NatsAccess, name = ''): NodeConnectionOptions {
	const { servers, login, tls } = access;
	const bytes = (text: string) => new TextEncoder().encode(text);
	return {
		...{ servers, name },
		// Reconnecting would hide lost messages: a run that loses its server must say so.
		reconnect: false,
		timeout: CONNECT_TIMEOUT_MS,
		noAsyncTraces: true,
		...(login.type === 'password' ? { user: login.user, pass: login.password } : {}),
		...(login.type === 'token' ? { token: login.token } : {}),
		...(login.type === 'nkey' ? { authenticator: nkeyLogin(login.seed) } : {}),
		...(login.type === 'creds' ? { authenticator: credsAuthenticator(bytes(login.text)) } : {}),
		...(tls === null ? {} : { tls: pemOptions(tls) }),
	};
}

/** With `tls` the client never falls back to an open connection. */
function pemOptions({ ca, cert, key }: NonNullable<NatsAccess['tls']>) {
	return {
		...(ca === null ? {} : { ca }),
		...(cert === null ? {} : { cert }),
		...(key === null ? {} : { key }),
	};
}

/** Why a connection was not made, in a few words and with what would do. */
function connectReason(error: unknown, { tls }: NatsAccess): string {
	if (error instanceof errors.AuthorizationError)
		return `authorization violation; ${HOW_TO_LOG_IN}`;
	const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
	const text = messageOf(error);
	if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) return 'no such host';
	if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code))
		return `${text}; give the certificate of its authority by NATS_CA`;
	if (text === "server does not support 'tls'") return 'it does not offer TLS, which was asked for';
	if (code.startsWith('ERR_SSL'))
		return text.includes('certificate')
			? 'it asks for a certificate of ours; give NATS_CERT and NATS_KEY, signed by an authority of its own'
			: `TLS: ${text.split(':')[4] ?? code}`;
	// The server's word that it wants a certificate may be lost with the connection, which it ends at once.
	if (code === 'ECONNRESET' && tls !== null && tls.cert === null)
		return 'it ends the connection, as if it asks for a certificate of ours; give NATS_CERT and NATS_KEY, signed by an authority of its own';
	return text.trim().split('\n')[0] ?? '';
}

/** A choosy request that has no answer yet, by the token of its inbox. */
interface Waiting {
	receive(message: Msg): void;
	fail(error: Error): void;
}

class NatsBus implements Bus {
	readonly closed: Promise<Error | null>;
	private readonly connection: NatsConnection;
	private failure: Error | null = null;
	private inbox: string | null = null;
	private readonly waiting = new Map<string, Waiting>();

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

	async request(
		subject: string,
		payload: Uint8Array,
		timeoutMs: number,
		options: RequestOptions = {},
	): Promise<Uint8Array> {
		try {
			if (options.accept !== undefined)
				return await this.choosyRequest(subject, payload, timeoutMs, options);
			const answer = await this.connection.request(subject, payload, { timeout: timeoutMs });
			return answer.data;
		} catch (error) {
			throw this.translate(error, subject, timeoutMs);
		}
	}

	/** A request that passes over answers: the client's own takes the first. */
	private choosyRequest(
		subject: string,
		payload: Uint8Array,
		timeoutMs: number,
		{ accept, patient = false }: RequestOptions,
	): Promise<Uint8Array> {
		this.inbox ??= this.openInbox();
		const token = nuid.next();
		return new Promise((resolve, reject) => {
			let grace: NodeJS.Timeout | undefined;
			const settle = (act: () => void) => {
				clearTimeout(limit);
				clearTimeout(grace);
				this.waiting.delete(token);
				act();
			};
			const fail = (error: Error) => settle(() => reject(error));
			const nobody = () => fail(new NoResponderError(subject));
			const limit = setTimeout(() => {
				if (grace === undefined) fail(new RequestTimeoutError(subject, timeoutMs));
				else nobody();
			}, timeoutMs);
			this.waiting.set(token, {
				fail,
				receive: (message) => {
					const isNobody = message.data.length === 0 && message.headers?.code === 503;
					if (!isNobody && accept?.(message.data) !== false)
						return settle(() => resolve(message.data));
					if (isNobody && !patient) grace ??= setTimeout(nobody, NOBODY_GRACE_MS);
				},
			});
			try {
				this.connection.publish(subject, payload, { reply: `${this.inbox}.${token}` });
			} catch (error) {
				fail(this.translate(error, subject, timeoutMs));
			}
		});
	}

	/** Where answers to choosy requests come, each below it by its token. */
	private openInbox(): string {
		const inbox = createInbox();
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
		return openNatsStore(this.connection, name, options);
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
		if (error instanceof NoResponderError || error instanceof RequestTimeoutError) return error;
		if (error instanceof BusClosedError) return error;
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
