import { errors, type NatsConnection } from '@nats-io/transport-node';
import { BusClosedError, NoResponderError, NotPermittedError, RequestTimeoutError } from './bus.ts';

/** Of NATS servers. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1024 * 1024;
/** What says who comes in, and how windows stand, is in one piece; larger messages are cut. */
const MAX_PAYLOAD_MIN_BYTES = 4 * 1024;

/** Why a run cannot use the server of a connection; null if it can. */
export function payloadRefusal(connection: NatsConnection): string | null {
	const maxBytes = maxBytesOf(connection);
	if (maxBytes >= MAX_PAYLOAD_MIN_BYTES) return null;
	return `its max_payload is ${maxBytes} bytes, and a run needs ${MAX_PAYLOAD_MIN_BYTES}`;
}

/** The largest payload of one message on the server of a connection, in bytes. */
export function maxBytesOf(connection: NatsConnection): number {
	return connection.info?.max_payload ?? DEFAULT_MAX_PAYLOAD_BYTES;
}

/** What the server does not let this user do, in words. */
export function notPermitted({
	operation,
	subject,
	message,
}: InstanceType<typeof errors.PermissionViolationError>) {
	// The server names no subject where it has no room for it.
	const what =
		subject === '' ? message : `"${subject}": the NATS server does not permit it to this user`;
	return new NotPermittedError(
		`Cannot ${operation === 'publish' ? 'publish to' : 'subscribe to'} ${what}`,
	);
}

/** An error of the NATS client as one of a bus. */
export function natsError(
	error: unknown,
	subject: string,
	timeoutMs: number,
	connection: NatsConnection,
): Error {
	if (error instanceof NoResponderError || error instanceof RequestTimeoutError) return error;
	if (error instanceof BusClosedError || error instanceof NotPermittedError) return error;
	const cause = error instanceof errors.RequestError ? (error.cause ?? error) : error;
	if (error instanceof errors.NoRespondersError || cause instanceof errors.NoRespondersError)
		return new NoResponderError(subject, { cause: error });
	if (error instanceof errors.RequestError && error.isNoResponders())
		return new NoResponderError(subject, { cause: error });
	if (cause instanceof errors.PermissionViolationError) return notPermitted(cause);
	if (cause instanceof errors.TimeoutError)
		return new RequestTimeoutError(subject, timeoutMs, { cause: error });
	if (connection.isClosed()) {
		return new BusClosedError(
			`Cannot use "${subject}": the connection to the NATS server is closed`,
			{ cause: error },
		);
	}
	return error instanceof Error ? error : new Error(String(error));
}
