import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JOB_BYTES_MAX } from '../../protocol/job-messages.ts';

/** What is being received goes by this name beside where it will be. */
export const INCOMING = /\.incoming-[\w-]+$/;

const PATH_LENGTH_MAX = 1_024;
const PATH_DEPTH_MAX = 16;

/** What a worker sent that it may not: what it did is not kept, and the job is done again. */
export class BadFile extends Error {
	override readonly name = 'BadFile';
}

/** Names that are devices on Windows, with any ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;
/** Controls and format characters, and what separates paths or streams on some system. */
const BAD_CHARACTER = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\:*?"<>|]/u;

/** Why a path is none within a job's folder, with slashes; null if it is one. */
export function pathRefusal(path: string): string | null {
	if (path.length > PATH_LENGTH_MAX) return `it has ${path.length} characters`;
	if (BAD_CHARACTER.test(path)) return 'it has a character that no file of a run has';
	const names = path.split('/');
	if (names.length > PATH_DEPTH_MAX) return `it is ${names.length} levels deep`;
	for (const name of names) {
		if (name === '' || name === '.' || name === '..') return 'it is outside its folder';
		if (DEVICE.test(name)) return 'it is the name of a device';
		if (/[. ]$/.test(name)) return 'a name in it ends with a dot or a space';
	}
	return null;
}

/** A piece of a file. */
export interface Piece {
	/** Within the job's folder, with slashes. */
	readonly path: string;
	/** Where in the file it begins: where the one before ended. */
	readonly at: number;
	readonly bytes: Uint8Array;
}

/** The file whose pieces come now. */
interface Current {
	readonly path: string;
	readonly descriptor: number;
	bytes: number;
}

/**
 * The files of one result as they come, in a folder of their own beside the job's: one file after the other, each piece
 * where the one before ended. Nothing is written but below that folder, into files that are made here.
 */
export class IncomingFiles {
	readonly #target: string | null;
	readonly #folder: string;
	readonly #hash: Hash = createHash('sha256');
	readonly #paths = new Set<string>();
	#current: Current | null = null;
	#bytes = 0;

	/** `target` is where the folder will be in the end; null if no files are wanted. */
	constructor(target: string | null, token: string) {
		this.#target = target;
		this.#folder = `${target}.incoming-${token}`;
	}

	/**
	 * Takes in the next piece.
	 *
	 * @throws BadFile for a path outside the folder, a piece out of order, or more than any run writes
	 */
	take({ path, at, bytes }: Piece): void {
		if (this.#target === null) throw new BadFile('no files are wanted');
		const current = this.#current?.path === path ? this.#current : this.#begin(path);
		if (at !== current.bytes) throw new BadFile(`"${path}" goes on at ${at}, not ${current.bytes}`);
		this.#bytes += bytes.length;
		if (this.#bytes > JOB_BYTES_MAX) throw new BadFile(`more than ${JOB_BYTES_MAX} bytes`);
		for (let done = 0; done < bytes.length; )
			done += writeSync(current.descriptor, bytes, done, bytes.length - done);
		current.bytes += bytes.length;
		this.#hash.update(bytes);
	}

	/** SHA-256 of each file's path and a line break, then its contents, in the order in which they came. */
	digest(): string {
		return this.#hash.copy().digest('hex');
	}

	/** What was received takes its place as a whole. */
	settle(): void {
		this.#close();
		if (this.#target === null) return;
		rmSync(this.#target, { recursive: true, force: true });
		// A job that wrote nothing has an empty folder.
		mkdirSync(this.#folder, { recursive: true });
		renameSync(this.#folder, this.#target);
	}

	forget(): void {
		this.#close();
		if (this.#target !== null) rmSync(this.#folder, { recursive: true, force: true });
	}

	#begin(path: string): Current {
		const refusal = pathRefusal(path);
		if (refusal !== null) throw new BadFile(`"${path}" is no file of a job: ${refusal}`);
		if (this.#paths.has(path)) throw new BadFile(`"${path}" comes twice`);
		this.#close();
		this.#hash.update(`${path}\n`);
		const current = { path, descriptor: this.#open(path), bytes: 0 };
		this.#paths.add(path);
		this.#current = current;
		return current;
	}

	#open(path: string): number {
		const file = join(this.#folder, ...path.split('/'));
		const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
		try {
			mkdirSync(dirname(file), { recursive: true });
			return openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
		} catch (error) {
			const { code = '' } = error as NodeJS.ErrnoException;
			// A file where a folder should be, names that are too long: the worker's doing; a full disk is not.
			if (!['EEXIST', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EISDIR'].includes(code)) throw error;
			throw new BadFile(`"${path}" cannot be a file there: ${code}`);
		}
	}

	#close(): void {
		if (this.#current !== null) closeSync(this.#current.descriptor);
		this.#current = null;
	}
}
