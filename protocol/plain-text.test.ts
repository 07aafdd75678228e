import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode } from './codec.ts';
import { ConfigError, ProtocolError, SimulationError } from './errors.ts';
import { plainLines, plainText } from './plain-text.ts';

test('plainText() makes visible what a terminal would obey or a reader would not see', () => {
	for (const [text, shown] of [
		['\x1b[2J\x1b]0;title\x07', '\\x1b[2J\\x1b]0;title\\x07'],
		['\x9b31mred', '\\x9b31mred'],
		['a\nb\r\tc\x7f', 'a\\nb\\r\\tc\\x7f'],
		['abc\u202etxt.exe', 'abc\\u{202e}txt.exe'],
		['a\u2028b\u2066c\u200bd\ufeff', 'a\\u{2028}b\\u{2066}c\\u{200b}d\\u{feff}'],
		['\ud800x', '\\u{d800}x'],
		['München 北京 😀 "x" \\n', 'München 北京 😀 "x" \\n'],
	] as const)
		assert.is(plainText(text), shown);
});

test('plainText() cuts what is too long and says how much is missing', () => {
	assert.is(plainText('abcdef', 4), 'abcd… (2 characters more)');
	assert.is(plainText('abcd', 4), 'abcd');
	assert.ok(plainText('\x1b'.repeat(1e6)).length < 10_000);
});

test('plainLines() keeps line breaks alone', () => {
	assert.is(plainLines('a\r\nb\x1b[1m\n'), 'a\nb\\x1b[1m\n');
});

test('errors say what they quote in one line of visible characters', () => {
	for (const Kind of [ConfigError, SimulationError, ProtocolError])
		assert.is(new Kind('Cannot read "\x1b[2J\n"').message, 'Cannot read "\\x1b[2J\\n"');
});

test('text for people comes out of decode() in visible characters, however it was sent', () => {
	const failed = {
		type: 'failed',
		host: 'h',
		actor: null,
		timeUs: null,
		cause: 'simulation',
	} as const;
	const { message } = decode(encode({ ...failed, message: 'a\x1b[2J\nb\u202e' }), 'failed');
	assert.is(message, 'a\\x1b[2J\\nb\\u{202e}');
	assert.is(decode(encode({ ...failed, message }), 'failed').message, message, 'sent on');
});

test.run();
