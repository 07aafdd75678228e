import { randomBytes } from 'node:crypto';
import {
	closeSync,
	constants,
	linkSync,
	lstatSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { fileReason } from './file-reason.ts';
import { type Life, lifeOf, ownProcess, type ProcessId } from './process-id.ts';

/** Who writes a folder: the content of its lock, a line of JSON. */
export interface Holder extends ProcessId {
	/** Not the same for any two locks. */
	readonly token: string;
	/** What it does there, such as `run default-20260101-000000-1a2b3c4d`. */
	readonly what: string;
	readonly since: string;
}

export interface FolderLock {
	readonly folder: string;
	readonly holder: Holder;
	/** Gives the folder free, if it is still ours. */
	release(): void;
}

/** Who holds a folder, and whether that process still lives. */
export interface Held {
	readonly holder: Holder;
	readonly life: Life;
}

export interface LockOptions {
	/** Name of the lock's file. */
	readonly name?: string;
	/** Whether a lock of this very process for the same purpose is taken again. */
	readonly again?: boolean;
	/** Whether the lock of a process that cannot be seen from here is taken: whoever starts us knows that it has ended. */
	readonly takeOver?: boolean;
	/** Told in a line when a lock is taken from somebody who is dead. */
	readonly say?: (text: string) => void;
}

export const RUN_LOCK = 'run.lock';

const LIMIT_BYTES = 4096;
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

const held = new Set<FolderLock>();
process.on('exit', () => {
	for (const lock of held) lock.release();
});

/**
 * Takes a folder, which must be there, for this process: nobody else writes in it until it is released or this process has
 * ended. Two that ask at the same time never both get it.
 *
 * @throws ConfigError naming who holds it, or why that cannot be known, and what would do
 */
export function lockFolder(folder: string, what: string, options: LockOptions = {}): FolderLock {
	const { name = RUN_LOCK, takeOver = false, say } = options;
	const path = join(folder, name);
	const holder: Holder = {
		...ownProcess(),
		token: randomBytes(8).toString('hex'),
		what,
		since: new Date().toISOString(),
	};
	// Each turn but the last takes a dead lock out of the way.
	for (let turn = 0; turn < 3; turn++) {
		if (makeLock(path, holder)) return keep({ folder, holder, path });
		const found = holderOf(folder, name);
		if (found === null) continue;
		const isOwn =
			options.again === true && found.holder.what === what && isOwnProcess(found.holder);
		if (isOwn && removeDead(path, found.holder)) continue;
		const isGone = found.life === 'dead' || (takeOver && found.life === 'unknown');
		if (!isGone) throw refusal(folder, path, found);
		if (removeDead(path, found.holder))
			say?.(
				`Taking over "${folder}": "${found.holder.what}" (process ${found.holder.pid}) held it and has ended without a word`,
			);
	}
	throw new ConfigError(
		`Cannot use "${folder}": others take and leave it at this moment; try again`,
	);
}

/** Whether that is this very process. */
export function isOwnProcess({ pid, boot, space, start }: ProcessId): boolean {
	const own = ownProcess();
	return pid === own.pid && boot === own.boot && space === own.space && start === own.start;
}

/** Who holds a folder; null if nobody does. @throws ConfigError for a lock that cannot be read */
export function holderOf(folder: string, name = RUN_LOCK): Held | null {
	const path = join(folder, name);
	const holder = readLock(path);
	if (holder === 'none') return null;
	if (holder === 'unreadable')
		throw new ConfigError(
			`Cannot use "${folder}": "${path}" is no lock of this program; remove it if nothing writes in that folder`,
		);
	return { holder, life: lifeOf(holder) };
}

/** A line on why a folder cannot be had. */
export function refusal(folder: string, path: string, { holder, life }: Held): ConfigError {
	const { what, pid, host, since } = holder;
	// Others may have written the lock: nothing of it reaches a terminal but plain text.
	const who = `"${what}" (process ${pid} on ${host}, since ${since})`.replace(/\p{C}/gu, '?');
	return new ConfigError(
		life === 'alive'
			? `Cannot use "${folder}": ${who} is at work there; wait for its end, or give another folder`
			: `Cannot use "${folder}": ${who} holds it, which runs on another machine or in another container and cannot be seen from here; if it has ended, remove "${path}"`,
	);
}

/** Makes the lock's file with all that is in it at once; false if there is one. */
function makeLock(path: string, holder: Holder): boolean {
	const part = `${path}.${holder.token.slice(0, 8)}.part`;
	try {
		writeFileSync(part, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
		linkSync(part, path);
		return true;
	} catch (error) {
		const { code } = error as { code?: string };
		if (code === 'EEXIST') return false;
		// A file system without hard links.
		if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EMLINK')
			return makePlainly(path, holder);
		throw new ConfigError(`Cannot write "${path}": ${fileReason(error)}`, { cause: error });
	} finally {
		rmSync(part, { force: true });
	}
}

function makePlainly(path: string, holder: Holder): boolean {
	try {
		writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
		return true;
	} catch (error) {
		if ((error as { code?: string }).code === 'EEXIST') return false;
		throw new ConfigError(`Cannot write "${path}": ${fileReason(error)}`, { cause: error });
	}
}

/** Takes a lock away whose process is dead; false if somebody was faster. */
function removeDead(path: string, dead: Holder): boolean {
	const aside = `${path}.${randomBytes(4).toString('hex')}.part`;
	try {
		renameSync(path, aside);
	} catch (error) {
		if ((error as { code?: string }).code === 'ENOENT') return false;
		throw new ConfigError(`Cannot take over "${path}": ${fileReason(error)}`, { cause: error });
	}
	const taken = readLock(aside);
	const isDead = typeof taken === 'object' && taken.token === dead.token;
	try {
		// It was the new lock of somebody faster: theirs again, unless yet another has taken the place.
		if (!isDead) linkSync(aside, path);
	} catch {
		// They find out at the end of their next window.
	} finally {
		rmSync(aside, { force: true });
	}
	return isDead;
}

function readLock(path: string): Holder | 'none' | 'unreadable' {
	const found = lstatSync(path, { throwIfNoEntry: false });
	if (found === undefined) return 'none';
	if (!found.isFile() || found.size > LIMIT_BYTES) return 'unreadable';
	try {
		const file = openSync(path, constants.O_RDONLY | NO_FOLLOW);
		try {
			const lock = JSON.parse(readFileSync(file, 'utf8')) as Holder;
			const isOne =
				typeof lock === 'object' &&
				Number.isInteger(lock.pid) &&
				lock.pid > 0 &&
				[lock.token, lock.what, lock.host].every((text) => typeof text === 'string');
			return isOne ? lock : 'unreadable';
		} finally {
			closeSync(file);
		}
	} catch (error) {
		return (error as { code?: string }).code === 'ENOENT' ? 'none' : 'unreadable';
	}
}

function keep({
	folder,
	holder,
	path,
}: {
	folder: string;
	holder: Holder;
	path: string;
}): FolderLock {
	const lock: FolderLock = {
		folder,
		holder,
		release() {
			held.delete(lock);
			const now = readLock(path);
			if (typeof now !== 'object' || now.token !== holder.token) return;
			rmSync(path, { force: true });
		},
	};
	held.add(lock);
	return lock;
}
