import {
	credsAuthenticator,
	errors,
	type NatsConnection,
	type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { messageOf } from '../../protocol/errors.ts';
import { HOW_TO_LOG_IN, type NatsAccess } from './nats-access.ts';
import { nkeyLogin } from './nkey.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** How often a server that went away is tried. */
const RECONNECT_MS = 500;

/**
 * What the NATS client is given of an access.
 *
 * @param backMs a server that went away is waited for so long
 */
export function natsOptions(access: NatsAccess, name = '', backMs = 0): NodeConnectionOptions {
	const { servers, login, tls, inboxPrefix } = access;
	const bytes = (text: string) => new TextEncoder().encode(text);
	return {
		...{ servers, name },
		// Reconnecting hides lost messages: a run that loses its server must say so, and asks for none.
		...{ reconnect: backMs > 0, reconnectTimeWait: RECONNECT_MS },
		maxReconnectAttempts: Math.ceil(backMs / RECONNECT_MS),
		timeout: CONNECT_TIMEOUT_MS,
		noAsyncTraces: true,
		...(inboxPrefix === null ? {} : { inboxPrefix }),
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
export function connectReason(error: unknown, { tls }: NatsAccess): string {
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

/** Says that the server of a connection that waits for it went away, and that it is back. */
export async function tellOutages(
	connection: NatsConnection,
	notice: (text: string) => void,
): Promise<void> {
	for await (const { type } of connection.status()) {
		if (type === 'disconnect') notice('Lost the NATS server; waiting for it');
		if (type === 'reconnect') notice('The NATS server is back');
	}
}
