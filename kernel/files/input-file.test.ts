import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
