import { connect } from 'node:net';

/** How a NATS server greets a client: `ok`, or the reason why not in a few words. */
export type Handshake =
	| { readonly ok: true; readonly version: string; readonly jetStream: boolean }
	| { readonly ok: false; readonly reason: string };

/** Longer than the list of servers of any cluster. */
const GREETING_MAX = 256 * 1024;

/**
 * Waits for the greeting of the NATS server at `server` (`host:port`), which says its version, and leaves: whether there
 * is a server at all. It does not log in; that is the bus's business, so that there is one way to do it.
 */
export function handshake(server: string, limitMs: number): Promise<Handshake> {
	const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(server) ?? [];
	return new Promise((resolve) => {
		const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
		let received = '';
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
			if (received.includes('\r\n'))
				end(parseInfo(received) ?? { ok: false, reason: 'it is not a NATS server' });
			else if (received.length > GREETING_MAX)
				end({ ok: false, reason: 'it is not a NATS server' });
		});
	});
}

function parseInfo(text: string): Handshake | null {
	const json = /^INFO (\{.*\})\s*\r\n/.exec(text)?.[1];
	if (json === undefined) return null;
	try {
		const info = JSON.parse(json) as Record<string, unknown>;
		return { ok: true, version: String(info['version']), jetStream: info['jetstream'] === true };
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
