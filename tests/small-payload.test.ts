import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { startConfigured } from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** Forty replicas in two processes: what these are welcomed with, what they have and how they are wired is tens of kilobytes. */
const ARGS = ['--replicas', '40', '--qps', '4', '--until', '20min', '--window', '10min'];

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('a run over a server that takes 8 kB a message has the bytes of one in a process', async () => {
		const server = await startConfigured(binary, ['max_payload: 8KB', 'jetstream {}']);
		try {
			const [reference, folder] = [join(tempFolder(), 'a'), join(tempFolder(), 'b')];
			const alone = await gridbeat(['run', ...ARGS, '--in-process', '--out', reference]);
			assert.is(alone.code, 0, alone.stderr);
			const args = ['run', ...ARGS, '--processes', '2', '--out', folder];
			const env = { NATS_URL: server.url, GRIDBEAT_CHECKPOINT_MS: '0' };
			const { code, stderr } = await gridbeat(args, env);
			assert.is(code, 0, stderr);
			assert.not.match(stderr, 'setback');
			const { gridbeat: said } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8')) as {
				gridbeat: { checkpoints: number };
			};
			assert.ok(said.checkpoints > 0, stderr);
			for (const name of ['timeseries.csv', 'request_metrics.csv', 'usage.csv'])
				assert.ok(
					readFileSync(join(folder, name)).equals(readFileSync(join(reference, name))),
					name,
				);
		} finally {
			await server.stop();
		}
	});
}

test.run();
