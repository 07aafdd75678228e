import type { Dispatcher } from 'undici';
import type * as z from 'zod';
import { messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { type FeedEnv, FeedError, type FeedErrorKind } from './feed.ts';
import type { Reply } from './http-request.ts';
import { parseJson, quoted, saidIn, saidInText, shapeOf } from './http-text.ts';

/** How to talk to one source. */
export interface HttpSource {
	/** For messages: "Electricity Maps". */
	readonly name: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Never shown, wherever they may turn up. */
	readonly secrets: readonly string[];
	/** What to do about a status, in a few words. */
	readonly advice: Readonly<Record<number, string>>;
	/** The message in the text of an error; empty where there is none. Default: that of JSON, else its beginning. */
	readonly said?: (text: string) => string;
}

/** What one address gave. */
export interface HttpAnswer<T> {
	readonly data: T;
	readonly receivedAtMs: number;
	/** Its clock, epoch ms; null where it has none. */
	readonly serverDateMs: number | null;
	/** Without secrets. */
	readonly from: string;
}

export interface HttpClient {
	/** Gets a JSON document and checks its shape. @throws FeedError */
	json<T>(url: string, schema: z.ZodType<T>, more: AskOptions): Promise<HttpAnswer<T>>;
	/** Gets a text and reads it; `read` throws a FeedError for what is no good. @throws FeedError */
	text<T>(url: string, read: (text: string) => T, more: AskOptions): Promise<HttpAnswer<T>>;
	/** An error of this source, in one line without secrets. */
	error(url: string, reason: string, kind?: FeedErrorKind): FeedError;
}

export interface AskOptions {
	readonly signal: AbortSignal;
	readonly headers?: Readonly<Record<string, string>>;
}

/** The last good answer of an address that marks its answers, to be asked whether it still holds. */
interface Kept {
	readonly mark: Readonly<Record<string, string>>;
	readonly data: unknown;
}

const RETRIES_MAX = 3;
/** Whoever asks to be left alone for longer is: the caller decides what holds until then. */
const PAUSE_MS_MAX = 30_000;
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
/** Addresses whose answers are kept; those with times in them never come back. */
const KEPT_MAX = 4;

/**
 * A client of one source: retries 5xx, 429 and lost connections up to three times with growing pauses, keeps to
 * `Retry-After`, sends what marks the last answer (`ETag`, `Last-Modified`), goes through the proxy of the environment, and follows no
 * redirect where it would carry a secret along.
 */
export function makeHttpClient(source: HttpSource, env: FeedEnv): HttpClient {
	const kept = new Map<string, Kept>();
	let dispatcher: Promise<Dispatcher> | null = null;
	const error = (url: string, reason: string, kind: FeedErrorKind = 'garbled') =>
		failure(source, { url, reason, kind });
	const ask = async <T>(
		url: string,
		read: (reply: Reply) => T,
		more: AskOptions,
	): Promise<HttpAnswer<T>> => {
		dispatcher ??= dispatcherOf(source, env);
		const before = kept.get(url);
		const headers = { ...source.headers, ...more.headers, ...before?.mark };
		const asking = { url, headers, signal: more.signal, dispatcher: await dispatcher };
		const reply = await replyOf(source, env, asking);
		const about = {
			receivedAtMs: env.nowMs(),
			serverDateMs: instantIn(reply.headers['date']),
			from: hide(url, source.secrets),
		};
		if (reply.status === 304 && before !== undefined) return { ...about, data: before.data as T };
		if (reply.status >= 300) throw refusal(source, url, reply, env.nowMs());
		const data = read(reply);
		// Only what could be read: what was no good is asked for again in full.
		keep(kept, url, markOf(reply), data);
		return { ...about, data };
	};
	return {
		error,
		text: (url, read, more) => ask(url, ({ text }) => read(text), more),
		json: (url, schema, more) =>
			ask(url, (reply) => jsonOf(schema, reply, (reason) => error(url, reason)), {
				...more,
				headers: { accept: 'application/json', ...more.headers },
			}),
	};
}

/** The library is loaded when a feed is asked: most runs ask none. */
async function dispatcherOf({ secrets }: HttpSource, { keys }: FeedEnv): Promise<Dispatcher> {
	const { makeDispatcher } = await import('./http-request.ts');
	return makeDispatcher(keys, {
		bytesMax: ANSWER_BYTES_MAX,
		redirects: secrets.length === 0 ? 3 : 0,
	});
}

async function replyOf(
	source: HttpSource,
	env: FeedEnv,
	asking: {
		readonly url: string;
		readonly headers: Record<string, string>;
		readonly signal: AbortSignal;
		readonly dispatcher: Dispatcher;
	},
): Promise<Reply> {
	const { send } = await import('./http-request.ts');
	for (let attempt = 0; ; attempt++) {
		const last = attempt === RETRIES_MAX;
		const timeout = AbortSignal.timeout(env.timeoutMs);
		let pauseMs = env.retryBaseMs * 2 ** attempt * (0.5 + env.random() / 2);
		try {
			const signal = AbortSignal.any([asking.signal, timeout]);
			const reply = await send({ ...asking, signal });
			const { status, headers } = reply;
			if (last || (status !== 429 && status < 500)) return reply;
			const askedMs = retryAfterMs(headers, env.nowMs());
			if ((askedMs ?? 0) > PAUSE_MS_MAX) return reply;
			pauseMs = Math.max(pauseMs, askedMs ?? 0);
		} catch (error) {
			asking.signal.throwIfAborted();
			// What did not answer in time once is not asked again at once.
			if (last || timeout.aborted || isWrong(error)) {
				const reason = timeout.aborted
					? `no answer within ${env.timeoutMs / 1000} s`
					: reasonOf(error);
				throw failure(source, { url: asking.url, reason, kind: 'failed' });
			}
		}
		await env.sleep(pauseMs, asking.signal);
	}
}

/** Asked wrongly or answered too much: the same again will not help. */
function isWrong(error: unknown): boolean {
	const code = (error as { code?: unknown } | null)?.code;
	return (
		code === 'UND_ERR_INVALID_ARG' ||
		code === 'ERR_INVALID_URL' ||
		code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
	);
}

function jsonOf<T>(schema: z.ZodType<T>, { text }: Reply, error: (reason: string) => FeedError): T {
	const body = parseJson(text);
	if (body === undefined) throw error(`the answer is not JSON but begins with ${quoted(text)}`);
	const parsed = schema.safeParse(body, PLAINLY);
	if (parsed.success) return parsed.data;
	// Some answers say what is wrong with status 200.
	const said = saidIn(body);
	throw error(said === '' ? shapeOf(parsed.error) : said);
}

function refusal(source: HttpSource, url: string, reply: Reply, nowMs: number): FeedError {
	const { status, text, headers } = reply;
	const said = (source.said ?? saidInText)(text);
	const to = status < 400 ? one(headers['location']) : null;
	const waitMs = retryAfterMs(headers, nowMs);
	const reason = [
		`HTTP status ${status}`,
		...(said === '' || said === '""' ? [] : [said]),
		...(to === null ? [] : [`it sends to ${quoted(to)}`]),
		...(waitMs === null || waitMs <= 0 ? [] : [`it asks to wait ${Math.ceil(waitMs / 1000)} s`]),
	].join(', ');
	const kind = status === 429 ? 'limited' : status >= 500 ? 'failed' : 'refused';
	return failure(source, { url, reason, kind, status, retryAfterMs: waitMs });
}

function failure(
	{ name, advice, secrets }: HttpSource,
	about: {
		readonly url: string;
		readonly reason: string;
		readonly kind: FeedErrorKind;
		readonly status?: number;
		readonly retryAfterMs?: number | null;
	},
): FeedError {
	const { url, reason, ...rest } = about;
	const found = about.status === undefined ? undefined : advice[about.status];
	const ending = found === undefined ? '' : `; ${found}`;
	return new FeedError(
		hide(`Cannot fetch from ${name} "${url}": ${reason}${ending}`, secrets),
		rest,
	);
}

function hide(text: string, secrets: readonly string[]): string {
	let line = text.replace(/\s+/g, ' ');
	for (const secret of secrets.filter((each) => each !== '')) {
		line = line.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
	}
	return line;
}

function reasonOf(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const code = (error as { code?: unknown }).code;
	if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
		return `the answer is longer than ${ANSWER_BYTES_MAX / 1024 / 1024} MiB`;
	const said = error.cause instanceof Error ? messageOf(error.cause) : '';
	return said || messageOf(error) || String(code ?? error.name);
}

/** By the clock of the source where it has one, since that is what it reckons with. */
function retryAfterMs(headers: Reply['headers'], nowMs: number): number | null {
	const asked = one(headers['retry-after']);
	if (asked === null) return null;
	if (/^\s*\d+(\.\d+)?\s*$/.test(asked)) return Number(asked) * 1000;
	const atMs = instantIn(asked);
	return atMs === null ? null : Math.max(atMs - (instantIn(headers['date']) ?? nowMs), 0);
}

function instantIn(header: string | string[] | undefined): number | null {
	const atMs = Date.parse(one(header) ?? '');
	return Number.isNaN(atMs) ? null : atMs;
}

function one(header: string | string[] | undefined): string | null {
	return (Array.isArray(header) ? header[0] : header) ?? null;
}

function markOf({ headers }: Reply): Record<string, string> {
	const etag = one(headers['etag']);
	const modified = one(headers['last-modified']);
	if (etag !== null) return { 'if-none-match': etag };
	return modified === null ? {} : { 'if-modified-since': modified };
}

function keep(kept: Map<string, Kept>, url: string, mark: Kept['mark'], data: unknown): void {
	kept.delete(url);
	if (Object.keys(mark).length === 0) return;
	kept.set(url, { mark, data });
	const [oldest] = kept.keys();
	if (kept.size > KEPT_MAX && oldest !== undefined) kept.delete(oldest);
}
