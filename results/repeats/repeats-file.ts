import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { checkFormat, issueText } from '../../protocol/run-folder/read-format.ts';

const NAME = 'repeats.yaml';

const REPEATS_FORMAT = 1;

/** What the folder of repeated runs says of itself. */
const RepeatsFile = z.object({
	/** Of the file; a program refuses a newer one. None: from before there was one. */
	format: z.literal(REPEATS_FORMAT).optional(),
	/** For people: the place, and what is there. */
	title: z.string(),
	summary: z.string(),
	timezone: z.string(),
	/** The program and the scenario's content, see `jobHash`: another one must not go on here. */
	identity: z.string(),
	program: z.string(),
	command: z.string(),
	runs: z.array(z.object({ seed: z.string(), folder: z.string(), failure: z.string().nullable() })),
	scenario: z.record(z.string(), z.unknown()),
});
export type RepeatsFile = z.infer<typeof RepeatsFile>;

/** Whether a folder is one of `--repeats`. */
export function holdsRepeats(folder: string): boolean {
	return existsSync(join(folder, NAME));
}

/**
 * Writes repeats.yaml whole, with its format.
 *
 * @throws ConfigError if it cannot be written
 */
export function writeRepeatsFile(folder: string, file: RepeatsFile): void {
	writeWhole(join(folder, NAME), stringify({ format: REPEATS_FORMAT, ...file }, { lineWidth: 0 }));
}

/** @throws ConfigError if it cannot be read */
export function readRepeatsFile(folder: string): RepeatsFile {
	const path = join(folder, NAME);
	try {
		const file: unknown = parse(readFileSync(path, 'utf8'));
		checkFormat((file as { format?: unknown } | null)?.format, REPEATS_FORMAT);
		const parsed = RepeatsFile.safeParse(file, PLAINLY);
		if (parsed.success) return parsed.data;
		const [issue] = parsed.error.issues;
		throw new ConfigError(issue === undefined ? 'it cannot be read' : issueText(issue));
	} catch (error) {
		throw new ConfigError(`Cannot read the repeats of "${folder}": ${NAME}: ${messageOf(error)}`);
	}
}

/** The run folders of repeats, or the folder itself where it holds none. */
export function runFoldersOf(folder: string): string[] {
	if (!holdsRepeats(folder)) return [folder];
	const { runs } = readRepeatsFile(folder);
	const made = runs.map((run) => join(folder, run.folder));
	return made.filter((path) => existsSync(join(path, 'metadata.yaml')));
}

/** Repeat 1 has the folder `repeat-1`. */
export function repeatFolder(index: number): string {
	return `repeat-${index + 1}`;
}
