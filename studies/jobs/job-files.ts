import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Store } from '../../kernel/bus/store.ts';
import { type JobResult, PART_BYTES } from '../../protocol/job-messages.ts';
import { escapeHtml } from '../../results/report/html.ts';
import { BadFile, type IncomingFiles } from './incoming.ts';

/** What a result says of the files of a job. */
export type SentFiles = Pick<JobResult, 'parts' | 'files' | 'sha256'>;

const PARTS_NAME_BYTES = 16;

/**
 * Puts every file of a folder into the store, in order; its reports name the folder where they will be. Parts have a name
 * of their own each time, so that two who do the same job never mix theirs.
 */
export async function sendFiles(
	store: Store,
	folder: string | null,
	target: string | null,
): Promise<SentFiles> {
	const parts = `parts-${randomBytes(PARTS_NAME_BYTES).toString('hex')}`;
	const hash = createHash('sha256');
	const files: { path: string; bytes: number }[] = [];
	const waiting: Buffer[] = [];
	let [size, count] = [0, 0];
	const put = async () => {
		const bytes = Buffer.concat(waiting.splice(0));
		size = 0;
		await store.put(`${parts}.${count++}`, bytes);
	};
	for (const path of filesOf(folder)) {
		hash.update(`${path}\n`);
		let bytes = 0;
		for (const piece of piecesOf(folder ?? '', path, target ?? '')) {
			hash.update(piece);
			bytes += piece.length;
			for (let at = 0; at < piece.length; ) {
				const next = piece.subarray(at, at + PART_BYTES - size);
				waiting.push(next);
				size += next.length;
				at += next.length;
				if (size === PART_BYTES) await put();
			}
		}
		files.push({ path, bytes });
	}
	if (size > 0) await put();
	return { parts, files, sha256: hash.digest('hex') };
}

/** Paths of all files, with slashes, in order. */
function filesOf(folder: string | null): string[] {
	if (folder === null) return [];
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((name) => statSync(join(folder, name)).isFile())
		.map((name) => name.split(sep).join('/'))
		.sort();
}

/** What a file holds, piece by piece: it may be larger than memory. A report is short, and read whole for what it says of the folder. */
function* piecesOf(folder: string, path: string, target: string): Generator<Buffer> {
	const file = join(folder, path);
	if (path.endsWith('.html')) {
		yield Buffer.from(readFileSync(file, 'utf8').replaceAll(folder, escapeHtml(target)));
		return;
	}
	const descriptor = openSync(file, 'r');
	try {
		for (;;) {
			const piece = Buffer.allocUnsafe(PART_BYTES);
			const size = readSync(descriptor, piece);
			if (size === 0) return;
			yield piece.subarray(0, size);
		}
	} finally {
		closeSync(descriptor);
	}
}

/**
 * Takes the files that a result names out of the store.
 *
 * @throws BadFile for what is not there as the result says, and what no run writes
 */
export async function receiveFiles(
	store: Store,
	{ parts, files, sha256 }: SentFiles,
	incoming: IncomingFiles,
): Promise<void> {
	let [part, count] = [Buffer.alloc(0) as Uint8Array, 0];
	for (const { path, bytes } of files) {
		if (bytes === 0) incoming.take({ path, at: 0, bytes: part.subarray(0, 0) });
		for (let at = 0; at < bytes; ) {
			if (part.length === 0) {
				const next = await store.get(`${parts}.${count++}`, PART_BYTES);
				if (next === null || next.length === 0) throw new BadFile('a part of its files is missing');
				part = next;
			}
			const piece = part.subarray(0, bytes - at);
			incoming.take({ path, at, bytes: piece });
			part = part.subarray(piece.length);
			at += piece.length;
		}
	}
	if (part.length > 0 || incoming.digest() !== sha256)
		throw new BadFile('its files are not those that it names');
}

/** Nobody needs the files of this result any more. */
export async function dropFiles(store: Store, { parts, files }: SentFiles): Promise<void> {
	const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
	for (let part = 0; part * PART_BYTES < bytes; part++) await store.drop(`${parts}.${part}`);
}
