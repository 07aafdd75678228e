import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { MetadataFile } from '../protocol/run-folder/metadata.ts';
import type { RunResult } from '../run/run-result.ts';
import { filesOf } from './whole-run.test-support.ts';

/** What runs under faults leave in their folders. For tests. */

/** The text of each file by its path there. */
export type Folder = ReadonlyMap<string, string>;

/** In place of what metadata.yaml has, and the figures. */
const ABOUT = 'metadata and figures';

/** What a folder says of a run, but for what says when it was and how it went. */
export function folderOf({ folder, summary }: Pick<RunResult, 'folder' | 'summary'>): Folder {
	const sites = filesIn(folder).filter((path) => path.endsWith('metadata.yaml'));
	const about = sites.map((path) => {
		const { environment, microgrids, gridbeat }: MetadataFile = parse(
			readFileSync(join(folder, path), 'utf8'),
		);
		const { run, command, setbacks, checkpoints, ...rest } = gridbeat ?? {};
		const { refused_messages, duplicate_messages, refused_named, hosts, scenario, ...own } = rest;
		return { path, environment, microgrids, own };
	});
	const { recovery, messages, ...figures } = summary;
	const text = JSON.stringify({ about, figures }, null, 1).replaceAll(dirname(folder), '');
	return new Map([...filesOf(folder), [ABOUT, text]]);
}

function filesIn(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

/** The first difference between two folders; null if there is none. */
export function difference(written: Folder, expected: Folder): string | null {
	const [names, known] = [[...written.keys()].join(' '), [...expected.keys()].join(' ')];
	if (names !== known) return `its folder has ${names}, not ${known}`;
	for (const [path, text] of expected) {
		const other = written.get(path) ?? '';
		if (other === text) continue;
		const [lines, others] = [text.split('\n'), other.split('\n')];
		const at = lines.findIndex((line, i) => line !== others[i]);
		return `${path}:${at + 1} is ${others[at]}, not ${lines[at]}`;
	}
	return null;
}
