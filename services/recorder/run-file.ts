import { closeSync, fstatSync, fsyncSync, ftruncateSync, lstatSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { NotYetError } from '../../kernel/actor/contract.ts';
import { fileReason } from '../../kernel/files/file-reason.ts';
import { openBelow } from '../../kernel/files/open-below.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { unwritten } from './commits.ts';

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
 * runs again, the state is an older one, and what was written after its position is cut off. What a full disk does not
 * take waits here until the end of the window, which is not done before all is written (`settle`).
 */
export class RunFile {
	readonly name: string;
	readonly path: string;
	readonly #descriptor: number;
	/** Bytes in the file that count; the rest of it, if there is any, must be cut. */
	#written: number;
	#isLonger = false;
	/** What the disk has not taken yet, in order. */
	#waiting: Buffer[] = [];
	#position: number;
	#pending = '';

	/** @throws ConfigError if the file cannot be opened, or is somebody else's */
	constructor({ root, folder, name, isResumed }: RunFileOptions) {
		this.name = name;
		this.path = join(folder, name);
		this.#descriptor = openBelow(root, this.path, isResumed ? 'continue' : 'create');
		this.#position = fstatSync(this.#descriptor).size;
		this.#written = this.#position;
	}

	/** Bytes in the file once all text is written. */
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
		const kept = Buffer.concat(this.#waiting).subarray(0, Math.max(0, position - this.#written));
		this.#waiting = kept.length === 0 ? [] : [kept];
		this.#isLonger ||= position < this.#written;
		this.#written = Math.min(this.#written, position);
		this.#position = position;
		this.#tryOut();
	}

	append(text: string): void {
		this.#pending += text;
		if (this.#pending.length >= BUFFER_LENGTH) this.flush();
	}

	/**
	 * Writes the text, as far as there is room for it.
	 *
	 * @throws SimulationError if it can never be written, with the path and the reason
	 */
	flush(): void {
		if (this.#pending === '') return;
		const bytes = Buffer.from(this.#pending, 'utf8');
		this.#pending = '';
		this.#waiting.push(bytes);
		this.#position += bytes.length;
		this.#tryOut();
	}

	/** All is in the file. @throws NotYetError while there is no room for it; SimulationError */
	settle(): void {
		const wait = this.#tryOut();
		if (wait !== null) throw wait;
	}

	/** Returns why something still waits; null if nothing does. */
	#tryOut(): NotYetError | null {
		try {
			if (this.#isLonger) ftruncateSync(this.#descriptor, this.#written);
			this.#isLonger = false;
			for (let bytes = this.#waiting[0]; bytes !== undefined; bytes = this.#waiting[0]) {
				const count = writeSync(this.#descriptor, bytes, 0, bytes.length, this.#written);
				this.#written += count;
				if (count === bytes.length) this.#waiting.shift();
				else this.#waiting[0] = bytes.subarray(count);
			}
			return null;
		} catch (error) {
			const problem = unwritten(this.path, error);
			if (problem instanceof NotYetError) return problem;
			throw problem;
		}
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
