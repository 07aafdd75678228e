import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { checkFormat, issueText } from '../../protocol/run-folder/read-format.ts';

const NAME = 'comparison.yaml';

const COMPARISON_FORMAT = 1;

/** What a folder of runs that were made to be compared says of itself. */
const ComparisonFile = z.object({
	/** Of the file; a program refuses a newer one. */
	format: z.literal(COMPARISON_FORMAT).optional(),
	/** The program and the scenarios' content, see `jobHash`: another one must not go on here. */
	identity: z.string(),
	program: z.string(),
	command: z.string(),
	/** In the order of the columns; the first is the one that others are compared with. */
	cases: z.array(
		z.object({ label: z.string(), folder: z.string(), failure: z.string().nullable() }),
	),
});
export type ComparisonFile = z.infer<typeof ComparisonFile>;

/** Whether a folder is one of `gridbeat run --vary` or `--without`. */
export function holdsComparison(folder: string): boolean {
	return existsSync(join(folder, NAME));
}

/**
 * Writes comparison.yaml whole, with its format.
 *
 * @throws ConfigError if it cannot be written
 */
export function writeComparisonFile(folder: string, file: ComparisonFile): void {
	const text = stringify({ format: COMPARISON_FORMAT, ...file }, { lineWidth: 0 });
	writeWhole(join(folder, NAME), text);
}

/** @throws ConfigError if it cannot be read */
export function readComparisonFile(folder: string): ComparisonFile {
	const path = join(folder, NAME);
	try {
		const file: unknown = parse(readFileSync(path, 'utf8'));
		checkFormat((file as { format?: unknown } | null)?.format, COMPARISON_FORMAT);
		const parsed = ComparisonFile.safeParse(file, PLAINLY);
		if (parsed.success) return parsed.data;
		const [issue] = parsed.error.issues;
		throw new ConfigError(issue === undefined ? 'it cannot be read' : issueText(issue));
	} catch (error) {
		throw new ConfigError(
			`Cannot read the comparison of "${folder}": ${NAME}: ${messageOf(error)}`,
		);
	}
}

/** The folders of the cases of a comparison that are there, or the folder itself where it holds none. */
export function caseFoldersOf(folder: string): string[] {
	if (!holdsComparison(folder)) return [folder];
	const made = readComparisonFile(folder).cases.map((one) => join(folder, one.folder));
	return made.filter((path) =>
		['metadata.yaml', 'repeats.yaml'].some((name) => existsSync(join(path, name))),
	);
}
