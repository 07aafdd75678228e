import { closeSync, ftruncateSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { fileReason } from '../../kernel/files/file-reason.ts';
import { openBelow } from '../../kernel/files/open-below.ts';
import { makeFolders, writeWhole } from '../../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';

/** How a run stands: `incomplete` was interrupted and can go on, `failed` cannot. */
export type RunStatus = 'running' | 'complete' | 'incomplete' | 'failed';

/** Metadata as plain data, see metadata.yaml of any run. */
export type Metadata = Record<string, unknown>;

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
let written: { readonly text: string; readonly metadata: Metadata } | null = null;

/** Writes metadata.yaml as a whole. */
export function writeMetadata(folder: string, metadata: Metadata): void {
	const isRunning = (metadata['gridbeat'] as Metadata | undefined)?.['status'] === 'running';
	const room = isRunning ? `#${' '.repeat(ROOM_BYTES)}\n` : '';
	const text = yamlOf(metadata) + room;
	writeWhole(join(folder, 'metadata.yaml'), text, { below: folder, durable: !isRunning });
	written = { text, metadata };
}

/** The same into the room kept for it: on a full disk there is none for a second file. */
function overwriteMetadata(folder: string, metadata: Metadata): void {
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

function yamlOf(metadata: Metadata): string {
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
	readonly requests?: Metadata;
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
	const path = join(folder, 'metadata.yaml');
	let metadata: Metadata;
	try {
		const text = readFileSync(path, 'utf8');
		metadata = written?.text === text ? written.metadata : ((parse(text) ?? {}) as Metadata);
	} catch (error) {
		throw new ConfigError(`Cannot mark the run in "${folder}" as ${status}: ${messageOf(error)}`);
	}
	const execution = (metadata['execution'] ?? {}) as Metadata;
	const startedAt = Date.parse(String(execution['start']));
	const endedAt = ending.endedAt ?? new Date();
	const duration = (endedAt.getTime() - startedAt) / 1000;
	const ended: Metadata = {
		...metadata,
		execution: {
			...execution,
			status: status === 'complete' ? 'completed' : 'running',
			end: endedAt.toISOString(),
			duration: Number.isFinite(duration) ? duration : null,
		},
		gridbeat: {
			...((metadata['gridbeat'] ?? {}) as Metadata),
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

/** Notes how many messages were refused, and how many came twice, in a run that has ended. */
export function noteRefusals(
	folder: string,
	{ count, duplicates }: { readonly count: number; readonly duplicates: number },
): void {
	const path = join(folder, 'metadata.yaml');
	const metadata = (parse(readFileSync(path, 'utf8')) ?? {}) as Metadata;
	const gridbeat = (metadata['gridbeat'] ?? {}) as Metadata;
	writeMetadata(folder, {
		...metadata,
		gridbeat: { ...gridbeat, refused_messages: count, duplicate_messages: duplicates },
	});
}

/** The metadata of a run that has begun. */
export function runningMetadata(metadata: Metadata): Metadata {
	return {
		...metadata,
		execution: {
			...((metadata['execution'] ?? {}) as Metadata),
			status: 'running',
			end: null,
			duration: null,
		},
		gridbeat: { ...((metadata['gridbeat'] ?? {}) as Metadata), status: 'running', reason: null },
	};
}
