import { createServer, type IncomingHttpHeaders } from 'node:http';
import * as assert from 'uvu/assert';
import { type FeedEnv, FeedError, type FeedErrorKind } from './feed.ts';
import type { AskOptions } from './http-client.ts';

/** What a server in the place of a source does with a request. */
export type FakeAnswer =
	| {
			readonly status?: number;
			/** Sent as it is if it is text, else as JSON. */
			readonly body?: unknown;
			readonly headers?: Readonly<Record<string, string>>;
			/** Ends the connection when this many bytes of the body are out. */
			readonly cutAfter?: number;
	  }
	/** Never answers. */
	| 'silence'
	/** Closes the connection without a word. */
	| 'hang-up';

export interface Asked {
	/** As it was sent. */
	readonly url: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingHttpHeaders;
	/** How many came before it. */
	readonly before: number;
}

/** A server on loopback that answers by a function while `use` runs. */
export async function withSource(
	answer: (asked: Asked) => FakeAnswer,
	use: (baseUrl: string, asked: readonly Asked[]) => Promise<void>,
): Promise<void> {
	const all: Asked[] = [];
	const server = createServer((request, response) => {
		const url = new URL(request.url ?? '/', 'http://source');
		const asked = {
			url: request.url ?? '',
			path: decodeURIComponent(url.pathname),
			query: url.searchParams,
			headers: request.headers,
			before: all.length,
		};
		all.push(asked);
		const found = answer(asked);
		if (found === 'silence') return;
		if (found === 'hang-up') {
			request.socket.destroy();
			return;
		}
		const { status = 200, body = '', headers = {}, cutAfter } = found;
		const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
		response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
		if (cutAfter === undefined) response.end(bytes);
		else response.write(bytes.subarray(0, cutAfter), () => request.socket.destroy());
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	try {
		await use(`http://127.0.0.1:${address.port}`, all);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

/** An environment whose clock stands still but for what is slept, and which lists that. */
export function fakeEnv(
	more: Partial<FeedEnv> & { readonly atMs?: number } = {},
): FeedEnv & { readonly slept: number[] } {
	const { atMs = Date.parse('2026-11-20T12:20:00Z'), ...rest } = more;
	const slept: number[] = [];
	let nowMs = atMs;
	return {
		keys: {},
		nowMs: () => nowMs,
		sleep: async (ms, signal) => {
			signal?.throwIfAborted();
			slept.push(ms);
			nowMs += ms;
			// As a timer would, it lets others have their turn.
			await new Promise((resolve) => setImmediate(resolve));
			signal?.throwIfAborted();
		},
		random: () => 0.5,
		timeoutMs: 20_000,
		retryBaseMs: 1000,
		slept,
		...rest,
	};
}

/** How one asks who never gives up. */
export const ASK: AskOptions = { signal: new AbortController().signal };

/** The error that a feed fails with: one line without the secrets. */
export async function feedError(
	asking: Promise<unknown>,
	secrets: readonly string[] = [],
): Promise<{
	kind: FeedErrorKind;
	status: number | null;
	retryAfterMs: number | null;
	message: string;
}> {
	const error = await asking.then(
		() => null,
		(reason: unknown) => reason,
	);
	assert.instance(error, FeedError);
	const { kind, status, retryAfterMs, message } = error as FeedError;
	assert.match(message, /^Cannot /);
	assert.not.match(message, /\n|\.$/);
	for (const secret of secrets) {
		assert.not(message.includes(secret), message);
		assert.not(message.includes(encodeURIComponent(secret)), message);
	}
	return { kind, status, retryAfterMs, message };
}
