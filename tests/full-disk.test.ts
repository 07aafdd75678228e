import { execFileSync } from 'node:child_process';
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	rmSync,
	writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { messageOf } from '../protocol/errors.ts';
import { type Env, eventually, gridbeat, startGridbeat, tempFolder } from './cli.ts';
import { assertSameFiles } from './kill.test-support.ts';

/** A disk that is full pauses a run, and nothing of it is lost, whether there is room again or somebody ends it. */
const DISK_BYTES = 8 * 1024 * 1024;
/** Room for the beginning of a run, and not for its tables. */
const ROOM_BYTES = 96 * 1024;
const SCENARIO = ['--until', '24h', '--no-serving'];

const disks: string[] = [];
// Before the folders are removed in which they are.
process.prependListener('exit', () => {
	for (const disk of disks) {
		try {
			execFileSync('umount', ['-l', disk], { stdio: 'ignore' });
		} catch {
			// It is gone.
		}
	}
});

interface Disk {
	readonly folder: string;
	/** There is room. */
	free(): void;
}

/** A small disk that is full but for so much; null where none can be mounted. */
function fullDisk(): Disk | null {
	const folder = join(tempFolder(), 'disk');
	mkdirSync(folder);
	try {
		const how = ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder];
		execFileSync('mount', how, { stdio: ['ignore', 'ignore', 'pipe'] });
	} catch (error) {
		process.stdout.write(`skipped, no small disk here: ${messageOf(error).split('\n')[0]}\n`);
		return null;
	}
	disks.push(folder);
	const ballast = join(folder, 'ballast');
	const file = openSync(ballast, 'w');
	writeSync(file, new Uint8Array(DISK_BYTES - ROOM_BYTES));
	closeSync(file);
	return { folder, free: () => rmSync(ballast) };
}

const PAUSED = /Paused after .*no space left on the device/;

/** Starts a run on the disk, and waits until it says that it is full. */
async function pausedRun(disk: Disk, args: readonly string[], env: Env = {}) {
	const folder = join(disk.folder, 'run');
	const cli = startGridbeat(['run', ...SCENARIO, ...args, '--out', folder], env);
	await eventually('a pause', () => (PAUSED.test(cli.said()) ? true : null));
	return { folder, cli };
}

let reference: Promise<string> | null = null;

async function undisturbed(): Promise<string> {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat(['run', ...SCENARIO, '--in-process', '--out', folder]);
	assert.is(code, 0, stderr);
	return folder;
}

const placements = [['--in-process']];
if ((await natsBinaryForTests()) !== null) placements.push(['--processes', '2']);

for (const placement of placements) {
	const where = placement.join(' ');
	test(`a disk that is full pauses a run ${where} until there is room, and changes nothing`, async () => {
		const disk = fullDisk();
		if (disk === null) return;
		const { folder, cli } = await pausedRun(disk, placement);
		disk.free();
		const { code, stdout, stderr } = await cli.ended;
		assert.is(code, 0, stdout + stderr);
		assert.is((stdout + stderr).split('Paused').length, 2, 'said once');
		assert.match(stdout + stderr, 'going on');
		reference ??= undisturbed();
		assertSameFiles(folder, await reference);
	});

	test(`a run ${where} that waits for room ends on Ctrl-C with whole windows, and can go on`, async () => {
		const disk = fullDisk();
		if (disk === null) return;
		const { folder, cli } = await pausedRun(disk, placement);
		cli.signal('SIGINT');
		const { code, stdout, stderr } = await cli.ended;
		assert.is(code, 130, stdout + stderr);
		const text = readFileSync(join(folder, 'timeseries.csv'), 'utf8');
		assert.ok(text.endsWith('\n'));
		const { gridbeat: ours } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
		assert.is(ours.status, 'incomplete');
		assert.is(ours.simulated_until_s, (text.trimEnd().split('\n').length - 1) * 60);
		disk.free();
		const resumed = await startGridbeat(['resume', folder]).ended;
		assert.is(resumed.code, 0, resumed.stderr);
		reference ??= undisturbed();
		assertSameFiles(folder, await reference);
		assert.not.ok(existsSync(join(folder, 'commits.jsonl')));
	});
}

test.run();
