import {
	closeSync,
	constants,
	existsSync,
	fsyncSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { digestOf } from '../../kernel/bus/keys.ts';
import { isBelow } from '../../kernel/files/open-below.ts';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ownProgram } from '../../kernel/host/program.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import {
	CHECKPOINT_FILE,
	CHECKPOINT_FORMAT,
	CheckpointHeader,
	REPLAY_FILE,
	RESUME_FILE,
	RESUME_FORMAT,
	ResumeFile,
	ResumeHeader,
} from '../../protocol/run-folder/checkpoint.ts';
import { COMMANDS_FILE } from '../../protocol/run-folder/commands.ts';
import { fromExactJson, toExactJson } from '../../protocol/run-folder/exact-json.ts';
import { issueText } from '../../protocol/run-folder/read-format.ts';
import { BEGINNING, type Checkpoint } from '../../services/coordinator/checkpoints.ts';
import type { Origin } from '../../services/coordinator/run-plan.ts';
import { readCommits } from '../../services/recorder/commits.ts';
import { notedIn } from '../../services/recorder/run-folder.ts';
import type { Plan } from '../resolve/plan.ts';
import { foldersOf } from '../resolve/site-folders.ts';
import { readCommands } from './command-log.ts';

/** Keeps what a run is, so that it can go on from its folder alone. @throws ConfigError */
export function writeResumeFile(plan: Plan): void {
	const { run, folder, roster, wires, external, placing, modules, sources } = plan;
	const { scenario, frame, sites } = plan;
	const head = { format: RESUME_FORMAT, run, program: ownProgram(), folder };
	const parts = sites?.map(({ folder, scenario, frame, metadata }) => ({
		...{ folder, scenario, frame, metadata },
	}));
	const rest = {
		roster,
		wires,
		external: [...external],
		placing,
		modules,
		sources,
		scenario,
		frame,
	};
	const text = toExactJson({ ...head, ...rest, sites: parts ?? null });
	writeWhole(join(folder, RESUME_FILE), `${text}\n`, { below: folder });
}

/** A run that has reached its end cannot go on; one that heard something from outside is repeated by what it was. */
export function removeResumeFiles({ folder, roster }: Pick<Plan, 'folder' | 'roster'>): void {
	rmSync(join(folder, CHECKPOINT_FILE), { force: true });
	const hasHeard =
		existsSync(join(folder, COMMANDS_FILE)) || roster.some(({ kind }) => kind === 'arrivals');
	const path = join(folder, RESUME_FILE);
	if (hasHeard && existsSync(path)) renameSync(path, join(folder, REPLAY_FILE));
	else rmSync(path, { force: true });
}

/** What a run was that heard something from outside; null: nobody knows, since it did not. @throws ConfigError */
export function readReplayFile(folder: string): Plan | null {
	const name = [REPLAY_FILE, RESUME_FILE].find((one) => existsSync(join(folder, one)));
	return name === undefined ? null : readPlanFile(folder, name);
}

/** Whether a run can go on. */
export function isResumable(folder: string): boolean {
	return existsSync(join(folder, RESUME_FILE));
}

/** Whether a folder has a run that can go on, one that is complete, or neither. */
export function standingOf(folder: string): 'resumable' | 'complete' | 'neither' {
	if (isResumable(folder)) return 'resumable';
	return notedIn(folder).status === 'complete' ? 'complete' : 'neither';
}

/**
 * The plan of a run that has not reached its end, as it was made.
 *
 * @param folder where it is now, a real path
 * @throws ConfigError for a folder of no such run, of another version of the program, or that has been moved
 */
export function readResumeFile(folder: string): Plan {
	if (!existsSync(join(folder, RESUME_FILE)))
		throw new ConfigError(
			`Cannot go on with "${folder}": it has no ${RESUME_FILE}; a run that is complete has none, and none that is no run`,
		);
	return readPlanFile(folder, RESUME_FILE);
}

