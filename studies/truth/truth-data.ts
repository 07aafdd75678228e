import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readInputText } from '../../kernel/files/input-file.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import type { TruthData } from './truth-case.ts';

/** Beside a checkout of the project, where its makers keep what may not be shipped. */
const UNSHIPPED = '../shared/data/silicon';

/**
 * Tables of measurements: those that ship, and those below a folder that need not be there.
 *
 * @param folder null: beside the checkout
 */
export function truthData(folder: string | null): TruthData {
	const below = folder ?? projectFile(UNSHIPPED);
	return {
		shipped: (name) => readInputText(projectFile(`profiling-data/${name}`)),
		unshipped(path) {
			const file = join(below, path);
			return existsSync(file) ? readInputText(file) : null;
		},
	};
}
