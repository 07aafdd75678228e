import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { type AnswerHead, lastChunk, roleChunk, tokenChunk, usageChunk } from './answer.ts';
import { closedError, errorBody } from './errors.ts';
import type { AskedRequest, Exchange } from './exchange.ts';

/** How an answer is streamed. */
export interface Streaming {
	readonly head: AnswerHead;
	readonly reply: FastifyReply;
	/** Whether the tokens are counted in a chunk of its own at the end. */
	readonly withUsage: boolean;
}

/** Whoever has so much unread has gone away without a word. */
const UNREAD_BYTES_MAX = 1 << 20;

/**
 * Answers token by token, as Server-Sent Events.
 *
 * @throws OpenAiError where the request is not taken
 */
export function streamAnswer(
	exchange: Exchange,
	asked: AskedRequest,
	{ head, reply, withUsage }: Streaming,
): FastifyReply {
	const stream = new PassThrough();
	const send = (what: object) => void stream.write(`data: ${JSON.stringify(what)}\n\n`);
	let sent = 0;
	const submitted = exchange.submit(asked, {
		tokens(count) {
			if (sent === 0 && head.kind === 'chat') send(roleChunk(head));
			send(tokenChunk(head, sent, count));
			sent = count;
			if (stream.writableLength > UNREAD_BYTES_MAX) stream.destroy();
		},
		served(how) {
			send(lastChunk(head, how));
			if (withUsage) send(usageChunk(head, how));
			stream.end('data: [DONE]\n\n');
		},
		failed(reason) {
			send(errorBody(503, `The run cannot answer: ${reason}`));
			stream.end('data: [DONE]\n\n');
		},
	});
	if (submitted.type === 'refused') throw closedError(submitted.why);
	stream.once('close', () => exchange.forget(submitted.arrival));
	return reply
		.header('content-type', 'text/event-stream; charset=utf-8')
		.header('cache-control', 'no-cache')
		.header('x-accel-buffering', 'no')
		.send(stream);
}
