import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { fileReason } from '../kernel/files/file-reason.ts';
import { ConfigError } from '../protocol/errors.ts';

export interface LineFileOptions {
	/** What it is, for messages: a log, a trace. */
	readonly what: string;
	/** Whether what is in the file already stays. */
	readonly append: boolean;
	/** Text waits until there is so much of it, in bytes. */
	readonly gatherBytes: number;
	/** Hears, in a line, that something could not be written. */
	notice(text: string): void;
}

/** What cannot be written for now waits up to this size; what comes then is left out, and counted. */
const WAITING_BYTES_MAX = 4 * 1024 ** 2;
const STANDARD_ERROR = 2;
const MODE = 0o666;

/**
 * A file beside a run that is written while it goes on. It never keeps the run from its work: what a full disk or a pipe that
 * nobody empties does not take waits, and is left out in the end, which is said.
 */
export class LineFile {
	readonly #path: string;
	readonly #options: LineFileOptions;
	readonly #file: number;
	#waiting: Buffer[] = [];
	#bytes = 0;
	#leftOut = 0;
	#reason: string | null = null;

	/**
	 * @param path `-`: standard error
	 * @throws ConfigError if it cannot be written
	 */
	constructor(path: string, options: LineFileOptions) {
		this.#path = path;
		this.#options = options;
		const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_NONBLOCK } = constants;
		const how = options.append ? O_APPEND : O_TRUNC;
		try {
			// Without waiting: a pipe that nobody reads would keep us for ever.
			const flags = O_WRONLY | O_CREAT | O_NONBLOCK | how;
			this.#file = path === '-' ? STANDARD_ERROR : openSync(path, flags, MODE);
		} catch (error) {
			throw new ConfigError(`Cannot write the ${options.what} "${path}": ${fileReason(error)}`);
		}
	}

	/** Adds whole lines. */
	write(text: string): void {
		const bytes = Buffer.from(text);
		if (this.#reason !== null && this.#bytes + bytes.length > WAITING_BYTES_MAX) this.#leftOut++;
		else {
			this.#waiting.push(bytes);
			this.#bytes += bytes.length;
		}
		if (this.#bytes >= this.#options.gatherBytes) this.#flush();
	}

	/** Nothing is added any more. */
	close(): void {
		const { what, notice } = this.#options;
		this.#flush();
		if (this.#file !== STANDARD_ERROR) closeSync(this.#file);
		const lacks = this.#bytes > 0 ? `the last ${this.#bytes} bytes` : '';
		const lines = this.#leftOut > 0 ? `${this.#leftOut} lines` : '';
		const all = [lacks, lines].filter((text) => text !== '').join(' and ');
		if (all !== '') notice(`The ${what} "${this.#path}" lacks ${all}: ${this.#reason}`);
	}

	#flush(): void {
		try {
			while (this.#bytes > 0) {
				const bytes = Buffer.concat(this.#waiting);
				this.#waiting = [bytes];
				const written = writeSync(this.#file, bytes);
				this.#waiting = [bytes.subarray(written)];
				this.#bytes -= written;
			}
		} catch (error) {
			const { what, notice } = this.#options;
			const isFirst = this.#reason === null;
			this.#reason = fileReason(error);
			if (isFirst) notice(`Cannot write the ${what} "${this.#path}" for now: ${this.#reason}`);
		}
	}
}
