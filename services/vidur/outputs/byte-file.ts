import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { looksWhole, NUMBER_BYTES, putNumber, putText } from './number-bytes.ts';

const BUFFER_BYTES = 1 << 18;
/** Pieces are no longer than this, so that one always fits after a look at the room left. */
const MOST_BYTES = 1 << 16;
/** More bytes than this are copied faster by `set`. */
const MOST_LOOPED = 24;

/** Writes a file of ASCII piece by piece, so that a large one never lies in memory. */
export class ByteFile {
	readonly #file: number;
	readonly #bytes = new Uint8Array(BUFFER_BYTES);
	#at = 0;

	constructor(path: string) {
		this.#file = openSync(path, 'w');
	}

	/** Text of ASCII alone. */
	text(text: string): this {
		if (text.length > MOST_BYTES) return this.bytes(Buffer.from(text, 'latin1'), text.length);
		if (this.#at + text.length > BUFFER_BYTES) this.#flush();
		this.#at = putText(this.#bytes, this.#at, text);
		return this;
	}

	/** Bytes made before. */
	bytes(bytes: Uint8Array, length: number): this {
		if (this.#at + length > BUFFER_BYTES) this.#flush();
		if (length > MOST_BYTES) {
			this.#flush();
			for (let done = 0; done < length; ) done += writeSync(this.#file, bytes, done, length - done);
			return this;
		}
		const at = this.#at;
		if (length > MOST_LOOPED && length === bytes.length) this.#bytes.set(bytes, at);
		else for (let i = 0; i < length; i++) this.#bytes[at + i] = bytes[i] as number;
		this.#at = at + length;
		return this;
	}

	/** Bytes made before, from one place up to another. */
	part(bytes: Uint8Array, from: number, to: number): this {
		if (this.#at + (to - from) > BUFFER_BYTES) this.#flush();
		const shift = this.#at - from;
		for (let i = from; i < to; i++) this.#bytes[shift + i] = bytes[i] as number;
		this.#at += to - from;
		return this;
	}

	/** What another file has from a place on. */
	rest(path: string, from: number): this {
		this.#flush();
		const source = openSync(path, 'r');
		for (let at = from; ; ) {
			this.#at = readSync(source, this.#bytes, 0, BUFFER_BYTES, at);
			if (this.#at === 0) break;
			at += this.#at;
			this.#flush();
		}
		closeSync(source);
		return this;
	}

	/** All of some bytes. */
	all(bytes: Uint8Array): this {
		return this.bytes(bytes, bytes.length);
	}

	/** The text of a number made before. */
	made({ bytes, length }: { readonly bytes: Uint8Array; readonly length: number }): this {
		return this.bytes(bytes, length);
	}

	/** A number as `String()` has it. */
	number(value: number): this {
		if (this.#at + NUMBER_BYTES > BUFFER_BYTES) this.#flush();
		this.#at = putNumber(this.#bytes, this.#at, value);
		return this;
	}

	/** A real number as pandas writes it: whole ones with `.0`, NaN empty. */
	real(value: number): this {
		if (Number.isNaN(value)) return this;
		if (this.#at + NUMBER_BYTES > BUFFER_BYTES) this.#flush();
		const from = this.#at;
		this.#at = putNumber(this.#bytes, from, value);
		if (looksWhole(this.#bytes, from, this.#at) && Number.isFinite(value))
			this.#at = putText(this.#bytes, this.#at, '.0');
		return this;
	}

	close(): void {
		this.#flush();
		closeSync(this.#file);
	}

	#flush(): void {
		for (let done = 0; done < this.#at; )
			done += writeSync(this.#file, this.#bytes, done, this.#at - done);
		this.#at = 0;
	}
}

/** Writes a CSV file of `count` rows; `row` writes a row without its line break. */
export function writeCsv(
	path: string,
	header: readonly string[],
	count: number,
	row: (file: ByteFile, index: number) => void,
): void {
	const file = new ByteFile(path);
	file.text(`${header.join(',')}\n`);
	for (let i = 0; i < count; i++) {
		row(file, i);
		file.text('\n');
	}
	file.close();
}
