import { existsSync, lstatSync, realpathSync, rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FolderLock, holderOf, lockFolder, RUN_LOCK } from '../../kernel/files/folder-lock.ts';
import { checkWay } from '../../kernel/files/open-below.ts';
import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import type { CommitHeader } from '../../protocol/run-folder/commits.ts';
import { tableOf } from '../../protocol/run-folder/files.ts';
import { COMMITS, CommitLog, readCommits } from './commits.ts';
import type { RecorderConfig } from './config.ts';
import { SUMS, SumsFiles } from './end-sums.ts';
import { RunFile } from './run-file.ts';
import { TABLES } from './run-files.ts';
import { makeRunFolder, runIn } from './run-folder.ts';

/** Names the process that writes the tables; the one that leads the run may be another. */
export const RECORDER_LOCK = 'recorder.lock';

/**
 * The folder that a recorder writes, from the first byte to the last: it belongs to the run that the command has locked
 * it for, nothing is written outside of it, and it stays the same folder.
 */
export class RecordingFolder {
	readonly #root: string;
	readonly #folder: string;
	readonly #lock: FolderLock;
	readonly #isResumed: boolean;
	readonly #begun: Stats;
	readonly #files: RunFile[] = [];
	#log: CommitLog | null = null;

	/** @throws ConfigError for a folder that is another run's, leads elsewhere, or cannot be made */
	constructor({ folder, root, run, metadata }: RecordedInto) {
		this.#root = root;
		this.#folder = folder;
		if (run !== null) checkLocked(root, run);
		checkWay(root, join(folder, RECORDER_LOCK));
		makeRunFolder(folder);
		if (realpathSync(folder) !== folder)
			throw new ConfigError(
				`Cannot record into "${folder}": that leads to "${realpathSync(folder)}"; give the real path`,
			);
		this.#isResumed = wasRecorded({ folder, run, metadata });
		this.#lock = lockFolder(folder, run ?? 'a recorder', { name: RECORDER_LOCK, again: true });
		this.#begun = statSync(folder);
	}

	/** A table, which begins with `header`. @throws ConfigError if there is a file of that name that is not this run's */
	table(name: string, header: string): RunFile {
		if (!TABLES.includes(name) && tableOf(name) !== null)
			throw new TypeError(`${name} is none of the tables of run-files.ts`);
		const [root, folder, isResumed] = [this.#root, this.#folder, this.#isResumed];
		const file = new RunFile({ root, folder, name, isResumed });
		this.#files.push(file);
		if (file.position === 0) {
			file.append(header);
			file.flush();
		}
		return file;
	}

	/** Begins the log of windows, once all tables are made. */
	begin(header: CommitHeader): CommitLog {
		const [root, folder, isResumed] = [this.#root, this.#folder, this.#isResumed];
		this.#log = new CommitLog({ root, folder, isResumed }, header, this.#files);
		return this.#log;
	}

	/** @throws SimulationError if it has gone, or another one has its place */
	checkThere(): void {
		const now = lstatSync(this.#folder, { throwIfNoEntry: false });
		const isSame = now?.ino === this.#begun.ino && now.dev === this.#begun.dev;
		if (!isSame) {
			const what = now === undefined ? 'it is gone' : 'another folder has its place';
			throw new SimulationError(`Cannot go on recording into "${this.#folder}": ${what}`);
		}
		for (const file of this.#files) file.checkThere();
	}

	/** The files for sums beside the tables. */
	sums(): SumsFiles {
		const [root, folder, isResumed] = [this.#root, this.#folder, this.#isResumed];
		return new SumsFiles({ root, folder, isResumed });
	}

	/** Puts all tables on the disk and closes them. */
	close(): void {
		for (const file of this.#files) {
			file.sync();
			file.close();
		}
		this.#log?.close();
	}

	/** It cannot be written now: what is open is closed, so that it may be tried again. */
	giveUp(): void {
		for (const file of this.#files) file.close();
		this.#log?.close();
	}

	/** Nothing is left to be cut: the log and the lock go. */
	release(): void {
		for (const name of [COMMITS, ...SUMS]) rmSync(join(this.#folder, name), { force: true });
		this.#lock.release();
	}
}

type RecordedInto = Pick<RecorderConfig, 'folder' | 'root' | 'run' | 'metadata'>;

/** Whether a recorder of the very run was here before: its log says so, or its last word if it has ended. */
export function wasRecorded({ folder, run, metadata }: Omit<RecordedInto, 'root'>): boolean {
	if (run === null) return false;
	if (readCommits(folder)?.header.run === run) return true;
	const id = metadata.gridbeat?.run;
	return typeof id === 'string' && runIn(folder) === id;
}

/** A run folder is its command's before it is its recorder's: else it is another run's, or on another machine. */
function checkLocked(root: string, run: string): void {
	const held = existsSync(root) ? holderOf(root) : null;
	if (held?.holder.what === run) return;
	const found = held === null ? `there is no ${RUN_LOCK}` : `"${held.holder.what}" holds it`;
	throw new ConfigError(
		`Cannot record "${run}" into "${root}": ${found}; the recorder needs the run's folder at the same path as the command that leads it`,
	);
}
