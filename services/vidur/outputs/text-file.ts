import { closeSync, openSync, writeSync } from 'node:fs';

const CHUNK = 1 << 20;

/** Writes a text file piece by piece, so that a large one never lies in memory. */
export class TextFile {
	readonly #file: number;
	#text = '';

	constructor(path: string) {
		this.#file = openSync(path, 'w');
	}

	write(text: string): void {
		this.#text += text;
		if (this.#text.length >= CHUNK) this.#flush();
	}

	close(): void {
		this.#flush();
		closeSync(this.#file);
	}

	#flush(): void {
		writeSync(this.#file, this.#text);
		this.#text = '';
	}
}

/** A real number as pandas writes it: whole ones with `.0`, NaN empty. */
export function real(value: number): string {
	if (Number.isNaN(value)) return '';
	return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}

/** Writes a CSV file of `count` rows. */
export function writeCsv(
	path: string,
	header: readonly string[],
	count: number,
	row: (index: number) => readonly string[],
): void {
	const file = new TextFile(path);
	file.write(`${header.join(',')}\n`);
	for (let i = 0; i < count; i++) file.write(`${row(i).join(',')}\n`);
	file.close();
}
