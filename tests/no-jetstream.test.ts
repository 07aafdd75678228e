import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { natsBinariesForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { gridbeat, startTestServer, tempFolder } from './cli.ts';

/** A server without JetStream, of each version that is here: what needs it names it, and what does not goes on. */
const MISSING = 'the NATS server has no JetStream, or none for this login; start it with -js';

for (const { binary, version } of await natsBinariesForTests())
	test(`${version}: without JetStream a run keeps no checkpoints and says so, and studies refuse the server`, async () => {
		const server = await startTestServer(binary);
		const env = { NATS_URL: server.url };
		try {
			const small = ['--no-serving', '--load', '100', '--until', '1h', '--processes', '2'];
			const run = await gridbeat(['run', ...small, '--out', join(tempFolder(), 'run')], env);
			assert.is(run.code, 0, run.stderr);
			const lines = `${run.stdout}${run.stderr}`.split('\n');
			const said = lines.filter((line) => line.startsWith('No checkpoints are kept'));
			assert.is(said.length, 1);
			assert.ok(said[0]?.endsWith(`: ${MISSING}`), said[0]);
			const file = join(tempFolder(), 'sweep.yaml');
			writeFileSync(file, 'base: { until: 10min, serving: null }\nrepeats: 2\n');
			const sweep = ['sweep', file, '--workers', '--out', join(tempFolder(), 'sweep')];
			for (const words of [sweep, ['worker', '--jobs', '1']]) {
				const { code, stderr } = await gridbeat(words, env);
				assert.is(code, 2, stderr);
				assert.match(stderr, /^Cannot share runs at "nats:\/\/.*", which needs JetStream: /);
				assert.ok(stderr.endsWith(`: ${MISSING}\n`), stderr);
			}
		} finally {
			await server.stop();
		}
	});

test.run();
