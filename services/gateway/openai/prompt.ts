import type { ChatBody, CompletionBody } from './bodies.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Marks of a chat, which no text has: where a message begins, where its text does, and where it ends. */
const BEGIN = 1_000_000;
const TEXT = 1_000_001;
const END = 1_000_002;

/** The tokens of a prompt that is text, or of tokens already. */
export function completionTokens(
	tokenizer: Tokenizer,
	{ prompt }: Pick<CompletionBody, 'prompt'>,
): readonly number[] {
	if (typeof prompt === 'string') return tokenizer.encode(prompt);
	const [first] = prompt;
	if (typeof first === 'string') return tokenizer.encode(first);
	return typeof first === 'number' ? (prompt as readonly number[]) : (first ?? []);
}

/**
 * The tokens of a chat: each message has its role and its text between three marks, and the answer begins as a message does. So
 * a chat that goes on begins with all tokens of the chat before, its answer included.
 */
export function chatTokens(
	tokenizer: Tokenizer,
	{ messages, tools }: Pick<ChatBody, 'messages' | 'tools'>,
): number[] {
	const tokens: number[] = [];
	const add = (role: string, text: string) =>
		tokens.push(BEGIN, ...tokenizer.encode(role), TEXT, ...tokenizer.encode(text), END);
	if (tools !== undefined && tools.length > 0) add('tools', JSON.stringify(tools));
	for (const { role, content, name, tool_calls } of messages) {
		const text =
			typeof content === 'string' ? content : (content ?? []).map((part) => part.text).join('');
		const calls = tool_calls === undefined ? '' : JSON.stringify(tool_calls);
		add(name === undefined ? role : `${role} ${name}`, text + calls);
	}
	return [...tokens, BEGIN, ...tokenizer.encode('assistant'), TEXT];
}

/** What ends an answer in a chat, so that it is a part of what comes next. */
export const ANSWER_END: readonly number[] = [END];

const HIGH = 2 ** 32;

/**
 * Names of pieces of so many tokens and their lengths, in turns. Equal pieces have equal names; two that differ share one with
 * a chance of 1e-16. What is left at the end is no piece.
 */
export function piecesOf(tokens: readonly number[], pieceTokens: number): number[] {
	const pieces: number[] = [];
	for (let from = 0; from + pieceTokens <= tokens.length; from += pieceTokens) {
		let [a, b] = [0x2545f491, 0x4f6cdd1d];
		for (let i = from; i < from + pieceTokens; i++) {
			const token = tokens[i] as number;
			a = mixed(a ^ Math.imul(token, 0x9e3779b1));
			b = mixed((b ^ Math.imul(token, 0x85ebca77)) + a);
		}
		// 53 bits: what a number holds.
		pieces.push(((a >>> 0) & 0x1fffff) * HIGH + (b >>> 0), pieceTokens);
	}
	return pieces;
}

function mixed(word: number): number {
	let h = word;
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) | 0;
}
