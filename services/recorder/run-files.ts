import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fileReason } from '../../kernel/files/file-reason.ts';
import { RUN_LOCK } from '../../kernel/files/folder-lock.ts';
import { PART } from '../../kernel/files/write-whole.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { filesOf } from '../../protocol/run-folder/files.ts';
import { RunMetadata } from '../../protocol/run-folder/metadata.ts';

/** Tables that grow during a run: the only names that a recorder gives to files. */
export const TABLES: readonly string[] = filesOf('growing');

/** What is computed from these, and has to go where they change. */
const DERIVED = filesOf('derived');

/** All that a run leaves, and a folder of repeats: one that becomes that of a single run holds none of it. */
const ALL: ReadonlySet<string> = new Set(
	filesOf('head', 'growing', 'end', 'derived', 'during', 'repeats').filter(
		(name) => name !== RUN_LOCK,
	),
);

/**
 * Removes all files that runs write from a folder and leaves everything else; a symbolic link goes, and where it leads
 * to stays as it is.
 *
 * @throws ConfigError if one cannot be removed
 */
export function removeRun(folder: string): void {
	const own = ownTablesIn(folder);
	const isOurs = (name: string) => ALL.has(name) || own.has(name);
	removeFiles(folder, (name) => isOurs(name) || isOurs(csvOf(name)));
	for (const name of namesIn(folder))
		if (/^(repeat-\d+|jobs)$/.test(name)) removeFile(join(folder, name));
	removeFolder(folder, 'plots', (plots) => removeFiles(plots, (name) => name.endsWith('.svg')));
	removeFolder(folder, 'sites', (sites) => {
		for (const site of namesIn(sites)) removeFolder(sites, site, removeRun);
	});
}

/** Removes what was computed from the tables, and what somebody was writing. */
export function removeDerived(folder: string): void {
	removeFiles(
		folder,
		(name) => DERIVED.includes(name) || (name.endsWith('.parquet') && ALL.has(csvOf(name))),
	);
	removeFolder(folder, 'plots', (plots) => removeFiles(plots, (name) => name.endsWith('.svg')));
}

/** Tables that a user's kinds of actor have brought, as its metadata.yaml has them. */
function ownTablesIn(folder: string): ReadonlySet<string> {
	const path = join(folder, 'metadata.yaml');
	try {
		const { data } = RunMetadata.safeParse(parse(readFileSync(path, 'utf8')));
		return new Set(Object.keys(data?.gridbeat.tables ?? {}));
	} catch {
		return new Set();
	}
}

const csvOf = (name: string): string => name.replace(/\.parquet$/, '.csv');

function removeFiles(folder: string, isOne: (name: string) => boolean): void {
	for (const name of namesIn(folder))
		if (isOne(name) || PART.test(name)) removeFile(join(folder, name));
}

/** Empties a folder as `empty` does, and removes it if nothing is left; a link to one is removed itself. */
function removeFolder(parent: string, name: string, empty: (folder: string) => void): void {
	const folder = join(parent, name);
	const found = lstatSync(folder, { throwIfNoEntry: false });
	if (found === undefined) return;
	if (!found.isDirectory()) {
		removeFile(folder);
		return;
	}
	empty(folder);
	if (namesIn(folder).length === 0) rmdirSync(folder);
}

/** @throws ConfigError if it is there and cannot be removed */
export function removeFile(path: string): void {
	try {
		rmSync(path, { recursive: true, force: true });
	} catch (error) {
		throw new ConfigError(`Cannot remove "${path}": ${fileReason(error)}`);
	}
}

function namesIn(folder: string): string[] {
	return existsSync(folder) ? readdirSync(folder) : [];
}
