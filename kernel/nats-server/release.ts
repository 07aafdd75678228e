import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import type { Fetched } from './apt-package.ts';
import { lastLine, runCommand } from './run-command.ts';

/** The release we fetch where the distribution has no package. */
export const RELEASE_VERSION = '2.12.7';
const RELEASE_BASE_URL = 'https://github.com/nats-io/nats-server/releases/download';

/**
 * SHA-256 of `nats-server-v2.12.7-<key>.tar.gz`, as the official container image pins them (nats-io/nats-docker,
 * 2.12.x/alpine3.22/Dockerfile at 2.12.7). Platforms that the image does not serve (macOS) are not in it; their
 * archive is checked against the release's own SHA256SUMS, which guards against damage, not against a forged release.
 */
const SHA256: Readonly<Record<string, string>> = {
	'linux-amd64': '570d2d627db111e679cc1e6bc57ba78f373ed1769acd8dc9c21c8f62d15b3c52',
	'linux-arm64': '3b9a79986778285c0e5acaba0b1218b72f6159db68fe5b8916a7d846240f9f22',
	'linux-arm7': 'c6a2563489aa54ecb2f5ff73d24fc5f9052ef70c4bf179b10ea322811cd42a0b',
	'linux-386': '6f866cdd4e5c4414f50e62394ee1fd132ad3b972086d10df12d88c30264a66ac',
	'linux-s390x': '34ae4158237e879c7bf79875101f14a79184c23757f11d521c40c59518203950',
	'linux-ppc64le': '6508ea8a70d7d5cc68978150a55bd51e2a41a37f120c361d7b48c06c699728c8',
	'linux-loong64': '614bd0bffe5c7835bbef5e330e25dcf0041c73d84a7976ba598c5c1d5bd49980',
};

/** Names of processors in the release, by those of Node. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
	x64: 'amd64',
	arm64: 'arm64',
	arm: 'arm7',
	ia32: '386',
	s390x: 's390x',
	ppc64: 'ppc64le',
	loong64: 'loong64',
};

const DOWNLOAD_LIMIT_MS = 120_000;
const UNPACK_LIMIT_MS = 30_000;
const ARCHIVE_BYTES_MAX = 100 * 1024 * 1024;

export interface ReleaseOptions {
	readonly workFolder: string;
	/** As in process.platform and process.arch. */
	readonly platform: string;
	readonly arch: string;
	say(text: string): void;
	/** Default: the releases on GitHub. */
	readonly baseUrl?: string;
	/** Default: the sums written here. By platform, as `linux-amd64`. */
	readonly sha256?: Readonly<Record<string, string>>;
}

/** Downloads the official release, checks its SHA-256 and unpacks it into `workFolder`. */
export async function fetchRelease(options: ReleaseOptions): Promise<Fetched> {
	const arch = ARCHITECTURES[options.arch];
	if (arch === undefined || !['linux', 'darwin'].includes(options.platform)) {
		return { ok: false, reason: `no release for ${options.platform} ${options.arch}` };
	}
	const platform = `${options.platform}-${arch}`;
	const folder = `nats-server-v${RELEASE_VERSION}-${platform}`;
	const base = `${options.baseUrl ?? RELEASE_BASE_URL}/v${RELEASE_VERSION}`;
	options.say(`fetching nats-server ${RELEASE_VERSION} for ${platform} from ${new URL(base).host}`);
	try {
		const archive = await download(`${base}/${folder}.tar.gz`);
		const pinned = (options.sha256 ?? SHA256)[platform];
		const expected = pinned ?? (await publishedSum(`${base}/SHA256SUMS`, `${folder}.tar.gz`));
		const actual = createHash('sha256').update(archive).digest('hex');
		if (actual !== expected) {
			const reason = `the SHA-256 of ${folder}.tar.gz is ${actual}, not ${expected}: refused`;
			return { ok: false, reason };
		}
		return await unpack(archive, folder, options.workFolder);
	} catch (error) {
		return { ok: false, reason: messageOf(error) };
	}
}

async function unpack(archive: Buffer, folder: string, workFolder: string): Promise<Fetched> {
	const path = join(workFolder, 'release.tar.gz');
	writeFileSync(path, archive);
	const { code, output } = await runCommand('tar', ['-xzf', path, '-C', workFolder], {
		limitMs: UNPACK_LIMIT_MS,
	});
	if (code !== 0) return { ok: false, reason: `tar: ${lastLine(output)}` };
	return { ok: true, path: join(workFolder, folder, 'nats-server') };
}

async function publishedSum(url: string, file: string): Promise<string> {
	const sums = (await download(url)).toString();
	const line = sums.split('\n').find((one) => one.trim().endsWith(file));
	const sum = line?.trim().split(/\s+/)[0];
	if (sum === undefined) throw new Error(`${url} has no sum for ${file}`);
	return sum.toLowerCase();
}

async function download(url: string): Promise<Buffer> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_LIMIT_MS) });
		if (!response.ok) throw new Error(`HTTP status ${response.status}`);
		const bytes = Number(response.headers.get('content-length') ?? 0);
		if (bytes > ARCHIVE_BYTES_MAX) throw new Error(`${bytes} bytes are too many`);
		return Buffer.from(await response.arrayBuffer());
	} catch (error) {
		const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
		throw new Error(`${url}: ${messageOf(cause)}`);
	}
}
