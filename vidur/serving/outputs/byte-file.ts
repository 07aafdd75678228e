import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { looksWhole, NUMBER_BYTES, putNumber } from './number-bytes.ts';
import { createSpace, type Piece, putPiece, putText } from './space.ts';

const BUFFER_BYTES = 1 << 18;
const COMMA = 44;
const LINE_BREAK = 10;

/** Writes a file of ASCII piece by piece, so that a large one never lies in memory. */
export class ByteFile {
	readonly #file: number;
	readonly #space = createSpace(BUFFER_BYTES);
	#at = 0;

	constructor(path: string) {
		this.#file = openSync(path, 'w');
	}

	/** Text of ASCII alone. */
	text(text: string): this {
		for (let from = 0; from < text.length; from += BUFFER_BYTES) {
			const piece = text.slice(from, from + BUFFER_BYTES);
			this.#make(piece.length);
			this.#at = putText(this.#space, this.#at, piece);
		}
		return this;
	}

	comma(): this {
		this.#make(1);
		this.#space.bytes[this.#at++] = COMMA;
		return this;
	}

	endLine(): this {
		this.#make(1);
		this.#space.bytes[this.#at++] = LINE_BREAK;
		return this;
	}

	/** Text made before, of less than the buffer. */
	piece(piece: Piece): this {
		this.#make(piece.to - piece.from);
		this.#at = putPiece(this.#space, this.#at, piece);
		return this;
	}

	/** A number as `String()` has it. */
	number(value: number): this {
		this.#make(NUMBER_BYTES);
		this.#at = putNumber(this.#space, this.#at, value);
		return this;
	}

	/** A real number as pandas writes it: whole ones with `.0`, NaN empty. */
	real(value: number): this {
		if (Number.isNaN(value)) return this;
		this.#make(NUMBER_BYTES);
		const from = this.#at;
		this.#at = putNumber(this.#space, from, value);
		if (looksWhole(this.#space, from, this.#at) && Number.isFinite(value))
			this.#at = putText(this.#space, this.#at, '.0');
		return this;
	}

	/** What another file has from a place on. */
	rest(path: string, from: number): this {
		this.#flush();
		const source = openSync(path, 'r');
		for (let at = from; ; ) {
			this.#at = readSync(source, this.#space.bytes, 0, BUFFER_BYTES, at);
			if (this.#at === 0) break;
			at += this.#at;
			this.#flush();
		}
		closeSync(source);
		return this;
	}

	close(): void {
		this.#flush();
		closeSync(this.#file);
	}

	/** Makes room for some bytes. */
	#make(bytes: number): void {
		if (this.#at + bytes > BUFFER_BYTES) this.#flush();
	}

	#flush(): void {
		for (let done = 0; done < this.#at; )
			done += writeSync(this.#file, this.#space.bytes, done, this.#at - done);
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
		file.endLine();
	}
	file.close();
}
