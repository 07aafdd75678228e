import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { quoted } from '../../protocol/plain-text.ts';
import { FileProblems } from './file-problems.ts';

/** A file that a scenario names, and the key that names it. */
interface Named {
	readonly keys: readonly string[];
	readonly path: string;
}

/** The file that a scenario is from. */
interface Source {
	readonly file: string | null;
	/** The line of a key; null where it is not in the file. */
	lineOf(keys: readonly string[]): number | null;
}

/**
 * A scenario that needs more than one file that is not there says so of all of them at once, and so does one whose comments say
 * where a file is from; a single one is left to whoever reads it.
 *
 * @param scenario with absolute paths
 * @throws FileProblems with a line for each file
 */
export function refuseMissing(scenario: unknown, { file, lineOf }: Source): void {
	const missing = namedIn(scenario).filter(({ path }) => !existsSync(path));
	if (missing.length === 0) return;
	const comments = file === null ? [] : commentsOf(file);
	const sayingOf = (path: string) =>
		comments.findIndex((line) => line.startsWith('#') && line.includes(basename(path)));
	if (missing.length === 1 && missing.every(({ path }) => sayingOf(path) < 0)) return;
	throw new FileProblems(
		missing.map(({ keys, path }) => {
			const [line, saying] = [lineOf(keys), sayingOf(path)];
			const where = file === null ? '' : ` in ${file}${line === null ? '' : `:${line}`}`;
			const hint = saying < 0 ? '' : `; the comment in line ${saying + 1} says where it is from`;
			return `Cannot read ${quoted(basename(path))}, "${keys.join('.')}"${where}: there is no such file in ${dirname(path)}${hint}`;
		}),
	);
}

/** Its lines; none of a file that cannot be read again. */
function commentsOf(file: string): string[] {
	try {
		return readFileSync(file, 'utf8').split('\n');
	} catch {
		return [];
	}
}

/** Files that are read before a run; one that a feed follows may come later. */
function namedIn(node: unknown, keys: readonly string[] = []): Named[] {
	if (typeof node !== 'object' || node === null) return [];
	const { type } = node as { readonly type?: unknown };
	return Object.entries(node).flatMap(([key, value]) => {
		const at = [...keys, key];
		if (key === 'feed') return [];
		if (key === 'path' && typeof value === 'string')
			return type === 'csv' ? [] : [{ keys: at, path: value }];
		return namedIn(value, at);
	});
}
