import { type FileHandle, open, stat } from 'node:fs/promises';

/** What was appended to a file since the last time. */
export interface Appended {
	/** Whole lines, without their ends. */
	readonly lines: readonly string[];
	/** The lines are the first of a file that was not there before, or was written anew. */
	readonly isNew: boolean;
}

/** Of a file that is there when it is first read, no more than this of its end. */
const FIRST_BYTES = 256 * 1024;
const PIECE_BYTES = 256 * 1024;
/** So much before the place is compared, to see that the file is the one that was read. */
const MARK_BYTES = 64;
const NEWLINE = 10;

/**
 * Reads what is appended to a file, in whole lines: a line that is not finished waits for its end. Sees when the file was put aside
 * and another begun under its name (what the old one still got is read first), cut short, or written anew.
 */
export class FileTail {
	private handle: FileHandle | null = null;
	/** Up to here its lines have been read. */
	private offset = 0;
	/** The bytes before the offset. */
	private mark: Buffer = Buffer.alloc(0);
	private readonly path: string;
	private readonly firstBytes: number;

	constructor(path: string, firstBytes = FIRST_BYTES) {
		this.path = path;
		this.firstBytes = firstBytes;
	}

	/**
	 * What is there first: the first line, and the last lines of the rest; then the lines that were appended.
	 *
	 * @throws as `node:fs` does; while a file is followed, its name may be nobody's for a while
	 */
	async read(): Promise<Appended[]> {
		if (this.handle === null)
			return [await this.begin(await open(this.path, 'r'), this.firstBytes)];
		const found: Appended[] = [];
		if (await this.isWrittenAnew(this.handle)) {
			[this.offset, this.mark] = [0, Buffer.alloc(0)];
			found.push({ lines: await this.rest(this.handle), isNew: true });
		} else {
			const lines = await this.rest(this.handle);
			if (lines.length > 0) found.push({ lines, isNew: false });
		}
		const next = await this.successor(this.handle);
		if (next !== null) {
			await this.handle.close();
			found.push(await this.begin(next, Number.POSITIVE_INFINITY));
		}
		return found;
	}

	async close(): Promise<void> {
		const { handle } = this;
		this.handle = null;
		await handle?.close();
	}

	private async begin(handle: FileHandle, mostBytes: number): Promise<Appended> {
		this.handle = handle;
		[this.offset, this.mark] = [0, Buffer.alloc(0)];
		const { size } = await handle.stat();
		const beginning = size <= mostBytes ? null : await piece(handle, 0, PIECE_BYTES);
		const firstEnd = (beginning?.indexOf(NEWLINE) ?? -1) + 1;
		if (beginning === null || firstEnd === 0)
			return { lines: await this.rest(handle), isNew: true };
		const first = beginning
			.subarray(0, firstEnd - 1)
			.toString('utf8')
			.replace(/\r$/, '');
		const from = Math.max(size - mostBytes, firstEnd);
		// From the beginning of a line on, and where the end holds none, all.
		const start = (await piece(handle, from - 1, size - from + 1)).indexOf(NEWLINE);
		this.offset = start < 0 ? firstEnd : from + start;
		return { lines: [first, ...(await this.rest(handle))], isNew: true };
	}

	/** The whole lines from the offset on. */
	private async rest(handle: FileHandle): Promise<string[]> {
		const lines: string[] = [];
		let open = Buffer.alloc(0);
		for (;;) {
			const bytes = await piece(handle, this.offset + open.length, PIECE_BYTES);
			const all = Buffer.concat([open, bytes]);
			const end = all.lastIndexOf(NEWLINE) + 1;
			if (end > 0) {
				const text = all.subarray(0, end - 1).toString('utf8');
				for (const line of text.split('\n')) lines.push(line.replace(/\r$/, ''));
				this.offset += end;
				this.mark = Buffer.from(all.subarray(Math.max(end - MARK_BYTES, 0), end));
			}
			open = Buffer.from(all.subarray(end));
			if (bytes.length < PIECE_BYTES) return lines;
		}
	}

	/** Cut short, or other bytes where those stood that were read last. */
	private async isWrittenAnew(handle: FileHandle): Promise<boolean> {
		const { size } = await handle.stat();
		if (size < this.offset) return true;
		const before = await piece(handle, this.offset - this.mark.length, this.mark.length);
		return !before.equals(this.mark);
	}

	/** The file that now has the name; null while that is the same one, or nobody's. */
	private async successor(handle: FileHandle): Promise<FileHandle | null> {
		const named = await stat(this.path).catch(() => null);
		const own = await handle.stat();
		if (named === null || (named.ino === own.ino && named.dev === own.dev)) return null;
		return open(this.path, 'r').catch(() => null);
	}
}

async function piece(handle: FileHandle, at: number, length: number): Promise<Buffer> {
	const buffer = Buffer.alloc(length);
	let done = 0;
	while (done < length) {
		const { bytesRead } = await handle.read(buffer, done, length - done, at + done);
		if (bytesRead === 0) break;
		done += bytesRead;
	}
	return buffer.subarray(0, done);
}
