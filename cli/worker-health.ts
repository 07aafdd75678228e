import { createServer, type Server } from 'node:http';
import { ConfigError, messageOf } from '../protocol/errors.ts';

/** How a worker is, for whoever keeps it running: an orchestrator, a load balancer, a person. */
export interface Health {
	/** Whether it is connected to its NATS server. */
	isConnected: boolean;
	/** The run that it takes part in, and its actors there; null: it waits for one. */
	run: string | null;
	actors: readonly string[];
	/** Runs that it took part in, to their end or not. */
	runs: number;
}

/** A worker that has done nothing yet. */
export function startHealth(): Health {
	return { isConnected: false, run: null, actors: [], runs: 0 };
}

const OK = 200;
const UNAVAILABLE = 503;
const NOT_FOUND = 404;

/**
 * Answers `GET /healthz` (200 as long as the process works) and `GET /readyz` (200 while it is connected to its NATS server,
 * else 503), both with what it does as JSON, until the returned server is closed. It keeps no process alive.
 *
 * @param port of this machine; 0: any that is free
 * @throws ConfigError for a port that cannot be had
 */
export async function serveHealth(health: Health, port: number): Promise<Server> {
	const server = createServer(({ url }, response) => {
		const isReady = health.isConnected || url === '/healthz';
		const isKnown = url === '/healthz' || url === '/readyz';
		const status = isKnown ? (isReady ? OK : UNAVAILABLE) : NOT_FOUND;
		const { isConnected: connected, run, actors, runs } = health;
		response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
		response.end(isKnown ? `${JSON.stringify({ connected, run, actors, runs })}\n` : undefined);
	});
	server.unref();
	return new Promise((resolve, reject) => {
		server.once('error', (error) =>
			reject(new ConfigError(`Cannot answer at port ${port}: ${messageOf(error)}`)),
		);
		server.listen(port, () => resolve(server));
	});
}

/**
 * How a worker is, said at a port if there is one.
 *
 * @throws ConfigError for what is no port, or cannot be had
 */
export async function healthAt(port: string | undefined): Promise<Health> {
	const health = startHealth();
	if (port !== undefined) await serveHealth(health, portOf(port));
	return health;
}

function portOf(text: string): number {
	const port = Number(text);
	if (/^\d+$/.test(text) && port > 0 && port <= 65_535) return port;
	throw new ConfigError(`Cannot answer at port "${text}": give 1 to 65535`);
}
