import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { FOLDER_FORMAT, RunMetadata, type RunStatus } from '../../protocol/run-folder/metadata.ts';
import { checkFormat, issueText, readable } from '../../protocol/run-folder/read-format.ts';

/** A run folder may be anybody's: its texts are shown in terminals and pages. */
function visible(value: unknown): unknown {
	if (typeof value === 'string') return plainText(value, Number.POSITIVE_INFINITY);
	if (Array.isArray(value)) return value.map(visible);
	if (typeof value !== 'object' || value === null) return value;
	const members = Object.entries(value).map(([key, member]) => [
		plainText(key, Number.POSITIVE_INFINITY),
		visible(member),
	]);
	return Object.fromEntries(members);
}

/** metadata.yaml, read. */
export interface MetadataRead {
	readonly metadata: RunMetadata;
	/** Keys of an older run, or of Vessim's, that could not be read. */
	readonly leftOut: readonly string[];
}

/** What was read last: a report asks for it several times, and reading YAML takes longer than all else about it. */
let last: (MetadataRead & { readonly text: string }) | null = null;

/** @throws ConfigError if the folder has no metadata.yaml, or one that is broken or of a newer format */
export function readMetadata(folder: string): RunMetadata {
	return readMetadataWhole(folder).metadata;
}

/** The same, with what was left out. */
export function readMetadataWhole(folder: string): MetadataRead {
	const path = join(folder, 'metadata.yaml');
	try {
		const text = readFileSync(path, 'utf8');
		if (last?.text !== text) last = { text, ...metadataOf(visible(parse(text) ?? {})) };
		return last;
	} catch (error) {
		const { code } = error as { code?: string };
		const reason = code === 'ENOENT' || code === 'ENOTDIR' ? 'there is none' : messageOf(error);
		throw new ConfigError(
			`Cannot read the run "${folder}": metadata.yaml: ${reason}; give a folder below runs/`,
		);
	}
}

/**
 * Strict with runs that say their format: what is wrong there was changed since. Lenient with those from before, and with
 * Vessim's: they give a report too, with less in it.
 */
function metadataOf(value: unknown): MetadataRead {
	const format = (value as { gridbeat?: { format?: unknown } } | null)?.gridbeat?.format;
	checkFormat(format, FOLDER_FORMAT);
	if (format === undefined || format === null) {
		const { value: metadata, leftOut } = readable(RunMetadata, value);
		return { metadata, leftOut };
	}
	const parsed = RunMetadata.safeParse(value, PLAINLY);
	if (parsed.success) return { metadata: parsed.data, leftOut: [] };
	const [issue] = parsed.error.issues;
	throw new ConfigError(issue === undefined ? 'it cannot be read' : issueText(issue));
}

/** How the run stands, in our words, also for a folder that Vessim wrote. */
export function statusOf(metadata: RunMetadata): RunStatus {
	const own = metadata.gridbeat.status;
	if (own) return own;
	return metadata.execution.status === 'completed' ? 'complete' : 'running';
}
