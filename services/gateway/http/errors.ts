import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isResponseSerializationError } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { ConfigError, messageOf, SimulationError } from '../../../protocol/errors.ts';
import { plainText } from '../../../protocol/plain-text.ts';
import { RunConflictError } from '../runs-host.ts';
import { InvalidRequest } from './validation.ts';

/** What every refusal looks like. */
const Refusal = z.strictObject({
	error: z.strictObject({
		code: z.string().describe('a word for programs, such as not-found'),
		message: z.string().describe('a line for people'),
	}),
});

/** Refusals that a route may give, for its description. */
export const REFUSALS = {
	400: Refusal.describe('the request is wrong'),
	401: Refusal.describe('a token is needed'),
	403: Refusal.describe('asked from a page of somebody else'),
	404: Refusal.describe('there is no such thing'),
	409: Refusal.describe('not as things stand'),
	413: Refusal.describe('the body is too large'),
	415: Refusal.describe('the body is no JSON'),
	429: Refusal.describe('too many requests'),
} as const;

const CODES: Readonly<Record<number, string>> = {
	400: 'bad-request',
	401: 'unauthorized',
	403: 'forbidden',
	404: 'not-found',
	405: 'method-not-allowed',
	408: 'timeout',
	409: 'conflict',
	413: 'too-large',
	414: 'too-large',
	415: 'unsupported-media-type',
	429: 'too-many-requests',
	431: 'headers-too-large',
	503: 'unavailable',
};

/** A request that is refused with a status. The message is one line for people. */
export class HttpError extends Error {
	override readonly name = 'HttpError';
	readonly statusCode: number;

	constructor(statusCode: number, message: string) {
		super(message);
		this.statusCode = statusCode;
	}
}

/** The body of a refusal. */
export function refusal(status: number, message: string): z.infer<typeof Refusal> {
	const code = CODES[status] ?? (status >= 500 ? 'internal' : 'bad-request');
	return { error: { code, message: plainText(message) } };
}

/** The status of an error and a line about it. What nobody expected is not told to strangers. */
export function refusalOf(error: unknown): { status: number; message: string } {
	if (error instanceof ConfigError) return { status: 400, message: error.message };
	// A run that is over by now, or not under way yet.
	if (error instanceof RunConflictError || error instanceof SimulationError)
		return { status: 409, message: error.message };
	if (isResponseSerializationError(error))
		return { status: 500, message: 'Cannot answer: the answer is not what is promised' };
	if (error instanceof InvalidRequest) {
		const where = [error.validationContext ?? '', error.at].filter((part) => part !== '');
		return { status: 400, message: `Cannot take ${where.join('.')}: ${error.message}` };
	}
	const status = (error as FastifyError).statusCode ?? 500;
	if (status >= 400 && status < 500) return { status, message: messageOf(error) };
	if (error instanceof HttpError) return { status, message: error.message };
	return { status: 500, message: 'Cannot answer: something unexpected went wrong here' };
}

/** Answers what a route or a hook has thrown. */
export function sendRefusal(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
	const { status, message } = refusalOf(error);
	void reply.code(status).send(refusal(status, message));
}
