import {
	closeSync,
	existsSync,
	fstatSync,
	fsyncSync,
	ftruncateSync,
	statSync,
	writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileReason } from '../../kernel/files/file-reason.ts';
import { holderOf, isOwnProcess } from '../../kernel/files/folder-lock.ts';
import { openBelow } from '../../kernel/files/open-below.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Commit, CommitHeader } from '../../protocol/run-folder/commits.ts';
import type { RequestFates, RunStatus } from '../../protocol/run-folder/metadata.ts';
import type { SimTime } from '../../protocol/time.ts';
import { COMMITS, type Commits, readCommits } from './commits.ts';
import { writeEndFiles } from './end-files.ts';
import { readSums, SUMS } from './end-sums.ts';
import { RECORDER_LOCK } from './recording-folder.ts';
import { removeDerived, removeFile } from './run-files.ts';
import { type Ending, markEnded } from './run-folder.ts';

/** Folders with tables of one run: that of the run, or those of its sites. */
export interface Recovery {
	/** The run folder, a real path. */
	readonly root: string;
	readonly folders: readonly string[];
	/** Up to when every part of the run was done; null if nobody knows more than the folders say. */
	readonly untilUs: SimTime | null;
}

/** What tables were cut to. */
export interface Cut {
	readonly untilUs: SimTime;
	/** By folder. */
	readonly requests: ReadonlyMap<string, RequestFates>;
}

/** How a recovered run ended; where its requests are differs from folder to folder. */
type RecoveredEnding = Omit<Ending, 'requests'> & { readonly requests?: Cut['requests'] };

/** Whether a recording in one of these folders was not brought to its end. */
export function isUnfinished(folders: readonly string[]): boolean {
	return folders.some((folder) => existsSync(join(folder, COMMITS)));
}

/**
 * Brings recordings to an end that their recorders did not: cuts all tables of all folders to the end of the same window,
 * the last one that all have, and writes what follows from it. Nothing is left of what was computed before, nor of files
 * that were being written. May be interrupted and done again.
 *
 * @returns the end of that window, in simulated microseconds, and where the requests of each folder were then
 * @throws ConfigError if a recorder is still at work, or the files cannot be changed
 */
export function cutToWindow({ root, folders, untilUs }: Recovery): Cut {
	for (const folder of folders) checkIdle(folder);
	const logs = folders.flatMap((folder) => {
		const log = readCommits(folder);
		return log === null ? [] : [{ folder, ...log, whole: wholeCommits(folder, log) }];
	});
	const endUs = lastCommon(
		logs.map(({ whole }) => whole),
		untilUs ?? Number.MAX_SAFE_INTEGER,
	);
	const requests = new Map<string, RequestFates>();
	for (const { folder, header, whole } of logs) {
		const commit = whole.findLast((one) => one.untilUs === endUs);
		if (commit?.requests) requests.set(folder, commit.requests);
		cut({ root, folder }, header, commit ?? null);
		removeDerived(folder);
	}
	removeDerived(root);
	return { untilUs: endUs, requests };
}

/** Says how the run ended and gives the folders free; the last thing to be done, so that all else is done again if it is not. */
export function closeRecovered(
	folders: readonly string[],
	status: Exclude<RunStatus, 'running'>,
	{ requests: places, ...ending }: RecoveredEnding,
): void {
	for (const folder of folders) {
		const requests = places?.get(folder);
		const end = { ...ending, ...(requests === undefined ? {} : { requests }) };
		if (existsSync(join(folder, 'metadata.yaml'))) markEnded(folder, status, end);
		for (const name of [COMMITS, ...SUMS, RECORDER_LOCK]) removeFile(join(folder, name));
	}
}

/** A recorder whose run has died ends at once, but not before it has written what it is writing. */
const RECORDER_END_MS = 5_000;
const POLL_MS = 10;

function checkIdle(folder: string): void {
	const pause = new Int32Array(new SharedArrayBuffer(4));
	for (let waitedMs = 0; ; waitedMs += POLL_MS) {
		const held = existsSync(folder) ? holderOf(folder, RECORDER_LOCK) : null;
		if (held === null || held.life === 'dead' || isOwnProcess(held.holder)) return;
		if (held.life === 'alive' && waitedMs < RECORDER_END_MS) {
			Atomics.wait(pause, 0, 0, POLL_MS);
			continue;
		}
		const { what, pid, host } = held.holder;
		throw new ConfigError(
			`Cannot cut the tables in "${folder}" to whole windows: the recorder of "${what}" (process ${pid} on ${host}) ` +
				`${held.life === 'alive' ? 'is at work there' : 'cannot be seen from here'}; if it has ended, remove "${join(folder, RECORDER_LOCK)}"`,
		);
	}
}

/** The commits whose rows are all there: after a loss of power the log may be ahead of the tables. */
function wholeCommits(folder: string, { header, commits }: Commits): Commit[] {
	const sizes = header.tables.map(
		({ name }) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
	);
	const isWhole = ({ untilUs, bytes }: Commit) =>
		bytes.every((length, i) => length <= (sizes[i] as number)) &&
		(header.endFiles === null || readSums(folder, untilUs) !== null);
	// Sums are kept of two windows.
	return commits.slice(header.endFiles === null ? 0 : -3).filter(isWhole);
}

/** The last window that is in every log, not after `limitUs`; 0 without one. */
function lastCommon(logs: readonly (readonly Commit[])[], limitUs: SimTime): SimTime {
	const sets = logs.map((log) => new Set(log.map(({ untilUs }) => untilUs)));
	const [first, ...others] = sets;
	let last = 0;
	for (const untilUs of first ?? [])
		if (untilUs <= limitUs && untilUs > last && others.every((set) => set.has(untilUs)))
			last = untilUs;
	return last;
}

function cut(
	where: { readonly root: string; readonly folder: string },
	{ tables, endFiles }: CommitHeader,
	commit: Commit | null,
): void {
	tables.forEach(({ name, begin, end }, i) => {
		const path = join(where.folder, name);
		if (!existsSync(path)) return;
		const length = commit?.bytes[i] ?? begin;
		try {
			const file = openBelow(where.root, path, 'change');
			try {
				if (fstatSync(file).size < length)
					throw new ConfigError(`Cannot cut "${path}": it has been shortened since`);
				ftruncateSync(file, length);
				writeSync(file, end, length);
				fsyncSync(file);
			} finally {
				closeSync(file);
			}
		} catch (error) {
			if (error instanceof ConfigError) throw error;
			throw new ConfigError(`Cannot cut "${path}" to whole windows: ${fileReason(error)}`);
		}
	});
	const sums = endFiles === null || commit === null ? null : readSums(where.folder, commit.untilUs);
	if (endFiles !== null) writeEndFiles(where, endFiles, sums ?? { sketches: [], operationsS: [] });
}
