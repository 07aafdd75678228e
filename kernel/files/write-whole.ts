import { randomBytes } from 'node:crypto';
import {
	closeSync,
	constants,
	existsSync,
	fsyncSync,
	mkdirSync,
	openSync,
	renameSync,
	rmSync,
	statSync,
	writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { fileReason } from './file-reason.ts';
import { checkWay } from './open-below.ts';

/** Writes a text part by part, for files that are too large to be one text. */
type Fill = (write: (text: string) => void) => void;

export interface WriteOptions {
	/** A real path that the file must lie below, without symbolic links on the way; null: anywhere. */
	readonly below?: string;
	/** On the disk when the call returns, also if the machine loses power then. */
	readonly durable?: boolean;
}

/** A file that is being written: whoever finds one whose writer is gone may remove it. */
export const PART = /\.[0-9a-f]{8}\.part$/;

const NEW_FILE =
	constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Writes a file as a whole or not at all: a reader sees the old one or the new one, never a part. Its folder is
 * made if there is none. A symbolic link of that name is replaced, not followed.
 *
 * @throws ConfigError if it cannot be written; nothing is left beside the file then
 */
export function writeWhole(
	path: string,
	data: string | Uint8Array | Fill,
	{ below, durable = false }: WriteOptions = {},
): void {
	// Nobody else's: two that write the same file at a time each write their own part.
	const part = `${path}.${randomBytes(4).toString('hex')}.part`;
	try {
		if (below !== undefined) checkWay(below, path);
		makeFolders(dirname(path));
		fillFile(part, data, durable);
		renameSync(part, path);
		if (durable) syncFolder(dirname(path));
	} catch (error) {
		try {
			rmSync(part, { force: true });
		} catch {
			// The folder is gone with it.
		}
		if (error instanceof ConfigError) throw error;
		throw new ConfigError(`Cannot write "${path}": ${fileReason(error)}`, { cause: error });
	}
}

function fillFile(path: string, data: string | Uint8Array | Fill, durable: boolean): void {
	const file = openSync(path, NEW_FILE, 0o666);
	try {
		if (typeof data === 'function') data((text) => writeAll(file, Buffer.from(text)));
		else writeAll(file, typeof data === 'string' ? Buffer.from(data) : data);
		if (durable) fsyncSync(file);
	} finally {
		closeSync(file);
	}
}

/** `writeSync` may write less than it is given, on a disk that is almost full. */
function writeAll(file: number, bytes: Uint8Array): void {
	for (let done = 0; done < bytes.length; )
		done += writeSync(file, bytes, done, bytes.length - done);
}

/** Puts the names in a folder on the disk. */
function syncFolder(folder: string): void {
	const opened = openSync(folder, constants.O_RDONLY);
	try {
		fsyncSync(opened);
	} finally {
		closeSync(opened);
	}
}

/** Not with `recursive`: Node 20 never returns from it where a folder cannot be made in one that is there (/proc). */
export function makeFolders(folder: string): void {
	if (!existsSync(dirname(folder))) makeFolders(dirname(folder));
	if (existsSync(folder) && statSync(folder).isDirectory()) return;
	try {
		mkdirSync(folder);
	} catch (error) {
		// Somebody else may have made it just now.
		if (!existsSync(folder) || !statSync(folder).isDirectory()) throw error;
	}
}
