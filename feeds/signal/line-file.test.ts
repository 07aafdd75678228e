import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { type FileCursor, LineFile } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-lines-'));
const path = join(folder, 'lines.txt');
test.after(() => rmSync(folder, { recursive: true }));

function linesOf(text: string | Buffer): string[] {
	writeFileSync(path, text);
	const file = new LineFile(path, 'read');
	const cursor: FileCursor = { offset: 0, line: 0 };
	const lines: string[] = [];
	for (let line = file.next(cursor); line !== null; line = file.next(cursor)) lines.push(line);
	return lines;
}

test('LineFile.next() passes empty lines, line ends of Windows and a byte order mark', () => {
	assert.equal(linesOf('\ufeffa\r\n\r\nb\n\nc'), ['a', 'b', 'c']);
	assert.equal(linesOf(''), []);
	assert.equal(linesOf('\n\n'), []);
});

test('LineFile.next() joins lines over the borders of the pieces it reads', () => {
	const expected = Array.from({ length: 3000 }, (_, i) => `${i}:${'é'.repeat((i * 7919) % 700)}`);
	expected[1500] = 'x'.repeat(1_500_000);
	assert.equal(linesOf(`${expected.join('\n')}\n`), expected);
	assert.equal(linesOf(expected.join('\n')), expected);
});

test('LineFile.next() reads what gzip packed and what is in UTF-16, from any cursor too', () => {
	const expected = Array.from({ length: 40_000 }, (_, i) => `Zeile ${i} größer`);
	const text = expected.join('\r\n');
	const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
	for (const bytes of [gzipSync(text), utf16, Buffer.from(utf16).swap16(), gzipSync(utf16)]) {
		assert.equal(linesOf(bytes), expected);
		const cursor: FileCursor = { offset: 0, line: 0 };
		const file = new LineFile(path, 'read');
		for (let i = 0; i < 30_000; i++) file.next(cursor);
		// As an actor does that goes on from a checkpoint.
		assert.is(new LineFile(path, 'read').next({ ...cursor }), expected[30_000]);
	}
});

test('LineFile.next() names what is no text, in one line', () => {
	const cases: readonly (readonly [Buffer, RegExp])[] = [
		[Buffer.from('PK\x03\x04rest'), /a zip archive or a spreadsheet \(.xlsx\): unpack it/],
		[Buffer.from('PAR1rest'), /it is a Parquet file: save it as CSV first$/],
		[gzipSync('time,value\n0,1\n').subarray(0, 20), /packed by gzip, it cannot be unpacked: /],
	];
	for (const [bytes, expected] of cases) assert.throws(() => linesOf(bytes), expected);
});

test('LineFile.next() goes on from any cursor, back and forth', () => {
	const expected = Array.from({ length: 60_000 }, (_, i) => `line ${i}`);
	linesOf(expected.join('\n'));
	const file = new LineFile(path, 'read');
	const cursor: FileCursor = { offset: 0, line: 0 };
	for (let i = 0; i < 50_000; i++) file.next(cursor);
	const copy = { ...cursor };
	for (let i = 50_000; i < 60_000; i++) assert.is(file.next(cursor), expected[i]);
	assert.is(file.next(cursor), null);
	assert.is(file.next({ offset: 0, line: 0 }), expected[0]);
	assert.is(file.next(copy), expected[50_000]);
	assert.is(copy.line, 50_001);
});

test('LineFile.next() refuses a file that is not there, naming it', () => {
	assert.throws(
		() => new LineFile(join(folder, 'absent'), 'read').next({ offset: 0, line: 0 }),
		(error: Error) =>
			error instanceof ConfigError &&
			/^Cannot read ".*absent": there is no such file/.test(error.message),
	);
});

test.run();
