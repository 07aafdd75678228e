import { execFile, spawn } from 'node:child_process';
import {
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Holder, holderOf, lockFolder, RUN_LOCK } from './folder-lock.ts';
import { ownProcess } from './process-id.ts';

const folders: string[] = [];
process.on('exit', () => {
	for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-lock-'));
	folders.push(folder);
	return folder;
}

/** A folder with a lock of somebody who is as we are but for `other`. */
function lockedBy(other: Partial<Holder>): string {
	const folder = newFolder();
	const holder = { ...ownProcess(), token: 'theirs', what: 'run a', since: 'yesterday', ...other };
	writeFileSync(join(folder, RUN_LOCK), JSON.stringify(holder));
	return folder;
}

/** The code of a process that takes a folder, says so, and keeps it. */
const TAKER = `
	import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.js', import.meta.url).href)};
	try {
		lockFolder(process.argv[1], 'run ' + process.pid);
		console.log('got it');
		if (process.argv[2] === 'keep') setInterval(() => {}, 1000);
	} catch (error) {
		console.log(error.message);
	}`;
const ARGS = ['--input-type=module', '-e', TAKER];
const CANNOT_SEE = /cannot be seen from here; if it has ended, remove ".*run\.lock"$/;

test('lockFolder() gives a folder to one at a time, and says who has it', () => {
	const folder = newFolder();
	const lock = lockFolder(folder, 'run a');
	assert.throws(
		() => lockFolder(folder, 'run b'),
		(error: Error) =>
			error.message.startsWith(`Cannot use "${folder}": "run a" (process ${process.pid} on `) &&
			error.message.endsWith('is at work there; wait for its end, or give another folder'),
	);
	lock.release();
	assert.equal(readdirSync(folder), []);
	const next = lockFolder(folder, 'run b');
	lock.release();
	assert.is(holderOf(folder)?.holder.what, 'run b', 'what is not ours any more stays');
	next.release();
});

test('lockFolder() takes over from a process that was killed, and says so', async () => {
	const folder = newFolder();
	const child = spawn(process.execPath, [...ARGS, folder, 'keep'], { stdio: 'pipe' });
	await new Promise((resolve) => child.stdout.once('data', resolve));
	assert.throws(() => lockFolder(folder, 'run b'), /is at work there/);
	const ended = new Promise((resolve) => child.once('close', resolve));
	child.kill('SIGKILL');
	await ended;
	const said: string[] = [];
	const lock = lockFolder(folder, 'run b', { say: (text) => said.push(text) });
	assert.equal(said, [
		`Taking over "${folder}": "run ${child.pid}" (process ${child.pid}) held it and has ended without a word`,
	]);
	lock.release();
});

test('lockFolder() tells a process from a later one of the same number', () => {
	if (ownProcess().start === null) {
		console.log('skipped: this system does not say when a process began');
		return;
	}
	lockFolder(lockedBy({ start: '1' }), 'run b').release();
});

test('lockFolder() takes over from before the machine was started anew, if it is this machine', () => {
	const { machine, boot } = ownProcess();
	if (machine === null || boot === null) {
		console.log('skipped: this system does not say which machine it is');
		return;
	}
	lockFolder(lockedBy({ boot: 'another' }), 'run b').release();
	assert.throws(() => lockFolder(lockedBy({ boot: 'another', machine: 'x' }), 'b'), CANNOT_SEE);
	assert.throws(() => lockFolder(lockedBy({ boot: 'another', host: 'x' }), 'b'), CANNOT_SEE);
});

test('lockFolder() refuses what it cannot see: other containers, other machines, other files', () => {
	assert.throws(() => lockFolder(lockedBy({ space: 'pid:[1]' }), 'run b'), CANNOT_SEE);
	for (const text of ['', '{', '{"pid":1}', 'null', 'x'.repeat(5000)]) {
		const folder = newFolder();
		writeFileSync(join(folder, RUN_LOCK), text);
		assert.throws(
			() => lockFolder(folder, 'run b'),
			/run\.lock" is no lock of this program; remove/,
		);
		assert.is(readFileSync(join(folder, RUN_LOCK), 'utf8'), text);
	}
	const [folder, target] = [newFolder(), join(newFolder(), 'target')];
	symlinkSync(target, join(folder, RUN_LOCK));
	assert.throws(() => lockFolder(folder, 'run b'), /is no lock of this program/);
});

test('a lock that somebody made up says nothing but plain text', () => {
	assert.throws(
		() => lockFolder(lockedBy({ what: 'run \u001b]0;x\u0007\u009b2J', space: 'x' }), 'run b'),
		(error: Error) => !/\p{C}/u.test(error.message),
	);
});

test('of many that take over from a dead one at the same time, one gets the folder', async () => {
	for (let round = 0; round < 3; round++) {
		const folder = lockedBy({ pid: 2 ** 22 + 1, start: null });
		const takers = Array.from({ length: 6 }, () =>
			spawn(process.execPath, [...ARGS, folder, 'keep']),
		);
		const said = await Promise.all(
			takers.map(
				(taker) =>
					new Promise<string>((resolve) => taker.stdout.once('data', (text) => resolve(`${text}`))),
			),
		);
		assert.is(said.filter((text) => text === 'got it\n').length, 1, said.join(''));
		for (const taker of takers) taker.kill('SIGKILL');
	}
});

test('a lock goes with the process that ends in order', async () => {
	const folder = newFolder();
	const { stdout } = await promisify(execFile)(process.execPath, [...ARGS, folder, 'end']);
	assert.is(stdout, 'got it\n');
	assert.equal(readdirSync(folder), []);
});

test.run();
