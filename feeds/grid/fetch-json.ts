import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { ConfigError } from '../../protocol/errors.ts';

/** How to talk to one feed. */
export interface FeedClient {
	/** For messages: "Electricity Maps". */
	readonly name: string;
	readonly headers: Readonly<Record<string, string>>;
	/** Never shown, wherever it may turn up. */
	readonly secret: string | null;
	readonly fetch: typeof fetch;
	readonly timeoutMs: number;
	/** The pause before the first retry; doubled each time. */
	readonly retryBaseMs: number;
	/** What to do about a status, in a few words. */
	readonly advice: Readonly<Record<number, string>>;
}

/** A feed did not give what was asked for. `status` is null when there was no HTTP answer. */
export class FeedError extends ConfigError {
	readonly status: number | null;

	constructor(message: string, status: number | null) {
		super(message);
		this.status = status;
	}
}

const RETRIES_MAX = 3;
const RETRY_AFTER_S_MAX = 30;
const QUOTE_CHARS_MAX = 120;

/**
 * Gets a JSON document and checks its shape. Tries again after 429 and 5xx, at most three times.
 *
 * @throws FeedError in one line, without the secret
 */
export async function fetchJson<T>(
	client: FeedClient,
	url: string,
	schema: z.ZodType<T>,
): Promise<T> {
	const { status, text } = await fetchText(client, url);
	const body = parseJson(text);
	if (status >= 400) {
		const said = body === undefined ? quoted(text) : saidIn(body);
		throw failure(client, url, status, `HTTP status ${status}${said === '' ? '' : `, ${said}`}`);
	}
	if (body === undefined) {
		throw failure(client, url, status, `the answer is not JSON but begins with ${quoted(text)}`);
	}
	const parsed = schema.safeParse(body);
	if (parsed.success) return parsed.data;
	// Some answers say what is wrong with status 200.
	const said = saidIn(body);
	if (said !== '') throw failure(client, url, status, said);
	const issue = parsed.error.issues[0];
	const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
	throw failure(client, url, status, `the answer has another shape: ${where}${issue?.message}`);
}

async function fetchText(
	client: FeedClient,
	url: string,
): Promise<{ status: number; text: string }> {
	for (let attempt = 0; ; attempt++) {
		try {
			const response = await client.fetch(url, {
				headers: { accept: 'application/json', ...client.headers },
				signal: AbortSignal.timeout(client.timeoutMs),
			});
			const { status } = response;
			const again = status === 429 || status >= 500;
			if (!again || attempt === RETRIES_MAX) return { status, text: await response.text() };
			await response.body?.cancel();
			await sleep(pauseMs(client, attempt, response.headers.get('retry-after')));
		} catch (error) {
			throw failure(client, url, null, reasonOf(error, client.timeoutMs));
		}
	}
}

function pauseMs(client: FeedClient, attempt: number, retryAfter: string | null): number {
	const asked = retryAfter === null ? Number.NaN : Number(retryAfter);
	if (asked > 0) return Math.min(asked, RETRY_AFTER_S_MAX) * 1000;
	return client.retryBaseMs * 2 ** attempt;
}

function failure(
	client: FeedClient,
	url: string,
	status: number | null,
	reason: string,
): FeedError {
	const advice = status === null ? undefined : client.advice[status];
	const ending = advice === undefined ? '' : `; ${advice}`;
	const message = `Cannot fetch from ${client.name} "${url}": ${reason}${ending}`;
	return new FeedError(hide(message, client.secret), status);
}

function hide(text: string, secret: string | null): string {
	const line = text.replace(/\s+/g, ' ');
	return secret === null || secret === '' ? line : line.replaceAll(secret, '***');
}

function reasonOf(error: unknown, timeoutMs: number): string {
	if (!(error instanceof Error)) return String(error);
	if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
	const cause: unknown = error.cause;
	return cause instanceof Error ? cause.message || error.message : error.message;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** The message of an error answer: `{"error": "…"}`, `{"error": {"message": "…"}}` or `{"message": "…"}`. */
function saidIn(body: unknown): string {
	if (typeof body !== 'object' || body === null) return '';
	const { error, message } = body as { error?: unknown; message?: unknown };
	if (typeof error === 'string') return quoted(error);
	if (typeof message === 'string') return quoted(message);
	return error === undefined ? '' : saidIn(error);
}

function quoted(text: string): string {
	const line = text.trim().replace(/\s+/g, ' ');
	return `"${line.length > QUOTE_CHARS_MAX ? `${line.slice(0, QUOTE_CHARS_MAX)}…` : line}"`;
}
