import {
	closeSync,
	existsSync,
	fstatSync,
	fsyncSync,
	ftruncateSync,
	openSync,
	readFileSync,
	readSync,
	writeSync,
} from 'node:fs';

/** A file of lines that only grows: what is appended is with the system when the call returns, and on the disk after `sync`. */
export class LineLog {
	readonly path: string;
	#file: number | null = null;
	#isDirty = false;

	constructor(path: string) {
		this.path = path;
	}

	/** The lines so far. What was cut short as it was written goes at the next append. @throws what the disk says */
	read(): string[] {
		if (!existsSync(this.path)) return [];
		const bytes = readFileSync(this.path);
		return bytes
			.subarray(0, bytes.lastIndexOf('\n') + 1)
			.toString('utf8')
			.split('\n')
			.slice(0, -1);
	}

	/** The line is in it whole, or not at all. @throws what the disk says */
	append(line: string): void {
		this.#file ??= this.#open();
		const bytes = Buffer.from(`${line}\n`);
		try {
			// A disk that is nearly full takes a part.
			for (let at = 0; at < bytes.length; )
				at += writeSync(this.#file, bytes, at, bytes.length - at);
		} catch (error) {
			// What it has of the line goes at the next append.
			this.close();
			throw error;
		}
		this.#isDirty = true;
	}

	/** The same, and it is on the disk. @throws what the disk says */
	keep(line: string): void {
		this.#file ??= this.#open();
		const before = fstatSync(this.#file).size;
		this.append(line);
		try {
			this.sync();
		} catch (error) {
			ftruncateSync(this.#file, before);
			throw error;
		}
	}

	/** @throws what the disk says */
	sync(): void {
		if (this.#file === null || !this.#isDirty) return;
		fsyncSync(this.#file);
		this.#isDirty = false;
	}

	close(): void {
		if (this.#file !== null) closeSync(this.#file);
		this.#file = null;
	}

	#open(): number {
		const file = openSync(this.path, 'a+');
		try {
			const { size } = fstatSync(file);
			const last = Buffer.alloc(1);
			if (size > 0) readSync(file, last, 0, 1, size - 1);
			if (size > 0 && last.toString() !== '\n')
				ftruncateSync(file, readFileSync(this.path).lastIndexOf('\n') + 1);
			return file;
		} catch (error) {
			closeSync(file);
			throw error;
		}
	}
}
