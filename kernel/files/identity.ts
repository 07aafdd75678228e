import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { canonicalJson, type Json, sha256 } from './canonical.ts';
import { fileStamp } from './file-stamp.ts';
import { moduleHash } from './module-hash.ts';
import { projectFile } from './project-file.ts';

/** What makes two jobs the same: the program, the kind of job and all that it is given. */
export interface JobIdentity {
	readonly program: string;
	readonly kind: string;
	readonly spec: Json;
}

/**
 * The content hash of a job. A data file named in the spec counts by its contents, not by its place, so that
 * a changed file is another job and a moved one is not.
 */
export function jobHash({ program, kind, spec }: JobIdentity): string {
	return sha256(canonicalJson({ program, kind, spec: withContents(spec, '') }));
}

/** Keys of scenarios and actor configurations whose values may be files. */
const FILE_KEYS: ReadonlySet<string> = new Set(['path', 'model', 'profile', 'module']);

function withContents(value: Json, key: string): Json {
	if (typeof value === 'string')
		return FILE_KEYS.has(key) && isAbsolute(value)
			? `contents:${key === 'module' ? moduleContents(value) : contentsHash(value)}`
			: value;
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map((member) => withContents(member as Json, key));
	return Object.fromEntries(
		Object.entries(value).map(([name, member]) => [name, withContents(member as Json, name)]),
	);
}

const known = new Map<string, { readonly stamp: string; readonly hash: string }>();

/** Of a module with what it imports; not kept, since code is changed more often than data. */
function moduleContents(path: string): string {
	const isThere = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
	return isThere ? moduleHash(path) : `none at ${path}`;
}

/** Of a file its hash, of a folder that of all hashes in it; a missing one is distinguished by its name. */
function contentsHash(path: string): string {
	const stamp = fileStamp(path);
	const before = known.get(path);
	if (before?.stamp === stamp) return before.hash;
	const hash = readContents(path);
	known.set(path, { stamp, hash });
	return hash;
}

function readContents(path: string): string {
	const entry = statSync(path, { throwIfNoEntry: false });
	if (entry === undefined) return `none at ${path}`;
	return entry.isDirectory() ? treeHash(path, () => true) : sha256(readFileSync(path));
}

function treeHash(folder: string, wanted: (name: string) => boolean): string {
	const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(wanted).sort();
	const files = names.filter((name) => statSync(join(folder, name)).isFile());
	return sha256(
		files.map((name) => `${name} ${sha256(readFileSync(join(folder, name)))}\n`).join(''),
	);
}

/**
 * Version and contents of the program that runs: its code with the packages in it, profiles and weather. Results of another
 * program are never taken for its own, also while the version stays and the code changes.
 *
 * @param codeFolder of the bundled program
 */
export function programIdentity(codeFolder: string, version: string): string {
	const isCode = (name: string) => name.endsWith('.js');
	const isData = (name: string) => name.endsWith('.json') || name.endsWith('.yaml');
	const parts = [
		treeHash(codeFolder, isCode),
		...['profiling-data', 'weather-data'].map((name) => treeHash(projectFile(name), isData)),
	];
	return `${version}+${sha256(parts.join()).slice(0, 16)}`;
}
