import {
	closeSync,
	constants,
	existsSync,
	fstatSync,
	lstatSync,
	openSync,
	readlinkSync,
	realpathSync,
	type Stats,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { fileReason } from './file-reason.ts';

/** Absent where the system has no symbolic links. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

const MODES = {
	/** A file that is not there yet; whatever has its name is refused. */
	create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
	/** A file that is there. */
	change: constants.O_RDWR | NO_FOLLOW,
	/** A file that is there, or is made. */
	continue: constants.O_RDWR | constants.O_CREAT | NO_FOLLOW,
} as const;

/** Where links lead: the real path of what is there of `path`, and the rest of it as it is. */
export function realFolder(path: string): string {
	const whole = resolve(path);
	if (existsSync(whole)) return realpathSync(whole);
	const parent = dirname(whole);
	return parent === whole ? whole : join(realFolder(parent), basename(whole));
}

/** What has that name, not what a link leads to; nothing below a file. */
function foundAt(path: string): Stats | undefined {
	try {
		return lstatSync(path, { throwIfNoEntry: false });
	} catch (error) {
		if ((error as { code?: string }).code === 'ENOTDIR') return undefined;
		throw error;
	}
}

/** Whether `path` is `folder` or lies below it, both absolute, by their names. */
export function isBelow(folder: string, path: string): boolean {
	const way = relative(folder, path);
	return way.split(sep)[0] !== '..' && !isAbsolute(way);
}

/**
 * Checks that `path` lies below `folder` and that no part of the way from there is a symbolic link or anything else
 * than a folder. The last part need not be there.
 *
 * @throws ConfigError naming the part that leads elsewhere
 */
export function checkWay(folder: string, path: string): void {
	if (!isBelow(folder, path))
		throw new ConfigError(`Cannot write "${path}": it is not below "${folder}"`);
	let at = folder;
	for (const part of relative(folder, dirname(path)).split(sep)) {
		if (part === '') continue;
		at = join(at, part);
		const found = foundAt(at);
		if (found === undefined) return;
		if (found.isSymbolicLink())
			throw new ConfigError(
				`Cannot write "${path}": "${at}" is a symbolic link, and a run writes only below its own folder; remove it or choose another folder`,
			);
		if (!found.isDirectory())
			throw new ConfigError(`Cannot write "${path}": "${at}" is a file, not a folder`);
	}
}

/**
 * Opens a file for reading and writing that lies below `folder`, which is a real path, and nowhere else: no part of
 * the way is a symbolic link, nor is the file, and it has no second name.
 *
 * @returns the file descriptor
 * @throws ConfigError if the way leads elsewhere, or the file cannot be opened
 */
export function openBelow(folder: string, path: string, mode: keyof typeof MODES): number {
	checkWay(folder, path);
	let file: number;
	try {
		file = openSync(path, MODES[mode], 0o666);
	} catch (error) {
		throw new ConfigError(`Cannot open "${path}" for writing: ${fileReason(error)}`, {
			cause: error,
		});
	}
	try {
		const found = fstatSync(file);
		if (!found.isFile()) throw new ConfigError(`Cannot write "${path}": it is no plain file`);
		if (found.nlink > 1)
			throw new ConfigError(
				`Cannot write "${path}": the file has another name elsewhere (a hard link)`,
			);
		checkOpened(file, path);
		return file;
	} catch (error) {
		closeSync(file);
		throw error;
	}
}

/** A folder on the way may have become a link between the look and the opening: the system says what is open. */
function checkOpened(file: number, path: string): void {
	const link = `/proc/self/fd/${file}`;
	if (!existsSync(link)) return;
	const opened = readlinkSync(link);
	if (opened === path || opened === `${path} (deleted)`) return;
	throw new ConfigError(
		`Cannot write "${path}": its folder has become a link to "${dirname(opened)}"`,
	);
}
