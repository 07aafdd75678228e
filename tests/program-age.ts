import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM_FOLDER } from '../kernel/files/project-file.ts';
import { WINGS } from './laws.ts';

/** What the program is made of. */
const SOURCES = [
	...WINGS.flat().filter((wing) => wing !== 'tests' && wing !== 'bench'),
	...['build', 'package.json', 'package-lock.json'],
];

/** Whether there is no bundled program in a project, or a source is newer, or one has gone since. */
export function isProgramOld(project: string): boolean {
	const timeMs = (path: string) =>
		statSync(join(project, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
	// What the build writes last.
	const madeMs = timeMs(`${PROGRAM_FOLDER}/LICENSES.txt`);
	return SOURCES.some((source) => {
		if (timeMs(source) > madeMs) return true;
		if (source.includes('.')) return false;
		// A folder is as new as what came or went in it.
		const inside = readdirSync(join(project, source), { recursive: true, encoding: 'utf8' });
		return inside.some((path) => timeMs(join(source, path)) > madeMs);
	});
}
