import { connect } from 'node:net';

/** How a NATS server answers a client: `ok`, or the reason why not in a few words. */
export type Handshake =
	| { readonly ok: true; readonly version: string; readonly jetStream: boolean }
	| { readonly ok: false; readonly reason: string };

const DEFAULT_PORT = 4222;

/**
 * Greets the NATS server at `url` (INFO, CONNECT, PING, PONG of the NATS client protocol) and leaves. Uses no
 * client library: it must not retry, and the bus is the only place that knows the library. A server that
 * asks for TLS counts as reached after its INFO, because the certificates are the client's business.
 */
export function handshake(url: string, limitMs: number): Promise<Handshake> {
	const target = parseUrl(url);
	if (target === null) return Promise.resolve({ ok: false, reason: 'not a nats:// address' });
	return new Promise((resolve) => {
		const socket = connect({ host: target.host, port: target.port });
		let received = '';
		let greeted: { version: string; jetStream: boolean } | null = null;
		const end = (result: Handshake) => {
			clearTimeout(limit);
			socket.destroy();
			resolve(result);
		};
		const limit = setTimeout(
			() => end({ ok: false, reason: `no answer within ${limitMs / 1000} s` }),
			limitMs,
		);
		socket.on('error', (error) => end({ ok: false, reason: reasonOf(error) }));
		socket.on('close', () => end({ ok: false, reason: 'the connection was closed' }));
		socket.on('data', (chunk) => {
			received += chunk.toString('utf8');
			if (greeted === null) {
				if (!received.includes('\r\n')) return;
				const info = parseInfo(received);
				if (info === null) return end({ ok: false, reason: 'it is not a NATS server' });
				greeted = { version: info.version, jetStream: info.jetStream };
				if (info.tlsRequired) return end({ ok: true, ...greeted });
				socket.write(`CONNECT ${JSON.stringify(connectOptions(target))}\r\nPING\r\n`);
			}
			const refusal = /-ERR '([^']*)'/.exec(received);
			if (refusal !== null) end({ ok: false, reason: String(refusal[1]).toLowerCase() });
			else if (/^PONG\r$/m.test(received)) end({ ok: true, ...greeted });
		});
	});
}

interface Target {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly password: string;
}

function parseUrl(url: string): Target | null {
	const full = url.includes('://') ? url : `nats://${url}`;
	if (!URL.canParse(full)) return null;
	const parsed = new URL(full);
	if (!['nats:', 'tls:'].includes(parsed.protocol) || parsed.hostname === '') return null;
	return {
		host: parsed.hostname.replace(/^\[|\]$/g, ''),
		port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
		user: decodeURIComponent(parsed.username),
		password: decodeURIComponent(parsed.password),
	};
}

function connectOptions(target: Target): Record<string, unknown> {
	const base = { verbose: false, pedantic: false, lang: 'node', version: '1', protocol: 1 };
	if (target.user === '') return base;
	if (target.password === '') return { ...base, auth_token: target.user };
	return { ...base, user: target.user, pass: target.password };
}

function parseInfo(
	text: string,
): { version: string; jetStream: boolean; tlsRequired: boolean } | null {
	const json = /^INFO (\{.*\})\s*\r\n/.exec(text)?.[1];
	if (json === undefined) return null;
	try {
		const info = JSON.parse(json) as Record<string, unknown>;
		return {
			version: String(info['version']),
			jetStream: info['jetstream'] === true,
			tlsRequired: info['tls_required'] === true,
		};
	} catch {
		return null;
	}
}

function reasonOf(error: NodeJS.ErrnoException): string {
	switch (error.code) {
		case 'ECONNREFUSED':
			return 'connection refused';
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return 'no such host';
		case 'ECONNRESET':
			return 'the connection was closed';
		default:
			return error.code === undefined ? error.message : `${error.message} (${error.code})`;
	}
}
