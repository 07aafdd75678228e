import { readFileSync } from 'node:fs';
import { projectFile } from '../host/project-file.ts';

/** Exit codes of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The version in package.json. */
export function version(): string {
	const text = readFileSync(projectFile('package.json'), 'utf8');
	return (JSON.parse(text) as { version: string }).version;
}
