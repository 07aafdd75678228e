import { readFileSync } from 'node:fs';
import type { Program } from '../../protocol/messages.ts';
import { programIdentity } from '../files/identity.ts';
import { PROGRAM_FOLDER, projectFile } from '../files/project-file.ts';

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The version in package.json. */
export function version(): string {
	const text = readFileSync(projectFile('package.json'), 'utf8');
	return (JSON.parse(text) as { version: string }).version;
}

let known: string | null = null;

/** Version and contents of this program, see programIdentity. */
export function ownProgram(): string {
	known ??= programIdentity(projectFile(PROGRAM_FOLDER), version());
	return known;
}

/** The same as a hello says it. */
export function ownIdentity(): Program {
	return { name: 'gridbeat', version: ownProgram() };
}
