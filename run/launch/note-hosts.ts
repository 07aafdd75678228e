import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { namesText } from '../../protocol/names-text.ts';
import type { HostIdentity } from '../../services/coordinator/run-plan.ts';
import { noteInMetadata } from '../../services/recorder/run-folder.ts';

/**
 * Notes in metadata.yaml who takes part: the process, its machine and its program. Only the leading process knows; it
 * does so between the recorder's first word there and its last.
 */
export function noteHosts(folders: readonly string[], hosts: readonly HostIdentity[]): void {
	const noted = hosts.map(({ host, machine, pid, program, actors }) => ({
		...{ host, machine, pid, actors: namesText(actors) },
		...{ program: program.name, version: program.version },
	}));
	for (const folder of folders) {
		// A recorder elsewhere may have a folder of its own.
		if (!existsSync(join(folder, 'metadata.yaml'))) continue;
		noteInMetadata(folder, { hosts: noted });
	}
}
