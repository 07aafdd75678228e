import { randomUUID } from 'node:crypto';
import {
	accessSync,
	chmodSync,
	constants,
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	renameSync,
	rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import { projectFile } from '../files/project-file.ts';
import { type Fetched, fetchFromApt } from './apt-package.ts';
import { fetchRelease } from './release.ts';
import { lastLine, runCommand } from './run-command.ts';
import { whyTooOld } from './server-version.ts';

/** Where a NATS server is to be had. */
export type Located =
	| { readonly type: 'url'; readonly url: string }
	| { readonly type: 'binary'; readonly path: string; readonly version: string }
	| { readonly type: 'docker'; readonly path: string }
	| { readonly type: 'none'; readonly reason: string; readonly ways: readonly string[] };

export interface LocateOptions {
	/** Told what is going on, a line at a time. */
	say(text: string): void;
	/** Default: process.env. NATS_URL and PATH are read. */
	readonly env?: NodeJS.ProcessEnv;
	/** Where a fetched program is kept; default: `.tools/` in the checkout. */
	readonly toolsFolder?: string;
	/** False: take what is there, fetch nothing. Default: true. */
	readonly install?: boolean;
	readonly platform?: string;
	readonly arch?: string;
	/** For tests and mirrors; see ReleaseOptions. */
	readonly releaseBaseUrl?: string;
	readonly releaseSha256?: Readonly<Record<string, string>>;
}

const PROBE_LIMIT_MS = 10_000;

/** The ways to get a real server, for people. */
const WAYS: readonly string[] = [
	'install nats-server (apt install nats-server, brew install nats-server)',
	'put the program from https://github.com/nats-io/nats-server/releases into .tools/',
	'start one elsewhere and set NATS_URL=nats://host:4222',
	'start docker',
];

/**
 * Finds a NATS server: NATS_URL, else nats-server on PATH, else `.tools/nats-server`, else fetches it there
 * (the distribution's package, else the official release), else a docker engine. Touches nothing outside
 * `.tools/` and the temporary folder. Never throws: `none` says why, so that the caller can go on without.
 */
export async function locate(options: LocateOptions): Promise<Located> {
	const { say } = options;
	const env = options.env ?? process.env;
	const platform = options.platform ?? process.platform;
	const url = env['NATS_URL'];
	if (url !== undefined && url !== '') return { type: 'url', url };
	if (platform === 'win32') {
		const reason = 'a private nats-server needs a POSIX system, and this is Windows';
		return { type: 'none', reason, ways: WAYS.slice(2, 3) };
	}
	const kept = join(options.toolsFolder ?? projectFile('.tools'), 'nats-server');
	for (const path of [findOnPath('nats-server', env), kept]) {
		const probe = path === null || !isExecutable(path) ? null : await probeBinary(path);
		if (probe?.ok) return { type: 'binary', path: probe.path, version: probe.version };
		if (probe !== null) say(`leaving ${path} aside: ${probe.reason}`);
	}
	const reasons: string[] = [];
	if (options.install !== false) {
		for (const fetchIt of fetchers(options, env, platform)) {
			const installed = await install(fetchIt, kept);
			if (installed.ok) {
				say(`nats-server ${installed.version} is now in ${kept}`);
				return { type: 'binary', path: kept, version: installed.version };
			}
			say(`that did not work: ${installed.reason}`);
			reasons.push(installed.reason);
		}
	}
	const docker = await findDocker(env);
	if (docker.ok) return { type: 'docker', path: docker.path };
	reasons.push(docker.reason);
	return { type: 'none', reason: reasons.join('; '), ways: WAYS };
}

type Fetcher = (workFolder: string) => Promise<Fetched>;

function fetchers(options: LocateOptions, env: NodeJS.ProcessEnv, platform: string): Fetcher[] {
	const { say } = options;
	const aptGet = findOnPath('apt-get', env);
	const dpkg = findOnPath('dpkg', env);
	const release: Fetcher = (workFolder) =>
		fetchRelease({
			workFolder,
			platform,
			arch: options.arch ?? process.arch,
			say,
			...(options.releaseBaseUrl === undefined ? {} : { baseUrl: options.releaseBaseUrl }),
			...(options.releaseSha256 === undefined ? {} : { sha256: options.releaseSha256 }),
		});
	if (aptGet === null || dpkg === null) return [release];
	return [(workFolder) => fetchFromApt({ aptGet, dpkg, workFolder, say }), release];
}

type Probe =
	| { readonly ok: true; readonly path: string; readonly version: string }
	| { readonly ok: false; readonly reason: string };

/** Fetches into a temporary folder, tries the program, and moves it in place in one step. */
async function install(fetchIt: Fetcher, target: string): Promise<Probe> {
	let workFolder: string | null = null;
	// Of its own, so that two installers never write one file; the last rename wins, with equal content.
	const part = `${target}.${randomUUID()}.part`;
	try {
		workFolder = mkdtempSync(join(tmpdir(), 'gridbeat-fetch-'));
		const fetched = await fetchIt(workFolder);
		if (!fetched.ok) return fetched;
		const probe = await probeBinary(fetched.path);
		if (!probe.ok) return { ok: false, reason: `the fetched program: ${probe.reason}` };
		mkdirSync(dirname(target), { recursive: true });
		copyFileSync(fetched.path, part);
		chmodSync(part, 0o755);
		renameSync(part, target);
		return { ...probe, path: target };
	} catch (error) {
		return { ok: false, reason: messageOf(error) };
	} finally {
		rmSync(part, { force: true });
		if (workFolder !== null) rmSync(workFolder, { recursive: true, force: true });
	}
}

async function probeBinary(path: string): Promise<Probe> {
	const { code, output } = await runCommand(path, ['-v'], { limitMs: PROBE_LIMIT_MS });
	const version = /^nats-server:? v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
	if (code !== 0 || version === undefined) {
		return { ok: false, reason: `it does not say its version (${lastLine(output)})` };
	}
	const tooOld = whyTooOld(version);
	if (tooOld !== null) return { ok: false, reason: `it is ${tooOld}` };
	return { ok: true, path, version };
}

async function findDocker(env: NodeJS.ProcessEnv): Promise<Fetched> {
	const path = findOnPath('docker', env);
	if (path === null) return { ok: false, reason: 'docker is not installed' };
	const { code } = await runCommand(path, ['info'], { limitMs: PROBE_LIMIT_MS, env });
	return code === 0 ? { ok: true, path } : { ok: false, reason: 'no docker engine answers' };
}

function findOnPath(program: string, env: NodeJS.ProcessEnv): string | null {
	const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
	const paths = folders.map((folder) => join(folder, program));
	return paths.find((path) => isExecutable(path)) ?? null;
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
