import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { eventually, readRows, startGridbeat, tempFolder } from './cli.ts';

/** A run in one process is as much alive as one of many: it says how far it is, and hears who stops it. */

const LONG = ['--until', '40d', '--replicas', '1', '--qps', '1', '--in-process'];
const DAYS_S = 40 * 86_400;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	test(`a long run in one process shows its progress, and ${signal} ends it after a whole window`, async () => {
		const folder = join(tempFolder(), 'run');
		const cli = startGridbeat(['run', ...LONG, '--out', folder]);
		const percent = () => /^\s*(?:\d+d )?[\d:]+ +([1-9]\d?) %/m.exec(cli.said())?.[1] ?? null;
		await eventually('a line of progress', percent);
		cli.signal(signal);
		const { code, stdout, stderr } = await cli.ended;
		assert.is(code, 130, stderr);
		assert.match(stdout, 'Stopping after this window');
		assert.match(stderr, /^Interrupted; what was recorded up to .* is kept in .*\n$/);
		assert.ok(Number(percent()) < 99, stdout);

		const { gridbeat } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
		assert.is(gridbeat.status, 'incomplete');
		const simulatedS = gridbeat.simulated_until_s;
		assert.ok(simulatedS > 0 && simulatedS < DAYS_S && simulatedS % 3600 === 0);
		assert.is(readRows(folder, 'timeseries.csv').length * 60, simulatedS);
	});
}

test.run();
