import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError, messageOf } from '../../protocol/errors.ts';

/** Writes a file as a whole or not at all. @throws ConfigError if it cannot be written */
export function writeWhole(path: string, data: string | Uint8Array): void {
	try {
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(`${path}.part`, data);
		renameSync(`${path}.part`, path);
	} catch (error) {
		throw new ConfigError(`Cannot write "${path}": ${messageOf(error)}`);
	}
}
