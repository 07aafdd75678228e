import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { type FastifyServerOptions, fastify } from 'fastify';
import {
	jsonSchemaTransform,
	serializerCompiler,
	type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { App, GatewayClock, GatewayContext } from './context.ts';
import { HttpError, refusal, sendRefusal } from './http/errors.ts';
import { type Guard, refuseStrangers, requireToken, takeTokenOfPage } from './http/guard.ts';
import { PLUGINS } from './http/plugins.ts';
import { checkRequest } from './http/validation.ts';
import type { RunsHost } from './runs-host.ts';

export interface GatewayOptions {
	readonly runs: RunsHost;
	readonly clock: GatewayClock;
	readonly guard: Guard;
	readonly version: string;
	/** Folder of the dashboard as it was built; null: none is served. */
	readonly assets: string | null;
	/** Requests that one address may send in a minute. */
	readonly requestsPerMinute?: number | undefined;
	/** Whoever has not sent all headers, or all of a request, by then is let go. */
	readonly patienceMs?: { readonly headers: number; readonly request: number } | undefined;
}

const BODY_BYTES_MAX = 1 << 20;
const HEADER_BYTES_MAX = 16_384;
const PATIENCE_MS = { headers: 10_000, request: 30_000 };
const CHECK_EVERY_MS = 1_000;
const KEEP_ALIVE_MS = 20_000;
const CONNECTIONS_MAX = 2_000;
const REQUESTS_PER_MINUTE = 1_200;

/** Routes that show nothing of runs and change nothing, so that they need no token. */
const OPEN: readonly string[] = ['/health'];

/** Headers of every answer: pages show only what is from here, in no frame, and say nothing of where they are. */
const HEADERS = {
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'no-referrer',
	'cross-origin-resource-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'content-security-policy':
		"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
} as const;

/**
 * Makes the HTTP server in front of runs; `listen()` of what is returned begins it, `close()` ends it with its streams.
 */
export async function makeGateway(options: GatewayOptions): Promise<App> {
	const { guard: rules, requestsPerMinute = REQUESTS_PER_MINUTE } = options;
	const { patienceMs: patience = PATIENCE_MS } = options;
	const app = fastify({
		...{ logger: false, bodyLimit: BODY_BYTES_MAX, requestTimeout: patience.request },
		...{ keepAliveTimeout: KEEP_ALIVE_MS, forceCloseConnections: true },
		...{ requestIdHeader: false, trustProxy: false, exposeHeadRoutes: true },
		routerOptions: { maxParamLength: 4_000 },
		// What cannot be routed, and what is no HTTP, gets the answer that all refusals have.
		frameworkErrors: (error, _request, reply) => sendRefusal(error, _request, reply),
		clientErrorHandler: refuseBytes,
		http: {
			headersTimeout: patience.headers,
			requestTimeout: patience.request,
			connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, patience.headers),
			maxHeaderSize: HEADER_BYTES_MAX,
		},
	}).withTypeProvider<ZodTypeProvider>();
	app.server.maxConnections = CONNECTIONS_MAX;
	app.setValidatorCompiler(checkRequest);
	app.setSerializerCompiler(serializerCompiler);
	// A body that is no JSON would need no leave of the browser to be sent from another page.
	app.removeContentTypeParser('text/plain');
	app.setErrorHandler(sendRefusal);
	const closing = new AbortController();
	app.addHook('preClose', async () => closing.abort());
	app.addHook('onRequest', async (request, reply) => {
		void reply.headers(HEADERS);
		refuseStrangers(rules, request);
		return takeTokenOfPage(rules, request, reply) ? reply : undefined;
	});
	// After the limit of requests, which is of the routes: nobody tries tokens without end.
	app.addHook('preParsing', async (request) => {
		if (!OPEN.includes(request.routeOptions.url ?? '')) requireToken(rules, request);
	});
	await app.register(rateLimit, {
		max: requestsPerMinute,
		timeWindow: 60_000,
		cache: 10_000,
		errorResponseBuilder: (_request, { after }) =>
			new HttpError(429, `Cannot answer so many requests: try again in ${after}`),
	});
	await app.register(swagger, { transform: jsonSchemaTransform, openapi: openapi(options) });
	answerUnknown(app);
	const { runs, clock, version, assets } = options;
	const isTrusted = rules.token !== null;
	const context: GatewayContext = {
		...{ runs, clock, version, assets, isTrusted, closing: closing.signal },
	};
	for (const plugin of PLUGINS)
		await app.register(async (scope) => plugin(scope.withTypeProvider<ZodTypeProvider>(), context));
	app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
	await app.ready();
	return app;
}

type ClientSocket = Parameters<NonNullable<FastifyServerOptions['clientErrorHandler']>>[1];

const STATUS_TEXTS: Readonly<Record<number, string>> = {
	400: 'Bad Request',
	408: 'Request Timeout',
	431: 'Request Header Fields Too Large',
};

/** Answers bytes that are no request, or too slow or large for one, and lets their sender go. */
function refuseBytes(error: Error & { readonly code?: string }, socket: ClientSocket): void {
	const { code } = error;
	const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
	const status = isSlow ? 408 : code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
	if (code === 'ECONNRESET' || socket.destroyed) return;
	const message = isSlow ? 'it came too slowly' : 'it is no request of HTTP';
	const body = JSON.stringify(refusal(status, `Cannot answer: ${message}`));
	const head = `HTTP/1.1 ${status} ${STATUS_TEXTS[status]}\r\ncontent-type: application/json\r\n`;
	if (socket.writable)
		socket.write(`${head}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
	socket.destroySoon();
}

function openapi({ version, guard: { token } }: GatewayOptions) {
	const bearer = { type: 'http', scheme: 'bearer' } as const;
	return {
		openapi: '3.1.0',
		info: { title: 'Gridbeat', version, description: 'Runs of LLM serving on microgrids' },
		...(token === null
			? {}
			: { components: { securitySchemes: { bearer } }, security: [{ bearer: [] }] }),
	};
}

/** Refuses what has no route, and says so where another method would have one. */
function answerUnknown(app: App): void {
	const routes: { readonly method: string; readonly path: RegExp }[] = [];
	app.addHook('onRoute', ({ method, url }) => {
		const pattern = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]\w*/g, '[^/]+');
		const path = new RegExp(`^${pattern.replace('*', '.*')}$`);
		for (const one of [method].flat()) routes.push({ method: one, path });
	});
	// Before a body is read: nobody wants it.
	app.addHook('preParsing', async (request, reply) => {
		if (!request.is404) return;
		const [path = ''] = request.url.split('?');
		const methods = routes.filter((route) => route.path.test(path)).map(({ method }) => method);
		if (methods.length === 0)
			throw new HttpError(404, `Cannot find "${path}": there is no such path`);
		const allowed = [...new Set(methods)].sort().join(', ');
		void reply.header('allow', allowed);
		throw new HttpError(405, `Cannot ${request.method} "${path}": it takes ${allowed}`);
	});
	app.setNotFoundHandler(() => {
		throw new HttpError(404, 'Cannot find that: there is no such thing');
	});
}
