import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLine, runCommand } from './run-command.ts';

/** How to get nats-server from the distribution, for Debian, Ubuntu and their kin. */
export interface AptOptions {
	readonly aptGet: string;
	readonly dpkg: string;
	/** A folder of our own for the download. */
	readonly workFolder: string;
	say(text: string): void;
}

/** The unpacked program, or why there is none in a few words. */
export type Fetched =
	| { readonly ok: true; readonly path: string }
	| { readonly ok: false; readonly reason: string };

const DOWNLOAD_LIMIT_MS = 120_000;
const UPDATE_LIMIT_MS = 120_000;
const UNPACK_LIMIT_MS = 30_000;

/** As root, apt would hand the download to the user _apt, who may not write into our folder. Fail fast offline. */
const APT_OPTIONS = [
	'-q',
	'-o',
	'APT::Sandbox::User=root',
	'-o',
	'Acquire::Retries=1',
	'-o',
	'Acquire::http::Timeout=15',
	'-o',
	'Acquire::https::Timeout=15',
];

/**
 * Downloads the distribution's nats-server package and unpacks it into `workFolder`. Installs nothing, needs
 * no root, changes nothing outside `workFolder`. apt checks the package against the signed lists. Where the
 * system has no usable package lists, fresh ones are fetched into `workFolder`.
 */
export async function fetchFromApt(options: AptOptions): Promise<Fetched> {
	const { aptGet, dpkg, workFolder, say } = options;
	say('fetching nats-server with apt-get download (no root, nothing is installed)');
	let download = await aptDownload(options, []);
	if (download.code !== 0) {
		say('the package lists here did not do, fetching private ones (some 10 MB)');
		const privateConfig = ['-c', writePrivateConfig(workFolder)];
		await runCommand(aptGet, [...APT_OPTIONS, ...privateConfig, 'update'], {
			limitMs: UPDATE_LIMIT_MS,
			cwd: workFolder,
		});
		download = await aptDownload(options, privateConfig);
	}
	const deb = readdirSync(workFolder).find((file) => file.endsWith('.deb'));
	if (download.code !== 0 || deb === undefined) {
		return { ok: false, reason: `apt-get download: ${lastLine(download.output)}` };
	}
	const unpacked = join(workFolder, 'unpacked');
	const unpack = await runCommand(dpkg, ['-x', join(workFolder, deb), unpacked], {
		limitMs: UNPACK_LIMIT_MS,
	});
	if (unpack.code !== 0) return { ok: false, reason: `dpkg -x: ${lastLine(unpack.output)}` };
	return { ok: true, path: join(unpacked, 'usr', 'sbin', 'nats-server') };
}

function aptDownload({ aptGet, workFolder }: AptOptions, more: readonly string[]) {
	return runCommand(aptGet, [...APT_OPTIONS, ...more, 'download', 'nats-server'], {
		limitMs: DOWNLOAD_LIMIT_MS,
		cwd: workFolder,
	});
}

/**
 * An apt configuration, read after the system's own, that keeps all state in `workFolder`, leaves the system's
 * hooks out (they would write its caches) and fetches the package lists only.
 */
function writePrivateConfig(workFolder: string): string {
	const state = join(workFolder, 'apt-state');
	const cache = join(workFolder, 'apt-cache');
	mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
	mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
	const path = join(workFolder, 'apt.conf');
	const lines = [
		'#clear APT::Update::Pre-Invoke;',
		'#clear APT::Update::Post-Invoke;',
		'#clear APT::Update::Post-Invoke-Success;',
		`Dir::State "${state}";`,
		`Dir::State::lists "${join(state, 'lists')}";`,
		'Dir::State::status "/var/lib/dpkg/status";',
		`Dir::Cache "${cache}";`,
		'Acquire::Languages "none";',
		'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
		'Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";',
	];
	writeFileSync(path, `${lines.join('\n')}\n`);
	return path;
}
