import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openInput, readInputText } from './input-file.ts';

const test = suite('input files');

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-input-'));
test.after(() => rmSync(folder, { recursive: true }));
const pipe = join(folder, 'pipe.csv');
const hasPipes = spawnSync('mkfifo', [pipe]).status === 0;
if (!hasPipes) process.stdout.write('skipped, no mkfifo to make pipes with\n');

test('readInputText() reads files, and says why it cannot', () => {
	const path = join(folder, 'file.txt');
	writeFileSync(path, 'größe\n');
	assert.is(readInputText(path), 'größe\n');
	assert.throws(() => readInputText(join(folder, 'none')), /ENOENT/);
	mkdirSync(join(folder, 'inner'));
	assert.throws(() => readInputText(join(folder, 'inner')), /EISDIR/);
	assert.throws(() => readInputText('/dev/zero'), /^it is a device, not a file/);
});

test('readInputText() reads a byte order mark, UTF-16 and gzip away', () => {
	const path = join(folder, 'packed');
	const text = '{"größe": 1}\n';
	const utf16 = Buffer.from(text, 'utf16le');
	const marked = Buffer.from(`\ufeff${text}`, 'utf16le');
	for (const bytes of [
		...[`\ufeff${text}`, utf16, marked, Buffer.from(utf16).swap16(), Buffer.from(marked).swap16()],
		...[gzipSync(text), gzipSync(marked), gzipSync(`\ufeff${text}`)],
	]) {
		writeFileSync(path, bytes);
		assert.is(readInputText(path), text);
	}
});

test('readInputText() names what is no text', () => {
	const path = join(folder, 'other');
	for (const [head, expected] of [
		['PK\x03\x04', /^it is a zip archive or a spreadsheet \(.xlsx\): .* CSV first$/],
		['\x89HDF', /^it is an HDF5 or NetCDF file: save it as CSV first$/],
		['(\xb5/\xfd', /^it is packed by zstd: unpack it first$/],
	] as const) {
		writeFileSync(path, Buffer.from(`${head}more of it`, 'latin1'));
		assert.throws(() => readInputText(path), expected);
	}
});

if (hasPipes) {
	// Nobody writes to the pipe: whoever opened it as a file would wait for ever.
	test('a pipe without a writer is refused at once', () => {
		for (const open of [openInput, readInputText])
			assert.throws(
				() => open(pipe),
				/^it is a pipe, not a file: save what it says to a file first$/,
			);
	});
}

test('what comes through standard input is read as before', () => {
	const code = `import { readInputText } from ${JSON.stringify(new URL('./input-file.js', import.meta.url).href)};
process.stdout.write(readInputText('/dev/stdin').toUpperCase());`;
	const { stdout } = spawnSync('sh', [
		...['-c', 'printf hello | "$0" --input-type=module -e "$1"', process.execPath, code],
	]);
	assert.is(stdout.toString(), 'HELLO');
});

test.run();
