import {
	closeSync,
	constants,
	fstatSync,
	fsyncSync,
	openSync,
	readFileSync,
	writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { NotYetError } from '../../kernel/actor/contract.ts';
import { fileReason, mayPass } from '../../kernel/files/file-reason.ts';
import { openBelow } from '../../kernel/files/open-below.ts';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf, SimulationError } from '../../protocol/errors.ts';
import { COMMITS_FORMAT, Commit, CommitHeader } from '../../protocol/run-folder/commits.ts';
import { checkFormat } from '../../protocol/run-folder/read-format.ts';

/** Stands in the folder of a run that has not ended: how long each table was at the end of each window. */
export const COMMITS = 'commits.jsonl';

/** Windows are put on the disk at most this often, and take at most this part of the time. */
const SYNC_EVERY_MS = 1000;
const SYNC_SHARE = 0.02;

/** A log that is longer begins anew: what counts is its end. */
const LOG_LIMIT_BYTES = 1024 * 1024;

interface Syncable {
	sync(): void;
}

/**
 * The log of windows. A line is written after the rows that it counts; so whoever finds the log of a run that died
 * cuts its tables back to the last line. Now and then both are put on the disk, rows first, so that this holds after
 * a loss of power too.
 */
export class CommitLog {
	readonly #path: string;
	readonly #root: string;
	#file: number;
	readonly #header: string;
	readonly #tables: readonly Syncable[];
	#length: number;
	#nextSyncMs = performance.now() + SYNC_EVERY_MS;
	#last = '';

	/** @throws ConfigError if it cannot be opened */
	constructor(
		{ root, folder, isResumed }: { root: string; folder: string; isResumed: boolean },
		header: CommitHeader,
		tables: readonly Syncable[],
	) {
		this.#path = join(folder, COMMITS);
		this.#root = root;
		this.#header = `${JSON.stringify({ format: COMMITS_FORMAT, ...header })}\n`;
		this.#tables = tables;
		// What the one before had written last is cut short, perhaps: nothing may be appended to that.
		const kept = isResumed ? (readCommits(folder)?.commits.slice(-2) ?? []) : [];
		this.#file = openBelow(root, this.#path, isResumed ? 'continue' : 'create');
		this.#length = fstatSync(this.#file).size;
		try {
			if (this.#length === 0) this.#append(this.#header);
			else this.#begin(kept.map((commit) => `${JSON.stringify(commit)}\n`));
		} catch (error) {
			this.close();
			throw error;
		}
	}

	/**
	 * Notes that the tables hold all rows before `untilUs`, and have these lengths. May be called again with the same.
	 *
	 * @throws NotYetError while there is no room for it; SimulationError
	 */
	commit(commit: Commit): void {
		const line = `${JSON.stringify(commit)}\n`;
		const isDue = performance.now() >= this.#nextSyncMs;
		if (isDue) this.#sync(line);
		else this.#append(line);
		if (this.#length > LOG_LIMIT_BYTES) this.#begin([this.#last, line]);
		this.#last = line;
	}

	close(): void {
		closeSync(this.#file);
	}

	#sync(line: string): void {
		const beganMs = performance.now();
		for (const table of this.#tables) table.sync();
		this.#append(line);
		this.#attempt(() => fsyncSync(this.#file));
		const endedMs = performance.now();
		this.#nextSyncMs = endedMs + Math.max(SYNC_EVERY_MS, (endedMs - beganMs) / SYNC_SHARE);
	}

	/** Begins the file anew with the last windows. Two are enough: sites of a run are never further apart. */
	#begin(lines: readonly string[]): void {
		const text = this.#header + lines.join('');
		this.#last = lines.at(-1) ?? '';
		try {
			writeWhole(this.#path, text, { below: this.#root });
		} catch (error) {
			throw mayPass(error) ? new NotYetError(messageOf(error)) : error;
		}
		closeSync(this.#file);
		this.#file = openBelow(this.#root, this.#path, 'change');
		this.#length = Buffer.byteLength(text);
	}

	#append(text: string): void {
		const bytes = Buffer.from(text);
		this.#attempt(() => {
			for (let done = 0; done < bytes.length; )
				done += writeSync(this.#file, bytes, done, bytes.length - done, this.#length + done);
		});
		this.#length += bytes.length;
	}

	#attempt(write: () => void): void {
		try {
			write();
		} catch (error) {
			throw unwritten(this.#path, error);
		}
	}
}

/** What is thrown of a file of a run that could not be written: a NotYetError where that may pass. */
export function unwritten(path: string, error: unknown): Error {
	const why = `Cannot write "${path}": ${fileReason(error)}`;
	return mayPass(error) ? new NotYetError(why) : new SimulationError(why, {}, { cause: error });
}

/** The log of a run that has not ended, read. */
export interface Commits {
	readonly header: CommitHeader;
	/** In the order in which they were written; a line that was cut short is none. */
	readonly commits: readonly Commit[];
}

/** Null if there is no log, or nothing in it that could be one. @throws ConfigError for one of a newer program */
export function readCommits(folder: string): Commits | null {
	const path = join(folder, COMMITS);
	const [first, ...rest] = linesOf(path) ?? [];
	const written = first === undefined ? null : jsonOf(first);
	try {
		checkFormat((written as { format?: unknown } | null)?.format, COMMITS_FORMAT);
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error)}`);
	}
	const header = CommitHeader.safeParse(written).data;
	if (header === undefined) return null;
	const commits = rest.flatMap((line) => {
		const commit = Commit.safeParse(jsonOf(line)).data;
		return commit?.bytes.length === header.tables.length ? [commit] : [];
	});
	return { header, commits };
}

function linesOf(path: string): string[] | null {
	let file: number;
	try {
		// Not to wait for the other end of a pipe of that name.
		const how = constants.O_RDONLY | constants.O_NONBLOCK | (constants.O_NOFOLLOW ?? 0);
		file = openSync(path, how);
	} catch {
		return null;
	}
	try {
		if (!fstatSync(file).isFile()) return null;
		// What comes after the last line break was being written.
		return readFileSync(file, 'utf8').split('\n').slice(0, -1);
	} finally {
		closeSync(file);
	}
}

function jsonOf(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return null;
	}
}
