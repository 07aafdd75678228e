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
import { fileReason } from '../../kernel/files/file-reason.ts';
import { openBelow } from '../../kernel/files/open-below.ts';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { SimulationError } from '../../protocol/errors.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { EndFiles } from './end-files.ts';
import type { RequestFates } from './request-fates.ts';

/** Stands in the folder of a run that has not ended: how long each table was at the end of each window. */
export const COMMITS = 'commits.jsonl';

/** The first line: what the tables are. */
export interface CommitHeader {
	readonly run: string;
	readonly tables: readonly {
		readonly name: string;
		/** Bytes before the first row. */
		readonly begin: number;
		/** Text that closes the file. */
		readonly end: string;
	}[];
	/** What is written at the end from sums, see end-sums.ts; null: nothing. */
	readonly endFiles: EndFiles | null;
}

/** A line a window: up to when it went, and the bytes of each table by then. */
export interface Commit {
	readonly untilUs: SimTime;
	readonly bytes: readonly number[];
	/** Where the requests were then; null where nobody tells. */
	readonly requests: RequestFates | null;
}

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
		this.#header = `${JSON.stringify(header)}\n`;
		this.#tables = tables;
		// What the one before had written last is cut short, perhaps: nothing may be appended to that.
		const kept = isResumed ? (readCommits(folder)?.commits.slice(-2) ?? []) : [];
		this.#file = openBelow(root, this.#path, isResumed ? 'change' : 'create');
		this.#length = fstatSync(this.#file).size;
		if (this.#length === 0) this.#append(this.#header);
		else this.#begin(kept.map((commit) => `${JSON.stringify(commit)}\n`));
	}

	/** Notes that the tables hold all rows before `untilUs`, and have these lengths. */
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
		writeWhole(this.#path, text, { below: this.#root });
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
			throw new SimulationError(`Cannot write "${this.#path}": ${fileReason(error)}`);
		}
	}
}

/** The log of a run that has not ended, read. */
export interface Commits {
	readonly header: CommitHeader;
	/** In the order in which they were written; a line that was cut short is none. */
	readonly commits: readonly Commit[];
}

/** Null if there is no log, or nothing in it that could be one. */
export function readCommits(folder: string): Commits | null {
	const lines = linesOf(join(folder, COMMITS));
	const [first, ...rest] = lines ?? [];
	const header = first === undefined ? null : parsed<CommitHeader>(first, isHeader);
	if (header === null) return null;
	const commits = rest.flatMap((line) => {
		const commit = parsed<Commit>(line, (value) => isCommit(value, header.tables.length));
		return commit === null ? [] : [commit];
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

function parsed<T>(line: string, isOne: (value: T) => boolean): T | null {
	try {
		const value = JSON.parse(line) as T;
		return typeof value === 'object' && value !== null && isOne(value) ? value : null;
	} catch {
		return null;
	}
}

const isLength = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

function isHeader({ run, tables, endFiles }: CommitHeader): boolean {
	return (
		typeof run === 'string' &&
		typeof endFiles === 'object' &&
		Array.isArray(tables) &&
		tables.every(
			({ name, begin, end }) =>
				// No path: a name from a file never leads out of the folder.
				/^[\w.-]+$/.test(name) && name !== '..' && isLength(begin) && typeof end === 'string',
		)
	);
}

function isCommit({ untilUs, bytes, requests }: Commit, tables: number): boolean {
	return (
		typeof requests === 'object' &&
		isLength(untilUs) &&
		Array.isArray(bytes) &&
		bytes.length === tables &&
		bytes.every(isLength)
	);
}
