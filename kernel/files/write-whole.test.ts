import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { writeWhole } from './write-whole.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-files-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

test('writeWhole() makes the folder, takes texts, bytes and parts, and leaves nothing beside the file', () => {
	const path = join(folder, 'a', 'b', 'file.txt');
	writeWhole(path, 'one');
	writeWhole(path, new TextEncoder().encode('two'));
	assert.is(readFileSync(path, 'utf8'), 'two');
	writeWhole(path, (write) => ['th', 'ree'].forEach(write));
	assert.is(readFileSync(path, 'utf8'), 'three');
	assert.equal(readdirSync(join(folder, 'a', 'b')), ['file.txt']);
});

test('writeWhole() leaves the old file as it is when the new one cannot be made, and says why', () => {
	const path = join(folder, 'kept.txt');
	writeWhole(path, 'old');
	const fill = () => {
		throw new Error('no more rows');
	};
	assert.throws(() => writeWhole(path, fill), /^Cannot write ".*kept.txt": no more rows$/);
	assert.is(readFileSync(path, 'utf8'), 'old');
	writeFileSync(join(folder, 'file'), '');
	for (const impossible of [join(folder, 'file', 'x'), '/proc/gridbeat/x'])
		try {
			writeWhole(impossible, '');
			assert.unreachable();
		} catch (error) {
			assert.instance(error, ConfigError);
		}
});

test('writeWhole() replaces a link, follows none below a folder, and leaves nothing when it fails', () => {
	const root = realpathSync(mkdtempSync(join(folder, 'run-')));
	const target = join(folder, 'target.txt');
	writeFileSync(target, 'kept');
	for (const name of ['report.html', 'report.html.part']) symlinkSync(target, join(root, name));
	writeWhole(join(root, 'report.html'), 'new', { below: root });
	assert.is(readFileSync(join(root, 'report.html'), 'utf8'), 'new');
	symlinkSync(folder, join(root, 'plots'));
	const stray = join(root, 'plots', 'target.txt');
	assert.throws(() => writeWhole(stray, 'new', { below: root }), /plots" is a symbolic link/);
	const fail = () => {
		throw new Error('no more rows');
	};
	assert.throws(() => writeWhole(join(root, 'a.csv'), fail), /no more rows/);
	assert.is(readFileSync(target, 'utf8'), 'kept');
	assert.equal(readdirSync(root).sort(), ['plots', 'report.html', 'report.html.part']);
});

test.run();
