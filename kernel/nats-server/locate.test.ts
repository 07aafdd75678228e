import { createHash } from 'node:crypto';
import {
	chmodSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ensureNatsServer } from './ensure.ts';
import { type LocateOptions, locate } from './locate.ts';
import { RELEASE_VERSION } from './release.ts';
import { runCommand } from './run-command.ts';

const root = mkdtempSync(join(tmpdir(), 'gridbeat-locate-test-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

const RELEASE = `nats-server-v${RELEASE_VERSION}-linux-amd64`;
const SUMS = 'SHA256SUMS';

test('locate() takes NATS_URL before everything else', async () => {
	const located = await locate({
		...bare('url'),
		env: { NATS_URL: 'nats://there:4222', PATH: '' },
	});
	assert.equal(located, { type: 'url', url: 'nats://there:4222' });
});

test('locate() takes the program on PATH, then the one in the tools folder', async () => {
	const options = bare('present');
	const onPath = program(join(root, 'present', 'bin'), 'nats-server: v2.10.1');
	const kept = program(options.toolsFolder, 'nats-server: v2.11.0');
	const env = { PATH: `${join(root, 'present', 'bin')}:${process.env['PATH']}` };
	assert.equal(await locate({ ...options, env }), {
		type: 'binary',
		path: onPath,
		version: '2.10.1',
	});
	assert.equal(await locate(options), { type: 'binary', path: kept, version: '2.11.0' });
});

test('locate() leaves a program aside that is too old or broken, and says so', async () => {
	const options = bare('old');
	program(options.toolsFolder, 'nats-server: v2.7.4');
	const located = await locate({ ...options, install: false });
	assert.is(located.type, 'none');
	assert.match(options.said.join('\n'), /leaving .*: it is 2\.7\.4, at least 2\.9\.0 is needed/);
	program(options.toolsFolder, 'what?');
	await locate({ ...options, install: false });
	assert.match(options.said.join('\n'), /it does not say its version \(what\?\)/);
});

test('locate() answers none with a reason and ways when nothing is there', async () => {
	const located = await locate({ ...bare('nothing'), install: false });
	if (located.type !== 'none') throw new Error(located.type);
	assert.match(located.reason, /docker/);
	assert.ok(located.ways.some((way) => way.includes('NATS_URL')));
	const ensured = await ensureNatsServer({ ...bare('nothing'), install: false });
	assert.is(ensured.type, 'none');
	assert.match(ensured.describe, /^no nats-server here \(.*\); to get one: .*NATS_URL/);
	assert.not.match(ensured.describe, /\n/);
});

test('locate() answers none on Windows', async () => {
	const located = await locate({ ...bare('windows'), platform: 'win32' });
	if (located.type !== 'none') throw new Error(located.type);
	assert.match(located.reason, /Windows/);
});

test('locate() installs a release whose pinned SHA-256 fits', async () => {
	const archive = await fakeRelease('nats-server: v2.12.7');
	const releaseSha256 = { 'linux-amd64': sha256(archive) };
	await serve({ [`${RELEASE}.tar.gz`]: archive }, async (releaseBaseUrl) => {
		const options = { ...bare('pinned'), releaseBaseUrl, releaseSha256 };
		const path = join(options.toolsFolder, 'nats-server');
		assert.equal(await locate(options), { type: 'binary', path, version: '2.12.7' });
		assert.equal(readdirSync(options.toolsFolder), ['nats-server'], 'nothing else is left there');
	});
});

test('locate() refuses a release whose SHA-256 does not fit, pinned or published', async () => {
	const archive = await fakeRelease('nats-server: v2.12.7');
	const files = {
		[`${RELEASE}.tar.gz`]: archive,
		[SUMS]: Buffer.from(`${'0'.repeat(64)}  ${RELEASE}.tar.gz\n`),
	};
	await serve(files, async (releaseBaseUrl) => {
		for (const releaseSha256 of [{ 'linux-amd64': 'f'.repeat(64) }, {}]) {
			const options = { ...bare('forged'), releaseBaseUrl, releaseSha256 };
			const located = await locate(options);
			if (located.type !== 'none') throw new Error('a forged release was accepted');
			assert.match(located.reason, /the SHA-256 of .* is [0-9a-f]{64}, not [0f]{64}: refused/);
		}
	});
});

test('locate() checks a platform without a pinned sum against the published SHA256SUMS', async () => {
	const archive = await fakeRelease('nats-server: v2.12.7');
	const files = {
		[`${RELEASE}.tar.gz`]: archive,
		[SUMS]: Buffer.from(`${'0'.repeat(64)}  other.zip\n${sha256(archive)}  ${RELEASE}.tar.gz\n`),
	};
	await serve(files, async (releaseBaseUrl) => {
		const options = { ...bare('published'), releaseBaseUrl, releaseSha256: {} };
		assert.is((await locate(options)).type, 'binary');
	});
});

test('locate() survives servers without the file and no server at all', async () => {
	await serve({}, async (releaseBaseUrl) => {
		const located = await locate({ ...bare('missing'), releaseBaseUrl });
		if (located.type !== 'none') throw new Error(located.type);
		assert.match(located.reason, /HTTP status 404/);
	});
	const located = await locate({ ...bare('offline'), releaseBaseUrl: 'http://127.0.0.1:1' });
	if (located.type !== 'none') throw new Error(located.type);
	assert.match(located.reason, /127\.0\.0\.1:1.*(nothing listens there|bad port)/);
});

test('locate() called twice at once installs one whole program', async () => {
	const archive = await fakeRelease('nats-server: v2.12.7');
	const releaseSha256 = { 'linux-amd64': sha256(archive) };
	await serve({ [`${RELEASE}.tar.gz`]: archive }, async (releaseBaseUrl) => {
		const options = { ...bare('together'), releaseBaseUrl, releaseSha256 };
		const both = await Promise.all([locate(options), locate(options)]);
		assert.equal(both[0], both[1]);
		assert.is(both[0].type, 'binary');
		assert.equal(readdirSync(options.toolsFolder), ['nats-server']);
	});
});

test("locate() installs the distribution's package without root where there is apt", async () => {
	const apt = await runCommand('apt-get', ['--version'], { limitMs: 10_000 });
	if (apt.code !== 0) {
		process.stdout.write('skipped: no apt-get here\n');
		return;
	}
	const { releaseBaseUrl: _, ...options } = bare('apt');
	// No release may step in, so that it is apt that is tested.
	const located = await locate({
		...options,
		env: aptOnly(),
		releaseBaseUrl: 'http://127.0.0.1:1',
	});
	if (located.type === 'none' && /resolve|connect|locate package/i.test(located.reason)) {
		process.stdout.write(`skipped: ${located.reason}\n`);
		return;
	}
	assert.is(located.type, 'binary');
	assert.equal(readdirSync(options.toolsFolder), ['nats-server']);
});

interface Bare extends LocateOptions {
	readonly said: string[];
	readonly toolsFolder: string;
}

/** Options for a machine that has tar and gzip, but neither apt nor docker nor a server. */
function bare(name: string): Bare {
	const said: string[] = [];
	const bin = join(root, 'bare-bin');
	mkdirSync(bin, { recursive: true });
	return {
		said,
		say: (text) => said.push(text),
		env: { PATH: bin },
		toolsFolder: join(root, name, 'tools'),
		platform: 'linux',
		arch: 'x64',
		releaseBaseUrl: 'http://127.0.0.1:1',
	};
}

/** A PATH with the real apt-get and dpkg only: a nats-server in the system must not step in either. */
function aptOnly(): NodeJS.ProcessEnv {
	const bin = join(root, 'apt-bin');
	mkdirSync(bin, { recursive: true });
	for (const name of ['apt-get', 'dpkg']) {
		writeFileSync(join(bin, name), `#!/bin/sh\nexec /usr/bin/${name} "$@"\n`);
		chmodSync(join(bin, name), 0o755);
	}
	return { PATH: bin };
}

/** A program that prints one line, whatever it is asked. */
function program(folder: string, line: string): string {
	mkdirSync(folder, { recursive: true });
	const path = join(folder, 'nats-server');
	writeFileSync(path, `#!/bin/sh\necho '${line}'\n`);
	chmodSync(path, 0o755);
	return path;
}

async function fakeRelease(line: string): Promise<Buffer> {
	const folder = mkdtempSync(join(root, 'release-'));
	program(join(folder, RELEASE), line);
	const archive = join(folder, 'release.tar.gz');
	const tar = await runCommand('tar', ['-czf', archive, '-C', folder, RELEASE], {
		limitMs: 10_000,
	});
	assert.is(tar.code, 0, tar.output);
	return readFileSync(archive);
}

function sha256(bytes: Buffer): string {
	return createHash('sha256').update(bytes).digest('hex');
}

/** Serves files under the release's folder, as GitHub does. */
async function serve(
	files: Readonly<Record<string, Buffer>>,
	use: (baseUrl: string) => Promise<void>,
): Promise<void> {
	const server = createServer((request, response) => {
		const prefix = `/download/v${RELEASE_VERSION}/`;
		const file = request.url?.startsWith(prefix)
			? files[request.url.slice(prefix.length)]
			: undefined;
		if (file === undefined) response.writeHead(404).end('Not Found');
		else response.end(file);
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	try {
		await use(`http://127.0.0.1:${address.port}/download`);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

test.run();
