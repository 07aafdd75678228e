import {
	closeSync,
	constants,
	fstatSync,
	openSync,
	readFileSync,
	type Stats,
	statSync,
} from 'node:fs';
import { messageOf } from '../../protocol/errors.ts';
import { textBytes } from './input-bytes.ts';

/** A descriptor that whoever started us handed over, such as standard input: it is open, so nobody waits for a writer. */
const DESCRIPTOR = /^\/(dev\/(stdin|fd\/\d+)|proc\/(self|\d+)\/fd\/\d+)$/;

/**
 * Opens a file of the user's for reading. To open a pipe without a writer waits for ever and hears no signal, a device
 * may never end: such paths are refused.
 *
 * @throws Error that says why not, to be reported with what the file is for
 */
export function openInput(path: string): number {
	// Without waiting: for a file the flag changes nothing.
	const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const stats = fstatSync(file);
	if (stats.isFile() || stats.isDirectory()) return file;
	closeSync(file);
	throw new Error(`it is ${kindOf(stats)}, not a file: save what it says to a file first`);
}

/** Whether a path is that of a file, rather than of a folder or of nothing. */
export function isFile(path: string): boolean {
	try {
		return statSync(path).isFile();
	} catch {
		return false;
	}
}

/**
 * The text of a file of the user's, or of what comes through a descriptor that was handed over.
 *
 * @throws Error that says why not
 */
export function readInput(path: string): Buffer {
	if (DESCRIPTOR.test(path)) return readFileSync(path);
	const file = openInput(path);
	try {
		return readFileSync(file);
	} finally {
		closeSync(file);
	}
}

/**
 * The same as text, whether it is in UTF-8 or UTF-16 and whether or not gzip packed it; without a byte order mark.
 *
 * @throws Error that says why not
 */
export function readInputText(path: string): string {
	return textBytes(readInput(path)).toString('utf8');
}

/** Why a file could not be read, and what would do, for messages. */
export function inputReason(error: unknown): string {
	// What the system says has a code; what we say of a file's content says what would do by itself.
	return `${messageOf(error)}${(error as { code?: string }).code === undefined ? '' : '; check the path'}`;
}

function kindOf(stats: Stats): string {
	if (stats.isFIFO()) return 'a pipe';
	return stats.isSocket() ? 'a socket' : 'a device';
}
