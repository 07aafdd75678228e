import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { HostIdentity } from '../../services/coordinator/run-plan.ts';
import { type Metadata, writeMetadata } from '../../services/recorder/run-folder.ts';

/**
 * Notes in metadata.yaml who takes part: the process, its machine and its program. Only the leading process knows; it
 * does so between the recorder's first word there and its last.
 */
export function noteHosts(folders: readonly string[], hosts: readonly HostIdentity[]): void {
	const noted = hosts.map(({ host, machine, pid, program }) => ({
		...{ host, machine, pid },
		...{ program: program.name, version: program.version },
	}));
	for (const folder of folders) {
		const path = join(folder, 'metadata.yaml');
		// A recorder elsewhere may have a folder of its own.
		if (!existsSync(path)) continue;
		const metadata = (parse(readFileSync(path, 'utf8')) ?? {}) as Metadata;
		const gridbeat = (metadata['gridbeat'] ?? {}) as Metadata;
		writeMetadata(folder, { ...metadata, gridbeat: { ...gridbeat, hosts: noted } });
	}
}
