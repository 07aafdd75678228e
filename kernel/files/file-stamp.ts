import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What tells apart the contents of a file, or of a folder with its files, at two moments, without reading them; '' where
 * there is nothing. What is kept of a file for as long as a process lives is kept under its path and this.
 */
export function fileStamp(path: string): string {
	const entry = statSync(path, { throwIfNoEntry: false });
	if (entry === undefined) return '';
	if (entry.isDirectory())
		return readdirSync(path)
			.sort()
			.map((name) => `${name} ${fileStamp(join(path, name))}`)
			.join('\n');
	const { ino, size, mtimeMs, ctimeMs } = entry;
	return [ino, size, mtimeMs, ctimeMs].join(' ');
}
