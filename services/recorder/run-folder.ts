import { closeSync, ftruncateSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { fileReason } from '../../kernel/files/file-reason.ts';
import { openBelow } from '../../kernel/files/open-below.ts';
import { makeFolders, writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import type { RequestFates } from '../../protocol/run-folder/metadata.ts';
import {
	FOLDER_FORMAT,
	type MetadataFile,
	RunMetadata,
	type RunStatus,
} from '../../protocol/run-folder/metadata.ts';
import { checkFormat, issueText } from '../../protocol/run-folder/read-format.ts';

/** The run folder of one of several sites. */
export function siteFolder(folder: string, site: string): string {
	return join(folder, 'sites', site);
}

/** Makes the run folder, or takes one that is there. */
export function makeRunFolder(folder: string): void {
	try {
		makeFolders(folder);
	} catch (error) {
		throw new ConfigError(`Cannot create run folder "${folder}": ${fileReason(error)}`);
	}
}

/** Kept free behind the metadata of a run that has begun, for what its end adds, on a disk that is full by then. */
const ROOM_BYTES = 4096;

/** What this process wrote last, so that it need not read it again. */
let written: { readonly text: string; readonly metadata: MetadataFile } | null = null;

/** Writes metadata.yaml as a whole. @throws TypeError if it is not what protocol/run-folder/ says, ConfigError if it cannot */
export function writeMetadata(folder: string, metadata: MetadataFile): void {
	const isRunning = metadata.gridbeat?.status === 'running';
	const room = isRunning ? `#${' '.repeat(ROOM_BYTES)}\n` : '';
	const text = yamlOf(metadata) + room;
	writeWhole(join(folder, 'metadata.yaml'), text, { below: folder, durable: !isRunning });
	written = { text, metadata };
}

/** The same into the room kept for it: on a full disk there is none for a second file. */
function overwriteMetadata(folder: string, metadata: MetadataFile): void {
	const path = join(folder, 'metadata.yaml');
	const text = Buffer.from(yamlOf(metadata));
	const file = openBelow(folder, path, 'change');
	try {
		writeSync(file, text, 0, text.length, 0);
		ftruncateSync(file, text.length);
	} catch (error) {
		throw new ConfigError(`Cannot write "${path}": ${fileReason(error)}`);
	} finally {
		closeSync(file);
	}
}

function yamlOf(metadata: MetadataFile): string {
	const { error } = RunMetadata.safeParse(metadata, PLAINLY);
	const [issue] = error?.issues ?? [];
	// What an older program wrote stays as it is.
	if (issue !== undefined && metadata.gridbeat?.format !== undefined)
		throw new TypeError(`metadata.yaml: ${issueText(issue)}`);
	// YAML 1.1 quotes what looks like a date or a Boolean there, for readers such as PyYAML.
	return stringify(metadata, { version: '1.1', lineWidth: 0 });
}

/** How a run ended. */
export interface Ending {
	/** Why it did not complete, or null. */
	readonly reason: string | null;
	/** Simulated time up to which the files are whole, in microseconds. */
	readonly simulatedUntilUs: number;
	/** Where the requests are; left out by whoever does not know. */
	readonly requests?: RequestFates;
	/** Wall-clock time of the end; now if not given. */
	readonly endedAt?: Date;
}

/**
 * Marks a run as ended. Vessim's viewer knows the words running and completed only; its own runs that died
 * stay at running, and so do ours that did not complete.
 */
export function markEnded(
	folder: string,
	status: Exclude<RunStatus, 'running'>,
	ending: Ending,
): void {
	let metadata: MetadataFile;
	try {
		metadata = metadataIn(folder);
	} catch (error) {
		throw new ConfigError(`Cannot mark the run in "${folder}" as ${status}: ${messageOf(error)}`);
	}
	const execution = metadata.execution ?? {};
	const startedAt = Date.parse(String(execution.start));
	const endedAt = ending.endedAt ?? new Date();
	const duration = (endedAt.getTime() - startedAt) / 1000;
	const ended: MetadataFile = {
		...metadata,
		execution: {
			...execution,
			status: status === 'complete' ? 'completed' : 'running',
			end: endedAt.toISOString(),
			duration: Number.isFinite(duration) ? duration : null,
		},
		gridbeat: {
			...metadata.gridbeat,
			status,
			reason: ending.reason,
			simulated_until_s: ending.simulatedUntilUs / 1e6,
			...(ending.requests === undefined ? {} : { requests: ending.requests }),
		},
	};
	try {
		writeMetadata(folder, ended);
	} catch {
		overwriteMetadata(folder, ended);
	}
}

/** metadata.yaml as it stands there, with its keys in their order. @throws ConfigError if it is of a newer format */
function metadataIn(folder: string): MetadataFile {
	const text = readFileSync(join(folder, 'metadata.yaml'), 'utf8');
	if (written?.text === text) return written.metadata;
	const metadata = (parse(text) ?? {}) as MetadataFile;
	checkFormat(metadata.gridbeat?.format, FOLDER_FORMAT);
	return metadata;
}

/** Id of the run that metadata.yaml of a folder is of; null if there is none. */
export function runIn(folder: string): string | null {
	const { run } = notedIn(folder);
	return typeof run === 'string' ? run : null;
}

/** What metadata.yaml of a folder says under `gridbeat`; nothing where there is none that can be read. */
export function notedIn(folder: string): NonNullable<MetadataFile['gridbeat']> {
	try {
		return metadataIn(folder).gridbeat ?? {};
	} catch {
		return {};
	}
}

/** Adds keys to what metadata.yaml of a run says under `gridbeat`. */
export function noteInMetadata(
	folder: string,
	keys: Partial<NonNullable<MetadataFile['gridbeat']>>,
): void {
	const metadata = metadataIn(folder);
	writeMetadata(folder, { ...metadata, gridbeat: { ...metadata.gridbeat, ...keys } });
}

/** The metadata of a run that has begun. */
export function runningMetadata(metadata: MetadataFile): MetadataFile {
	return {
		...metadata,
		execution: { ...metadata.execution, status: 'running', end: null, duration: null },
		gridbeat: { ...metadata.gridbeat, status: 'running', reason: null },
	};
}