function readPlanFile(folder: string, name: string): Plan {
	const path = join(folder, name);
	let value: unknown = null;
	try {
		value = fromExactJson(readFileSync(path, 'utf8'));
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	const header = ResumeHeader.safeParse(value).data;
	if (header !== undefined) checkProgram(path, header.program);
	const { data, error } = ResumeFile.safeParse(value, PLAINLY);
	if (data === undefined)
		throw new ConfigError(`Cannot read "${path}": ${issueText(error.issues[0] as never)}`);
	const { run, wires, modules, sources } = data;
	const moved = (one: string) =>
		isBelow(data.folder, one) ? join(folder, relative(data.folder, one)) : one;
	return {
		// They are in the metadata of the run already.
		...{ run, folder, wires, modules, sources, sharing: null, remarks: [] },
		roster: data.roster.map((entry) => movedEntry(entry, moved)),
		external: new Set(data.external),
		placing: data.placing,
		// Written by this very program, from a plan.
		scenario: data.scenario as unknown as Plan['scenario'],
		frame: data.frame as unknown as Plan['frame'],
		sites: (data.sites?.map((site) => ({ ...site, folder: moved(site.folder) })) ??
			null) as unknown as Plan['sites'],
	};
}

/**
 * An actor of a run whose folder is in another place by now: a recorder writes there, and requests from outside are logged there.
 *
 * @param moved where a path of the folder is now
 */
export function movedEntry(entry: RosterEntry, moved: (path: string) => string): RosterEntry {
	if (entry.kind === 'arrivals') {
		const config = entry.config as { readonly log: string };
		return { ...entry, config: { ...config, log: moved(config.log) } };
	}
	if (entry.kind !== 'recorder') return entry;
	const config = entry.config as { readonly folder: string; readonly root: string };
	const { folder, root } = config;
	return { ...entry, config: { ...config, folder: moved(folder), root: moved(root) } };
}

/** Keeps a checkpoint as a file. @throws ConfigError */
export async function writeCheckpointFile(
	plan: Pick<Plan, 'run' | 'folder' | 'sites'>,
	checkpoint: Checkpoint,
	read: Origin['read'],
): Promise<void> {
	const { run, folder } = plan;
	const bodies = await Promise.all(checkpoint.objects.map(({ name }) => read(name)));
	const objects = checkpoint.objects.map(({ name, actors, sha256 }, i) => {
		const { byteLength } = bodies[i] as Uint8Array;
		return { name, actors, bytes: byteLength, sha256 };
	});
	const { attempt, window, fromUs } = checkpoint;
	const head = { format: CHECKPOINT_FORMAT, run, program: ownProgram() };
	const line = `${JSON.stringify({ ...head, attempt, window, fromUs, objects })}\n`;
	const bytes = Buffer.concat([Buffer.from(line), ...bodies]);
	syncTables(plan);
	writeWhole(join(folder, CHECKPOINT_FILE), bytes, { below: folder, durable: true });
}

/**
 * Where a run can go on: its last checkpoint, or its beginning where none was kept, or where what was kept is damaged.
 *
 * @param notice told of a damaged one
 * @throws ConfigError for one of another run or another program
 */
export function readCheckpointFile(
	{ run, folder }: Pick<Plan, 'run' | 'folder'>,
	notice: (text: string) => void,
): Origin {
	const path = join(folder, CHECKPOINT_FILE);
	const nothing = async (name: string) => {
		throw new ConfigError(`Cannot read "${name}" of "${path}": it has none`);
	};
	const before = courseIn(folder);
	const kept = existsSync(path) ? readKept(path, run) : null;
	if (kept === 'damaged')
		notice(`Going on from the beginning of the run: "${path}" is damaged, so it is not used`);
	if (kept === null || kept === 'damaged')
		return { checkpoint: BEGINNING, ...before, read: nothing };
	const { attempt, window, fromUs } = kept.header;
	const objects = kept.header.objects.map(({ name, actors, sha256 }) => ({ name, actors, sha256 }));
	return {
		checkpoint: { attempt, window, fromUs, objects },
		...before,
		read: async (name) => kept.bodies.get(name) ?? nothing(name),
	};
}

interface KeptFile {
	readonly header: CheckpointHeader;
	readonly bodies: ReadonlyMap<string, Uint8Array>;
}

function readKept(path: string, run: string): KeptFile | 'damaged' {
	const bytes = readFileSync(path);
	const end = bytes.indexOf('\n');
	const header = headerOf(path, bytes.subarray(0, Math.max(0, end)).toString('utf8'));
	if (header === null) return 'damaged';
	if (header.run !== run)
		throw new ConfigError(`Cannot go on from "${path}": it is of the run "${header.run}"`);
	const bodies = new Map<string, Uint8Array>();
	let at = end + 1;
	for (const { name, bytes: length, sha256 } of header.objects) {
		const body = bytes.subarray(at, at + length);
		at += length;
		if (digestOf(body) !== sha256) return 'damaged';
		bodies.set(name, body);
	}
	return { header, bodies };
}

/** How the run went so far: what metadata.yaml says of that, and the commands that acted. */
function courseIn(folder: string): Pick<Origin, 'setbacks' | 'checkpoints' | 'commands'> {
	const { setbacks, checkpoints } = notedIn(folder);
	const commands = readCommands(folder);
	return { setbacks: setbacks ?? 0, checkpoints: checkpoints ?? 0, commands };
}

/** A checkpoint counts on tables as long as they were then: puts them on the disk, as far as they are on this machine. */
function syncTables(plan: Pick<Plan, 'folder' | 'sites'>): void {
	for (const folder of foldersOf(plan))
		for (const { name } of readCommits(folder)?.header.tables ?? []) {
			let file: number | null = null;
			try {
				file = openSync(join(folder, name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
				fsyncSync(file);
			} catch {
				// Its recorder says what is wrong with it.
			} finally {
				if (file !== null) closeSync(file);
			}
		}
}

/** Null for a line that is none. */
function headerOf(path: string, line: string): CheckpointHeader | null {
	let value: unknown = null;
	try {
		value = JSON.parse(line);
	} catch {
		return null;
	}
	const header = ResumeHeader.safeParse(value).data;
	if (header !== undefined) checkProgram(path, header.program);
	return CheckpointHeader.safeParse(value).data ?? null;
}

function checkProgram(path: string, program: string): void {
	if (program === ownProgram()) return;
	throw new ConfigError(
		`Cannot go on from "${path}": it is of Gridbeat ${program}, and this is ${ownProgram()}; another version gives other results: use that one, or start the run anew`,
	);
}
