import type * as z from 'zod';

/** What answers say, in a few words for messages. */

const QUOTE_CHARS_MAX = 120;

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/**
 * The message of an error answer: `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"message": "…"}`, or `{"error": true, "reason": "…"}`;
 * empty where there is none.
 */
export function saidIn(body: unknown): string {
	if (typeof body !== 'object' || body === null) return '';
	const { error, message, reason, detail } = body as Record<string, unknown>;
	for (const said of [error, message, reason, detail])
		if (typeof said === 'string' && said !== '') return quoted(said);
	return error === undefined ? '' : saidIn(error);
}

/** The message of an error answer in JSON, else its beginning. */
export function saidInText(text: string): string {
	const body = parseJson(text);
	return body === undefined ? quoted(text) : saidIn(body);
}

/** The beginning of a text, on one line. */
export function quoted(text: string): string {
	const line = text.trim().replace(/\s+/g, ' ');
	return `"${line.length > QUOTE_CHARS_MAX ? `${line.slice(0, QUOTE_CHARS_MAX)}…` : line}"`;
}

/** Where an answer is not as documented. */
export function shapeOf(error: z.ZodError): string {
	const issue = error.issues[0];
	const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
	return `the answer has another shape: ${where}${issue?.message}`;
}
