import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	renameSync,
	statSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { fileReason } from './file-reason.ts';

/** Writes a text part by part, for files that are too large to be one text. */
type Fill = (write: (text: string) => void) => void;

/**
 * Writes a file as a whole or not at all: a reader sees the old one or the new one, never a part. Its folder is
 * made if there is none.
 *
 * @throws ConfigError if it cannot be written
 */
export function writeWhole(path: string, data: string | Uint8Array | Fill): void {
	const part = `${path}.part`;
	try {
		makeFolders(dirname(path));
		if (typeof data === 'function') fillFile(part, data);
		else writeFileSync(part, data);
		renameSync(part, path);
	} catch (error) {
		throw new ConfigError(`Cannot write "${path}": ${fileReason(error)}`);
	}
}

function fillFile(path: string, fill: Fill): void {
	const file = openSync(path, 'w');
	try {
		fill((text) => void writeSync(file, text));
	} finally {
		closeSync(file);
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
