import type {
	FastifyBaseLogger,
	FastifyInstance,
	RawReplyDefaultExpression,
	RawRequestDefaultExpression,
	RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { RunsHost } from './runs-host.ts';

/** The server as routes see it: their schemas are those of zod. */
export type App = FastifyInstance<
	RawServerDefault,
	RawRequestDefaultExpression<RawServerDefault>,
	RawReplyDefaultExpression<RawServerDefault>,
	FastifyBaseLogger,
	ZodTypeProvider
>;

/** Real time, from outside. */
export interface GatewayClock {
	/** Milliseconds that only grow. */
	nowMs(): number;
	/** Milliseconds since 1970. */
	epochMs(): number;
	/** Calls back once after so many milliseconds, unless the returned function is called before. */
	after(ms: number, callBack: () => void): () => void;
}

/** What plugins have to work with. */
export interface GatewayContext {
	readonly runs: RunsHost;
	readonly clock: GatewayClock;
	/** Version of the program. */
	readonly version: string;
	/** Folder of the dashboard as it was built; null: none is served. */
	readonly assets: string | null;
	/** Whether whoever is answered has shown a token. */
	readonly isTrusted: boolean;
	/** Aborted when the server closes: what streams on ends. */
	readonly closing: AbortSignal;
}

/** A part of the API, in one file: it adds its routes to a scope of its own. */
export type GatewayPlugin = (app: App, context: GatewayContext) => Promise<void> | void;
