import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The absolute path of a file that ships with the project, whether run from dist/ or elsewhere below it. */
export function projectFile(relativePath: string): string {
	return join(root, relativePath);
}

/** What runs, as the build bundles it. */
export const PROGRAM_FOLDER = 'dist/program';

/**
 * The absolute path of a module that runs as a process or a thread of its own, such as `services/router/main`. All of them are
 * started from the bundled program, whoever starts them; `build/program.js` lists them.
 */
export function programFile(module: string): string {
	return projectFile(`${PROGRAM_FOLDER}/${module}.js`);
}

function findRoot(from: string): string {
	let folder = from;
	while (!existsSync(join(folder, 'package.json'))) {
		const parent = dirname(folder);
		if (parent === folder) throw new Error(`Cannot find the project's package.json above ${from}`);
		folder = parent;
	}
	return folder;
}
