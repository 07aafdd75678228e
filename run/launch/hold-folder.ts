import { existsSync, readdirSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FolderLock, holderOf, lockFolder } from '../../kernel/files/folder-lock.ts';
import { realFolder } from '../../kernel/files/open-below.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { RECORDER_LOCK } from '../../services/recorder/recording-folder.ts';
import { makeRunFolder } from '../../services/recorder/run-folder.ts';

/** What the lock of a folder of many runs says. */
export const STUDY_LOCK = 'a study';

/** A folder that is ours to write in. */
export interface HeldFolder {
	/** Gives it free, and leaves it as it is. */
	release(): void;
	/** Removes what has come into it since, and it if it was made for us. */
	forget(): void;
}

/**
 * Makes a folder if there is none and takes it, before anything is written there. `folder` is a real path.
 *
 * @param takeOver whether it is taken from a process that cannot be seen from here, with what else that one's container holds
 * @throws ConfigError if it cannot be made, or is somebody else's at this moment
 */
export function holdFolder(
	folder: string,
	what: string,
	say: (text: string) => void,
	takeOver = false,
): HeldFolder {
	const before = entriesOf(folder);
	makeRunFolder(folder);
	if (realpathSync(folder) !== folder)
		throw new ConfigError(
			`Cannot write to "${folder}": a part of that path has just become a link to "${realpathSync(folder)}"; try again`,
		);
	if (takeOver) takeRecordings(folder, what);
	const lock: FolderLock = lockFolder(folder, what, { say, takeOver });
	return {
		release: () => lock.release(),
		forget() {
			for (const name of entriesOf(folder) ?? [])
				if (before?.includes(name) !== true) rmSync(join(folder, name), { recursive: true });
			if (before === null && existsSync(folder)) rmdirSync(folder);
			lock.release();
		},
	};
}

/** The recorders that ran where the command ran are gone with it. */
function takeRecordings(folder: string, what: string): void {
	const led = holderOf(folder);
	if (led?.life !== 'unknown') return;
	const sites = join(folder, 'sites');
	const parts = (entriesOf(sites) ?? []).map((name) => join(sites, name));
	for (const part of [folder, ...parts]) {
		const { holder } = holderOf(part, RECORDER_LOCK) ?? {};
		if (holder === undefined) continue;
		const isBeside =
			holder.space === led.holder.space &&
			holder.boot === led.holder.boot &&
			holder.host === led.holder.host;
		if (isBeside) lockFolder(part, what, { name: RECORDER_LOCK, takeOver: true }).release();
	}
}

/** Names in a folder; null if there is none, nothing if it is a file. */
function entriesOf(folder: string): readonly string[] | null {
	if (!existsSync(folder)) return null;
	return statSync(folder).isDirectory() ? readdirSync(folder) : [];
}

/**
 * Holds the folder `name` within a results folder of Vidur while `work` writes there; one made for it goes again where
 * nothing can be made of the results.
 */
export async function withinResults<T>(
	results: string,
	name: string,
	{ what, say }: { readonly what: string; say(text: string): void },
	work: () => Promise<T> | T,
): Promise<T> {
	// What is no results folder is for `work` to refuse.
	if (!existsSync(join(results, 'config.json'))) return work();
	const held = holdFolder(realFolder(join(results, name)), what, say);
	try {
		return await work();
	} catch (error) {
		if (error instanceof ConfigError) held.forget();
		throw error;
	} finally {
		held.release();
	}
}
