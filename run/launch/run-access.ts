import {
	closeSync,
	constants,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { NatsAccess } from '../../kernel/bus/nats-access.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { Name } from '../../protocol/readings.ts';
import { runIn } from '../../services/recorder/run-folder.ts';

/**
 * What lets the user who started a run speak to it from another process: `gridbeat control`, and workers on the same
 * machine. It is in a file that only that user can read, outside the run folder, as long as the run lasts.
 */
const whose = {
	run: z.string(),
	/** The leading process. */
	pid: z.int().positive(),
};
const OverServer = z.strictObject({
	...whose,
	nats: NatsAccess,
	/** In base64. */
	controlKey: z.base64(),
});
/** Of a run that is all in one process. */
const BySocket = z.strictObject({
	...whose,
	/** Its socket, in a folder of the user's alone. */
	socket: z.string(),
});
const RunAccess = z.union([OverServer, BySocket]);
export type RunAccess = z.infer<typeof RunAccess>;

const OURS_ALONE = 0o700;
const OTHERS = 0o077;
const NEW_FILE =
	constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Keeps the access of a run until the returned function is called.
 *
 * @throws ConfigError where no folder of the user's own can be had
 */
export function keepAccess(access: RunAccess): () => void {
	const folder = accessFolder(true);
	removeStale(folder);
	const path = join(folder, `${access.run}.json`);
	try {
		rmSync(path, { force: true });
		const file = openSync(path, NEW_FILE, 0o600);
		try {
			writeFileSync(file, JSON.stringify(access));
		} finally {
			closeSync(file);
		}
	} catch (error) {
		throw new ConfigError(`Cannot keep the access of the run in "${path}": ${messageOf(error)}`);
	}
	return () => rmSync(path, { force: true });
}

/**
 * The access of a run of this user on this machine.
 *
 * @param which its id or its folder; left out: the only one that goes on
 * @throws ConfigError where there is none
 */
export function readAccess(which: string = onlyRun()): RunAccess {
	const unknown = (why: string) =>
		new ConfigError(
			`Cannot reach the run "${which}": ${why}; runs of yours on this machine: ${knownRuns().join(', ') || 'none'}`,
		);
	const run = runIn(which) ?? which;
	if (!Name.safeParse(run).success) throw unknown('that is no id of a run');
	let text: string;
	try {
		text = readFileSync(join(accessFolder(false), `${run}.json`), 'utf8');
	} catch {
		throw unknown('no run of this name goes on here');
	}
	const access = RunAccess.safeParse(JSON.parse(text));
	if (!access.success) throw unknown('it was started by another version');
	if (!isAlive(access.data.pid)) throw unknown('it is over');
	return access.data;
}

/**
 * The server of a run of this user on this machine.
 *
 * @throws ConfigError for one that is all in one process
 */
export function readServer(which: string): NatsAccess {
	const access = readAccess(which);
	if ('nats' in access) return access.nats;
	throw new ConfigError(
		`Cannot join the run "${access.run}": all of it is in one process; start it without --in-process`,
	);
}

function onlyRun(): string {
	const [run, ...others] = knownRuns();
	if (run === undefined) throw new ConfigError('Cannot reach a run: none of yours goes on here');
	if (others.length === 0) return run;
	const all = [run, ...others].join(', ');
	throw new ConfigError(`Cannot choose a run: ${all} go on here; name one`);
}

/** Ids of runs of this user that go on here. */
function knownRuns(): string[] {
	try {
		const folder = accessFolder(false);
		removeStale(folder);
		const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
		return names.map((name) => name.slice(0, -'.json'.length)).sort();
	} catch {
		return [];
	}
}

/**
 * A folder of the user's own: the one that systems make for this, else one in the temporary folder.
 *
 * @param make whether it is made where it is not there
 * @throws ConfigError for one that is open to others
 */
export function accessFolder(make: boolean): string {
	const runtime = process.env['XDG_RUNTIME_DIR'] || null;
	const uid = process.getuid?.() ?? 0;
	const folder = runtime === null ? join(tmpdir(), `gridbeat-${uid}`) : join(runtime, 'gridbeat');
	if (make) mkdirSync(folder, { recursive: true, mode: OURS_ALONE });
	const entry = lstatSync(folder);
	// Others can make folders in the temporary one, and links.
	if (!entry.isDirectory() || entry.uid !== uid || (entry.mode & OTHERS) !== 0) {
		throw new ConfigError(
			`Cannot keep the access of the run in "${folder}": it is open to others; make it yours alone, or set XDG_RUNTIME_DIR`,
		);
	}
	return folder;
}

/** Runs that were killed leave theirs. */
function removeStale(folder: string): void {
	for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
		const path = join(folder, name);
		try {
			const access = RunAccess.parse(JSON.parse(readFileSync(path, 'utf8')));
			if (isAlive(access.pid)) continue;
			if ('socket' in access) rmSync(access.socket, { force: true });
			rmSync(path, { force: true });
		} catch {
			// Being written, or of another version: not ours to judge.
		}
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
