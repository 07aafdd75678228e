import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readNatsAccess } from '../kernel/bus/nats-access.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { startConfigured } from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/** A feed on a subject of the server that the environment names, followed in a process that has no secret in its environment. */
const test = suite('a feed on a NATS subject');

const LOGIN = [
	'authorization { user: gridbeat, password: s3cret }',
	`jetstream { store_dir: ${JSON.stringify(tempFolder())} }`,
];

const SCENARIO = `
start: 2024-06-20T10:00
until: 40min
step: 60s
pace: 120
serving: null
carbon: null
loads:
  - { type: feed, name: hall, feed: { type: nats, subject: site.hall, unit: kW } }
`;

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('it is heard while the run goes on, with the login of the environment', async () => {
		const server = await startConfigured(binary, LOGIN);
		const env = { NATS_URL: server.url, NATS_USER: 'gridbeat', NATS_PASSWORD: 's3cret' };
		const meter = await connectNats(readNatsAccess(env), 'meter');
		const over = new AbortController();
		let kw = 0;
		const speaking = (async () => {
			while (!over.signal.aborted) {
				kw = (kw % 5) + 1;
				meter.publish('site.hall', new TextEncoder().encode(String(kw)));
				await wait(100);
			}
		})();
		const folder = tempFolder();
		try {
			writeFileSync(join(folder, 'hall.yaml'), SCENARIO);
			const out = join(folder, 'run');
			const run = await gridbeat(['run', join(folder, 'hall.yaml'), '--out', out], env);
			assert.is(run.code, 0, run.stderr);
			const heard = readRows(out, 'feeds.csv').filter(({ heard: what }) => what === 'values');
			// The first is of before the run; the others are of the process of the load.
			assert.ok(heard.length > 1, `${heard.length} answers`);
			assert.ok(heard.every(({ unit }) => unit === 'W'));
			const said = run.stderr + run.stdout;
			assert.match(
				said,
				/hall: NATS subject "site\.hall": \d+ answers, \d+ unchanged, \d+ failure/,
				said,
			);
			assert.not.match(said, /s3cret/);
		} finally {
			over.abort();
			await speaking;
			await meter.close();
			await server.stop();
		}
	});

	test('without any server it is refused before the run', async () => {
		const folder = tempFolder();
		writeFileSync(join(folder, 'hall.yaml'), SCENARIO);
		const { code, stderr } = await gridbeat(['run', join(folder, 'hall.yaml')], { NATS_URL: '' });
		assert.is(code, 2);
		assert.match(
			stderr,
			/^Cannot use NATS subject "site\.hall": it names no server and NATS_URL is not set; give one of them/,
		);
	});
}

test.run();
