import { execFileSync } from 'node:child_process';
import {
	closeSync,
	linkSync,
	mkdirSync,
	mkdtempSync,
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
import { checkWay, isBelow, openBelow, realFolder } from './open-below.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'gridbeat-below-')));
process.on('exit', () => rmSync(base, { recursive: true, force: true }));
let count = 0;

/** A run folder, and a file elsewhere that nobody may touch. */
function prepare(): { root: string; victim: string; elsewhere: string } {
	const at = join(base, String(count++));
	const [root, elsewhere] = [join(at, 'run'), join(at, 'elsewhere')];
	for (const folder of [root, elsewhere]) mkdirSync(folder, { recursive: true });
	const victim = join(elsewhere, 'victim');
	writeFileSync(victim, 'kept');
	return { root, victim, elsewhere };
}

test('openBelow() makes new files and opens old ones', () => {
	const { root } = prepare();
	const path = join(root, 'a.csv');
	closeSync(openBelow(root, path, 'create'));
	assert.throws(() => openBelow(root, path, 'create'), /there is a file of that name/);
	closeSync(openBelow(root, path, 'change'));
});

test('openBelow() follows no link, of the file or on the way, and touches nothing it leads to', () => {
	const { root, victim, elsewhere } = prepare();
	symlinkSync(victim, join(root, 'link'));
	symlinkSync(elsewhere, join(root, 'sites'));
	symlinkSync(join(elsewhere, 'new'), join(root, 'dangling'));
	for (const name of ['link', 'dangling']) {
		assert.throws(
			() => openBelow(root, join(root, name), 'create'),
			/there is a file of that name/,
		);
		assert.throws(() => openBelow(root, join(root, name), 'change'), /it is a symbolic link/);
	}
	for (const path of [join(root, 'sites', 'victim'), join(root, 'sites', 'new')])
		for (const mode of ['create', 'change'] as const)
			assert.throws(
				() => openBelow(root, path, mode),
				`Cannot write "${path}": "${join(root, 'sites')}" is a symbolic link`,
			);
	assert.is(readFileSync(victim, 'utf8'), 'kept');
	assert.throws(() => readFileSync(join(elsewhere, 'new')), /ENOENT/);
});

test('openBelow() changes no file that has a second name, and nothing but files', () => {
	const { root, victim } = prepare();
	linkSync(victim, join(root, 'hard'));
	assert.throws(() => openBelow(root, join(root, 'hard'), 'change'), /another name elsewhere/);
	if (process.platform === 'win32') return;
	execFileSync('mkfifo', [join(root, 'pipe')]);
	assert.throws(() => openBelow(root, join(root, 'pipe'), 'change'), /it is no plain file/);
});

test('checkWay() and isBelow() keep names within the folder', () => {
	const { root, victim } = prepare();
	for (const path of [victim, join(root, '..', 'x'), `${root}x`])
		assert.throws(() => checkWay(root, path), /it is not below/);
	checkWay(root, join(root, 'not', 'there', 'yet.csv'));
	assert.ok(isBelow(root, root));
	assert.ok(isBelow(root, join(root, '..x')));
});

test('realFolder() settles where links lead, also for what is not there yet', () => {
	const { root, elsewhere } = prepare();
	symlinkSync(elsewhere, join(root, 'link'));
	assert.is(realFolder(join(root, 'link')), elsewhere);
	assert.is(realFolder(join(root, 'link', 'a', 'b')), join(elsewhere, 'a', 'b'));
	assert.is(realFolder(join(root, 'a')), join(root, 'a'));
});

test.run();
