import type { Served } from './exchange.ts';
import type { Filler } from './filler.ts';

/** An answer as OpenAI's API has it, whole or chunk by chunk. */

export type AnswerKind = 'chat' | 'completion';

/** What every object of an answer says. */
export interface AnswerHead {
	readonly kind: AnswerKind;
	readonly id: string;
	/** Seconds since 1970. */
	readonly created: number;
	readonly model: string;
	readonly promptTokens: number;
	readonly answer: Filler;
}

const JOULES_PER_WH = 3600;

/** What a request took: of its GPUs, and of the grid by its carbon intensity when it was done. */
function effortOf({ replica, energyWh, carbonG }: Served) {
	return { replica, energy_joules: energyWh * JOULES_PER_WH, carbon_grams: carbonG };
}

function usageOf(head: AnswerHead, served: Served) {
	const { promptTokens, answer } = head;
	const completion = answer.tokens.length;
	const { cachedTokens } = served;
	return {
		prompt_tokens: promptTokens,
		completion_tokens: completion,
		total_tokens: promptTokens + completion,
		...(cachedTokens === null ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
		gridbeat: effortOf(served),
	};
}

/** The answer as one object. */
export function wholeAnswer(head: AnswerHead, served: Served) {
	const { kind, answer } = head;
	const text = answer.tokens.join('');
	const end = { logprobs: null, finish_reason: answer.finish };
	const choice =
		kind === 'chat'
			? { index: 0, message: { role: 'assistant', content: text, refusal: null }, ...end }
			: { index: 0, text, ...end };
	return {
		...{ ...about(head), object: kind === 'chat' ? 'chat.completion' : 'text_completion' },
		choices: [choice],
		usage: usageOf(head, served),
	};
}

function about({ id, created, model }: AnswerHead) {
	return { id, created, model };
}

function chunk(head: AnswerHead, choices: readonly unknown[], more: object = {}) {
	const object = head.kind === 'chat' ? 'chat.completion.chunk' : 'text_completion';
	return { ...about(head), object, choices, ...more };
}

/** The first of a chat, which says whose message it is. */
export function roleChunk(head: AnswerHead) {
	const delta = { role: 'assistant', content: '', refusal: null };
	return chunk(head, [{ index: 0, delta, logprobs: null, finish_reason: null }]);
}

/** Tokens from one on, up to another. */
export function tokenChunk(head: AnswerHead, from: number, until: number) {
	const text = head.answer.tokens.slice(from, until).join('');
	const choice = head.kind === 'chat' ? { delta: { content: text } } : { text };
	return chunk(head, [{ index: 0, ...choice, logprobs: null, finish_reason: null }]);
}

/** The last choice: why the answer ends, and what it took. */
export function lastChunk(head: AnswerHead, served: Served) {
	const choice = head.kind === 'chat' ? { delta: {} } : { text: '' };
	const end = { index: 0, ...choice, logprobs: null, finish_reason: head.answer.finish };
	return chunk(head, [end], { gridbeat: effortOf(served) });
}

/** Behind it, where somebody wants to know. */
export function usageChunk(head: AnswerHead, served: Served) {
	return chunk(head, [], { usage: usageOf(head, served) });
}
