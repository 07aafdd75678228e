import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { messageOf } from '../../../protocol/errors.ts';
import { plainText } from '../../../protocol/plain-text.ts';
import { InvalidRequest } from '../http/validation.ts';
import type { Closed } from './exchange.ts';

/** A request that is refused as OpenAI's API does. */
export class OpenAiError extends Error {
	override readonly name = 'OpenAiError';
	readonly status: number;
	readonly code: string | null;
	readonly param: string | null;

	constructor(
		status: number,
		message: string,
		{ code = null, param = null }: { code?: string | null; param?: string | null } = {},
	) {
		super(message);
		this.status = status;
		this.code = code;
		this.param = param;
	}
}

/** What every refusal looks like. */
const Refusal = z.strictObject({
	error: z.strictObject({
		message: z.string().describe('a line for people'),
		type: z.string().describe('a word for programs, such as invalid_request_error'),
		param: z.string().nullable().describe('what of the request it is about'),
		code: z.string().nullable(),
	}),
});

/** Refusals that a route may give, for its description. */
export const OPENAI_REFUSALS = {
	400: Refusal.describe('the request is wrong, or longer than the context of the model'),
	401: Refusal.describe('a token is needed'),
	403: Refusal.describe('asked from a page of somebody else'),
	404: Refusal.describe('there is no such model'),
	413: Refusal.describe('the body is too large'),
	415: Refusal.describe('the body is no JSON'),
	429: Refusal.describe('too many requests are under way'),
	503: Refusal.describe('no run takes requests now'),
} as const;

const TYPES: Readonly<Record<number, string>> = {
	401: 'authentication_error',
	403: 'permission_error',
	404: 'not_found_error',
	429: 'rate_limit_error',
};

/** The body of a refusal. */
export function errorBody(
	status: number,
	message: string,
	{ code, param }: Pick<OpenAiError, 'code' | 'param'> = { code: null, param: null },
) {
	const type = TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');
	return { error: { message: plainText(message), type, param, code } };
}

/** Answers what a route or a hook has thrown. */
export function sendError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
	const { status, message, about } = refusalOf(error);
	if (status === 429 || status === 503) void reply.header('retry-after', '1');
	void reply.code(status).send(errorBody(status, message, about));
}

function refusalOf(error: unknown): {
	status: number;
	message: string;
	about?: Pick<OpenAiError, 'code' | 'param'>;
} {
	if (error instanceof OpenAiError)
		return { status: error.status, message: error.message, about: error };
	if (error instanceof InvalidRequest) {
		const param = error.at || null;
		const message = `${param === null ? '' : `'${param}': `}${error.message}`;
		return { status: 400, message, about: { code: null, param } };
	}
	const { statusCode } = error as { statusCode?: number };
	if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
		return { status: statusCode, message: messageOf(error) };
	return { status: 500, message: 'something unexpected went wrong here' };
}

/** Why nothing is taken now. */
const CLOSED: Readonly<Record<Closed, readonly [status: number, text: string]>> = {
	waiting: [503, 'The run has not begun'],
	paused: [503, 'The run is paused'],
	over: [503, 'The run is over'],
	unwritten: [503, 'The request cannot be logged: the disk takes nothing'],
	full: [429, 'Too many requests are under way (requests.maxOutstanding)'],
};

/** A request that is not taken. */
export function closedError(why: Closed): OpenAiError {
	const [status, text] = CLOSED[why];
	return new OpenAiError(status, text, { code: status === 429 ? 'rate_limit_exceeded' : null });
}
