import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fillerAnswer } from './filler.ts';
import { ANSWER_END, chatTokens, piecesOf } from './prompt.ts';
import { loadTokenizer } from './tokenizer.ts';

/** Texts of answers against the tokenizer that counts prompts. */
const test = suite('answers as text');

const wish = { isLimit: true, stop: [] };

test('an answer has exactly the tokens that it should, each a token of its own', async () => {
	const tokenizer = await loadTokenizer();
	const { tokens, finish } = fillerAnswer({ ...wish, tokens: 500 });
	assert.is(finish, 'length');
	let text = '';
	tokens.forEach((token, i) => {
		text += token;
		assert.is(tokenizer.encode(text).length, i + 1, text.slice(-30));
	});
	assert.is(fillerAnswer({ ...wish, tokens: 3, isLimit: false }).finish, 'stop');
});

test('an answer ends before the first text at which it shall stop, also within a word', () => {
	const answer = fillerAnswer({ tokens: 50, isLimit: true, stop: ['nothing', 'ds of', 'model'] });
	assert.is(answer.tokens.join(''), 'This answer stands in for the wor');
	// The words that the text lies in were made.
	assert.equal([answer.tokens.length, answer.finish], [8, 'stop']);
	assert.is(fillerAnswer({ tokens: 2, isLimit: true, stop: ['stands'] }).finish, 'length');
});

test('a chat that goes on begins with all tokens of the chat before and its answer', async () => {
	const tokenizer = await loadTokenizer();
	const first = { role: 'user' as const, content: 'What is <|endoftext|> for?' };
	const { tokens } = fillerAnswer({ ...wish, tokens: 40 });
	const answer = { role: 'assistant' as const, content: tokens.join('') };
	const before = [
		...chatTokens(tokenizer, { messages: [first] }),
		...tokenizer.encode(tokens.join('')),
		...ANSWER_END,
	];
	const parts = [
		{ type: 'text' as const, text: 'And ' },
		{ type: 'text' as const, text: 'then?' },
	];
	const after = chatTokens(tokenizer, {
		messages: [first, answer, { role: 'user', content: parts }],
	});
	assert.equal(after.slice(0, before.length), before);
	const pieces = piecesOf(before, 16);
	assert.equal(piecesOf(after, 16).slice(0, pieces.length), pieces);
});

test('pieces are named by what they are, and no two of many share a name', () => {
	const tokens = Array.from({ length: 160_000 }, (_, i) => (i * 7919) % 100_003);
	const pieces = piecesOf(tokens, 16);
	assert.is(pieces.length, 20_000);
	const names = pieces.filter((_, i) => i % 2 === 0);
	assert.is(new Set(names).size, names.length);
	assert.ok(names.every((name) => Number.isSafeInteger(name) && name >= 0));
	assert.equal(piecesOf(tokens.slice(0, 40), 16), pieces.slice(0, 4));
});

test.run();
