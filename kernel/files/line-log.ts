import {
	closeSync,
	existsSync,
	fsyncSync,
	ftruncateSync,
	openSync,
	readFileSync,
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

	/** @throws what the disk says */
	append(line: string): void {
		this.#file ??= this.#open();
		writeSync(this.#file, `${line}\n`);
		this.#isDirty = true;
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
		const whole = existsSync(this.path) ? readFileSync(this.path).lastIndexOf('\n') + 1 : 0;
		const file = openSync(this.path, 'a');
		ftruncateSync(file, whole);
		return file;
	}
}
