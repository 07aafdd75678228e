import { closeSync, readSync, statSync } from 'node:fs';
import { isPlainText, textBytes } from '../../kernel/files/input-bytes.ts';
import { inputReason, openInput, readInput } from '../../kernel/files/input-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { type Lines, lineText } from './lines.ts';
import {
	type ColumnTitle,
	parseTrace,
	traceColumn,
	traceStepUs,
	type Watch,
} from './parse-trace.ts';
import type { Trace, TraceOptions } from './trace.ts';
import type { RowOptions } from './trace-rows.ts';

/**
 * Reads a trace file, line by line: what is kept of a row are its time and its value.
 *
 * @param watch receives every value, in the order of the file
 * @throws ConfigError for a missing or broken file
 */
export function loadTrace(options: TraceOptions, watch?: Watch): Trace {
	return parseTrace(() => fileLines(options.path), options, watch);
}

/**
 * The column that a trace is read from.
 *
 * @throws ConfigError for a missing file, and where the file has no such column or does not say which
 */
export function loadTraceColumn(options: RowOptions): ColumnTitle {
	return traceColumn(() => fileLines(options.path), options);
}

/**
 * How far apart most rows of a trace are, us; null where most are not alike.
 *
 * @throws ConfigError for a missing or broken file
 */
export function loadTraceStepUs({ path, column, reading }: RowOptions): number | null {
	// Any calendar will do for how far its times are apart.
	const civil = { startEpochMs: 0, untilUs: 1, timezone: 'UTC', extend: 'hold' } as const;
	const about = { path, column, fill: 'ffill', anchor: null, scale: 1, civil } as const;
	return traceStepUs(() => fileLines(path), { ...about, ...(reading && { reading }) });
}

function fileLines(path: string): Lines {
	const file = new LineFile(path, 'read trace');
	const cursor: FileCursor = { offset: 0, line: 0 };
	return {
		bytes: file.bytes(),
		next: () => file.next(cursor),
		get line() {
			return cursor.line;
		},
	};
}

/** Where reading goes on. Plain data, so that it can live in an actor's state. */
export interface FileCursor {
	/** Byte at which the next line begins. */
	offset: number;
	/** Lines before it, empty ones too. */
	line: number;
}

/** Read at once; a longer line is read in a piece of its own. */
const CHUNK_BYTES = 256 * 1024;
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 10;
const HEAD_BYTES = 16;

/**
 * A text file read line by line in memory that does not grow with it, unless gzip packed it or it is in UTF-16: then it is
 * held as a whole. Nothing is remembered but the last
 * piece read: where to read is the cursor's business, so reading can go back.
 */
export class LineFile {
	readonly #path: string;
	/** What is being done with the file, such as `replay requests from`. */
	readonly #purpose: string;
	readonly #unfold: ((text: string) => string) | null;
	#chunk: Buffer = Buffer.alloc(0);
	#chunkStart = 0;
	#isLastChunk = false;
	/** Whether it has to be held as a whole; null: not yet known. */
	#isWhole: boolean | null = null;

	/** @param unfold makes lines of a file that is one value, such as JSON: it is held as a whole then */
	constructor(path: string, purpose: string, unfold: ((text: string) => string) | null = null) {
		this.#path = path;
		this.#purpose = purpose;
		this.#unfold = unfold;
		if (unfold !== null) this.#isWhole = true;
	}

	refuse(reason: string): ConfigError {
		return new ConfigError(`Cannot ${this.#purpose} "${this.#path}": ${reason}`);
	}

	/** How long the file is; 0 for what is no file of bytes, such as a pipe. */
	bytes(): number {
		try {
			return statSync(this.#path).size;
		} catch (error) {
			throw this.refuse(`${inputReason(error)}`);
		}
	}

	/**
	 * The next line that is not empty, without its end; null after the last. Moves the cursor past it.
	 *
	 * @throws ConfigError if the file cannot be read
	 */
	next(cursor: FileCursor): string | null {
		for (;;) {
			const line = this.#take(cursor);
			if (line === null || line !== '') return line;
		}
	}

	/** How many lines that are not empty follow. */
	count(cursor: FileCursor): number {
		let lines = 0;
		while (this.next(cursor) !== null) lines++;
		return lines;
	}

	#take(cursor: FileCursor): string | null {
		let start = cursor.offset - this.#chunkStart;
		let end = start < 0 ? -1 : this.#chunk.indexOf(NEWLINE, start);
		for (let bytes = CHUNK_BYTES; end === -1; bytes *= 4) {
			const isHeld = start >= 0 && start <= this.#chunk.length && this.#isLastChunk;
			if (!isHeld) {
				if (bytes > LONGEST_LINE_BYTES) throw this.refuse(`line ${cursor.line + 1} is too long`);
				this.#read(cursor.offset, bytes);
				start = cursor.offset - this.#chunkStart;
				end = this.#chunk.indexOf(NEWLINE, start);
			}
			if (end === -1 && this.#isLastChunk) end = this.#chunk.length;
		}
		if (start >= this.#chunk.length) return null;
		const text = this.#chunk.toString('utf8', start, end);
		cursor.offset = this.#chunkStart + Math.min(end + 1, this.#chunk.length);
		cursor.line += 1;
		return lineText(cursor.line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text);
	}

	/** Opened for every piece, so that nothing stays open between two steps of an actor. */
	#read(offset: number, bytes: number): void {
		if (this.#isWhole === true && this.#isLastChunk) return;
		try {
			const file = openInput(this.#path);
			try {
				const chunk = Buffer.allocUnsafe(bytes);
				let length = 0;
				for (;;) {
					const read = readSync(file, chunk, length, bytes - length, offset + length);
					length += read;
					if (read === 0 || length === bytes) break;
				}
				this.#isWhole ??= !isPlainText(offset === 0 ? chunk.subarray(0, length) : headOf(file));
				this.#chunk = this.#isWhole ? this.#whole() : chunk.subarray(0, length);
				this.#chunkStart = this.#isWhole ? 0 : offset;
				this.#isLastChunk = this.#isWhole || length < bytes;
			} finally {
				closeSync(file);
			}
		} catch (error) {
			throw this.refuse(`${inputReason(error)}`);
		}
	}

	#whole(): Buffer {
		const bytes = textBytes(readInput(this.#path));
		return this.#unfold === null
			? bytes
			: Buffer.from(this.#unfold(bytes.toString('utf8')), 'utf8');
	}
}

function headOf(file: number): Buffer {
	const head = Buffer.alloc(HEAD_BYTES);
	return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
}
