import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NotYetError } from '../../kernel/actor/contract.ts';
import { lockFolder } from '../../kernel/files/folder-lock.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { FaultyDisk } from '../../tests/faulty-files.test-support.ts';
import { recorderKind } from './kind.ts';
import { recordingConfig } from './testdata/recording.ts';

/** A recorder on a disk that cannot be written for now. */
const test = suite('recorder on a full disk');

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-recorder-'));
test.after(() => rmSync(folder, { recursive: true }));

const env = {
	name: 'recorder',
	random: () => {
		throw new Error('a recorder draws nothing');
	},
	announce: () => {},
};

test('recorder waits for room where it goes on in the place of another, and refuses to begin without', async () => {
	const run = 'run full';
	const config = { ...recordingConfig(folder), run };
	lockFolder(folder, run);
	const open = () => recorderKind.create(config, env);
	const disk = new FaultyDisk(folder, () => 0);
	const names = { room: 0, hasNames: false };
	await disk.during(async () => {
		for (const trouble of ['full', 'readonly'] as const) {
			disk.strike(trouble, 1, names);
			assert.throws(
				() => open(),
				(error: unknown) => error instanceof ConfigError,
			);
		}
		disk.strike('full', 0, names);
		open();
		const before = disk.opened;
		// Enough for metadata.yaml and for nothing more: by then its tables are open.
		const little = { room: statSync(join(folder, 'metadata.yaml')).size + 1, hasNames: true };
		for (const [trouble, room] of [
			['full', names],
			['full', little],
			['readonly', names],
		] as const) {
			disk.strike(trouble, 1, room);
			assert.throws(
				() => open(),
				(error: unknown) => error instanceof NotYetError,
			);
		}
		assert.is(disk.opened, before, 'nothing is left open');
		disk.strike('full', 0, names);
		open();
	});
});

test.run();
