import { closeSync, fstatSync, fsyncSync, ftruncateSync, lstatSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileReason } from '../../kernel/files/file-reason.ts';
import { openBelow } from '../../kernel/files/open-below.ts';
import { SimulationError } from '../../protocol/errors.ts';

/** Text waits until there is this much of it, in UTF-16 units, or until the step ends. */
const BUFFER_LENGTH = 64 * 1024;

export interface RunFileOptions {
	/** The run folder as a real path; the file is below it, and no part of the way a link. */
	readonly root: string;
	readonly folder: string;
	readonly name: string;
	/** A recorder of the same run was here before: the file is there. Else it must not be. */
	readonly isResumed: boolean;
}

/**
 * A file of the run folder that grows at its end. Its position lives in the recorder's state: when a window
 * runs again, the state is an older one, and what was written after its position is cut off.
 */
export class RunFile {
	readonly name: string;
	readonly path: string;
	readonly #descriptor: number;
	#position: number;
	#pending = '';

	/** @throws ConfigError if the file cannot be opened, or is somebody else's */
	constructor({ root, folder, name, isResumed }: RunFileOptions) {
		this.name = name;
		this.path = join(folder, name);
		this.#descriptor = openBelow(root, this.path, isResumed ? 'continue' : 'create');
		this.#position = fstatSync(this.#descriptor).size;
	}

	/** Bytes in the file, all text written. */
	get position(): number {
		return this.#position;
	}

	/** Cuts the file back to `position`. Nothing is pending between steps. */
	goTo(position: number): void {
		this.#pending = '';
		if (position === this.#position) return;
		if (position > this.#position)
			throw new SimulationError(
				`Cannot go on with "${this.path}": it has ${this.#position} bytes, the snapshot had ${position}; start the run anew`,
			);
		this.#attempt(() => ftruncateSync(this.#descriptor, position));
		this.#position = position;
	}

	append(text: string): void {
		this.#pending += text;
		if (this.#pending.length >= BUFFER_LENGTH) this.flush();
	}

	/** @throws SimulationError if the text cannot be written, with the path and the reason */
	flush(): void {
		if (this.#pending === '') return;
		const bytes = Buffer.from(this.#pending, 'utf8');
		this.#pending = '';
		this.#attempt(() => {
			for (let done = 0; done < bytes.length; ) {
				const count = writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#position);
				done += count;
				this.#position += count;
			}
		});
	}

	/** Puts what is written on the disk. */
	sync(): void {
		this.#attempt(() => fsyncSync(this.#descriptor));
	}

	/** @throws SimulationError if the file has been removed, or another one has its name by now */
	checkThere(): void {
		const named = lstatSync(this.path, { throwIfNoEntry: false });
		const opened = fstatSync(this.#descriptor);
		if (named !== undefined && named.ino === opened.ino && named.dev === opened.dev) return;
		const what = named === undefined ? 'removed' : 'replaced by another';
		throw new SimulationError(
			`Cannot go on with "${this.path}": the file was ${what} during the run; start the run anew`,
		);
	}

	close(): void {
		this.#attempt(() => closeSync(this.#descriptor));
	}

	#attempt(write: () => void): void {
		try {
			write();
		} catch (error) {
			throw new SimulationError(
				`Cannot write "${this.path}": ${fileReason(error)}`,
				{},
				{ cause: error },
			);
		}
	}
}
