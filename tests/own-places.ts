import { finding, type TextFile } from './tidy.ts';

/** The one file that knows where it is. */
const PLACE = 'kernel/files/project-file.ts';

const OWN_PLACE = /(?<!createRequire\()\bimport\.meta\.(?:url|dirname|filename)/g;

/** What runs is bundled: a file of the source has no place of its own there, and nothing stands beside it. */
export function ownPlaces(files: readonly TextFile[]): string[] {
	return files
		.filter(({ path }) =>
			/^(?!tests\/|bench\/).*(?<!\.test|\.test-support|-for-tests)\.ts$/.test(path),
		)
		.filter(({ path }) => path !== PLACE && !path.includes('/testdata/'))
		.flatMap((file) =>
			Array.from(file.text.matchAll(OWN_PLACE), ({ 0: place, index }) =>
				finding(file, index, `${place} is banned, use programFile() or projectFile() of ${PLACE}`),
			),
		);
}
