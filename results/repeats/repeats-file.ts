import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';

const NAME = 'repeats.yaml';

/** What the folder of repeated runs says of itself. */
const RepeatsFile = z.object({
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

export function holdsRepeats(folder: string): boolean {
	return existsSync(join(folder, NAME));
}

export function writeRepeatsFile(folder: string, file: RepeatsFile): void {
	writeWhole(join(folder, NAME), stringify(file, { lineWidth: 0 }));
}

/** @throws ConfigError if it cannot be read */
export function readRepeatsFile(folder: string): RepeatsFile {
	const path = join(folder, NAME);
	try {
		return RepeatsFile.parse(parse(readFileSync(path, 'utf8')));
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
