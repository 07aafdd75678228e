import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';

/** A network before a NATS server. */
export interface DelayedLink {
	readonly port: number;
	/** What goes to the server takes so long; what comes from it, no time: so messages take it between any two processes. */
	delayMs: number;
	close(): void;
}

/** Opens one at `host` before the server at `host:port`; `at` is its own port, 0 for any free one. */
export async function openDelayedLink(
	host: string,
	port: number,
	{ at = 0, delayMs = 0 }: { readonly at?: number; readonly delayMs?: number } = {},
): Promise<DelayedLink> {
	const sockets = new Set<Socket>();
	const server = createServer({ noDelay: true }, (near) => {
		const far = createConnection({ port, host, noDelay: true });
		const { delayMs } = link;
		// Timers of one length fire in the order in which they were set: so do the bytes.
		near.on('data', (bytes) => {
			if (delayMs === 0) far.write(bytes);
			else setTimeout(() => far.write(bytes), delayMs);
		});
		far.on('data', (bytes) => void near.write(bytes));
		for (const [one, other] of [
			[near, far],
			[far, near],
		] as const) {
			sockets.add(one);
			one.on('error', () => {});
			one.on('close', () => {
				sockets.delete(one);
				other.destroy();
			});
		}
	});
	server.listen(at, host);
	await once(server, 'listening');
	const link: DelayedLink = {
		port: (server.address() as AddressInfo).port,
		delayMs,
		close() {
			server.close();
			for (const socket of sockets) socket.destroy();
		},
	};
	return link;
}

// As a process of its own: node delayed-link.js HOST PORT AT DELAY_MS
const [, program = '', host = '', port, at, delayMs] = process.argv;
if (import.meta.url === pathToFileURL(program).href) {
	await openDelayedLink(host, Number(port), { at: Number(at), delayMs: Number(delayMs) });
	process.stdout.write('open\n');
}
