import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { joinSecret } from '../kernel/bus/keys.ts';
import { startConfigured } from '../kernel/nats-server/configured-server.test-support.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { eventually, gridbeat, startGridbeat, tempFolder } from './cli.ts';

/** Whole runs on a server of the user's own that asks for a login; each login for itself is in nats-access.test.ts. */
const SMALL = ['--no-serving', '--load', '100', '--until', '1h'];
const SHARED = [...SMALL, '--processes', '2'];
const PASSWORD = 's3cret/w@rd';

const binary = await natsBinaryForTests();
if (binary !== null) {
	test('run logs in by flags, by variables and by the URL, with the same bytes, and shows the password nowhere', async () => {
		const login = `authorization { user: me, password: ${JSON.stringify(PASSWORD)} }`;
		const store = `jetstream { store_dir: ${JSON.stringify(tempFolder())} }`;
		const server = await startConfigured(binary, [login, store]);
		const file = join(tempFolder(), 'password');
		writeFileSync(file, PASSWORD, { mode: 0o600 });
		const flags = ['--nats', server.url, '--nats-user', 'me', '--nats-password-file', file];
		const encoded = encodeURIComponent(PASSWORD);
		const withUser = `nats://me:${encoded}@${server.address}`;
		const variables = { NATS_URL: server.url, NATS_USER: 'me', NATS_PASSWORD: PASSWORD };
		const alone = join(tempFolder(), 'run');
		assert.is((await gridbeat(['run', ...SMALL, '--in-process', '--out', alone])).code, 0);
		const expected = readFileSync(join(alone, 'timeseries.csv'));
		try {
			for (const [args, env] of [
				[flags, {}],
				[['--nats', `nats://127.0.0.1:1,${withUser}`], {}],
				[[], variables],
			] as const) {
				const folder = join(tempFolder(), 'run');
				const { code, stdout, stderr } = await gridbeat(
					['run', ...SHARED, ...args, '--out', folder],
					env,
				);
				assert.is(code, 0, stderr);
				assert.ok(readFileSync(join(folder, 'timeseries.csv')).equals(expected));
				const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
					.map((name) => join(folder, name))
					.filter((path) => statSync(path).isFile());
				for (const text of [stdout, stderr, ...files.map((path) => readFileSync(path, 'latin1'))])
					assert.not(text.includes(PASSWORD) || text.includes(encoded));
			}
			const half = join(tempFolder(), 'run');
			const joinKey = 'between-you-and-me-only';
			const keeping = { ...variables, GRIDBEAT_JOIN_KEY: joinKey, GRIDBEAT_CHECKPOINT_MS: '0' };
			const run = startGridbeat(['run', ...SHARED, '--pace', '300', '--out', half], keeping);
			await eventually('a checkpoint', () => existsSync(join(half, 'checkpoint.bin')) || null);
			run.signal('SIGINT');
			assert.is((await run.ended).code, 130, run.said());
			assert.ok(existsSync(join(half, 'resume.json')));
			for (const name of readdirSync(half, { recursive: true, encoding: 'utf8' })) {
				if (!statSync(join(half, name)).isFile()) continue;
				const bytes = readFileSync(join(half, name));
				for (const secret of [PASSWORD, encoded, joinKey, Buffer.from(joinSecret(joinKey))])
					assert.not(bytes.includes(secret), name);
			}
			const folder = join(tempFolder(), 'run');
			const refused = await gridbeat(['run', ...SHARED, '--out', folder], { NATS_URL: server.url });
			assert.is(refused.code, 2);
			assert.match(refused.stderr, /: authorization violation; say how to log in by NATS_USER/);
		} finally {
			await server.stop();
		}
	});
}

test.run();
