import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FaultyDisk } from '../../tests/faulty-files.test-support.ts';
import { LineLog } from './line-log.ts';

/** Lines are in a log whole or not at all, whatever the disk does. */
const test: ReturnType<typeof suite<{ folder: string }>> = suite<{ folder: string }>('line log');

test.before.each((context) => {
	context.folder = mkdtempSync(join(tmpdir(), 'gridbeat-line-log-'));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

test('a line that was cut short goes at the next append', ({ folder }) => {
	const path = join(folder, 'a.jsonl');
	const log = new LineLog(path);
	log.append('one');
	log.close();
	appendFileSync(path, 'tw');
	assert.equal(log.read(), ['one']);
	log.keep('three');
	log.close();
	assert.is(readFileSync(path, 'utf8'), 'one\nthree\n');
});

for (const way of ['append', 'keep'] as const)
	test(`a disk that fills up in the middle of a line, and has room again, has whole lines only: ${way}`, async ({
		folder,
	}) => {
		let nowMs = 0;
		const disk = new FaultyDisk(folder, () => nowMs);
		const log = new LineLog(join(folder, 'a.jsonl'));
		await disk.during(async () => {
			log[way]('one');
			disk.strike('full', 1_000, { room: 3, hasNames: true });
			for (let i = 0; i < 3; i++)
				assert.throws(() => log[way]('a longer line'), /no space left on device/);
			nowMs = 2_000;
			log[way]('two');
			log.close();
		});
		assert.equal(log.read(), ['one', 'two']);
		assert.is(readFileSync(log.path, 'utf8'), 'one\ntwo\n');
	});

test.run();
